"""A log file that is read on from where the last look ended, and from its start when it is no longer the same file."""

from __future__ import annotations

import os
from abc import ABC, abstractmethod
from pathlib import Path
from typing import Any, BinaryIO

from google_crc32c import value as crc32c

from mytts_core.runs.columns import Column
from mytts_core.runs.session_start import SessionStart
from mytts_core.runs.types import MediaEntry

MAX_NOTES = 20
_FINGERPRINT_BYTES = 4096


class GrowingFile(ABC):
    """One log file. Subclasses say how it is read.

    Attributes:
        offset: bytes read for good; the next look begins there.
        scalars: tag → its points, in the order of their first ones.
        media: index of images, sounds, histograms, texts and tensors, in file order.
        session_starts: restart markers in file order.
        num_events: events or lines with a point, read so far.
        generation: one more each time the file turned out to be another one and was read anew.
    """

    def __init__(self, path: Path) -> None:
        self.path = Path(path)
        self.generation = 0
        self._clear()

    def _clear(self) -> None:
        self.offset = 0
        self.scalars: dict[str, Column] = {}
        self.media: list[MediaEntry] = []
        self.session_starts: list[SessionStart] = []
        self.num_events = 0
        self._identity = (0, 0)
        self._last_look = (-1, -1)
        self._fingerprint = 0
        self._notes: list[str] = []
        self._stopped = self._unreachable = ""
        self._reset()

    @property
    def problems(self) -> list[str]:
        """What cannot be read, in words, at most a few."""
        return self._notes + self._limits() + [text for text in (self._stopped, self._unreachable) if text]

    def read_new(self) -> int:
        """Read what was written since the last look and return how many events that were.

        A file that was replaced or cut is read again from its start. A file that cannot be opened is a problem, not
        an exception.
        """
        before = self.num_events
        try:
            with open(self.path, "rb", buffering=0) as file:
                self._unreachable = ""
                state = os.fstat(file.fileno())
                look = (state.st_size, state.st_mtime_ns)
                identity = (state.st_dev, state.st_ino)
                if look == self._last_look and identity == self._identity:
                    return 0
                if not self._is_the_same(file, state.st_size):
                    self._clear()
                    self.generation += 1
                    before = 0
                self._identity = identity
                self._stopped = ""
                if state.st_size > self.offset:
                    self._read_on(file, state.st_size)
                self._fingerprint = _fingerprint(file, self.offset)
                self._last_look = look
        except OSError as error:
            self._unreachable = f"{self.path.name}: {error.strerror or error}"
        return self.num_events - before

    def state(self) -> dict[str, Any]:
        """Return what `restore` needs beside points and media, for JSON."""
        return {"offset": self.offset, "num_events": self.num_events, "fingerprint": self._fingerprint,
                "look": self._last_look, "identity": self._identity, "notes": self._notes,
                "starts": [list(start) for start in self.session_starts], "own": self._own_state()}

    def restore(self, state: dict[str, Any], scalars: dict[str, Column], media: list[MediaEntry]) -> bool:
        """Go on from what an earlier process read; False, and nothing done, when the file is another one now."""
        try:
            with open(self.path, "rb", buffering=0) as file:
                now = os.fstat(file.fileno())
                unchanged = [now.st_size, now.st_mtime_ns, now.st_dev, now.st_ino] == [*state["look"],
                                                                                      *state["identity"]]
                if not unchanged and (now.st_size < state["offset"]
                                      or _fingerprint(file, state["offset"]) != state["fingerprint"]):
                    return False
        except OSError:
            return False
        self.offset, self.num_events = state["offset"], state["num_events"]
        self._fingerprint, self._notes = state["fingerprint"], state["notes"]
        self._identity = tuple(state["identity"])
        self.session_starts = [SessionStart(*start) for start in state["starts"]]
        self.scalars, self.media = scalars, media
        self._restore_own(state["own"])
        return True

    def _reset(self) -> None:  # noqa: B027 - a subclass may have nothing to forget
        """Forget what the subclass knows of the file."""

    @abstractmethod
    def _read_on(self, file: BinaryIO, size: int) -> None:
        """Read from `offset` to `size`, as far as it is whole."""

    def _limits(self) -> list[str]:
        """Return what was left out because there is too much of it, in words."""
        return []

    def _own_state(self) -> dict[str, Any]:
        return {}

    def _restore_own(self, state: dict[str, Any]) -> None:  # noqa: B027 - nor anything of its own
        """Take back what `_own_state` gave."""

    def _note(self, text: str) -> None:
        if len(self._notes) < MAX_NOTES:
            self._notes.append(f"{self.path.name}: {text}")

    def _is_the_same(self, file: BinaryIO, size: int) -> bool:
        return size >= self.offset and _fingerprint(file, self.offset) == self._fingerprint


def _fingerprint(file: BinaryIO, offset: int) -> int:
    """Return a CRC of the first and of the last bytes before `offset`; 0 for none."""
    size = min(offset, _FINGERPRINT_BYTES)
    if not size:
        return 0
    file.seek(0)
    head = file.read(size)
    file.seek(offset - size)
    return crc32c(head + file.read(size))
