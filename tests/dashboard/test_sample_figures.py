"""What is said, drawn and exported of a sample: rank, words, times of words, evolution, difference, files."""

from __future__ import annotations

import io
import re
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dashboard.figures import evolution, exports, mel
from dashboard.figures.alignment import get_alignment_info, plot_alignment
from dashboard.figures.findings import fault_words, get_findings
from dashboard.figures.listening import get_listening_info, split_words
from dashboard.figures.pooling import pool_extreme
from dashboard.figures.samples import rank_samples, select_rows
from mytts_core.runs.types import AlignmentRecord, FaultRecord, FreeRunningRecord, SampleSummary

FPS = 86.0
LOST = FaultRecord("lost", 0, "<start>", 0, 500)
CUT = FaultRecord("truncated", 10, "e", 60, 60)


def sample(name="a", diagonality=0.9, free=0.9, stop="stop_token", frames=80, step=500, faults=(), **counts):
    record = None if free is None else FreeRunningRecord(AlignmentRecord(free), frames, stop, faults=tuple(faults),
                                                         **counts)
    return SampleSummary(step, name, Path("."), text=f"Text of {name}", tokens=("a", "b"), frames_per_second=FPS,
                         target_frames=80, free_running=record,
                         teacher_forced=AlignmentRecord(diagonality, 0.6, 0.7, 1.0))


def test_worst_is_what_loses_the_text_then_faults_then_scores():
    rows = rank_samples([
        sample("fine"), sample("lost", faults=[LOST]), sample("two faults", skipped=1, stalled=1),
        sample("never stops", stop="limit"), sample("low", diagonality=0.6), sample("one fault", repeated=1),
        sample("stops early", faults=[CUT]), sample("unaligned", diagonality=0.4, free=None)])
    assert [row.id for row in rows] == ["lost", "two faults", "never stops", "one fault", "stops early", "unaligned",
                                        "low", "fine"]
    assert [row.verdict for row in rows] == ["loses the text", "2 faults", "does not stop", "1 fault", "stops early",
                                             "not aligned", "no fault found", "no fault found"]
    assert [row.fails for row in rows] == [True] * 6 + [False] * 2
    assert rows[1].faults == 2 and rows[2].faults == 1 and rows[5].faults is None


def test_much_shorter_than_the_recording_is_an_early_stop():
    assert rank_samples([sample(frames=40)])[0].verdict == "stops early"
    assert rank_samples([sample(frames=70)])[0].verdict == "no fault found"


def test_threshold_decides_what_has_aligned():
    low = sample(diagonality=0.6, free=0.65)
    assert not rank_samples([low])[0].fails
    assert rank_samples([low], threshold=0.7)[0].verdict == "not aligned"
    assert any("below 0.7" in fact.text for fact in get_findings(low, 0.7))


def test_rows_are_searched_in_text_and_id():
    rows = rank_samples([sample("one"), sample("two", skipped=2)])
    assert [row.id for row in select_rows(rows, search="TEXT two")] == ["two"]
    assert [row.id for row in select_rows(rows, only_failing=True)] == ["two"]
    assert select_rows(rows, only_failing=True, search="one") == []


def test_faults_in_words():
    assert fault_words(FaultRecord("skipped", 14, "ʃ", 43, 44), FPS) == "token 14 ‘ʃ’ skipped at 0.50 s"
    assert fault_words(FaultRecord("stalled", 9, " ", 86, 189), FPS) == "stuck on token 9 ‘␣’ for 1.20 s"
    assert fault_words(CUT, FPS) == "stopped before token 10 ‘e’"
    assert fault_words(FaultRecord("stalled", 9, "", -1, -1), float("nan")) == "stuck on token 9"


def test_findings_say_what_happened_or_that_nothing_did():
    assert [fact.level for fact in get_findings(sample())] == ["good", "info"]
    unworded = [fact.text for fact in get_findings(sample(faults=[CUT], stop="limit"))]
    assert unworded[0] == "Stopped before token 10 ‘e’." and unworded[-1].endswith("it does not stop.")
    lost = [fact.text for fact in get_findings(sample(faults=[LOST, CUT], free=0.45))]
    assert lost[0].startswith("Free running loses the text. Attention is too diffuse") and len(lost) == 2
    assert [fact.level for fact in get_findings(sample(free=None))] == ["info"]


def diagonal(tokens, groups_a_token=5):
    return np.kron(np.eye(tokens, dtype=np.float32), np.ones((groups_a_token, 1), np.float32))


def test_words_are_heard_when_the_path_reads_them():
    tokens = ["<start>", "h", "i", " ", "y", "o", "u", ".", "<end>"]
    info = get_listening_info(diagonal(len(tokens)), tokens, reduction_factor=2, frames_per_second=100)
    assert info.words == ("hi", "you.")
    assert info.word_visits == ((0, 0.1, 0.3), (1, 0.4, 0.8))       # five groups of two frames of 10 ms a token
    assert [visit.number for visit in info.token_visits] == list(range(9)) and info.tokens[3] == "␣"
    assert info.token_visits[-1].end == pytest.approx(0.9)


def test_word_read_twice_is_heard_twice_and_a_skipped_one_never():
    tokens = list("ab cd ef")
    order = [0, 1, 2, 0, 1, 2, 6, 7]
    attention = np.repeat(np.eye(8, dtype=np.float32)[order], 20, axis=0)
    info = get_listening_info(attention, tokens, frames_per_second=FPS)
    assert [visit.number for visit in info.word_visits] == [0, 0, 2]


@pytest.mark.parametrize(("attention", "rate"), [(None, FPS), (np.empty((0, 2)), FPS), (np.ones((3, 5)), FPS),
                                                 (np.ones((3, 2)), float("nan"))])
def test_nothing_is_heard_without_attention_that_fits_or_a_rate(attention, rate):
    info = get_listening_info(attention, ["a", "b"], frames_per_second=rate)
    assert info.is_empty and info.words == ("ab",)


def test_attention_of_nan_gives_some_path_and_no_error():
    assert not get_listening_info(np.full((4, 2), np.nan), ["a", "b"], frames_per_second=FPS).is_empty


@settings(deadline=None)
@given(st.lists(st.text(max_size=4), max_size=30))
def test_words_hold_each_visible_token_once_and_in_order(tokens):
    words, numbers = split_words(tokens)
    inside = [token for token, number in zip(tokens, numbers) if number >= 0]
    assert "".join(words) == "".join(inside)
    assert not any(token.isspace() for token in inside)
    assert list(numbers[numbers >= 0]) == sorted(numbers[numbers >= 0])
    assert set(numbers[numbers >= 0]) == set(range(len(words)))


def evolving(step, width=0.05):
    place = np.arange(30)[:, None] / 30 - np.arange(6)[None] / 6
    scores = np.exp(-np.square(place) / (2 * width**2))
    return sample(step=step), (scores / scores.sum(1, keepdims=True)).astype(np.float32)


def test_evolution_has_a_picture_a_step_and_frames_the_chosen():
    info = evolution.get_evolution_info([evolving(500, 1), evolving(1_000), (sample(step=1_500), None)], chosen=1_000)
    figure = evolution.plot_evolution(info)
    assert [trace.name for trace in figure.data] == ["step 500", "step 1,000"]
    notes = [note.text for note in figure.layout.annotations]
    assert "time (s)" in notes and "token, in text order" in notes and "<b>step 1,000 · 0.90 ◂</b>" in notes
    assert "%{x:.2f} s" in figure.data[0].hovertemplate


@pytest.mark.parametrize("attention", [None, np.empty((0, 3)), np.full((1, 1), np.nan, np.float32)])
def test_evolution_of_little_or_nothing(attention):
    info = evolution.get_evolution_info([(sample(), attention)], chosen=500)
    assert len(evolution.plot_evolution(info).data) == (0 if info.is_empty else 1)
    assert info.is_empty == (attention is None or attention.size == 0)


@settings(deadline=None)
@given(st.sets(st.integers(0, 10**6), min_size=1, max_size=60), st.data())
def test_chosen_steps_are_few_and_hold_first_last_and_chosen(steps, data):
    steps = sorted(steps)
    chosen = data.draw(st.sampled_from(steps))
    kept = evolution.choose_steps(steps, chosen)
    assert kept == sorted(set(kept)) and set(kept) <= set(steps) and len(kept) <= evolution.MAX_PICTURES
    assert {steps[0], steps[-1], chosen} <= set(kept)


def test_scores_over_steps_name_what_is_known():
    info = evolution.get_scores_info([sample(step=500, free=None), sample(step=1_000, free=None)], chosen=500)
    figure = evolution.plot_scores(info)
    assert [trace.name for trace in figure.data] == ["diagonality", "focus", "coverage"]
    assert figure.layout.xaxis.title.text == "training step (updates)" and "(0–1)" in figure.layout.yaxis.title.text
    assert evolution.get_scores_info([SampleSummary(1, "a", Path("."))], chosen=1).is_empty


def test_difference_is_predicted_minus_recording_on_the_same_time():
    target, predicted = np.zeros((100, 80)), np.zeros((90, 80))
    predicted[50, 7], predicted[51, 7] = -3.0, 2.0
    info = mel.get_mel_info({"r": target, "p": predicted}, frames_per_second=FPS, difference=("p", "r"),
                            tracks={"r": "recording"})
    assert [(row.name, row.is_difference) for row in info.rows] == [
        ("r", False), ("p", False), ("Difference: predicted − recording", True)]
    assert info.rows[2].values[7, 50] == -3 and info.rows[2].track == "recording"
    figure = mel.plot_mels(info)
    assert figure.layout.coloraxis2.cmin == -figure.layout.coloraxis2.cmax
    assert "difference" in figure.data[2].hovertemplate and figure.layout.xaxis3.title.text == "time (s)"


def test_difference_of_other_bands_or_of_nothing_is_left_out():
    for other in (None, np.zeros((5, 40))):
        info = mel.get_mel_info({"r": np.zeros((5, 80)), "p": other}, difference=("p", "r"))
        assert not any(row.is_difference for row in info.rows)


def test_pooled_differences_keep_the_farthest_with_its_sign():
    pooled, centres = pool_extreme(np.array([[1.0], [-2.0], [np.nan], [0.5]]), axis=0, limit=2)
    assert pooled[:, 0].tolist() == [-2.0, 0.5] and centres.tolist() == [1.0, 3.0]


TITLE = "a </script><script>alert(1)</script> $x$"


def exported(attention=None):
    attention = diagonal(3) if attention is None else attention
    info = get_alignment_info(attention, ("<b>", "س", "c"), frames_per_second=FPS)
    return exports.AlignmentExport("free running", TITLE, attention, ("<b>", "س", "c"), FPS, info)


@pytest.mark.parametrize("attention", [None, np.full((2, 3), np.nan, np.float32), np.ones((1, 3), np.float32)])
def test_picture_is_a_png(attention):
    from matplotlib.image import imread

    data = exports.to_png(exported(attention))
    assert imread(io.BytesIO(data), format="png").shape[0] > 300


def test_page_needs_no_network_and_runs_no_text_of_a_log():
    page = exports.to_html(exported()).decode("utf-8")
    assert "alert(1)</script>" not in page
    assert not re.search(r'<(script|link)[^>]+(src|href)="http', page)


def test_arrays_come_back_without_pickles():
    arrays = {"teacher_forced_attention": diagonal(3), "tokens": np.array(["<b>", "س"], np.str_)}
    with np.load(io.BytesIO(exports.to_npz(arrays)), allow_pickle=False) as archive:
        assert archive["tokens"].tolist() == ["<b>", "س"]
        np.testing.assert_array_equal(archive["teacher_forced_attention"], diagonal(3))


def test_pictures_of_a_long_sample_stay_small_and_true():
    long_mel = np.random.default_rng(0).uniform(-11, 1, (1_700, 80))
    mels = {"r": long_mel, "p": long_mel + 0.5, "f": long_mel}
    info = mel.get_mel_info(mels, frames_per_second=FPS, difference=("p", "r"))
    figure = mel.plot_mels(info)
    assert len(figure.to_json()) < 200_000
    np.testing.assert_allclose(np.asarray(figure.data[0].z) / mel.TENTHS, info.rows[0].values, atol=0.051)
    bar = figure.layout.coloraxis.colorbar
    assert (bar.tickvals[0], bar.ticktext[0]) == (-100, "-10")
    wide = get_alignment_info(np.random.default_rng(0).random((900, 180)), ["x"] * 180, frames_per_second=FPS)
    assert len(plot_alignment(wide).to_json()) < 200_000
    pictures = evolution.get_evolution_info([evolving(step) for step in range(8)], chosen=0)
    assert len(evolution.plot_evolution(pictures).to_json()) < 200_000


def test_mel_with_holes_keeps_them():
    info = mel.get_mel_info({"a": np.array([[np.nan, -3.04], [1.0, 2.0]])})
    shown = np.asarray(mel.plot_mels(info).data[0].z)
    assert np.isnan(shown[0, 0]) and shown[1, 0] == -30
