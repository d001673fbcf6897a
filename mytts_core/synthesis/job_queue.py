"""Jobs that wait for the worker, in order; each knows how many come before it."""

from __future__ import annotations

import threading
from collections import deque
from typing import NamedTuple, Optional

from mytts_core.synthesis.job import Job
from mytts_core.synthesis.take_store import TakeStore


class Waiting(NamedTuple):
    """A job, and where its finished takes are kept."""

    job: Job
    store: Optional[TakeStore]


class JobQueue:
    """A queue of jobs for one thread that works on them; every method may be called from any thread."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._waiting: deque[Waiting] = deque()
        self._current: Optional[Job] = None
        self._closed = False

    def __len__(self) -> int:
        return len(self._waiting)

    def put(self, waiting: Waiting) -> bool:
        """Let a job wait; return False where the queue was closed."""
        with self._changed:
            if not self._closed:
                self._waiting.append(waiting)
                self._changed.notify()
            return not self._closed

    def take(self) -> Optional[Waiting]:
        """Wait for the next job, which is the current one until `done`; None once the queue is closed and empty."""
        with self._changed:
            while not self._waiting and not self._closed:
                self._changed.wait()
            if not self._waiting:
                return None
            waiting = self._waiting.popleft()
            self._current = waiting.job
            return waiting

    def done(self) -> None:
        """Note that there is no current job any more."""
        with self._changed:
            self._current = None

    def withdraw(self, job: Job) -> bool:
        """Let a job wait no longer; return whether it did."""
        with self._changed:
            before = len(self._waiting)
            self._waiting = deque(waiting for waiting in self._waiting if waiting.job is not job)
            return len(self._waiting) < before

    def position(self, job: Job) -> int:
        """Return how many jobs come before one: 0 for the current one, and for one that is not here."""
        with self._changed:
            ahead = 1 if self._current is not None else 0
            for place, waiting in enumerate(self._waiting):
                if waiting.job is job:
                    return place + ahead
        return 0

    def close(self) -> None:
        """Take no more jobs."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()
