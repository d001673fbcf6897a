"""Every figure from healthy, single-point, empty and not-finite data; axes say their unit; logs never become markup."""

from __future__ import annotations

import numpy as np
import pytest

from dashboard.figures import alignment, gradients, heads, labels, mel, trends
from dashboard.figures.trend_index import index_trends, metrics_by_section
from dashboard.figures.trend_lines import TrendOptions, get_trend_info
from mytts_core.runs import schema
from mytts_core.runs.types import FaultRecord, GradientNorms, Series

FPS, REDUCTION = 86.0, 4
TOKENS = ("<start>", "h", " ", "ِ", "<end>")


def series(values, start=1_000.0):
    values = np.asarray(values, float)
    return Series(np.arange(1, len(values) + 1) * 10, start + 36.0 * np.arange(len(values)), values)


def trend_info(runs, metric, **options):
    return get_trend_info(index_trends(runs), metric, TrendOptions(**options))


def norms(rows, names=("a/kernel", "<b>/bias", "dead", "broken")):
    rows = np.asarray(rows, np.float32).reshape(-1, len(names))
    return GradientNorms(np.arange(1, len(rows) + 1) * 100, names, rows, ((2, 3), (3,), (1,), (1,)))


def sharp_attention(groups=30):
    tokens = len(TOKENS)
    attention = np.full((2, 3, groups, tokens), 0.01, np.float32)
    for group in range(groups):
        attention[1, 2, group, group * tokens // groups] = 0.96
    return attention


def titles(figure):
    return [axis.title.text for axis in [*figure.select_xaxes(), *figure.select_yaxes()] if axis.title.text]


SERIES = {"healthy": [3.0, 2.0, 1.5], "single": [2.0], "empty": [], "not finite": [1.0, np.nan, np.inf, 2.0],
          "only nan": [np.nan, np.nan]}


@pytest.mark.parametrize("log_y", [False, True])
@pytest.mark.parametrize("against", ["steps", "hours", "wall time"])
@pytest.mark.parametrize("kind", SERIES)
def test_trend_of_any_series(kind, against, log_y):
    scalars = {schema.TRAIN_LOSS: series(SERIES[kind]), schema.VALIDATION_PREFIX + "loss": series([2.0])}
    info = trend_info({"one": scalars}, "loss", smoothing=0.5, against=against, log_y=log_y)
    figure = trends.plot_trend(info)
    assert [line.part for line in info.lines] == (["held out"] if kind == "empty" else ["training", "held out"])
    assert "(" in figure.layout.xaxis.title.text and "(" in figure.layout.yaxis.title.text
    marks = [trace for trace in figure.data if trace.yaxis == "y2"]
    assert len(marks) == (kind in ("not finite", "only nan"))
    if marks:
        expected = {"not finite": ["NaN", "+inf"], "only nan": ["NaN", "NaN"]}[kind]
        assert list(marks[0].customdata) == expected


def test_trend_of_nothing_is_empty():
    info = trend_info({}, "loss")
    assert info.is_empty and len(trends.plot_trend(info).data) == 0


def test_trend_against_hours_starts_at_the_first_record_of_the_run():
    info = trend_info({"one": {schema.TRAIN_LOSS: series([3, 2, 1])}}, "loss", against="hours")
    np.testing.assert_allclose(info.lines[0].smoothed.x, [0, 0.01, 0.02], atol=1e-9)


def test_logarithmic_axis_counts_what_it_cannot_show():
    info = trend_info({"one": {schema.SKIPPED_STEPS: series([0, 0, 3])}}, "skipped_steps", log_y=True)
    assert info.hidden == 2 and info.lines[0].smoothed.y.tolist() == [3]


def test_trend_names_runs_escaped_and_tells_parts_apart():
    scalars = {schema.TRAIN_LOSS: series([2, 1]), schema.VALIDATION_PREFIX + "loss": series([3, 2])}
    figure = trends.plot_trend(trend_info({"<a href='x'>": scalars, "two": scalars}, "loss"))
    assert [trace.name for trace in figure.data] == [
        "&lt;a href='x'&gt; · training", "&lt;a href='x'&gt; · held out", "two · training", "two · held out"]
    colours = [trace.line.color for trace in figure.data]
    assert colours[0] == colours[1] != colours[2] and figure.data[0].line.dash != figure.data[1].line.dash


def test_diagonality_has_its_threshold_and_whole_range():
    figure = trends.plot_trend(trend_info(
        {"one": {schema.VALIDATION_PREFIX + "diagonality": series([0.4, 0.6])}}, "diagonality"))
    assert [shape.y0 for shape in figure.layout.shapes] == [0.5]
    low, high = figure.layout.yaxis.range
    assert low < 0 < 1 < high < 1.1


def test_metrics_fall_into_sections_and_foreign_tags_are_kept_whole():
    found = metrics_by_section(index_trends({"one": {schema.TRAIN_LOSS: series([1]), "Loss/mel": series([1]),
                                               "validation/focus": series([1])}}))
    assert found == {"Loss": ["loss"], "Alignment": ["focus"], "Other": ["Loss/mel"]}


def test_every_tag_of_the_schema_is_known():
    tags = [value for name, value in vars(schema).items() if isinstance(value, str) and value.startswith("train/")]
    assert tags and not [tag for tag in tags if labels.section(labels.split_tag(tag)[0]) == "Other"]


def test_alignment_has_tokens_up_and_seconds_right():
    faults = [FaultRecord("skipped", 1, "h", 8, 16), FaultRecord("stalled", 2, " ", -1, -1),
              FaultRecord("skipped", 99, "?", 0, 1)]
    info = alignment.get_alignment_info(sharp_attention()[1, 2], TOKENS, reduction_factor=REDUCTION,
                                        frames_per_second=FPS, faults=faults)
    figure = alignment.plot_alignment(info, "<i>title</i>")
    assert info.weights.shape == (5, 30) and info.length == pytest.approx(30 * REDUCTION / FPS)
    assert info.times[0] == pytest.approx(2 / FPS)
    assert titles(figure) == ["time (s)", "token, in text order"]
    assert [name for _, name in info.ticks] == ["&lt;start&gt;", "h", "␣", "◌ِ", "&lt;end&gt;"]
    assert len(set(info.tokens)) == 5
    assert figure.layout.title.text == "&lt;i&gt;title&lt;/i&gt;"
    assert [(shape.name, shape.showlegend) for shape in figure.layout.shapes] == [("skipped", True), ("stalled", True)]
    assert (figure.layout.shapes[0].x0, figure.layout.shapes[0].y0) == (pytest.approx(8 / FPS), 0.5)
    assert figure.layout.shapes[1].x1 == pytest.approx(info.length), "a fault without a time spans the take"
    for part in ("token %{y}", "%{x:.2f} s", "weight"):
        assert part in figure.data[0].hovertemplate


@pytest.mark.parametrize("attention", [None, np.empty((0, 5)), np.empty((5, 0))])
def test_alignment_of_nothing_is_empty(attention):
    info = alignment.get_alignment_info(attention, TOKENS)
    assert info.is_empty and len(alignment.plot_alignment(info).data) == 0


def test_alignment_of_one_step_and_of_nan_and_without_a_rate():
    info = alignment.get_alignment_info(np.array([[0.5, np.nan]]), ("a",))
    figure = alignment.plot_alignment(info)
    assert info.time_unit == "frames" and titles(figure)[0] == "time (mel frames)"
    assert np.isnan(info.weights[1, 0]) and [name for _, name in info.ticks] == ["a", "1"]


def test_uniform_attention_stays_dark():
    assert alignment.brightest(np.full((5, 5), 0.02)) == 0.1
    assert alignment.brightest(np.full((5, 5), np.nan)) == 0.1
    assert alignment.brightest(np.array([[0.8]])) == pytest.approx(0.8)


def test_long_alignment_is_bounded():
    info = alignment.get_alignment_info(np.random.default_rng(0).random((4_000, 400)), ["x"] * 400)
    assert info.weights.shape[0] == 400 and info.weights.shape[1] <= alignment.MAX_COLUMNS
    assert len(info.ticks) <= alignment.MAX_TICKS


def test_heads_are_small_multiples_with_the_chosen_one_marked():
    info = heads.get_heads_info(sharp_attention(), TOKENS, chosen=(1, 2), reduction_factor=REDUCTION,
                                frames_per_second=FPS)
    figure = heads.plot_heads(info)
    assert len(figure.data) == 6 and info.percent.dtype == np.uint8 and info.percent.max() == 96
    names = [note.text for note in figure.layout.annotations]
    assert names[-1].startswith("<b>L2 H3") and sum("◂" in name for name in names) == 1
    assert "time (s)" in names and "token, in text order" in names
    assert info.diagonality[1, 2] == info.diagonality.max() > 0.8


def test_heads_of_a_huge_model_are_bounded_and_counted():
    info = heads.get_heads_info(np.full((14, 16, 200, 150), 1 / 150, np.float32), [], chosen=(13, 0))
    assert info.percent.shape[:2] == (12, 12) and info.left_out == 14 * 16 - 144 and info.percent.size <= 144 * 6_000
    assert "◂" in heads.plot_heads(info).layout.annotations[-12].text


@pytest.mark.parametrize("attention", [None, np.empty((2, 2, 0, 5))])
def test_heads_of_nothing(attention):
    info = heads.get_heads_info(attention, TOKENS)
    assert info.is_empty and len(heads.plot_heads(info).data) == 0


def test_mels_share_time_and_colour_and_name_frequencies():
    loud = np.full((2_000, 80), -2.0)
    info = mel.get_mel_info({"a": loud, "gone": None, "b": loud[:500]}, frames_per_second=FPS, fmin=0, fmax=8_000)
    figure = mel.plot_mels(info)
    assert [row.name for row in info.rows] == ["a", "b"] and len(figure.data) == 2
    assert info.rows[0].values.shape[1] <= mel.MAX_COLUMNS
    assert titles(figure) == ["time (s)", "frequency (Hz)", "frequency (Hz)"]
    assert list(figure.layout.xaxis2.range) == [0, pytest.approx(2_000 / FPS)]
    assert "ln-magnitude" in figure.layout.coloraxis.colorbar.title.text


def test_frequencies_are_where_the_filterbank_has_them():
    from mytts_core.audio.mel import mel_filterbank
    from mytts_core.config import AudioConfig

    config = AudioConfig()
    peaks_hz = mel_filterbank(config).argmax(axis=1) * config.sample_rate / config.n_fft
    info = mel.get_mel_info({"a": np.zeros((3, config.n_mels))}, fmin=config.fmin, fmax=config.fmax)
    for band, hz in info.bands:
        assert np.interp(band, np.arange(config.n_mels), peaks_hz) == pytest.approx(hz, rel=0.05, abs=25)


def test_mels_of_nothing_and_of_nan():
    assert mel.get_mel_info({"a": None, "b": np.empty((0, 80))}).is_empty
    assert len(mel.plot_mels(mel.get_mel_info({})).data) == 0
    info = mel.get_mel_info({"a": np.full((1, 3), np.nan)})
    assert titles(mel.plot_mels(info)) == ["time (mel frames)", "mel band (number)"]


@pytest.mark.parametrize(("values", "is_empty"), [(None, True), ([0.5], False), ([0.1, np.nan, 0.9], False)])
def test_stop_probabilities(values, is_empty):
    info = mel.get_stop_info(None if values is None else np.array(values), frames_per_second=FPS)
    assert info.is_empty == is_empty
    assert titles(mel.plot_stop(info)) == ["time (s)", "stop probability (0–1)"]


def test_histogram_counts_every_variable_once():
    info = gradients.get_histogram_info(norms([[1e-3, 2.0, 0.0, np.nan]]), 100)
    figure = gradients.plot_histogram(info)
    assert info.counts.sum() == 2 and info.num_zero == 1 and info.num_not_finite == 1
    assert [trace.name for trace in figure.data] == ["finite", "zero (dead)", "not finite"]
    assert 10 ** info.centres[0] == pytest.approx(1e-3, rel=0.4) and 10 ** info.centres[-1] == pytest.approx(2, rel=0.4)
    assert "L2" in titles(figure)[0] and "(count)" in titles(figure)[1]


@pytest.mark.parametrize(("row", "traces"), [([1, 1, 1, 1], 1), ([0, 0, 0, 0], 1), ([np.nan] * 4, 1)])
def test_histogram_of_one_kind_alone(row, traces):
    info = gradients.get_histogram_info(norms([row]), 100)
    assert not info.is_empty and len(gradients.plot_histogram(info).data) == traces


def test_histogram_of_a_step_that_was_not_recorded():
    assert gradients.get_histogram_info(norms([[1, 1, 1, 1]]), 150).is_empty
    assert gradients.get_histogram_info(GradientNorms.empty(), 0).is_empty


@pytest.mark.parametrize("kind", SERIES)
def test_global_norm_with_its_threshold(kind):
    info = gradients.get_global_norm_info(series(SERIES[kind]), series([1.0, 1.0]))
    figure = gradients.plot_norm(info)
    assert info.is_empty == (kind == "empty")
    assert [trace.name for trace in figure.data][:2] == ["global norm", "clipping threshold"]
    assert len(figure.data) == 2 + (kind in ("not finite", "only nan"))
    assert titles(figure) == ["training step (updates)", "norm before clipping (L2)"]
    assert figure.layout.yaxis.type == "log"


def test_variable_over_steps_is_escaped_and_unknown_ones_are_empty():
    recorded = norms([[1, 2, 0, 1], [1, np.inf, 0, 1]])
    figure = gradients.plot_norm(gradients.get_variable_info(recorded, "<b>/bias"))
    assert figure.data[0].name == "&lt;b&gt;/bias" and figure.data[1].x.tolist() == [200]
    assert gradients.get_variable_info(recorded, "nothing").is_empty


def test_variable_rows_put_trouble_first():
    rows = gradients.get_variable_rows(norms([[3.0, 4.0, 0.0, 0.0]]), 100)
    assert [(row.name, row.state) for row in rows] == [
        ("dead", "dead (zero)"), ("broken", "dead (zero)"), ("<b>/bias", ""), ("a/kernel", "")]
    assert [row.share for row in rows] == pytest.approx([0, 0, 16 / 25, 9 / 25])
    assert rows[3].shape == "2 × 3"
    broken = gradients.get_variable_rows(norms([[3.0, 4.0, 0.0, np.inf]]), 100)
    assert broken[0].state == "not finite" and np.isnan(broken[2].share)


def test_text_of_logs_is_plain():
    assert labels.plain("<a href='x'>&amp; $x^2$</a>") == "&lt;a href='x'&gt;&amp;amp; &#36;x^2&#36;&lt;/a&gt;"
