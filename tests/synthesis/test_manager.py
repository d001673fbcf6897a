"""The thread that gives jobs to the worker; with the worker itself it is tested in test_worker.py."""

from __future__ import annotations

import time
import weakref
from pathlib import Path

from mytts_core.synthesis.job import Job, TakeRequest
from mytts_core.synthesis.job_queue import JobQueue, Waiting
from mytts_core.synthesis.manager import Manager


def test_a_job_that_has_ended_is_let_go_of() -> None:
    queue = JobQueue()
    manager = Manager(queue, 1.0, {}, "cpu")
    manager.start()
    job = Job(1, [TakeRequest(Path("run"), None, "Hello.")])
    job.finish()
    held = weakref.ref(job)
    queue.put(Waiting(job, None))
    del job
    until = time.monotonic() + 10
    while held() is not None and time.monotonic() < until:
        time.sleep(0.01)
    manager.close()
    assert held() is None
