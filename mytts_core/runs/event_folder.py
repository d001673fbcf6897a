"""The event files of one run, in order, put together so that the newest attempt wins."""

from __future__ import annotations

import os
import re
from pathlib import Path

import numpy as np

from mytts_core.runs.event_files import EventFile, SessionStart
from mytts_core.runs.schema import is_event_file
from mytts_core.runs.types import MediaEntry, Series

_TIMESTAMP = re.compile(r"tfevents\.(\d+)")


class EventFolder:
    """All event files that lie directly in one folder, as one run."""

    def __init__(self, folder: Path) -> None:
        self.folder = Path(folder)
        self.files: dict[str, EventFile] = {}
        self.problems: list[str] = []

    def refresh(self) -> int:
        """Read what is new in every file and return how many events that were."""
        self.problems = []
        try:
            names = sorted((entry.name for entry in os.scandir(self.folder)
                            if is_event_file(entry.name) and entry.is_file()), key=_file_order)
        except OSError as error:
            self.problems = [f"{self.folder}: {error.strerror or error}"]
            names = list(self.files)
        self.files = {name: self.files.get(name) or EventFile(self.folder / name) for name in names}
        new = sum(file.read_new() for file in self.files.values())
        self.problems += [problem for file in self.files.values() for problem in file.problems]
        return new

    def tags(self) -> list[str]:
        """Return the scalar tags in the order they first appear."""
        return list(dict.fromkeys(tag for file in self.files.values() for tag in file.scalars))

    def attempts(self, tag: str) -> list[Series]:
        """Return the points of a tag as they were written, an item for each attempt, oldest first."""
        written = [points for _, points in self._attempts(tag) if len(points.steps)]
        return [points._replace(attempt=number) for number, points in enumerate(written)]

    def scalars(self) -> dict[str, Series]:
        """Return every tag's points with what later attempts wrote again, or restarted before, left out."""
        return {tag: self._merged(tag) for tag in self.tags()}

    def media(self) -> list[MediaEntry]:
        """Return the index of everything that is not a scalar, in file order, superseded entries included."""
        return [entry for file in self.files.values() for entry in file.media]

    def restarts(self) -> list[SessionStart]:
        """Return the restart markers, oldest first."""
        return [start for file in self.files.values() for start in file.session_starts]

    def _merged(self, tag: str) -> Series:
        kept, number = Series.empty(), -1
        for restart_step, points in self._attempts(tag):
            kept = joined([kept.part(0, int(np.searchsorted(kept.steps, restart_step))), points])
            number += len(points.steps) > 0
        return kept._replace(attempt=max(number, 0))

    def _attempts(self, tag: str) -> list[tuple[int, Series]]:
        """Return (step from which on earlier points no longer count, points in written order) for each attempt."""
        attempts: list[tuple[int, list[Series]]] = []
        last = -1
        for file in self.files.values():
            column = file.scalars.get(tag)
            whole = column.series() if column else Series.empty()
            marks = {start.counts.get(tag, 0): start.step for start in file.session_starts}
            falls = (np.flatnonzero(np.diff(whole.steps) < 0) + 1).tolist()
            cuts = sorted({0, *marks, *falls})
            for start, stop in zip(cuts, [*cuts[1:], len(whole.steps)]):
                points = whole.part(start, stop)
                last = marks.get(start, last + 1) - 1
                first = int(points.steps[0]) if stop > start else last + 1
                if start in marks or not attempts or first <= last:
                    attempts.append((marks.get(start, first), []))
                attempts[-1][1].append(points)
                last = int(points.steps[-1]) if stop > start else last
        return [(restart_step, joined(pieces)) for restart_step, pieces in attempts]


def joined(pieces: list[Series]) -> Series:
    """Return the points of several series, one after the other."""
    if not pieces:
        return Series.empty()
    return Series(np.concatenate([piece.steps for piece in pieces]),
                  np.concatenate([piece.wall_times for piece in pieces]),
                  np.concatenate([piece.values for piece in pieces]))


def _file_order(name: str) -> tuple[int, str]:
    match = _TIMESTAMP.search(name)
    return (int(match.group(1)) if match else 0, name)
