"""Read a log in text form as it grows: Keras CSV files and JSON lines."""

from __future__ import annotations

from pathlib import Path
from typing import Any, BinaryIO

from mytts_core.runs.columns import Column
from mytts_core.runs.event_decoder import MAX_TAGS
from mytts_core.runs.foreign_logs import CsvLines, is_whole_object, json_points
from mytts_core.runs.growing_file import GrowingFile

CHUNK_BYTES = 4 << 20
MAX_LINE_BYTES = 16 << 20


class TextLog(GrowingFile):
    """One CSV log or file of JSON lines.

    A last line without its line end may still be growing: it counts when it is a whole JSON object, and waits in CSV.
    """

    def __init__(self, path: Path, kind: str) -> None:
        self.kind = kind
        super().__init__(path)

    def _reset(self) -> None:
        self._csv = CsvLines()
        self._left_out = 0

    def _own_state(self) -> dict[str, Any]:
        return {"header": self._csv.header, "delimiter": self._csv.delimiter, "left_out": self._left_out}

    def _restore_own(self, state: dict[str, Any]) -> None:
        self._csv = CsvLines(state["header"], state["delimiter"])
        self._left_out = state["left_out"]

    def _limits(self) -> list[str]:
        return [f"{self.path.name}: {self._left_out:,} values are left out; of one file, {MAX_TAGS:,} metrics are kept"
                ] if self._left_out else []

    def _read_on(self, file: BinaryIO, size: int) -> None:
        wanted = CHUNK_BYTES
        while self.offset < size:
            file.seek(self.offset)
            data = file.read(min(wanted, size - self.offset))
            end = self._end_of_lines(data, at_end=self.offset + len(data) >= size)
            if end:
                self._take(data[:end].decode("utf-8", errors="replace"))
                self.offset += end
            elif not data or self.offset + len(data) >= size:
                return
            elif len(data) >= MAX_LINE_BYTES:
                self._stopped = (f"{self.path.name}: a line of more than {MAX_LINE_BYTES >> 20} MiB at byte "
                                 f"{self.offset}; nothing from there on is read")
                return
            wanted = CHUNK_BYTES if end else 2 * len(data)

    def _end_of_lines(self, data: bytes, at_end: bool) -> int:
        """Return how much of the data is whole lines."""
        end = data.rfind(b"\n") + 1
        if at_end and self.kind == "json_lines" and is_whole_object(data[end:].decode("utf-8", errors="replace")):
            return len(data)
        return end

    def _take(self, content: str) -> None:
        if not self.offset:
            content = content.lstrip("\ufeff")
        lines = content.split("\n")
        points: dict[str, list[tuple[int, float, float]]] = {}
        for step, wall_time, values in self._csv.points(lines) if self.kind == "keras_csv" else json_points(lines):
            self.num_events += 1
            for tag, value in values.items():
                if tag in points or tag in self.scalars or len(self.scalars) < MAX_TAGS:
                    self.scalars.setdefault(tag, Column())
                    points.setdefault(tag, []).append((step, wall_time, value))
                else:
                    self._left_out += 1
        for tag, rows in points.items():
            self.scalars[tag].extend(*zip(*rows))
