"""Ctrl-C and SIGTERM: the step in progress is finished, a checkpoint written, and the run ends as interrupted."""

from __future__ import annotations

import signal
import threading
from types import FrameType
from typing import Any, Optional


class Interruption:
    """Within the block, SIGINT and SIGTERM set `signal_number`; a second SIGINT interrupts at once, as usual.

    Attributes:
        signal_number: of the signal that came, or None.
    """

    def __init__(self) -> None:
        self.signal_number: Optional[int] = None
        self._before: dict[int, Any] = {}

    def __enter__(self) -> Interruption:
        # Python gives signals to the main thread alone; elsewhere the caller stops the training in its own way.
        if threading.current_thread() is threading.main_thread():
            for number in (signal.SIGINT, signal.SIGTERM):
                self._before[number] = signal.signal(number, self._take)
        return self

    def __exit__(self, *_: object) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)

    def _take(self, number: int, _frame: Optional[FrameType]) -> None:
        if self.signal_number is not None and number == signal.SIGINT:
            raise KeyboardInterrupt
        self.signal_number = number
