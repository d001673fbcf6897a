"""Synthesis in a worker process, for programs that must not load TensorFlow themselves (the dashboard).

    client = WorkerClient(root="runs")              # once a program: in Streamlit from st.cache_resource
    job = client.submit("runs/first", None, "Hello there.", temperature=1.0, seed=1)   # returns at once
    job.state                                        # queued, running, done, failed, cancelled
    job.progress.stage, job.progress.share           # "starting", "loading", "decoding", "waveform"; 0..1 for a bar
    job.cancel()
    result = job.result(timeout=60)                  # or raises TextError, CheckpointError, SynthesisError, …

    requests = [TakeRequest("runs/first", 5000, "Hello there.", temperature, seed) for …]
    job = client.submit_takes(requests, store=TakeStore("runs"))     # decoded together; each is kept as it is done
    for outcome in job.results(timeout=60):          # a SynthesisResult or a MyTTSError each
    st.audio(result.audio, format="audio/wav")       # WAV bytes
    for piece in result.pieces:                      # a long text is spoken sentence by sentence
        piece.mel, piece.attention, piece.stop_probabilities, piece.summary["words"]
    client.close()                                   # also done when the program ends

The worker process is started by the first job, does one job at a time (others wait in order), keeps the last models
loaded, and ends after `idle_seconds` without a job, so that its memory goes back; the next job starts it again. So it
does after a crash, which ends the job it happened in with a SynthesisError; takes that were done stay. A job goes on
whether or not anybody looks at it. All methods may be called from any thread.
"""

from __future__ import annotations

import atexit
import functools
import itertools
import os
import threading
import weakref
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple, Optional

from mytts_core.errors import RunError, SynthesisError, TextError
from mytts_core.synthesis.device import check_device
from mytts_core.synthesis.job import Job, TakeRequest
from mytts_core.synthesis.job_queue import JobQueue, Waiting
from mytts_core.synthesis.manager import Manager
from mytts_core.synthesis.take_store import TakeStore
from mytts_core.vocoder import DEFAULT_VOCODER


class WorkerStatus(NamedTuple):
    """The worker process as it is now.

    Attributes:
        running: whether there is one.
        pid: its number, or None.
        device: what it computes on, or did last; '' until a worker has told it.
        waiting: jobs that wait.
        device_choice: what was asked for: "auto", "gpu" or "cpu".
    """

    running: bool
    pid: Optional[int]
    device: str
    waiting: int
    device_choice: str


class WorkerClient:
    """Starts the worker process and gives it jobs; see the module's beginning.

    Args:
        root: when given, run folders must lie under it, links resolved.
        idle_seconds: the worker process ends after this long without a job.
        environment: variables for the worker process, for example {"MYTTS_WORKER_MEMORY_GIB": "4"}.
        device: "auto" (a GPU where there is one), "gpu" or "cpu"; see `use_device`.
    """

    def __init__(self, root: str | os.PathLike | None = None, idle_seconds: float = 300.0,
                 environment: Optional[dict[str, str]] = None, device: str = "auto") -> None:
        check_device(device)
        self.root = None if root is None else Path(root)
        self._numbers = itertools.count(1)
        self._jobs = JobQueue()
        self._manager = Manager(self._jobs, idle_seconds, dict(environment or {}), device)
        self._lock = threading.Lock()
        self._closed = False
        # By a weak reference: a client that nobody keeps may go before the program ends.
        self._at_exit = functools.partial(_close, weakref.ref(self))
        atexit.register(self._at_exit)

    def submit(self, run_folder: str | os.PathLike, checkpoint: int | str | None, text: str, temperature: float = 1.0,
               seed: Optional[int] = None, max_seconds: Optional[float] = None,
               vocoder: str = DEFAULT_VOCODER) -> Job:
        """Ask for one take; see `submit_takes` and `TakeRequest`."""
        return self.submit_takes([TakeRequest(Path(run_folder), checkpoint, text, temperature, seed, max_seconds,
                                              vocoder)])

    def submit_takes(self, requests: Sequence[TakeRequest], *, store: Optional[TakeStore] = None) -> Job:
        """Ask for takes, decoded together whatever their texts, temperatures and seeds, and return at once.

        Args:
            requests: at least one; one bad take does not end the others. Those of one checkpoint are decoded together.
            store: each take is saved there as soon as it is done, whether or not anybody still looks at the job.

        Raises:
            RunError: if a run folder lies outside the client's root.
            TextError: if there is no request, or the only text is empty.
            SynthesisError: if the client was closed.
        """
        if not requests:
            raise TextError("no takes were asked for: give at least one")
        if len(requests) == 1 and not requests[0].text.strip():
            raise TextError("the text is empty: write at least one word")
        # Half a character, which no encoding knows, is a question mark from here on.
        inside = [request._replace(run_folder=self._inside(request.run_folder),
                                   text=request.text.encode("utf-8", "replace").decode()) for request in requests]
        job = Job(next(self._numbers), inside, self._manager.cancel, self._jobs.position)
        with self._lock:
            if self._closed or not self._jobs.put(Waiting(job, store)):
                raise SynthesisError("the synthesis client was closed: make a new one")
            if self._manager.ident is None:
                self._manager.start()
        return job

    def use_device(self, device: str) -> None:
        """Choose the device for the jobs to come: "auto" (a GPU where there is one), "gpu" or "cpu".

        The job that runs goes on where it is; the next one starts a worker on the device.

        Raises:
            SynthesisError: for another name.
        """
        check_device(device)
        self._manager.device_choice = device

    @property
    def status(self) -> WorkerStatus:
        """The worker process as it is now."""
        manager, worker = self._manager, self._manager.worker
        running = worker is not None and worker.alive
        return WorkerStatus(running, worker.pid if worker and running else None, manager.device, len(self._jobs),
                            manager.device_choice)

    def close(self) -> None:
        """End the worker process; jobs that are not finished end with a SynthesisError. Safe to call twice."""
        with self._lock:
            if self._closed:
                return
            self._closed = True
        atexit.unregister(self._at_exit)
        self._manager.close()

    def _inside(self, run_folder: str | os.PathLike) -> Path:
        folder = Path(os.path.realpath(run_folder))
        if self.root is not None and not folder.is_relative_to(os.path.realpath(self.root)):
            raise RunError(f"{run_folder} is outside {self.root}: choose a run under the folder of runs")
        return folder


def _close(reference: weakref.ref[WorkerClient]) -> None:
    client = reference()
    if client is not None:
        client.close()
