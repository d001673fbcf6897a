"""What a trend figure holds: windows, clipped outliers, statistics, and at most 200 KB whatever is asked for."""

from __future__ import annotations

import numpy as np
import pytest

from dashboard.figures.trend_index import find_metrics, index_trends
from dashboard.figures.trend_lines import MAX_LINES, TrendOptions, get_trend_info, line_name
from dashboard.figures.trend_statistics import line_statistics
from dashboard.figures.trends import line_styles, plot_trend
from dashboard.theme import template
from mytts_core.monitoring.metrics import MetricsAggregator
from mytts_core.runs import schema
from mytts_core.runs.types import Series

MAX_BYTES = 200_000
LOSS = schema.TRAIN_LOSS


def series(values, start=1_700_000_000.0):
    values = np.asarray(values, float)
    return Series(np.arange(len(values)), start + 0.5 * np.arange(len(values)), values)


def info_of(values, **options):
    return get_trend_info(index_trends({"one": {LOSS: series(values)}}), "loss", TrendOptions(**options))


@pytest.mark.parametrize("against", ["steps", "hours", "wall time"])
@pytest.mark.parametrize(("num_runs", "num_points", "scale"), [
    (2, 200_000, 1.0), (30, 20_000, 1.0), (30, 5_000, 1e200)])
def test_chart_sends_at_most_200_kb(num_runs, num_points, scale, against):
    random = np.random.default_rng(0)
    runs = {}
    for number in range(num_runs):
        values = random.normal(size=num_points) * scale
        values[random.integers(0, num_points, 300)] = np.nan
        values[random.integers(0, num_points, 300)] = 1e4 * scale
        name = f"a run with a name that is {'rather ' * 200} long {number}"
        runs[name] = {LOSS: series(values), "validation/loss": series(values[::7])}
    info = get_trend_info(index_trends(runs), "loss", TrendOptions(smoothing=0.9, clip=True, against=against))
    figure = plot_trend(info)
    figure.update_layout(template=template(dark=True))
    assert len(figure.to_json()) <= MAX_BYTES
    assert info.left_out == max(0, 2 * num_runs - MAX_LINES)


def test_window_has_every_point_and_a_neighbour_on_each_side():
    values = np.random.default_rng(0).normal(size=100_000)
    line = info_of(values, window=(50_000, 51_000)).lines[0]
    assert line.smoothed.x.tolist() == list(range(49_999, 51_002))
    np.testing.assert_array_equal(line.smoothed.y, values[49_999:51_002])
    assert line.statistics.mean == pytest.approx(values[50_901:51_001].mean())


def test_smoothing_in_a_window_remembers_what_came_before_it():
    values = np.random.default_rng(0).normal(size=1_000)
    whole, part = info_of(values, smoothing=0.9).lines[0], info_of(values, smoothing=0.9, window=(500, 600)).lines[0]
    np.testing.assert_allclose(part.smoothed.y, whole.smoothed.y[499:602])


@pytest.mark.parametrize("window", [(-50, -10), (2_000, 3_000), (10.2, 10.8)])
def test_window_without_points_is_no_error(window):
    info = info_of(np.arange(100.0), window=window)
    assert len(info.lines[0].smoothed.x) <= 2 and info.lines[0].statistics.num_points == 0
    assert plot_trend(info).layout.title.text == "Loss"


def test_clipped_outliers_are_counted_marked_and_kept_out_of_the_average():
    values = 1 + 0.01 * np.random.default_rng(0).normal(size=5_000)
    values[1_234], values[3_000:3_003] = 500.0, -7.0
    info = info_of(values, clip=True, smoothing=0.9)
    line = info.lines[0]
    assert line.clipped.num_clipped == 4 and line.clipped.x.tolist() == [1_234, 3_000, 3_001, 3_002]
    assert np.nanmax(line.smoothed.y) < 1.1 and info.limits[1] < 1.1
    assert line.raw.y.max() == 500.0, "the raw line goes to the edge"
    symbols = [trace.marker.symbol for trace in plot_trend(info).data if trace.yaxis == "y2"]
    assert symbols == ["triangle-up", "triangle-down"]
    assert info_of(values).limits is None and info_of(values).lines[0].clipped.num_clipped == 0


@pytest.mark.parametrize("values", [[], [2.0], [np.nan] * 30, [1.0, np.inf, 3.0], [0.0] * 40, [-1.0, 5.0]])
@pytest.mark.parametrize("log_y", [False, True])
def test_clipping_of_any_series(values, log_y):
    info = info_of(values, clip=True, log_y=log_y, smoothing=0.5)
    figure = plot_trend(info)
    assert figure.layout.xaxis.title.text and figure.layout.yaxis.title.text
    assert info.hidden == (sum(value <= 0 for value in values) if log_y else 0)


def test_wall_time_is_a_date_axis_in_utc():
    figure = plot_trend(info_of([1.0, 2.0], against="wall time"))
    assert figure.layout.xaxis.type == "date" and "UTC" in figure.layout.xaxis.title.text
    assert figure.data[0].x[0] == 1_700_000_000_000


def test_points_without_a_time_are_left_out_of_time_axes():
    untimed = Series(np.arange(3), np.array([np.nan, 5.0, np.nan]), np.ones(3))
    info = get_trend_info(index_trends({"one": {LOSS: untimed}}), "loss", TrendOptions(against="wall time"))
    assert info.lines[0].smoothed.x.tolist() == [5_000]


def test_older_attempts_are_lines_of_their_own_without_statistics():
    index = index_trends({"one": {LOSS: series([3, 2, 1])}})
    info = get_trend_info(index, "loss", older={("one", LOSS): [series([9, 8])]})
    assert [(line_name(line, ["one"]), line.statistics is None) for line in info.lines] == [
        ("training · attempt 1", True), ("training", False)]
    assert [style.dash for style in line_styles(info)] == ["dot", "solid"]
    assert not info.lines[0].smoothed.num_not_finite and plot_trend(info).data[0].opacity < 1


def test_statistics_are_those_of_the_aggregator():
    values = np.concatenate([np.linspace(9, 1, 250), [np.nan, np.inf]])
    aggregator = MetricsAggregator(window_size=100)
    for value in values:
        aggregator.update({"training loss": value})
    expected, found = aggregator.get_statistics("training loss"), line_statistics("training loss", values)
    assert (found.mean, found.std, found.lowest, found.highest, found.trend) == pytest.approx(
        tuple(expected[name] for name in ("mean", "std", "min", "max")) + ("improving",))
    assert (found.num_points, found.num_not_finite, found.last) == (100, 2, np.inf)


def test_metrics_are_found_by_tag_metric_and_part_of_a_name():
    index = index_trends({"one": dict.fromkeys(["train/loss", "validation/loss", "train/mel_loss_post", "Acc/<b>"],
                                               series([1.0]))})
    assert find_metrics(index, []) == ["loss", "mel_loss_post", "Acc/<b>"]
    assert find_metrics(index, ["validation/loss"]) == ["loss"] == find_metrics(index, ["loss"])
    assert find_metrics(index, ["postnet"]) == ["mel_loss_post"] and find_metrics(index, ["acc", "LOSS"]) == [
        "loss", "mel_loss_post", "Acc/<b>"]
    assert find_metrics(index, ["nothing"]) == []
