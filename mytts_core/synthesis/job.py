"""Takes that were asked for together: their state, progress and outcomes. Imports neither TensorFlow nor Keras."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, NamedTuple, Optional, Union

from mytts_core.errors import MyTTSError, SynthesisError
from mytts_core.synthesis.spoken import SpokenPiece, SynthesisResult, TakeRequest
from mytts_core.synthesis.take import SynthesisCancelled

if TYPE_CHECKING:
    from mytts_core.synthesis.take_store import StoredTake

__all__ = ["CANCELLED", "DONE", "FAILED", "QUEUED", "RUNNING", "Job", "JobProgress", "Outcome", "SpokenPiece",
           "SynthesisResult", "TakeRequest", "error_by_name"]

QUEUED, RUNNING, DONE, FAILED, CANCELLED = "queued", "running", "done", "failed", "cancelled"
_SPEAKING = ("decoding", "waveform")

Outcome = Union[SynthesisResult, MyTTSError]


class JobProgress(NamedTuple):
    """How far a job is.

    Attributes:
        stage: `queued`, `starting` (the worker process), `loading` (a checkpoint), `decoding`, `waveform`, or a final
            state.
        done, most: frames while decoding, of the most there may be; it usually ends well before.
        spoken, pieces: pieces of the texts whose audio is there, of all.
        part: of decoding and waveforms, what is done of the whole job, 0 to 1.
        takes_done, takes: takes that have an outcome, of all.
        seconds_left: by the speed measured so far; None until it is known.
        queue_position: jobs that come before this one; 0 when it runs or has ended.
    """

    stage: str
    done: int = 0
    most: int = 0
    spoken: int = 0
    pieces: int = 1
    part: float = 0.0
    takes_done: int = 0
    takes: int = 1
    seconds_left: Optional[float] = None
    queue_position: int = 0

    @property
    def share(self) -> float:
        """A rough share of the whole in 0..1, for a progress bar; it never falls while a job goes on."""
        starts = {"queued": 0.0, "starting": 0.02, "loading": 0.1, "decoding": 0.25, "waveform": 0.25}
        speaking = self.stage in _SPEAKING or self.part > 0     # another checkpoint may be loaded in between
        return min(1.0, starts.get(self.stage, 1.0) if not speaking else 0.25 + 0.75 * min(self.part, 1.0))


class Job:
    """Takes on their way through the worker; made by `WorkerClient.submit_takes`. Every method may be called anywhere.

    Attributes:
        id: of this job among those of its client.
        requests: what was asked for.
    """

    def __init__(self, identity: int, requests: Sequence[TakeRequest],
                 on_cancel: Callable[[Job], None] = lambda job: None,
                 queue_position: Callable[[Job], int] = lambda job: 0) -> None:
        self.id = identity
        self.requests = tuple(requests)
        self._lock = threading.Lock()
        self._finished = threading.Event()
        self._state = QUEUED
        self._progress = JobProgress(QUEUED, takes=len(self.requests))
        self._outcomes: list[Optional[Outcome]] = [None] * len(self.requests)
        self._stored: list[Optional[StoredTake]] = [None] * len(self.requests)
        self._error: Optional[MyTTSError] = None
        self._store_error: Optional[MyTTSError] = None
        self._cancel_asked = False
        self._on_cancel = on_cancel
        self._queue_position = queue_position

    @property
    def request(self) -> TakeRequest:
        """What was asked for first."""
        return self.requests[0]

    @property
    def state(self) -> str:
        """`queued`, `running`, `done` (at least one take is there), `failed` or `cancelled`."""
        return self._state

    @property
    def progress(self) -> JobProgress:
        """How far it is."""
        with self._lock:
            takes_done = sum(outcome is not None for outcome in self._outcomes)
            progress = self._progress._replace(takes_done=takes_done, takes=len(self._outcomes))
        return progress._replace(queue_position=self._queue_position(self)) if progress.stage == QUEUED else progress

    @property
    def outcomes(self) -> tuple[Optional[Outcome], ...]:
        """For each request: its result, why there is none, or None while it is not there."""
        with self._lock:
            return tuple(self._outcomes)

    @property
    def stored(self) -> tuple[Optional[StoredTake], ...]:
        """For each request: its take in the store the job was given; None where there is none (yet)."""
        with self._lock:
            return tuple(self._stored)

    @property
    def store_error(self) -> Optional[MyTTSError]:
        """Why a finished take could not be stored, or None; its outcome is there all the same."""
        return self._store_error

    @property
    def finished(self) -> bool:
        """Whether nothing will change any more."""
        return self._finished.is_set()

    @property
    def error(self) -> Optional[MyTTSError]:
        """Why the job ended early, or why its only take or all of its takes failed; None where one is there."""
        return self._error

    def results(self, timeout: Optional[float] = None) -> tuple[Outcome, ...]:
        """Wait for all takes and return their outcomes, in the order of the requests; nothing is raised for them.

        Args:
            timeout: seconds; None waits as long as it takes.

        Raises:
            TimeoutError: if it is not finished by then.
        """
        if not self._finished.wait(timeout):
            raise TimeoutError(f"synthesis job {self.id} is not finished after {timeout} s")
        return tuple(outcome for outcome in self.outcomes if outcome is not None)

    def result(self, timeout: Optional[float] = None) -> SynthesisResult:
        """Wait for the job and return the result of its first take.

        Args:
            timeout: seconds; None waits as long as it takes.

        Raises:
            TimeoutError: if it is not finished by then.
            SynthesisCancelled: if it was cancelled.
            MyTTSError: what the synthesis raised: TextError, CheckpointError, RunError, SynthesisError.
        """
        first = self.results(timeout)[0]
        if isinstance(first, MyTTSError):
            # A fresh exception for each caller: raising one object in two threads mixes their tracebacks.
            raise type(first)(*first.args)
        return first

    def cancel(self) -> None:
        """End it soon, whether it waits or runs; takes that are there stay, and a finished job stays as it is."""
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

    def advance(self, progress: JobProgress) -> None:
        """Note that the job runs, and how far it is."""
        with self._lock:
            if not self._finished.is_set():
                self._state, self._progress = RUNNING, progress

    def settle(self, number: int, outcome: Outcome, stored: Optional[StoredTake] = None,
               store_error: Optional[MyTTSError] = None) -> None:
        """Note the outcome of a take; the first counts."""
        with self._lock:
            if self._outcomes[number] is None:
                self._outcomes[number], self._stored[number] = outcome, stored
                self._store_error = self._store_error or store_error

    def finish(self, error: Optional[MyTTSError] = None) -> None:
        """End the job, by an error where takes are missing: it becomes their outcome. The first call counts."""
        with self._lock:
            if self._finished.is_set():
                return
            missing = error or SynthesisError("the synthesis worker left this take out: ask for it again")
            self._outcomes = [missing if outcome is None else outcome for outcome in self._outcomes]
            failures = [outcome for outcome in self._outcomes if isinstance(outcome, MyTTSError)]
            all_failed = len(failures) == len(self._outcomes)
            self._error = error or (failures[0] if all_failed else None)
            cancelled = isinstance(self._error, SynthesisCancelled)
            self._state = DONE if self._error is None else CANCELLED if cancelled else FAILED
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
