"""Making the recordings of a listening test with the synthesis worker, in a thread that no page has to wait for.

    production = ClipProduction(root, test_id, client)   # or goes on where an earlier one ended, or was killed
    production.start()                                   # in the dashboard: `Productions.start`, which does both
    production.progress.share, production.progress.seconds_left
    production.state                                     # running, opened, faulty, cancelled, failed
    production.faulty                                    # takes that failed, and takes that do not stop
    production.accept()                                  # with those that can be heard after all

Each take is kept as soon as it is there. When all are, they are brought to one loudness and the test opens. A take with
a fault is not kept: whoever made the test decides, since leaving out what a setting does badly would favour it.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple, Optional

from mytts_core.audio.loudness import match_loudness
from mytts_core.errors import ListeningError, MyTTSError, RunError, SynthesisError, TextError
from mytts_core.listening.clips import ClipFiles, ClipOrder
from mytts_core.listening.state import read_test
from mytts_core.listening.take_check import CheckedTake, check_take
from mytts_core.synthesis.client import WorkerClient
from mytts_core.synthesis.job import Job, Outcome, TakeRequest
from mytts_core.synthesis.take import SynthesisCancelled

RUNNING, OPENED, FAULTY, CANCELLED, FAILED = "running", "opened", "faulty", "cancelled", "failed"

TAKES_TOGETHER = 24
"""Takes of a job: enough to fill the decoder's batches, few enough for other visitors' jobs to come in between."""

POLL_SECONDS = 0.1


class ProductionProgress(NamedTuple):
    """How far the recordings are.

    Attributes:
        done, total: recordings that are there, those of earlier attempts included, of all.
        stage: of the worker's job, see `JobProgress.stage`; "levelling" at the end.
        share: of everything, 0 to 1.
        seconds_left: by the speed measured so far; None until it is known.
    """

    done: int
    total: int
    stage: str
    share: float
    seconds_left: Optional[float] = None


class FaultyTake(NamedTuple):
    """A take that was not kept: which one, what is wrong with it in words, and the take itself."""

    order: ClipOrder
    fault: str
    take: CheckedTake


class ClipProduction:
    """One attempt at making what is missing of a test's recordings.

    Attributes:
        state: `RUNNING`; `OPENED`; `FAULTY`: all takes are done, and some wait for `accept`; `CANCELLED`; `FAILED`.
        progress: how far it is.
        faulty: takes that were not kept.
        error: why it failed, or None.
    """

    def __init__(self, root: Path, test_id: str, client: WorkerClient) -> None:
        self.root, self.test_id = root, test_id
        self._client = client
        self._clips = ClipFiles(root, test_id)
        self._cancel_asked = threading.Event()
        self._job: Optional[Job] = None
        self._made = 0                                      # takes of this attempt, faulty ones included
        self._speaking_since: Optional[float] = None        # without the start of worker and checkpoint
        self._thread = threading.Thread(target=self._run, name="mytts-listening", daemon=True)
        self.state = RUNNING
        self.progress = ProductionProgress(0, 0, "queued", 0.0)
        self.faulty: tuple[FaultyTake, ...] = ()
        self.error: Optional[MyTTSError] = None

    def start(self) -> None:
        """Begin, in a thread of its own."""
        self._thread.start()

    def wait(self, timeout: Optional[float] = None) -> str:
        """Wait until it no longer runs, `timeout` seconds at most; return the state."""
        self._thread.join(timeout)
        return self.state

    def cancel(self) -> None:
        """End it soon; what was made stays, and another attempt goes on from there."""
        self._cancel_asked.set()
        job = self._job
        if job is not None:
            job.cancel()

    def accept(self) -> None:
        """Open the test with the takes that have a fault but can be heard.

        Raises:
            ListeningError: in another state than `FAULTY`, or where a take cannot be heard.
            RunError: where the recordings cannot be written.
        """
        if self.state != FAULTY:
            raise ListeningError(f"no takes of this test wait to be accepted (it is {self.state}): open it anew")
        useless = [faulty for faulty in self.faulty if not faulty.take.is_usable]
        if useless:
            raise ListeningError(f"{len(useless)} takes of this test cannot be heard: make them again, or make another "
                                 "test without their texts")
        for faulty in self.faulty:
            self._clips.save(faulty.order.clip_id, faulty.take.wav, faulty.take.sample_rate)
        self._clips.seal(match_loudness)
        self.state = OPENED

    # The thread.

    def _run(self) -> None:
        try:
            self._make()
            if not self.faulty:
                self.progress = self.progress._replace(stage="levelling", share=1.0, seconds_left=None)
                self._clips.seal(match_loudness)
            self.state = FAULTY if self.faulty else OPENED
        except SynthesisCancelled:
            self.state = CANCELLED
        except MyTTSError as error:
            self.error, self.state = error, FAILED
        except Exception as error:      # a page waits for this thread: it must be told
            self.error = SynthesisError(f"the recordings could not be made ({type(error).__name__}: {error})")
            self.state = FAILED

    def _make(self) -> None:
        test = read_test(self.root, self.test_id)
        orders = sorted(self._clips.missing(), key=lambda order: (order.setting.run, order.setting.step, order.text))
        self.progress = ProductionProgress(test.clips - len(orders), test.clips, "queued", 0.0)
        for start in range(0, len(orders), TAKES_TOGETHER):
            self._make_together(orders[start:start + TAKES_TOGETHER])
            if self._cancel_asked.is_set():
                raise SynthesisCancelled("making the recordings was cancelled")

    def _make_together(self, orders: Sequence[ClipOrder]) -> None:
        """Ask for takes in one job, and keep each as it comes.

        Raises:
            MyTTSError: what ended the job, or all its takes, unless it lies in a text.
        """
        job = self._client.submit_takes([self._request(order) for order in orders])
        self._job = job
        if self._cancel_asked.is_set():     # asked before there was a job
            job.cancel()
        waiting = dict(enumerate(orders))
        while waiting:
            finished = job.finished         # asked before looking: nothing comes after it
            for number, outcome in enumerate(job.outcomes):
                if outcome is not None and number in waiting:
                    self._take_in(waiting.pop(number), outcome)
            if finished:
                break
            self._measure(job, len(waiting))
            time.sleep(POLL_SECONDS)
        if job.error is not None and not isinstance(job.error, TextError):
            raise job.error

    def _take_in(self, order: ClipOrder, outcome: Outcome) -> None:
        if isinstance(outcome, SynthesisCancelled):
            return
        take = check_take(outcome)
        self._made += 1
        if take.fault:
            self.faulty += (FaultyTake(order, take.fault, take),)
        else:
            self._clips.save(order.clip_id, take.wav, take.sample_rate)
            self.progress = self.progress._replace(done=self.progress.done + 1)

    def _request(self, order: ClipOrder) -> TakeRequest:
        setting = order.setting
        return TakeRequest(run_folder(self.root, setting.run), setting.step, order.text, setting.temperature,
                           order.seed, None, setting.vocoder)

    def _measure(self, job: Job, waiting: int) -> None:
        """Note how far a job with so many takes to come is, and how long the rest will take at this speed."""
        now, stage = time.monotonic(), job.progress.stage
        if self._speaking_since is None and stage in ("decoding", "waveform"):
            self._speaking_since = now
        begun = max(0.0, len(job.requests) * job.progress.part - (len(job.requests) - waiting))
        total, known = self.progress.total, self.progress.done + len(self.faulty)
        made, share = self._made + begun, min(1.0, (known + begun) / total)
        seconds = (now - self._speaking_since) / made * (1 - share) * total if self._speaking_since and made else None
        self.progress = self.progress._replace(stage=stage, share=share, seconds_left=seconds)


def run_folder(root: Path, name: str) -> Path:
    """Return the folder of a run by its name under the root.

    Raises:
        RunError: for a name that leads out of it.
    """
    folder = Path(os.path.realpath(root / name))
    if not folder.is_relative_to(os.path.realpath(root)):
        raise RunError(f"run {name!r} is outside {root}: a listening test speaks with runs under its folder of runs")
    return folder
