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
does after a crash, which ends the job it happened in with a SynthesisError. All methods may be called from any thread.
"""

from __future__ import annotations

import atexit
import functools
import itertools
import os
import queue
import shutil
import tempfile
import threading
import time
import weakref
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple, Optional

from mytts_core.errors import MyTTSError, RunError, SynthesisError, TextError
from mytts_core.synthesis import messages
from mytts_core.synthesis.job import Job, JobProgress, TakeRequest, error_by_name
from mytts_core.synthesis.result_files import read_speech
from mytts_core.synthesis.take import SynthesisCancelled
from mytts_core.synthesis.take_store import TakeStore
from mytts_core.synthesis.worker_process import WorkerProcess

CANCEL_SECONDS = 5.0
"""A worker that has not answered a cancellation by then (it loads, or compiles) is ended instead."""

SILENT_SECONDS = 600.0
"""A worker that has said nothing for so long during a job is ended."""

POLL_SECONDS = 0.2
_COUNTS = ("done", "most", "spoken", "pieces")


class WorkerStatus(NamedTuple):
    """The worker process as it is now: `device` is '' until a worker has told it, `device_choice` what was asked for.
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
        environment: variables for the worker process, for example {"CUDA_VISIBLE_DEVICES": "-1"}.
    """

    def __init__(self, root: str | os.PathLike | None = None, idle_seconds: float = 300.0,
                 environment: Optional[dict[str, str]] = None, device: str = "auto") -> None:
        self.root = None if root is None else Path(root)
        self._idle_seconds = idle_seconds
        self._environment = dict(environment or {})
        self._device_choice = device
        self._stores: dict[int, Optional[TakeStore]] = {}
        self._numbers = itertools.count(1)
        self._waiting: queue.SimpleQueue[Optional[Job]] = queue.SimpleQueue()
        self._lock = threading.Lock()
        self._manager: Optional[threading.Thread] = None
        self._worker: Optional[WorkerProcess] = None
        self._device = ""
        self._folder: Optional[Path] = None
        self._closed = False
        # By a weak reference: a client that nobody keeps may go before the program ends.
        self._at_exit = functools.partial(_close, weakref.ref(self))
        atexit.register(self._at_exit)

    def submit(self, run_folder: str | os.PathLike, checkpoint: int | str | None, text: str, temperature: float = 1.0,
               seed: Optional[int] = None, max_seconds: Optional[float] = None, vocoder: str = "griffin_lim") -> Job:
        """Ask for one take; see `submit_takes` and `TakeRequest`."""
        return self.submit_takes([TakeRequest(Path(run_folder), checkpoint, text, temperature, seed, max_seconds,
                                              vocoder)])

    def submit_takes(self, requests: Sequence[TakeRequest], *, store: Optional[TakeStore] = None) -> Job:
        """Ask for takes, decoded together whatever their texts, temperatures and seeds, and return at once.

        Args:
            requests: at least one; one bad take does not end the others.
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
        inside = [request._replace(run_folder=self._inside(request.run_folder)) for request in requests]
        job = Job(next(self._numbers), inside, self._cancel)
        with self._lock:
            if self._closed:
                raise SynthesisError("the synthesis client was closed: make a new one")
            if self._manager is None:
                self._manager = threading.Thread(target=self._manage, name="mytts-synthesis", daemon=True)
                self._manager.start()
            self._stores[job.id] = store
            self._waiting.put(job)
        return job

    def use_device(self, device: str) -> None:
        """Choose the device for the jobs to come: "auto" (a GPU where there is one), "gpu" or "cpu"."""
        self._device_choice = device

    def _inside(self, run_folder: str | os.PathLike) -> Path:
        folder = Path(os.path.realpath(run_folder))
        if self.root is not None and not folder.is_relative_to(os.path.realpath(self.root)):
            raise RunError(f"{run_folder} is outside {self.root}: choose a run under the folder of runs")
        return folder

    @property
    def status(self) -> WorkerStatus:
        """The worker process as it is now."""
        worker = self._worker
        running = worker is not None and worker.alive
        return WorkerStatus(running, worker.pid if worker and running else None, self._device, self._waiting.qsize(),
                            self._device_choice)

    def close(self) -> None:
        """End the worker process; jobs that are not finished end with a SynthesisError. Safe to call twice."""
        with self._lock:
            if self._closed:
                return
            self._closed = True
        atexit.unregister(self._at_exit)
        self._waiting.put(None)
        if self._worker is not None:
            self._worker.end()
        if self._manager is not None:
            self._manager.join(10)
        if self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)

    def _cancel(self, job: Job) -> None:
        worker = self._worker
        if job.state == "queued":
            job.finish(SynthesisCancelled("synthesis cancelled"))
        elif worker is not None:
            worker.send(messages.CANCEL, id=job.id)

    # The manager thread: one job after the other.

    def _manage(self) -> None:
        while (job := self._waiting.get()) is not None:
            if job.finished:
                continue
            if self._closed:
                job.finish(SynthesisError("the synthesis client was closed"))
                continue
            try:
                self._work(job)
                job.finish()
            except MyTTSError as error:
                job.finish(error)
            except Exception as error:      # the thread must live on: later jobs wait in its queue
                job.finish(SynthesisError(f"synthesis failed ({type(error).__name__}: {error})"))

    def _work(self, job: Job) -> None:
        folder = self._job_folder(job)
        try:
            for _ in range(2):
                worker = self._ready_worker(job)
                if job.cancel_asked:
                    raise SynthesisCancelled("synthesis cancelled")
                takes = [dict(request._asdict(), run_folder=str(request.run_folder)) for request in job.requests]
                sent = worker.send(messages.SYNTHESIZE, id=job.id, folder=str(folder), takes=takes)
                if sent and self._follow(worker, job):
                    return
                # It ended between two jobs, as an idle worker does, before it saw this one: start another.
            raise SynthesisError(worker.why_it_ended())
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    def _job_folder(self, job: Job) -> Path:
        try:
            if self._folder is None:
                self._folder = Path(tempfile.mkdtemp(prefix="mytts-synthesis-"))   # readable by this user alone
            folder = self._folder / f"job_{job.id}"
            folder.mkdir()
        except OSError as error:
            raise SynthesisError(f"no room for the synthesis' temporary files ({error}): free some space, or set "
                                 "TMPDIR to another disk") from error
        return folder

    def _ready_worker(self, job: Job) -> WorkerProcess:
        """Return a worker that listens, started now where there is none."""
        if self._worker is not None and self._worker.alive:
            return self._worker
        assert self._folder is not None
        job.advance(JobProgress("starting"))
        with self._lock:
            if self._closed:
                raise SynthesisError("the synthesis client was closed")
            worker = self._worker = WorkerProcess(self._folder, self._idle_seconds, self._environment)
        message = self._next_message(worker, job)
        if message is None:
            raise SynthesisError(worker.why_it_ended())
        self._device = str(message.get("device", ""))
        return worker

    def _follow(self, worker: WorkerProcess, job: Job) -> bool:
        """Pass progress and takes on until the job is done; return False if the worker never took it up."""
        taken_up = False
        while (message := self._next_message(worker, job)) is not None:
            if message.get("id") != job.id:
                continue
            taken_up = True
            if message["type"] == messages.PROGRESS:
                done, most, spoken, pieces = (int(message[name]) for name in _COUNTS)
                left = message.get("seconds_left")
                job.advance(JobProgress(str(message["stage"]), done, most, spoken, pieces, float(message["part"]),
                                        seconds_left=None if left is None else float(left)))
            elif message["type"] == messages.TAKE:
                self._settle(job, message)
            elif message["type"] == messages.TAKE_FAILED:
                job.settle(int(message["number"]), error_by_name(str(message["error"]), str(message["message"])))
            elif message["type"] == messages.FAILED:
                raise error_by_name(str(message["error"]), str(message["message"]))
            elif message["type"] == messages.DONE:
                return True
        if taken_up:
            raise SynthesisError(f"{worker.why_it_ended()}. The next synthesis starts a new one")
        return False

    def _settle(self, job: Job, message: dict) -> None:
        number, stored, store_error = int(message["number"]), None, None
        result = read_speech(message, Path(message["folder"]), job.requests[number], self._device)
        store = self._stores.get(job.id)
        if store is not None:
            try:
                stored = store.save(result)
            except MyTTSError as error:
                store_error = error
        job.settle(number, result, stored, store_error)

    def _next_message(self, worker: WorkerProcess, job: Job) -> Optional[dict]:
        """Wait for the worker's next message, None where it ended; end it where it should have answered long ago."""
        started, cancelled_at = time.monotonic(), None
        while True:
            try:
                return worker.receive(POLL_SECONDS)
            except TimeoutError:
                now = time.monotonic()
            if job.cancel_asked:
                cancelled_at = cancelled_at or now
                if now - cancelled_at > CANCEL_SECONDS:
                    worker.end()
                    raise SynthesisCancelled("synthesis cancelled")
            if now - started > SILENT_SECONDS:
                worker.end()
                raise SynthesisError(f"the synthesis worker has said nothing for {SILENT_SECONDS / 60:.0f} minutes and "
                                     "was ended; the next synthesis starts a new one")


def _close(reference: weakref.ref[WorkerClient]) -> None:
    client = reference()
    if client is not None:
        client.close()
