"""The map between two takes: known readings with known answers, real attention stretched by a known plan, speech."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mytts_core.errors import ListeningError
from mytts_core.listening.take_reading import TakeReading, forward_part, read_take
from mytts_core.listening.time_map import TIME, TOKEN, WORD, TimeMap
from mytts_core.runs import reader
from mytts_core.synthesis.spoken import SynthesisResult, TakeRequest
from tests.listening.made_takes import FRAMES_PER_SECOND, Said, make_piece, make_result, spell, steady

TEXT = "a bit of talk"
EVEN = [8] * (len(TEXT) + 2)


def between(first: SynthesisResult, second: SynthesisResult) -> TimeMap:
    return TimeMap.between(read_take(first), read_take(second))


@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_within_a_token_the_same_share_of_it(data) -> None:
    frames = st.lists(st.integers(3, 30), min_size=len(EVEN), max_size=len(EVEN))
    plans = [np.array(data.draw(frames)) for _ in range(2)]
    time_map = between(*(make_result([steady(TEXT, plan)]) for plan in plans))
    edges = [np.r_[0, np.cumsum(plan)] / FRAMES_PER_SECOND for plan in plans]
    times = np.linspace(0, edges[0][-1], 97)
    expected = np.interp(times, *edges)
    np.testing.assert_allclose(time_map.to_second(times), expected, atol=1e-3)
    assert time_map.unit == TOKEN


@settings(max_examples=80, deadline=None)
@given(data=st.data())
def test_whatever_attention_does_the_map_rises_ends_at_the_ends_and_has_an_inverse(data) -> None:
    path = st.lists(st.integers(0, len(EVEN) - 1), min_size=1, max_size=120)
    takes = [make_result([Said(spell(TEXT), data.draw(path))]) for _ in range(2)]
    time_map = between(*takes)
    assert (np.diff(time_map.first) > 0).all() and (np.diff(time_map.second) > 0).all()
    ends = [take.audio_seconds for take in takes]
    np.testing.assert_allclose([time_map.first[[0, -1]], time_map.second[[0, -1]]], [[0, ends[0]], [0, ends[1]]])
    times = np.linspace(0, ends[0], 50)
    np.testing.assert_allclose(time_map.to_first(time_map.to_second(times)), times, atol=1e-6)
    assert time_map.to_second(ends[0] + 5) == pytest.approx(ends[1])


@settings(max_examples=60, deadline=None)
@given(path=st.lists(st.integers(0, 9), max_size=60))
def test_forward_part_is_the_longest_that_never_goes_back(path) -> None:
    kept = forward_part(np.array(path, np.int64))
    longest = [0] * len(path)
    for place, token in enumerate(path):
        longest[place] = 1 + max((longest[k] for k in range(place) if path[k] <= token), default=0)
    assert len(kept) == max(longest, default=0)
    assert (np.diff(kept) > 0).all() and (np.diff(np.array(path, np.int64)[kept]) >= 0).all()


def test_what_one_take_skips_the_other_waits_for() -> None:
    skips = list(EVEN)
    skips[5:10] = [0] * 5
    time_map = between(make_result([steady(TEXT, skips)]), make_result([steady(TEXT, EVEN)]))
    assert time_map.to_second(0.32) == pytest.approx(0.32, abs=1e-3), "before the gap both run alike"
    assert time_map.to_second(0.44) == pytest.approx(0.84, abs=1e-3), "and after it again"
    within = np.array([0.42, 0.55, 0.7, 0.79])
    np.testing.assert_allclose(time_map.to_first(within), 0.40, atol=1e-3)


def test_what_one_take_says_twice_the_other_waits_for() -> None:
    straight = np.repeat(np.arange(len(EVEN)), 8).tolist()
    again = straight[:80] + straight[32:80] + straight[80:]          # tokens 4 to 9 once more, 0.48 s
    time_map = between(make_result([Said(spell(TEXT), again)]), make_result([steady(TEXT, EVEN)]))
    assert time_map.to_second(0.25) == pytest.approx(0.25, abs=1e-3)
    assert time_map.to_second(1.36) == pytest.approx(0.88, abs=1e-3)
    assert 0.31 < time_map.to_second(0.9) < 0.81


def test_a_take_cut_before_its_end_stops_where_it_stops() -> None:
    whole, cut = make_result([steady(TEXT, EVEN)]), make_result([steady(TEXT, EVEN[:9] + [0] * 6)])
    time_map = between(cut, whole)
    np.testing.assert_allclose(time_map.to_second([0.3, 0.7]), [0.3, 0.7], atol=1e-3)
    np.testing.assert_allclose(time_map.to_first([0.72, 0.9, 1.15]), 0.72, atol=1e-3)


def test_a_pause_at_a_comma_is_mapped_to_the_pause() -> None:
    text = "one, two"
    long = [8, 8, 8, 8, 50, 8, 8, 8, 8, 8]
    time_map = between(make_result([steady(text, long)]), make_result([steady(text, [8] * 10)]))
    assert time_map.to_second(0.57) == pytest.approx(0.36, abs=2e-3), "half of the pause"
    assert time_map.to_second(0.86) == pytest.approx(0.44, abs=2e-3), "the space after it"


def test_pieces_are_mapped_onto_pieces_and_their_pauses_onto_pauses() -> None:
    slow, fast = ([steady(text, [frames] * (len(text) + 2)) for text in ("one.", "two.")] for frames in (10, 6))
    time_map = between(make_result(slow), make_result(fast))
    # The first piece lasts 0.60 and 0.36 s, the second begins at 0.90 and 0.66 s.
    np.testing.assert_allclose(time_map.to_second([0.30, 0.60, 0.75, 0.90, 1.20]), [0.18, 0.36, 0.51, 0.66, 0.84],
                               atol=1e-3)


def test_takes_with_other_tokens_are_matched_by_word() -> None:
    letters, phonemes = steady("the cat sat", [10] * 13), steady("ðə kæt sæt", [6] * 12)

    def written(text: str, tokens: list[str]) -> tuple[list[str], list[int]]:
        numbers, word = [], 0
        for token in tokens:
            word += token == " "
            numbers.append(-1 if token == " " or len(token) > 1 else word)
        return ["the", "cat", "sat"], numbers

    takes = [read_take(make_result([said], text="The cat sat"), written) for said in (letters, phonemes)]
    time_map = TimeMap.between(*takes)
    assert time_map.unit == WORD and takes[0].words == ("the", "cat", "sat")
    np.testing.assert_allclose(takes[0].word_spans(), [[0.1, 0.4], [0.5, 0.8], [0.9, 1.2]])
    np.testing.assert_allclose(time_map.to_second([0.5, 0.65, 0.8, 0.9, 1.2]), [0.24, 0.33, 0.42, 0.48, 0.66],
                               atol=1e-3)


def test_one_piece_against_two_of_the_same_words() -> None:
    together = make_result([steady("so it is", [10] * 10)], text="so it is")
    apart = make_result([steady("so", [10] * 4), steady("it is", [10] * 7)], text="so  it is")
    time_map = between(together, apart)
    assert time_map.unit == WORD
    assert time_map.to_second(0.45) == pytest.approx(0.4 + 0.3 + 0.1 + 0.05, abs=2e-3)


def test_takes_that_share_no_words_or_lost_their_text_are_matched_by_their_length() -> None:
    other = make_result([steady("ðə", [10] * 4)], text="the")
    for first in (make_result([steady("the", [10] * 5)]), make_result([steady("ðə", [10] * 4)], "the", lost=True)):
        time_map = between(first, other)
        assert time_map.unit == TIME
        assert time_map.to_second(first.audio_seconds / 4) == pytest.approx(0.1)


def test_other_texts_are_refused() -> None:
    with pytest.raises(ListeningError, match="different texts, “one” and “two”"):
        between(make_result([steady("one", [9] * 5)]), make_result([steady("two", [9] * 5)]))


def test_attention_that_does_not_fit_its_tokens_is_refused() -> None:
    piece = make_piece(np.ones((1, 1, 9, 4), np.float32) / 4, spell("abc"))
    for damaged in (piece, make_piece(np.ones((1, 1, 9, 5), np.float32) / 5, spell("abc"), head=(2, 0))):
        with pytest.raises(ListeningError, match="does not fit 5 tokens"):
            read_take(SynthesisResult(TakeRequest(".", None, "abc"), b"", 0.09, 0.1, 22_050, (damaged,), "CPU"))


@pytest.fixture(scope="module")
def spoken(repository) -> list[reader.Sample]:
    """What the espeak run said of three held-out sentences at its last step, with their recordings."""
    run = reader.open_run(repository / "sample_runs" / "espeak")
    return [reader.Sample(summary) for summary in run.samples(run.sample_steps()[-1])]


def reading_of(sample: reader.Sample, attention: np.ndarray, frames: int = 0) -> TakeReading:
    summary = sample.summary
    piece = make_piece(attention, summary.tokens, 0.0, frames, frames_per_second=summary.frames_per_second,
                       reduction_factor=summary.reduction_factor, head=summary.head)
    seconds = len(piece.mel) / summary.frames_per_second
    return read_take(SynthesisResult(TakeRequest(".", None, summary.text), b"", seconds, 0.1, 22_050, (piece,), "CPU"))


@pytest.mark.parametrize("seed", range(6))
def test_real_attention_stretched_by_a_known_plan(spoken, seed: int) -> None:
    """Each group of frames lasts one to three times as long: the map finds the plan again within a group or two."""
    rng = np.random.default_rng(seed)
    for sample in spoken:
        attention = np.asarray(sample.free_running.attention, np.float32)
        times = rng.integers(1, 4, attention.shape[2])
        group = sample.summary.reduction_factor / sample.summary.frames_per_second
        stretched = np.repeat(attention, times, axis=2)
        time_map = TimeMap.between(reading_of(sample, attention), reading_of(sample, stretched))
        places = (np.arange(len(times)) + 0.5) * group
        truth = (np.cumsum(times) - times / 2) * group
        errors = np.abs(time_map.to_second(places) - truth)
        assert np.median(errors) < 0.5 * group and errors.max() < 2.5 * group


def warped(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """Dynamic time warping of two mels (T, 80): the mean frame of the second for each of the first."""
    cost = np.linalg.norm(first[:, None] - second[None], axis=2)
    total = np.full((len(first) + 1, len(second) + 1), np.inf)
    total[0, 0] = 0
    for i, j in np.ndindex(*cost.shape):
        total[i + 1, j + 1] = cost[i, j] + min(total[i, j], total[i, j + 1], total[i + 1, j])
    i, j, met = len(first) - 1, len(second) - 1, [[] for _ in first]
    while i >= 0:
        met[i].append(j)
        i, j = min((total[i, j], i - 1, j - 1), (total[i, j + 1], i - 1, j), (total[i + 1, j], i, j - 1))[1:]
    return np.array([np.mean(frames) for frames in met])


def test_real_speech_agrees_with_alignment_of_the_sounds(spoken) -> None:
    """Recording and free-running take, against dynamic time warping of their mels, which knows no attention."""
    errors, by_length = [], []
    for sample in spoken:
        rate = sample.summary.frames_per_second
        mels = [np.asarray(sample.teacher_forced.mel_target), np.asarray(sample.free_running.mel_predicted)]
        attentions = [sample.teacher_forced.attention, sample.free_running.attention]
        takes = [reading_of(sample, attention, len(mel)) for attention, mel in zip(attentions, mels)]
        truth = warped(*(mel - mel.mean(axis=0) for mel in mels)) / rate
        times = np.arange(len(truth)) / rate
        errors.append(np.abs(TimeMap.between(*takes).to_second(times) - truth))
        by_length.append(np.abs(times * len(mels[1]) / len(mels[0]) - truth))
    mapped, shared = np.concatenate(errors), np.concatenate(by_length)
    assert np.median(mapped) < 0.012 and mapped.max() < 0.08        # a group of frames lasts 0.046 s
    assert np.mean(mapped) < 0.5 * np.mean(shared), "it does better than the share of the length"
