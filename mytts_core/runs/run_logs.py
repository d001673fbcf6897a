"""The logs of one run, in order, put together so that the newest attempt wins; read on, or taken from the index."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Optional

from mytts_core.runs.attempts import MergedTag, Source, attempts
from mytts_core.runs.columns import Column
from mytts_core.runs.digest import Digest
from mytts_core.runs.discovery import foreign_log_files
from mytts_core.runs.event_files import EventFile
from mytts_core.runs.growing_file import GrowingFile
from mytts_core.runs.log_index import LogIndex, Stamp
from mytts_core.runs.schema import is_event_file
from mytts_core.runs.session_start import SessionStart
from mytts_core.runs.text_log import TextLog
from mytts_core.runs.types import MediaEntry, Series

TEXT_KINDS = ("keras_csv", "json_lines")
_TIMESTAMP = re.compile(r"tfevents\.(\d+)")
_NO_POINTS = Column()


class RunLogs:
    """All logs that lie directly in one folder, as one run.

    Attributes:
        files: name → log, in their order.
        problems: what could not be read, in words.
    """

    def __init__(self, folder: Path, kind: str = "tensorboard", index: Optional[LogIndex] = None,
                 root: Optional[Path] = None) -> None:
        """Read nothing yet.

        Args:
            kind: as `RUN_KINDS`; of what is not CSV or JSON lines, the event files are read.
            index: where what was read is kept for the next process; None for nowhere.
            root: logs that are links out of it are not read.
        """
        self.folder = Path(folder)
        self.kind = kind
        self.files: dict[str, GrowingFile] = {}
        self.problems: list[str] = []
        self._index = index
        self._root = Path(os.path.realpath(root)) if root is not None else None
        self._merged: dict[str, MergedTag] = {}
        self._is_restored = False
        self._digests: tuple[Optional[Stamp], dict[str, Digest]] = (None, {})

    def forget(self) -> None:
        """Let go of everything read; the next look takes it from the index, or reads it again."""
        self.files, self._merged, self._is_restored = {}, {}, False

    def refresh(self) -> int:
        """Read what is new in every file and return how many events that were."""
        try:
            paths, self.problems = self._paths()
        except OSError as error:
            self.problems = [f"{self.folder}: {error.strerror or error}"]
            paths = [file.path for file in self.files.values()]
        self.files = {path.name: self.files.get(path.name) or self._new_file(path) for path in paths}
        new = self._restore() + sum(file.read_new() for file in self.files.values())
        self.problems += [problem for file in self.files.values() for problem in file.problems]
        if new and self._index is not None:
            self._index.save(self.files)
        return new

    def tags(self) -> list[str]:
        """Return the scalar tags in the order they first appear."""
        return list(dict.fromkeys(self._named(name, tag) for name, file in self.files.items() for tag in file.scalars))

    def series(self, tag: str) -> Series:
        """Return a tag's points with what later attempts wrote again, or restarted before, left out."""
        return self._up_to_date(tag).series()

    def scalars(self) -> dict[str, Series]:
        """Return every tag's `series`."""
        return {tag: self.series(tag) for tag in self.tags()}

    def attempts(self, tag: str) -> list[Series]:
        """Return the points of a tag as they were written, an item for each attempt, oldest first."""
        return attempts(list(self._sources(tag)))

    def digests(self) -> dict[str, Digest]:
        """Return every tag's digest as of now: from the index where nothing changed, else from the points."""
        stamp = self._stamp()
        if stamp is not None and stamp == self._digests[0]:
            return self._digests[1]
        kept = self._index.digests(stamp) if self._index is not None and stamp is not None else None
        if kept is None:
            is_first = not self.files and self._digests[0] is None
            self.refresh()
            kept = {tag: self._up_to_date(tag).digest() for tag in self.tags()}, self.problems
            if self._index is not None and stamp is not None:
                self._index.save_digests(stamp, *kept)
            if is_first:
                self.forget()               # nobody asked for the points; when they change, they stay for the next look
        self.problems = kept[1]
        self._digests = (stamp, kept[0])
        return kept[0]

    def media(self) -> list[MediaEntry]:
        """Return the index of everything that is not a scalar, in file order, superseded entries included."""
        return [entry for file in self.files.values() for entry in file.media]

    def restarts(self) -> list[SessionStart]:
        """Return the restart markers, oldest first."""
        return [start for file in self.files.values() for start in file.session_starts]

    def num_points(self) -> int:
        """Return how many points are in memory."""
        return sum(len(column) for file in self.files.values() for column in file.scalars.values())

    def _stamp(self) -> Optional[Stamp]:
        """Return what changes whenever a log does: (name, size, modification time in ns) of each."""
        try:
            states = [(path.name, path.stat()) for path in self._paths()[0]]
        except OSError:
            return None
        return tuple((name, state.st_size, state.st_mtime_ns) for name, state in states)

    def _paths(self) -> tuple[list[Path], list[str]]:
        """Return the logs in their order, and what is not read of them, in words."""
        if self.kind in TEXT_KINDS:
            paths = foreign_log_files(self.folder, self.kind)
        else:
            paths = [self.folder / name for name in sorted((entry.name for entry in os.scandir(self.folder)
                                                           if is_event_file(entry.name) and entry.is_file()),
                                                          key=_file_order)]
        outside = [path for path in paths if self._leads_outside(path)]
        return ([path for path in paths if path not in outside],
                [f"{path.name} is a link out of {self._root}: not read" for path in outside])

    def _leads_outside(self, path: Path) -> bool:
        if self._root is None or not path.is_symlink():
            return False
        return not Path(os.path.realpath(path)).is_relative_to(self._root)

    def _new_file(self, path: Path) -> GrowingFile:
        return TextLog(path, self.kind) if self.kind in TEXT_KINDS else EventFile(path)

    def _restore(self) -> int:
        if self._is_restored or self._index is None:
            return 0
        self._is_restored = True
        return self._index.restore(self.files)

    def _named(self, name: str, tag: str) -> str:
        return f"{Path(name).stem}/{tag}" if self.kind in TEXT_KINDS and len(self.files) > 1 else tag

    def _up_to_date(self, tag: str) -> MergedTag:
        merged = self._merged.setdefault(tag, MergedTag())
        merged.advance(list(self._sources(tag)))
        return merged

    def _sources(self, tag: str) -> Iterator[Source]:
        for name, file in self.files.items():
            prefix = self._named(name, "")
            if not tag.startswith(prefix):
                continue
            inner = tag.removeprefix(prefix)
            column = file.scalars.get(inner, _NO_POINTS)
            if len(column) or file.session_starts:
                yield Source(column, tuple((start.counts.get(inner, 0), start.step) for start in file.session_starts))


def _file_order(name: str) -> tuple[int, str]:
    match = _TIMESTAMP.search(name)
    return (int(match.group(1)) if match else 0, name)
