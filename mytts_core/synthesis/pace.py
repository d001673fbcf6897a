"""How far a pool of batches is, and how long the rest takes by the speed measured so far."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import NamedTuple, Optional

from mytts_core.synthesis.utterance import Utterance

ROW_COST = 0.25
"""What a further utterance adds to a frame of a batch, beside the first one's 1: the weights are read once for all."""

WAVEFORM_COST = 0.5
"""A frame's waveform beside a frame's decoding, until both were measured."""

FORGETTING = 0.2
"""How much of what was measured before counts beside the batch that runs: the first one also compiles."""


class SpeechProgress(NamedTuple):
    """How far texts are.

    Attributes:
        stage: "decoding" or "waveform".
        done, most: frames while decoding, of the most there may be; waveforms of the pieces decoded together.
        spoken, pieces: pieces whose audio is there, of all.
        share: of the work, 0 to 1; it never falls.
        seconds_left: by the speed measured so far; None until it is known.
    """

    stage: str
    done: int
    most: int
    spoken: int
    pieces: int
    share: float
    seconds_left: Optional[float] = None


class Speed:
    """Seconds a unit of work, what is long ago forgotten; kept from job to job."""

    def __init__(self) -> None:
        self._seconds = self._units = 0.0

    def add(self, seconds: float, units: float) -> None:
        """Note work that was done."""
        self._seconds, self._units = self._seconds + seconds, self._units + units

    def forget(self) -> None:
        """Let what was noted count less from now on."""
        self._seconds, self._units = FORGETTING * self._seconds, FORGETTING * self._units

    @property
    def seconds_a_unit(self) -> Optional[float]:
        """None until something was noted."""
        return self._seconds / self._units if self._units > 0 else None


class Speeds(NamedTuple):
    """Of a model: decoding, in frames of a batch of one, and waveforms, in frames."""

    decoding: Speed
    waveform: Speed

    @classmethod
    def unknown(cls) -> Speeds:
        """Return the speeds of a model that has not spoken yet."""
        return cls(Speed(), Speed())


class Pace:
    """Follows batches that are spoken one after the other.

    Args:
        batches: what will be spoken.
        speeds: measured so far; they are measured on.
        tell: called with the progress at every chunk of frames and every waveform.
    """

    def __init__(self, batches: Sequence[Sequence[Utterance]], speeds: Speeds,
                 tell: Callable[[SpeechProgress], None]) -> None:
        self._speeds, self._tell = speeds, tell
        self._pieces = sum(len(batch) for batch in batches)
        self._left = [_expected(batch) for batch in batches]
        self._spent = 0.0       # in frames decoded alone
        self._spoken = 0
        self._share = 0.0
        self._last = time.perf_counter()

    def begin(self, batch: Sequence[Utterance]) -> None:
        """Note that a batch begins: the first of those left, or a part of it that is tried again."""
        self._batch, self._row_cost = batch, 1 + ROW_COST * (len(batch) - 1)
        self._expected = max(one.expected_frames for one in batch)
        self._done, self._voiced = 0, 0
        self._last = time.perf_counter()
        for speed in self._speeds:
            speed.forget()

    def watch(self, stage: str, done: int, most: int) -> None:
        """Follow `Synthesizer.speak`."""
        now = time.perf_counter()
        seconds, self._last = now - self._last, now
        if stage == "decoding":
            self._speeds.decoding.add(seconds, (done - self._done) * self._row_cost)
            self._spent += (done - self._done) * self._row_cost
            self._done = done
        else:
            frames = self._batch[done - 1].expected_frames
            self._speeds.waveform.add(seconds, frames)
            self._spent += frames * self._waveform_cost()
            self._spoken += 1
            self._voiced = done
        self._report(stage, done, most)

    def end(self) -> None:
        """Note that the first of the batches left is done."""
        self._left = self._left[1:]

    def _report(self, stage: str, done: int, most: int) -> None:
        frames_left = 0 if self._voiced else max(self._expected - self._done, 0)
        voices_left = sum(one.expected_frames for one in self._batch[self._voiced:])
        later = self._left[1:]
        decoding = frames_left * self._row_cost + sum(frames for frames, _ in later)
        left = decoding + self._waveform_cost() * (voices_left + sum(frames for _, frames in later))
        is_last = not later and stage == "waveform" and done == most
        self._share = 1.0 if is_last else max(self._share, self._spent / max(self._spent + left, 1e-9))
        unit = self._speeds.decoding.seconds_a_unit
        seconds_left = 0.0 if is_last else None if unit is None else unit * left
        self._tell(SpeechProgress(stage, done, most, self._spoken, self._pieces, min(self._share, 1.0), seconds_left))

    def _waveform_cost(self) -> float:
        """Return what a frame's waveform costs, in frames decoded alone."""
        decoding, waveform = self._speeds.decoding.seconds_a_unit, self._speeds.waveform.seconds_a_unit
        return waveform / decoding if decoding and waveform else WAVEFORM_COST


def _expected(batch: Sequence[Utterance]) -> tuple[float, int]:
    """Return the work of a batch: frames of decoding as if alone, frames of waveforms."""
    frames = [one.expected_frames for one in batch]
    return max(frames) * (1 + ROW_COST * (len(batch) - 1)), sum(frames)
