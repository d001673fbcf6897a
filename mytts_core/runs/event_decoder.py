"""From the records of an event file to columns of scalars and an index of everything else."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Optional

import numpy as np
from numpy.typing import NDArray

from mytts_core.runs.columns import Column
from mytts_core.runs.event_parser import SESSION_START, Event, MalformedEvent, parse_event, scalar_of
from mytts_core.runs.records import FOOTER_BYTES, Frames, masked_crc32c
from mytts_core.runs.scalar_templates import Match, Points, Rows, ScalarTemplates, rows_of
from mytts_core.runs.session_start import SessionStart
from mytts_core.runs.template_layout import layout_of
from mytts_core.runs.types import MediaEntry

MAX_TAGS = 10_000                           # scalar tags kept of one file
MAX_MEDIA = 100_000                         # entries kept of one file
_KIND_OF_PLUGIN = {"images": "image", "audio": "audio", "histograms": "histogram", "text": "text"}


class EventDecoder:
    """Takes the records of one event file in, in order, and adds what they hold to the collections it was given.

    Attributes:
        scalars: tag → `Column`, in the order of their first points; `MAX_TAGS` at most.
        media: index of images, sounds, histograms, texts and tensors, in file order; `MAX_MEDIA` at most.
        session_starts: restart markers in file order.
        plugins: tag → plugin of a tag that comes as tensors, from its first event.
        malformed: (byte in the file, reason) of records with a right CRC that are no events; emptied by who reports.
        left_out: how many values were beyond the limits.
    """

    def __init__(self, path: Path, scalars: dict[str, Column], media: list[MediaEntry],
                 session_starts: list[SessionStart]) -> None:
        self._path = path
        self._templates = ScalarTemplates()
        self.scalars = scalars
        self.media = media
        self.session_starts = session_starts
        self.plugins: dict[str, str] = {}
        self.malformed: list[tuple[int, str]] = []
        self.left_out = 0

    def read(self, buffer: NDArray[np.uint8], frames: Frames, offset: int) -> NDArray[np.bool_]:
        """Take in every record whose CRC is right and return which those are, shape (N,).

        Args:
            buffer: as `find_frames` had it.
            offset: where the buffer begins in the file.
        """
        batch = _Batch(buffer, frames, offset)
        matches: list[Match] = []
        waiting: list[Rows] = []
        groups, alone = rows_of(buffer, frames)
        for rows in groups:
            found, unknown = self._templates.match(rows)
            matches += found
            if len(unknown.records):
                first = self._first_of_each(batch, unknown)
                alone = np.concatenate([alone, unknown.records[first]])
                waiting.append(unknown.part(~first))
        # In the order of the file: the first event of a tag says what its later ones are.
        self._parse_all(batch, alone)
        left = [np.empty(0, np.int64)]
        for rows in waiting:
            found, unknown = self._templates.match(rows)
            matches += found
            left.append(unknown.records)
        self._parse_all(batch, np.concatenate(left))
        for match in matches:
            for points in match.read(batch.sound):
                batch.points.setdefault(points.column, []).append(points)
        self._keep(batch)
        return batch.sound

    def _first_of_each(self, batch: _Batch, rows: Rows) -> NDArray[np.bool_]:
        data = batch.data(int(rows.records[0]))
        try:
            layout = layout_of(data, parse_event(data))
        except MalformedEvent:
            layout = None
        return self._templates.first_of_each(rows, layout)

    def _parse_all(self, batch: _Batch, records: NDArray[np.int64]) -> None:
        for record in np.sort(records).tolist():
            data = batch.data(record)
            if masked_crc32c(data) != batch.stored_crc(record):
                continue
            batch.sound[record] = True
            try:
                self._take(batch, record, data, parse_event(data))
            except MalformedEvent as error:
                self.malformed.append((batch.place(record), f"malformed event ({error})"))

    def _take(self, batch: _Batch, record: int, data: bytes, event: Event) -> None:
        if event.session_status == SESSION_START:
            batch.session_starts.append((record, event))
        columns: list[Column] = []
        for index, value in enumerate(event.values):
            kind, number = self._kind(value.tag, value.kind, value.plugin, value.is_scalar_class, value.payload)
            if kind == "scalar":
                column = self._column(value.tag)
                if column is not None:
                    columns.append(column)
                    batch.add(column, record, event, value.simple_value if number is None else number)
            elif kind and len(self.media) + len(batch.media) < MAX_MEDIA:
                batch.media.append(MediaEntry(kind, value.tag, event.step, event.wall_time, self._path,
                                              batch.place(record), len(data), index))
            else:
                self.left_out += bool(kind)
        if columns and len(columns) == len(event.values) and (layout := layout_of(data, event)):
            self._templates.learn(data, layout, columns)

    def _kind(self, tag: str, kind: str, plugin: str, is_scalar: bool,
              payload: bytes) -> tuple[str, Optional[float]]:
        """Return what a value is, and its number where that is in a tensor."""
        if kind != "tensor":
            return kind, None
        plugin = "scalars" if is_scalar else plugin
        if tag in self.plugins or len(self.plugins) < 2 * MAX_TAGS:
            plugin = self.plugins.setdefault(tag, plugin)
        number = scalar_of(payload) if plugin in ("", "scalars") else None
        return ("scalar", number) if number is not None else (_KIND_OF_PLUGIN.get(plugin, kind), None)

    def _column(self, tag: str) -> Optional[Column]:
        column = self.scalars.get(tag)
        if column is None:
            if len(self.scalars) >= MAX_TAGS:
                self.left_out += 1
                return None
            column = self.scalars[tag] = Column()
        return column

    def _keep(self, batch: _Batch) -> None:
        """Put the points of a buffer, read kind by kind, into their columns in the order of the file."""
        points = {column: _in_order(pieces) for column, pieces in batch.all_points()}
        for record, event in batch.session_starts:
            counts = {tag: len(column) + (int(np.searchsorted(points[column].records, record)) if column in points
                                          else 0) for tag, column in self.scalars.items()}
            self.session_starts.append(SessionStart(event.step, event.wall_time, counts))
        for column, numbers in points.items():
            column.extend(numbers.steps, numbers.wall_times, numbers.values)
        self.media.extend(sorted(batch.media, key=lambda entry: (entry.offset, entry.place)))


class _Batch:
    """One buffer while it is read. `sound` tells which records have the right CRC, shape (N,)."""

    def __init__(self, buffer: NDArray[np.uint8], frames: Frames, offset: int) -> None:
        self._buffer = buffer
        self._frames = frames
        self._offset = offset
        self._single: dict[Column, list[tuple[int, int, float, float]]] = {}
        self.sound = np.zeros(len(frames.starts), np.bool_)
        self.points: dict[Column, list[Points]] = {}
        self.media: list[MediaEntry] = []
        self.session_starts: list[tuple[int, Event]] = []

    def data(self, record: int) -> bytes:
        start = int(self._frames.starts[record])
        return self._buffer[start:start + int(self._frames.lengths[record])].tobytes()

    def stored_crc(self, record: int) -> int:
        stop = int(self._frames.starts[record]) + int(self._frames.lengths[record])
        return int.from_bytes(self._buffer[stop:stop + FOOTER_BYTES].tobytes(), "little")

    def place(self, record: int) -> int:
        """Return where the data of a record begins in the file."""
        return self._offset + int(self._frames.starts[record])

    def add(self, column: Column, record: int, event: Event, value: float) -> None:
        self._single.setdefault(column, []).append((record, event.step, event.wall_time, value))

    def all_points(self) -> Iterator[tuple[Column, list[Points]]]:
        """Yield every column with its points, those that were parsed alone first."""
        for column, rows in self._single.items():
            records, steps, wall_times, values = zip(*sorted(rows, key=lambda row: row[0]))
            alone = Points(column, np.array(records, np.int64), np.array(steps, np.int64),
                           np.array(wall_times, np.float64), np.array(values, np.float64))
            yield column, [alone, *self.points.pop(column, [])]
        yield from self.points.items()


def _in_order(pieces: list[Points]) -> Points:
    if len(pieces) == 1:
        return pieces[0]
    column = pieces[0].column
    records, steps, wall_times, values = (np.concatenate(parts) for parts in zip(*(piece[1:] for piece in pieces)))
    order = np.argsort(records, kind="stable")
    return Points(column, records[order], steps[order], wall_times[order], values[order])
