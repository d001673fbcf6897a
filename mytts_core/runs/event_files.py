"""Read a TensorBoard event file as it grows: scalars into columns, everything else into an index."""

from __future__ import annotations

import os
from array import array
from pathlib import Path
from typing import BinaryIO, NamedTuple, Optional

import numpy as np

from mytts_core.runs.event_parser import SESSION_START, Event, MalformedEvent, parse_event, scalar_of
from mytts_core.runs.records import Framing, RecordScanner
from mytts_core.runs.scalar_templates import Appender, ScalarTemplates
from mytts_core.runs.types import MediaEntry, Series

CHUNK_BYTES = 8 << 20
MAX_LOOK_BYTES = 64 << 20                   # how far to look past damaged data for a sound record
_KIND_OF_PLUGIN = {"images": "image", "audio": "audio", "histograms": "histogram", "text": "text"}


class Column:
    """The points of one scalar tag in one file, in the order they were written; grows in place."""

    __slots__ = ("steps", "wall_times", "values")

    def __init__(self) -> None:
        self.steps, self.wall_times, self.values = array("q"), array("d"), array("d")

    def __len__(self) -> int:
        return len(self.steps)

    def append(self, wall_time: float, step: int, value: float) -> None:
        """Add a point."""
        self.steps.append(step)
        self.wall_times.append(wall_time)
        self.values.append(value)

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
        self._stopped = ""
        self._scanner = RecordScanner()
        self._templates = ScalarTemplates()
        self._plugins: dict[str, str] = {}

    @property
    def problems(self) -> list[str]:
        """What cannot be read, in words, at most a few."""
        return self._passed_over + ([self._stopped] if self._stopped else [])

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
            self._stopped = f"{self.path.name}: {error.strerror or error}"
        return self.num_events - before

    def _read_on(self, file: BinaryIO, size: int) -> None:
        self._stopped = ""
        wanted = CHUNK_BYTES
        while self.offset < size:
            file.seek(self.offset)
            buffer = file.read(min(max(CHUNK_BYTES, wanted), size - self.offset))
            framing = self._scanner.scan(buffer)
            for start, data in framing.records:
                if self._templates.read(data):
                    self.num_events += 1
                else:
                    self._parse(data, self.offset + start)
            for position, reason in framing.passed_over:
                self._note(self.offset + position, reason)
            self.offset += framing.end
            if framing.end:
                wanted = framing.wanted
                continue
            at_end = self.offset + len(buffer) >= size
            if at_end or framing.stopped and (framing.is_final or len(buffer) >= MAX_LOOK_BYTES):
                self._describe_stop(framing, size)
                return
            wanted = max(framing.wanted, 2 * len(buffer))

    def _describe_stop(self, framing: Framing, size: int) -> None:
        if framing.stopped:
            position, reason = framing.stopped
            self._stopped = (f"{self.path.name}: {reason} at byte {self.offset + position}; "
                             f"{size - self.offset - position} bytes from there on are not read")

    def _parse(self, data: bytes, position: int) -> None:
        try:
            event = parse_event(data)
        except MalformedEvent as error:
            self._note(position, f"malformed event ({error})")
            return
        self.num_events += 1
        if event.session_status == SESSION_START:
            counts = {tag: len(column) for tag, column in self.scalars.items()}
            self.session_starts.append(SessionStart(event.step, event.wall_time, counts))
        columns = [self._take(event, index, position, len(data)) for index in range(len(event.values))]
        scalars = [column for column in columns if column is not None]
        if scalars and len(scalars) == len(columns):
            self._templates.learn(data, event, _appender(scalars))

    def _take(self, event: Event, index: int, position: int, length: int) -> Optional[Column]:
        """Keep one value of an event; return its column if it is a scalar."""
        value = event.values[index]
        number, kind = value.simple_value, value.kind
        if kind == "tensor":
            plugin = self._plugins.setdefault(value.tag, "scalars" if value.is_scalar_class else value.plugin)
            scalar = scalar_of(value.payload) if plugin in ("", "scalars") else None
            if scalar is None:
                kind = _KIND_OF_PLUGIN.get(plugin, kind)
            else:
                kind, number = "scalar", scalar
        if kind == "scalar":
            column = self.scalars.setdefault(value.tag, Column())
            column.append(event.wall_time, event.step, number)
            return column
        if kind:
            self.media.append(MediaEntry(kind, value.tag, event.step, event.wall_time, self.path, position, length,
                                         index))
        return None

    def _note(self, position: int, reason: str) -> None:
        if len(self._passed_over) < 20:
            self._passed_over.append(f"{self.path.name}: {reason} at byte {position}, passed over")


def _appender(columns: list[Column]) -> Appender:
    if len(columns) == 1:
        add = columns[0].append
        return lambda wall_time, step, values: add(wall_time, step, values[0])

    def append(wall_time: float, step: int, values: tuple[float, ...]) -> None:
        for column, value in zip(columns, values):
            column.append(wall_time, step, value)

    return append
