"""What reading a run gives: small frozen records, NumPy arrays, no behaviour beyond looking at themselves.

Steps count optimizer updates. Wall times and heartbeats are seconds since 1970-01-01 UTC. A number that is not
known is NaN, a text that is not known is empty, a part that is missing is None or an empty array of its type.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple, Optional

import numpy as np
from numpy.typing import NDArray

STALLED_AFTER_SECONDS = 300.0

RUN_KINDS = ("mytts", "tensorboard", "keras_csv", "json_lines")


class Series(NamedTuple):
    """One scalar tag over a run.

    Attributes:
        steps: int64, shape (N,), never falling; a step may come twice when a program wrote it twice.
        wall_times: float64, shape (N,), seconds since 1970 UTC; NaN where the log holds no time.
        values: float64, shape (N,); NaN and infinity are kept.
        attempt: 0 for the first attempt, counting each restart that wrote this tag again from an earlier step.
    """

    steps: NDArray[np.int64]
    wall_times: NDArray[np.float64]
    values: NDArray[np.float64]
    attempt: int = 0

    @classmethod
    def empty(cls) -> Series:
        """Return a series without points."""
        return cls(np.empty(0, np.int64), np.empty(0, np.float64), np.empty(0, np.float64))

    def part(self, start: int, stop: int) -> Series:
        """Return the points from position `start` up to, not with, `stop`."""
        return Series(self.steps[start:stop], self.wall_times[start:stop], self.values[start:stop], self.attempt)


class GradientNorms(NamedTuple):
    """L2 norms of every variable's gradient, before clipping.

    Attributes:
        steps: int64, shape (N,), rising.
        names: V variable names.
        norms: float32, shape (N, V); NaN and infinity are kept.
        shapes: V variable shapes.
    """

    steps: NDArray[np.int64]
    names: tuple[str, ...]
    norms: NDArray[np.float32]
    shapes: tuple[tuple[int, ...], ...] = ()

    @classmethod
    def empty(cls) -> GradientNorms:
        """Return norms of no variable at no step."""
        return cls(np.empty(0, np.int64), (), np.empty((0, 0), np.float32))


@dataclass(frozen=True)
class RunInfo:
    """`run.json`: who made the run, when and with what.

    Attributes:
        schema: schema version of the folder.
        id: unique name of the run, given when it was created.
        created: ISO 8601, UTC.
        command: the command line, a word an item.
        libraries: distribution name → version.
    """

    schema: int
    id: str = ""
    created: str = ""
    command: tuple[str, ...] = ()
    device: str = ""
    git_commit: str = ""
    python: str = ""
    platform: str = ""
    libraries: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class RunStatus:
    """`status.json`: where a run stands.

    Attributes:
        state: `running`, `finished`, `failed` or `interrupted`; empty when the folder does not say.
        step: last step reported, -1 when unknown.
        heartbeat: seconds since 1970 UTC of the last report, NaN when unknown.
        message: what the trainer had to say, for people.
    """

    state: str = ""
    step: int = -1
    heartbeat: float = float("nan")
    message: str = ""

    def is_stalled(self, now: Optional[float] = None, after_seconds: float = STALLED_AFTER_SECONDS) -> bool:
        """Tell whether a run that calls itself running has been silent for `after_seconds`."""
        age = (time.time() if now is None else now) - self.heartbeat
        return self.state == "running" and age > after_seconds

    def shown_state(self, now: Optional[float] = None) -> str:
        """Return the state to show: `stalled` for a silent running run, `unknown` where nothing is said."""
        return "stalled" if self.is_stalled(now) else self.state or "unknown"


@dataclass(frozen=True)
class RunSummary:
    """A run as a list shows it, read without opening its events.

    Attributes:
        folder: where it is.
        name: its path relative to the searched root, with `/`; `.` for the root itself.
        kind: one of `RUN_KINDS`, or empty for a folder that could not be looked at.
        modified: seconds since 1970 UTC of the newest change seen, NaN when unknown.
        problem: why it cannot be (fully) read, in words; empty when all is well.
    """

    folder: Path
    name: str
    kind: str
    status: RunStatus = RunStatus()
    created: str = ""
    preset: str = ""
    modified: float = float("nan")
    problem: str = ""


class AlignmentRecord(NamedTuple):
    """Scores of one alignment, each in 0..1, NaN when unknown (see `mytts_core.monitoring.alignment`)."""

    diagonality: float = float("nan")
    focus: float = float("nan")
    coverage: float = float("nan")
    monotonicity: float = float("nan")


class FaultRecord(NamedTuple):
    """A place where the attention left its path. Frames are mel frames, `end_frame` exclusive; -1 when unknown."""

    kind: str
    token_index: int
    token: str
    start_frame: int
    end_frame: int


@dataclass(frozen=True)
class FreeRunningRecord:
    """What free-running synthesis of a sample did. `skipped`, `repeated` and `stalled` count faults, `frames` mel
    frames; -1 when unknown."""

    scores: AlignmentRecord = AlignmentRecord()
    frames: int = -1
    stop_reason: str = ""
    skipped: int = -1
    repeated: int = -1
    stalled: int = -1
    faults: tuple[FaultRecord, ...] = ()
    words: tuple[str, ...] = ()


@dataclass(frozen=True)
class SampleSummary:
    """One utterance at one step, from its `sample.json`.

    Attributes:
        id: the utterance's id in the corpus; data, not a path.
        tokens, spoken: S display tokens and whether each is a letter or phoneme.
        head: (layer, head) of the attention that scores and pictures use, None when not chosen.
        target_frames: length of the recording in mel frames, -1 when there is none.
        free_running: None when the sample was not synthesised freely.
        problem: why part of it could not be read, in words.
    """

    step: int
    id: str
    folder: Path
    text: str = ""
    tokens: tuple[str, ...] = ()
    spoken: tuple[bool, ...] = ()
    reduction_factor: int = 1
    frames_per_second: float = float("nan")
    head: Optional[tuple[int, int]] = None
    target_frames: int = -1
    teacher_forced: AlignmentRecord = AlignmentRecord()
    free_running: Optional[FreeRunningRecord] = None
    problem: str = ""


class SampleArrays(NamedTuple):
    """Arrays of a sample, float32, or None where they were not written or cannot be read.

    Attributes:
        attention: shape (layers, heads, groups, tokens); a row is a group of `reduction_factor` frames; window off.
        mel_target: shape (frames, bands), ln-magnitude.
        mel_predicted: shape (frames, bands), ln-magnitude.
        stop_probabilities: shape (frames,), in 0..1.
    """

    attention: Optional[NDArray[np.float32]] = None
    mel_target: Optional[NDArray[np.float32]] = None
    mel_predicted: Optional[NDArray[np.float32]] = None
    stop_probabilities: Optional[NDArray[np.float32]] = None

    @property
    def is_empty(self) -> bool:
        """True when there is no array at all."""
        return all(array is None for array in self)


@dataclass(frozen=True)
class CheckpointInfo:
    """Weights kept by a run.

    Attributes:
        step: the step they were saved after.
        path: the `.weights.h5` file; `num_bytes` its size.
        info: what the trainer noted beside them; empty when missing or unreadable.
        is_best: True for the checkpoint the trainer called best.
    """

    step: int
    path: Path
    num_bytes: int
    modified: float
    info: dict[str, Any] = field(default_factory=dict)
    is_best: bool = False


class MediaEntry(NamedTuple):
    """Where an image, a sound, a histogram, a text or a tensor lies in an event file; `Run.media` decodes it.

    Attributes:
        kind: `image`, `audio`, `histogram`, `text` or `tensor`.
        offset: first byte of the record's data in `path`; `length` its bytes; `place` the value within the event.
    """

    kind: str
    tag: str
    step: int
    wall_time: float
    path: Path
    offset: int
    length: int
    place: int
