"""Which tests' recordings are being made in this program."""

from __future__ import annotations

import os
import threading
from pathlib import Path
from typing import Optional

from mytts_core.listening.production import RUNNING, ClipProduction
from mytts_core.synthesis.client import WorkerClient


class Productions:
    """The attempts of one program: at most one of a test runs at a time. Methods may be called from any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._last: dict[tuple[str, str], ClipProduction] = {}

    def start(self, root: Path, test_id: str, client: WorkerClient) -> ClipProduction:
        """Make what is missing of a test; where that is going on already, return that attempt."""
        key = (os.path.realpath(root), test_id)
        with self._lock:
            last = self._last.get(key)
            if last is not None and last.state == RUNNING:
                return last
            production = self._last[key] = ClipProduction(root, test_id, client)
            production.start()
        return production

    def last(self, root: Path, test_id: str) -> Optional[ClipProduction]:
        """Return the test's last attempt in this program, None where there was none."""
        return self._last.get((os.path.realpath(root), test_id))

    def forget(self, root: Path, test_id: str) -> None:
        """End the test's attempt, for one that is deleted."""
        with self._lock:
            last = self._last.pop((os.path.realpath(root), test_id), None)
        if last is not None:
            last.cancel()
