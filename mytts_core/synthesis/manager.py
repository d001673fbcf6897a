"""The thread that gives jobs to the worker, one after the other, and takes in what it tells. No TensorFlow."""

from __future__ import annotations

import shutil
import threading
import time
from pathlib import Path
from typing import Any, Optional

from mytts_core.errors import MyTTSError, SynthesisError
from mytts_core.synthesis import messages
from mytts_core.synthesis.job import Job, JobProgress, error_by_name
from mytts_core.synthesis.job_queue import JobQueue, Waiting
from mytts_core.synthesis.private_folder import PrivateFolder
from mytts_core.synthesis.result_files import read_speech, take_folder
from mytts_core.synthesis.take import SynthesisCancelled
from mytts_core.synthesis.worker_process import WorkerProcess

CANCEL_SECONDS = 5.0
"""A worker that has not answered a cancellation by then (it loads, or compiles) is ended instead."""

SILENT_SECONDS = 600.0
"""A worker that has said nothing for so long during a job is ended."""

POLL_SECONDS = 0.2
_COUNTS = ("done", "most", "spoken", "pieces")


class Manager(threading.Thread):
    """Works off a queue with one worker process, started at need.

    Args:
        jobs: where they wait.
        idle_seconds: the worker process ends after this long without a job.
        environment: variables for it.

    Attributes:
        device_choice: of `mytts_core.synthesis.device.DEVICES`; a change holds from the next job on.
        device: what the worker computes on; '' until one has told it.
        worker: the process, ended or not; None before the first.
    """

    def __init__(self, jobs: JobQueue, idle_seconds: float, environment: dict[str, str], device_choice: str) -> None:
        super().__init__(name="mytts-synthesis", daemon=True)
        self.device_choice = device_choice
        self.device = ""
        self.worker: Optional[WorkerProcess] = None
        self.folder: Optional[PrivateFolder] = None
        self._jobs, self._idle_seconds, self._environment = jobs, idle_seconds, environment
        self._closing = threading.Lock()
        self._closed = False

    def run(self) -> None:
        while (waiting := self._jobs.take()) is not None:
            job = waiting.job
            try:
                if self._closed:
                    raise SynthesisError("the synthesis client was closed")
                if not job.finished:
                    self._work(waiting)
                job.finish()
            except MyTTSError as error:
                job.finish(error)
            except Exception as error:      # the thread must live on: later jobs wait in its queue
                job.finish(SynthesisError(f"synthesis failed ({type(error).__name__}: {error})"))
            finally:
                self._jobs.done()
                del waiting, job        # with all its takes: nobody may look at it any more

    def cancel(self, job: Job) -> None:
        """End a job soon."""
        if self._jobs.withdraw(job):
            job.finish(SynthesisCancelled("synthesis cancelled"))
        elif self.worker is not None:
            self.worker.send(messages.CANCEL, id=job.id)    # also before the worker has seen the job itself

    def close(self) -> None:
        """End the worker process and this thread; the job that runs ends with an error."""
        with self._closing:
            self._closed = True
        self._jobs.close()
        if self.worker is not None:
            self.worker.end()
        if self.is_alive():
            self.join(10)
        if self.folder is not None:
            self.folder.remove()

    def _work(self, waiting: Waiting) -> None:
        job = waiting.job
        self.folder = self.folder or PrivateFolder()
        folder = self.folder.make(f"job_{job.id}")
        takes = [dict(request._asdict(), run_folder=str(request.run_folder)) for request in job.requests]
        try:
            for _ in range(2):
                worker = self._ready_worker(job)
                if job.cancel_asked:
                    raise SynthesisCancelled("synthesis cancelled")
                if (worker.send(messages.SYNTHESIZE, id=job.id, folder=str(folder), takes=takes)
                        and self._follow(worker, waiting, folder)):
                    return
                # It ended between two jobs, as an idle worker does, before it saw this one: start another, once it
                # has gone for good and is not taken for one that listens.
                worker.wait()
            raise SynthesisError(worker.why_it_ended())
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    def _ready_worker(self, job: Job) -> WorkerProcess:
        """Return a worker that listens on the chosen device, started now where there is none."""
        assert self.folder is not None
        choice = self.device_choice
        if self.worker is not None and self.worker.device != choice:
            self.worker.end()
        if self.worker is not None and self.worker.alive:
            return self.worker
        self.device = ""
        job.advance(JobProgress("starting"))
        with self._closing:
            if self._closed:
                raise SynthesisError("the synthesis client was closed")
            worker = self.worker = WorkerProcess(self.folder.path, self._idle_seconds, self._environment, choice)
        message = self._next_message(worker, job)
        if message is None:
            raise SynthesisError(worker.why_it_ended())
        if message["type"] == messages.FAILED:
            worker.end()
            raise error_by_name(str(message["error"]), str(message["message"]))
        self.device = str(message.get("device", ""))
        return worker

    def _follow(self, worker: WorkerProcess, waiting: Waiting, folder: Path) -> bool:
        """Pass progress and takes on until the job is done; return False if the worker never took it up."""
        job, taken_up = waiting.job, False
        while (message := self._next_message(worker, job)) is not None:
            if message.get("id") != job.id:
                continue
            taken_up = True
            if message["type"] == messages.PROGRESS:
                job.advance(_progress(message))
            elif message["type"] == messages.TAKE:
                self._take_in(waiting, message, take_folder(folder, int(message["number"])))
            elif message["type"] == messages.TAKE_FAILED:
                job.settle(int(message["number"]), error_by_name(str(message["error"]), str(message["message"])))
            elif message["type"] == messages.FAILED:
                raise error_by_name(str(message["error"]), str(message["message"]))
            elif message["type"] == messages.DONE:
                return True
        if taken_up:
            raise SynthesisError(f"{worker.why_it_ended()}. The next synthesis starts a new one")
        return False

    def _take_in(self, waiting: Waiting, message: dict[str, Any], folder: Path) -> None:
        """Read a take's files, store it, and give it to its job; its own trouble is its outcome."""
        job, number = waiting.job, int(message["number"])
        try:
            result = read_speech(message, folder, job.requests[number], self.device)
        except SynthesisError as error:
            job.settle(number, error)
            return
        finally:
            shutil.rmtree(folder, ignore_errors=True)
        stored, store_error = None, None
        if waiting.store is not None:
            try:
                stored = waiting.store.save(result)
            except MyTTSError as error:
                store_error = error
        job.settle(number, result, stored, store_error)

    def _next_message(self, worker: WorkerProcess, job: Job) -> Optional[dict[str, Any]]:
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


def _progress(message: dict[str, Any]) -> JobProgress:
    done, most, spoken, pieces = (int(message[name]) for name in _COUNTS)
    left = message.get("seconds_left")
    return JobProgress(str(message["stage"]), done, most, spoken, pieces, float(message["part"]),
                       seconds_left=None if left is None else float(left))
