"""Reading faults in attention made by hand: kinds, tokens, times, words. The real matrices are in test_…_injections."""

from __future__ import annotations

import numpy as np
import pytest

from mytts_core.monitoring.alignment_path import KINDS, diagnose_path

FRAMES_PER_SECOND = 80.0
TEXT = list("the quick brown fox jumps")
SPOKEN = np.array([token.isalpha() for token in TEXT])


def read(tokens: list[int], frames: int = 8, num_tokens: int = len(TEXT)) -> np.ndarray:
    """Return attention that stays `frames` frames (100 ms) on each of `tokens`, a little of it on the neighbours."""
    sharp = np.eye(num_tokens)[np.repeat(tokens, frames)]
    soft = 0.9 * sharp
    soft[:, 1:] += 0.05 * sharp[:, :-1]
    soft[:, :-1] += 0.05 * sharp[:, 1:]
    return soft


def diagnose(attention: np.ndarray, **options):
    options = {"tokens": TEXT, "spoken": SPOKEN, "frames_per_second": FRAMES_PER_SECOND, **options}
    return diagnose_path(attention, **options)


EVERYTHING = list(range(len(TEXT)))


def test_a_plain_reading_has_no_fault() -> None:
    report = diagnose(read(EVERYTHING))
    assert report.faults == [] and report.jumps_back == 0 and report.end_reached
    assert report.in_words(FRAMES_PER_SECOND) == []
    assert set(report.severity) == set(KINDS) and max(report.severity.values()) < 1
    assert (report.path == np.repeat(EVERYTHING, 8)).all()


def test_a_skipped_word_is_named_with_its_time() -> None:
    report = diagnose(read([*range(0, 10), *range(15, 25)]))      # "brown" is 10 to 14
    assert [fault.kind for fault in report.faults] == ["skipped"]
    fault = report.skipped[0]
    assert (fault.token_index, fault.last_token_index, fault.token, fault.text) == (10, 14, "b", "brown")
    assert fault.start_frame == 79 and fault.end_frame == 80
    assert report.in_words(FRAMES_PER_SECOND) == ["Skipped “brown” (tokens 10 to 14) at 0.99 s."]


def test_two_skipped_words_are_two_faults() -> None:
    report = diagnose(read([0, 1, 2, 3, *range(9, 16), 19, *range(20, 25)]))
    assert [fault.text for fault in report.skipped] == ["quick", "fox"]


def test_missing_an_argmax_here_and_there_is_no_skip() -> None:
    # Two of three letters are attended, each for longer: coverage 0.67, nothing left out.
    report = diagnose(read([token for token in EVERYTHING if token % 3 != 1], frames=12))
    assert report.skipped == []


def test_where_single_misses_are_frequent_a_longer_run_is_asked_for() -> None:
    every_second = read(list(range(0, 60, 2)), frames=12, num_tokens=60)
    without_five = read([t for t in range(0, 60, 2) if not 29 <= t <= 33], frames=12, num_tokens=60)
    without_twenty = read([t for t in range(0, 60, 2) if not 19 <= t <= 39], frames=12, num_tokens=60)
    plain = {"tokens": None, "spoken": None}
    assert diagnose(every_second, **plain).skipped == []
    assert diagnose(without_five, **plain).skipped == []
    assert len(diagnose(without_twenty, **plain).skipped) == 1
    five_of_dense = read([t for t in range(60) if not 29 <= t <= 33], num_tokens=60)
    assert len(diagnose(five_of_dense, **plain).skipped) == 1


def test_tokens_crossed_faster_than_anyone_speaks_are_skipped() -> None:
    blur = np.full((5, len(TEXT)), 1 / len(TEXT))          # 60 ms that point nowhere, in place of "brown"
    report = diagnose(np.concatenate([read([*range(0, 10)]), blur, read([*range(15, 25)])]))
    assert [fault.text for fault in report.skipped] == ["brown"]


def test_skipped_spaces_and_punctuation_are_no_fault() -> None:
    text = list("one — , — two")
    spoken = np.array([token.isalpha() for token in text])
    attention = read([0, 1, 2, 10, 11, 12], num_tokens=len(text))
    assert diagnose(attention, tokens=text, spoken=spoken).faults == []


def test_a_word_read_twice_is_named_with_the_time_of_the_second_reading() -> None:
    report = diagnose(read([*range(0, 15), *range(10, 25)]))
    assert [fault.kind for fault in report.faults] == ["repeated"]
    fault = report.repeated[0]
    assert fault.text == "brown" and report.jumps_back == 1
    assert fault.start_frame == pytest.approx(15 * 8, abs=1) and fault.end_frame == pytest.approx(20 * 8, abs=1)
    assert "Repeated “brown”" in report.in_words(FRAMES_PER_SECOND)[0]


def test_starting_again_and_not_getting_to_the_end_is_a_repeat() -> None:
    report = diagnose(read([*range(0, 20), *range(0, 15)]))
    assert report.repeated[0].text == "the quick brown"
    assert not report.end_reached and report.truncated is not None
    assert report.truncated.text == "jumps"


def test_a_glance_ahead_is_a_jump_back_but_no_repeat() -> None:
    attention = np.concatenate([read([*range(0, 10)]), read([20], frames=12), read([*range(10, 25)])])
    report = diagnose(attention)
    assert report.jumps_back == 1 and report.repeated == [] and report.skipped == []


def test_a_letter_held_for_a_second_is_a_stall_and_a_pause_is_not() -> None:
    def held(token: int, seconds: float):
        return diagnose(np.concatenate([read([*range(0, token)]), read([token], int(80 * seconds)),
                                        read([*range(token + 1, 25)])]))
    stalled = held(12, 1.0)
    assert [fault.kind for fault in stalled.faults] == ["stalled"]
    assert stalled.stalled[0].token == "o" and stalled.stalled[0].token_index == 12
    assert "Stalled on “o” (token 12)" in stalled.in_words(FRAMES_PER_SECOND)[0]
    assert held(12, 0.6).faults == []
    assert held(9, 1.0).faults == []             # the space between two words
    assert len(held(9, 2.5).stalled) == 1


def test_holding_the_end_is_a_pause_unless_the_limit_ended_it() -> None:
    attention = np.concatenate([read(EVERYTHING[:-1]), read([24], 200)])
    assert diagnose(attention).faults == []
    assert diagnose(attention, stop_reason="stop_token").faults == []
    limited = diagnose(attention, stop_reason="limit")
    assert len(limited.stalled) == 1
    assert "length limit" in limited.in_words(FRAMES_PER_SECOND)[-1]


def test_an_end_not_reached_names_what_is_missing() -> None:
    report = diagnose(read([*range(0, 19)]))
    assert not report.end_reached and [fault.kind for fault in report.faults] == ["truncated"]
    assert report.truncated is not None and report.truncated.text == " jumps".strip()
    assert report.in_words(FRAMES_PER_SECOND) == ["Ended at 1.90 s before “jumps” (tokens 20 to 24)."]
    assert diagnose(read([*range(0, 24)])).end_reached      # one last consonant is forgiven


@pytest.mark.parametrize("attention", [
    read(EVERYTHING[::-1]),
    read([0] * 25),
    np.full((200, 25), 1 / 25),
    np.random.default_rng(0).dirichlet(np.ones(25), 200),
    np.full((200, 25), np.nan),
], ids=["reversed", "stuck", "uniform", "random", "not finite"])
def test_attention_that_never_aligned_has_faults(attention: np.ndarray) -> None:
    report = diagnose(attention)
    assert report.faults and not report.end_reached
    assert report.in_words(FRAMES_PER_SECOND)


def test_groups_of_frames_are_counted_in_frames() -> None:
    groups = read([*range(0, 10), *range(15, 25)], frames=2)
    assert diagnose(groups, reduction_factor=4).faults == diagnose(np.repeat(groups, 4, axis=0)).faults
    assert len(diagnose(groups, reduction_factor=4).path) == 160


def test_without_tokens_names_are_empty() -> None:
    report = diagnose(read([*range(0, 10), *range(15, 25)]), tokens=None)
    assert report.skipped[0].token == "" and report.skipped[0].text == ""
    assert report.in_words(FRAMES_PER_SECOND) == ["Skipped tokens 10 to 14 at 0.99 s."]


@pytest.mark.parametrize("attention", [np.ones((1, 1)), np.ones((1, 3)), np.ones((3, 1)), np.zeros((4, 4))])
def test_tiny_matrices_are_read(attention: np.ndarray) -> None:
    report = diagnose(attention, tokens=None, spoken=None)
    assert len(report.path) == len(attention)
    assert diagnose(attention, tokens=None, spoken=np.zeros(attention.shape[1], bool)).skipped == []


@pytest.mark.parametrize(("options", "message"), [
    ({"frames_per_second": 0}, "frames_per_second"), ({"reduction_factor": 0}, "reduction_factor"),
    ({"tokens": ["a"]}, "tokens"), ({"spoken": [True]}, "spoken"),
])
def test_what_does_not_fit_is_refused(options, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        diagnose(read(EVERYTHING), **options)
