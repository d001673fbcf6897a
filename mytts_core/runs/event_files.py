"""Read TensorBoard event files as they grow: scalars into columns, everything else into an index.

    EventFile    one file, read on from the last good offset at each look
    EventFolder  the files of one run in order, put together so that the newest attempt wins
"""

from __future__ import annotations

import os
import re
from array import array
from pathlib import Path
from typing import NamedTuple

import numpy as np

from mytts_core.runs.event_parser import SESSION_START, Event, MalformedEvent, SummaryValue, parse_event, scalar_of
from mytts_core.runs.records import scan_records
from mytts_core.runs.schema import is_event_file
from mytts_core.runs.types import MediaEntry, Series

CHUNK_BYTES = 8 << 20
_TIMESTAMP = re.compile(r"tfevents\.(\d+)")


class Column:
    """The points of one scalar tag in one file, in the order they were written; grows in place."""

    __slots__ = ("steps", "wall_times", "values")

    def __init__(self) -> None:
        self.steps, self.wall_times, self.values = array("q"), array("d"), array("d")

    def __len__(self) -> int:
        return len(self.steps)

    def series(self) -> Series:
        """Return a copy of the points as arrays."""
        return Series(np.array(self.steps, np.int64), np.array(self.wall_times, np.float64),
                      np.array(self.values, np.float64))


class SessionStart(NamedTuple):
    """A restart marker: points with `step` or more written before it no longer count.

    `counts` tells how many points of each tag the file held when it was written.
    """

    step: int
    wall_time: float
    counts: dict[str, int]


class EventFile:
    """One event file, read incrementally.

    Attributes:
        offset: bytes read for good; the next look begins there.
        scalars: tag → `Column`.
        media: index of images, sounds, histograms, texts and tensors, in file order.
        session_starts: restart markers in file order.
        num_events: events read so far.
        problems: what was damaged or malformed, in words; bounded.
    """

    def __init__(self, path: Path) -> None:
        self.path = Path(path)
        self._identity: tuple[int, int] = (0, 0)
        self._reset()

    def _reset(self) -> None:
        self.offset = 0
        self._last_look = (-1, -1)
        self.scalars: dict[str, Column] = {}
        self.media: list[MediaEntry] = []
        self.session_starts: list[SessionStart] = []
        self.num_events = 0
        self._passed_over: list[str] = []
        self._stopped_at = ""
        self._plugins: dict[str, str] = {}

    @property
    def problems(self) -> list[str]:
        """What cannot be read, in words, at most a few."""
        return self._passed_over + ([self._stopped_at] if self._stopped_at else [])

    def read_new(self) -> int:
        """Read what was written since the last look and return how many events that were.

        A file that was replaced or cut is read again from its start. A file that cannot be opened is a problem, not
        an exception.
        """
        before = self.num_events
        try:
            with open(self.path, "rb") as file:
                state = os.fstat(file.fileno())
                identity = (state.st_dev, state.st_ino)
                if state.st_size < self.offset or self._identity not in ((0, 0), identity):
                    self._reset()
                    before = 0
                self._identity = identity
                look = (state.st_size, state.st_mtime_ns)
                if state.st_size > self.offset and look != self._last_look:
                    self._read_on(file, state.st_size)
                self._last_look = look
        except OSError as error:
            self._stopped_at = f"{self.path.name}: {error.strerror or error}"
        return self.num_events - before

    def _read_on(self, file, size: int) -> None:  # type: ignore[no-untyped-def]
        self._stopped_at = ""
        wanted = CHUNK_BYTES
        while self.offset < size:
            file.seek(self.offset)
            buffer = file.read(min(max(CHUNK_BYTES, wanted), size - self.offset))
            framing = scan_records(buffer)
            for start, stop in framing.spans:
                self._take(buffer[start:stop], self.offset + start)
            at_end = self.offset + len(buffer) >= size
            passed = [item for item in framing.damaged if item[0] < framing.end]
            for position, reason in passed:
                self._note(position + self.offset, reason)
            if framing.end == 0 and (at_end or len(buffer) >= framing.wanted):
                if framing.damaged:
                    position, reason = framing.damaged[0]
                    self._stopped_at = (f"{self.path.name}: {reason} at byte {position + self.offset}; "
                                        f"{size - self.offset - position} bytes from there on are not read")
                return
            self.offset += framing.end
            wanted = framing.wanted

    def _take(self, data: bytes, position: int) -> None:
        try:
            event = parse_event(data)
        except MalformedEvent as error:
            self._note(position, f"malformed event ({error})")
            return
        self.num_events += 1
        if event.session_status == SESSION_START:
            counts = {tag: len(column) for tag, column in self.scalars.items()}
            self.session_starts.append(SessionStart(event.step, event.wall_time, counts))
        for index, value in enumerate(event.values):
            self._take_value(event, value, index, position, len(data))

    def _take_value(self, event: Event, value: SummaryValue, index: int, position: int, length: int) -> None:
        number, kind = value.simple_value, value.kind
        if kind == "tensor":
            plugin = self._plugins.setdefault(value.tag, "scalars" if value.is_scalar_class else value.plugin)
            scalar = scalar_of(value.payload) if plugin in ("", "scalars") else None
            if scalar is not None:
                kind, number = "scalar", scalar
            else:
                kind = {"images": "image", "audio": "audio", "histograms": "histogram", "text": "text"}.get(plugin, kind)
        if kind == "scalar":
            column = self.scalars.get(value.tag)
            if column is None:
                column = self.scalars[value.tag] = Column()
            column.steps.append(event.step)
            column.wall_times.append(event.wall_time)
            column.values.append(number)
        elif kind:
            self.media.append(MediaEntry(kind, value.tag, event.step, event.wall_time, self.path, position, length,
                                         index))

    def _note(self, position: int, reason: str) -> None:
        if len(self._passed_over) < 20:
            self._passed_over.append(f"{self.path.name}: {reason} at byte {position}, passed over")


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
            stop = np.searchsorted(kept.steps, restart_step)
            kept = _joined([Series(*(column[:stop] for column in kept[:3])), points])
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
                points = Series(*(values[start:stop] for values in whole[:3]))
                first = int(points.steps[0]) if stop > start else last + 1
                if start in marks or not attempts or first <= last:
                    attempts.append((marks.get(start, first), []))
                attempts[-1][1].append(points)
                last = int(points.steps[-1]) if stop > start else last
        return [(restart_step, _joined(pieces)) for restart_step, pieces in attempts]


def _joined(pieces: list[Series]) -> Series:
    if not pieces:
        return Series.empty()
    return Series(*(np.concatenate(columns) for columns in zip(*(piece[:3] for piece in pieces))))


def _file_order(name: str) -> tuple[int, str]:
    match = _TIMESTAMP.search(name)
    return (int(match.group(1)) if match else 0, name)
