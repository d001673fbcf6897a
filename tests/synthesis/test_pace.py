"""Progress of batches: shares that never fall, and a time left that follows the speed measured."""

from __future__ import annotations

import numpy as np
import pytest

from mytts_core.synthesis import pace as pace_module
from mytts_core.synthesis.pace import ROW_COST, Pace, SpeechProgress, Speeds
from mytts_core.synthesis.utterance import ReadText, Utterance, in_batches


def utterance(frames: int, most: int = 1_000) -> Utterance:
    return Utterance(ReadText("a", [4] * frames, ["a"] * frames, np.ones(frames, bool), []), 1.0, None, most, frames,
                     None)


class Clock:
    """A clock that goes on as it is told."""

    def __init__(self) -> None:
        self.now = 100.0

    def perf_counter(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(pace_module, "time", clock)
    return clock


def speak(pace: Pace, batch: list[Utterance], clock: Clock, second_a_frame: float, second_a_waveform: float) -> None:
    """Go through a batch that takes just so long and lasts as long as expected."""
    pace.begin(batch)
    longest = max(one.expected_frames for one in batch)
    for done in [*range(64, longest, 64), longest]:
        step = done - (done - 1) // 64 * 64
        clock.now += step * second_a_frame * (1 + ROW_COST * (len(batch) - 1))
        pace.watch("decoding", done, 1_000)
    for row in range(len(batch)):
        clock.now += batch[row].expected_frames * second_a_waveform
        pace.watch("waveform", row + 1, len(batch))
    pace.end()


def test_the_time_left_is_exact_where_the_speed_is_constant(clock: Clock) -> None:
    batches = [[utterance(100), utterance(200)], [utterance(300)], [utterance(400)] * 3]
    told: list[tuple[float, SpeechProgress]] = []
    speeds = Speeds.unknown()
    pace = Pace(batches, speeds, lambda now: told.append((clock.now, now)))
    for batch in batches:
        speak(pace, batch, clock, 0.01, 0.002)
    assert told[0][1].seconds_left is not None      # from the first chunk on
    measured = [(at, now.seconds_left) for at, now in told if now.spoken]
    for at, left in measured:
        assert left == pytest.approx(clock.now - at, rel=0.02, abs=0.01)
    shares = [now.share for _, now in told]
    assert shares == sorted(shares) and shares[-1] == 1.0 and told[-1][1].seconds_left == 0
    assert [now.spoken for _, now in told if now.stage == "waveform"] == [1, 2, 3, 4, 5, 6]
    assert speeds.decoding.seconds_a_unit == pytest.approx(0.01)


def test_what_is_slow_at_first_is_soon_forgotten(clock: Clock) -> None:
    batches, lefts = [[utterance(256)] for _ in range(4)], []
    pace = Pace(batches, Speeds.unknown(), lambda now: lefts.append(now.seconds_left))
    speak(pace, batches[0], clock, 1.0, 0.001)      # it compiles
    for batch in batches[1:3]:
        speak(pace, batch, clock, 0.01, 0.001)
    assert lefts[-1] == pytest.approx(256 * (0.01 + 0.001), rel=5)      # of the order of the true time
    assert lefts[-1] < 0.1 * lefts[0]


def test_a_take_longer_than_expected_does_not_turn_the_bar_back(clock: Clock) -> None:
    shares: list[float] = []
    pace = Pace([[utterance(100)], [utterance(100)]], Speeds.unknown(), lambda now: shares.append(now.share))
    pace.begin([utterance(100)])
    for done in range(64, 640, 64):
        clock.now += 1
        pace.watch("decoding", done, 1_000)
    assert shares == sorted(shares) and shares[-1] < 1


def test_batches_hold_what_is_of_similar_length_short_first() -> None:
    frames = [50, 10, 40, 20, 30]
    assert in_batches([utterance(count) for count in frames], 2) == [[1, 3], [4, 2], [0]]
    assert in_batches([], 16) == []
