"""A synthesis that was asked for: its state, its progress, its result. Imports neither TensorFlow nor Keras."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple, Optional

import numpy as np

from mytts_core.errors import MyTTSError, SynthesisError
from mytts_core.synthesis.take import SynthesisCancelled

QUEUED, RUNNING, DONE, FAILED, CANCELLED = "queued", "running", "done", "failed", "cancelled"
_SPEAKING = ("decoding", "waveform")


class JobProgress(NamedTuple):
    """How far a job is.

    Attributes:
        stage: `queued`, `starting` (the worker process), `loading` (the checkpoint), `decoding`, `waveform`, or a final
            state.
        done, most: frames while decoding, of the most there may be; it usually ends well before.
        spoken, pieces: pieces of the text whose audio is there, of all.
        part: of decoding and waveforms, what is done of all pieces, 0 to 1.
    """

    stage: str
    done: int = 0
    most: int = 0
    spoken: int = 0
    pieces: int = 1
    part: float = 0.0

    @property
    def share(self) -> float:
        """A rough share of the whole in 0..1, for a progress bar; it never falls while a job goes on."""
        starts = {"queued": 0.0, "starting": 0.02, "loading": 0.1, "decoding": 0.25, "waveform": 0.25}
        return starts.get(self.stage, 1.0) + (0.75 * min(self.part, 1.0) if self.stage in _SPEAKING else 0.0)


@dataclass(frozen=True)
class SpokenPiece:
    """A piece of the text, spoken; a short text is one piece.

    Attributes:
        start: where it begins in the audio, in seconds.
        mel: ln-magnitude, float32, (T, n_mels).
        attention: float32, (layers, heads, groups, S), window off.
        stop_probabilities: float32, (T,).
        summary: all else that is known of the take, see `Take.summary`: text, tokens, scores, stop reason, faults in
            words ("words"), seconds, …
    """

    start: float
    mel: np.ndarray
    attention: np.ndarray
    stop_probabilities: np.ndarray
    summary: dict[str, Any]


@dataclass(frozen=True)
class SynthesisResult:
    """What a worker yields.

    Attributes:
        text: as it was asked for.
        audio: a whole WAV file, 16 bit, as audio players want it: every piece, with pauses between.
        audio_seconds: its length.
        sample_rate: in Hz.
        pieces: in the order they are spoken, at least one.
        device: what it was computed on, for example "CPU".
    """

    text: str
    audio: bytes
    audio_seconds: float
    sample_rate: int
    pieces: tuple[SpokenPiece, ...]
    device: str


class SynthesisRequest(NamedTuple):
    """What to speak, with what; see `Synthesizer.from_run` and `speak_text`."""

    run_folder: Path
    checkpoint: int | str | None
    text: str
    temperature: float = 1.0
    seed: Optional[int] = None
    max_seconds: Optional[float] = None


class Job:
    """One request on its way through the worker; made by `WorkerClient.submit`. Every method may be called anywhere.

    Attributes:
        id: of this job among those of its client.
        request: what was asked for.
    """

    def __init__(self, identity: int, request: SynthesisRequest) -> None:
        self.id = identity
        self.request = request
        self._lock = threading.Lock()
        self._finished = threading.Event()
        self._state = QUEUED
        self._progress = JobProgress(QUEUED)
        self._result: Optional[SynthesisResult] = None
        self._error: Optional[MyTTSError] = None
        self._cancel_asked = False
        self._on_cancel: Callable[[Job], None] = lambda job: None

    @property
    def state(self) -> str:
        """`queued`, `running`, `done`, `failed` or `cancelled`."""
        return self._state

    @property
    def progress(self) -> JobProgress:
        """How far it is."""
        return self._progress

    @property
    def finished(self) -> bool:
        """Whether nothing will change any more."""
        return self._finished.is_set()

    @property
    def error(self) -> Optional[MyTTSError]:
        """Why it failed or was cancelled, or None."""
        return self._error

    def result(self, timeout: Optional[float] = None) -> SynthesisResult:
        """Wait for the result.

        Args:
            timeout: seconds; None waits as long as it takes.

        Raises:
            TimeoutError: if it is not finished by then.
            SynthesisCancelled: if it was cancelled.
            MyTTSError: what the synthesis raised: TextError, CheckpointError, RunError, SynthesisError.
        """
        if not self._finished.wait(timeout):
            raise TimeoutError(f"synthesis job {self.id} is not finished after {timeout} s")
        if self._error is not None:
            # A fresh exception for each caller: raising one object in two threads mixes their tracebacks.
            raise type(self._error)(*self._error.args)
        assert self._result is not None
        return self._result

    def cancel(self) -> None:
        """End it soon, whether it waits or runs; a finished job stays as it is."""
        with self._lock:
            if self._finished.is_set() or self._cancel_asked:
                return
            self._cancel_asked = True
        self._on_cancel(self)

    @property
    def cancel_asked(self) -> bool:
        """Whether someone called `cancel` before it was finished."""
        return self._cancel_asked

    # What follows is for the client.

    def on_cancel(self, call: Callable[[Job], None]) -> None:
        """Have `call(job)` called when the job is cancelled."""
        self._on_cancel = call

    def advance(self, progress: JobProgress) -> None:
        """Note that the job runs, and how far it is."""
        with self._lock:
            if not self._finished.is_set():
                self._state, self._progress = RUNNING, progress

    def finish(self, outcome: SynthesisResult | MyTTSError) -> None:
        """End the job with its result or its error; the first call counts."""
        with self._lock:
            if self._finished.is_set():
                return
            if isinstance(outcome, SynthesisResult):
                self._result, self._state = outcome, DONE
            else:
                self._error = outcome
                self._state = CANCELLED if isinstance(outcome, SynthesisCancelled) else FAILED
            self._progress = JobProgress(self._state)
            self._finished.set()


def error_by_name(name: str, message: str) -> MyTTSError:
    """Return the error that the worker names; a SynthesisError where the name is not one of ours."""
    import mytts_core.errors

    if name == SynthesisCancelled.__name__:
        return SynthesisCancelled(message)
    kind = getattr(mytts_core.errors, name, None)
    if isinstance(kind, type) and issubclass(kind, MyTTSError):
        return kind(message)
    return SynthesisError(message)
