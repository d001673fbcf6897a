"""Logs of other programs in text form: which files are some, and what a line of a CSV log or of JSON lines says."""

from __future__ import annotations

import csv
import json
import math
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, NamedTuple, Optional

STEP_KEYS = ("step", "global_step", "iteration", "iter", "epoch")
TIME_KEYS = ("wall_time", "timestamp", "time", "_timestamp")
MAX_NESTING = 4
_HEAD_BYTES = 1 << 16


class Point(NamedTuple):
    """What one line says: the step, seconds since 1970 UTC (NaN when it says none), and tag → value."""

    step: int
    wall_time: float
    values: dict[str, float]


def is_log_name(name: str) -> bool:
    """Tell whether a file of this name may be a log that is worth looking into."""
    return not name.startswith(".") and name.lower().endswith((".csv", ".jsonl", ".json", ".ndjson", ".log", ".txt"))


def log_kind(path: Path) -> str:
    """Return `keras_csv`, `json_lines`, or '' for a file that is neither, from its name and beginning."""
    suffix = path.suffix.lower()
    try:
        with open(path, "rb") as file:
            head = file.read(_HEAD_BYTES).decode("utf-8", errors="replace")
    except OSError:
        return ""
    lines = head.lstrip("\ufeff").split("\n")
    if suffix == ".csv":
        cells = next(iter(csv.reader([lines[0].rstrip("\r")], delimiter=_delimiter(lines[0]))), [])
        return "keras_csv" if "epoch" in [cell.strip() for cell in cells] and len(cells) > 1 else ""
    if suffix == ".json" and len(lines) < 3:
        return ""                           # one object is a settings file, not a log
    record = _object(lines[0])
    return "json_lines" if record is not None and any(_whole(record.get(key)) is not None for key in STEP_KEYS) else ""


class CsvLines:
    """Reads the lines of a Keras `CSVLogger` file, in order; the header may come again in the middle.

    Attributes:
        header: the cells of the last header seen; `delimiter` what stood between them.
    """

    def __init__(self, header: Iterable[str] = (), delimiter: str = "") -> None:
        self.header = list(header)
        self.delimiter = delimiter

    def points(self, lines: Iterable[str]) -> Iterator[Point]:
        """Yield the points of lines with their ends; a line that is none is passed over."""
        lines = list(lines)
        if not self.delimiter and lines:
            self.delimiter = _delimiter(lines[0])
        reader = csv.reader(lines, delimiter=self.delimiter or ",")
        while True:
            try:
                cells = [cell.strip() for cell in next(reader)]
            except StopIteration:
                return
            except csv.Error:               # a line beyond csv's limits
                continue
            if "epoch" in cells:            # also a header in the middle: CSVLogger(append=True) of another model
                self.header = cells
            elif len(cells) == len(self.header):
                yield from _point(dict(zip(self.header, cells)), ("epoch",))


def json_points(lines: Iterable[str]) -> Iterator[Point]:
    """Yield the points of JSON lines; a line that is no object with a step is passed over."""
    for line in lines:
        record = _object(line)
        if record is not None:
            yield from _point(record, STEP_KEYS)


def is_whole_object(line: str) -> bool:
    """Tell whether a line without its end is a whole JSON object already."""
    return _object(line) is not None


def _point(record: dict[str, Any], step_keys: tuple[str, ...]) -> Iterator[Point]:
    step_key = next((key for key in step_keys if _whole(record.get(key)) is not None), None)
    if step_key is None:
        return
    # Seconds since 1970 are a time; anything smaller is a duration, which is a value like any other.
    time_key = next((key for key in TIME_KEYS if (_number(record.get(key)) or 0) > 1e8), "")
    wall_time = _number(record.get(time_key))
    values = {key: value for key, raw in _flat(record, "") if key not in (step_key, time_key)
              and (value := _number(raw)) is not None}
    yield Point(_whole(record[step_key]) or 0, math.nan if wall_time is None else wall_time, values)


def _flat(record: dict[str, Any], prefix: str) -> Iterator[tuple[str, Any]]:
    """Yield name and value of an object's entries; those of objects inside are named `outer/inner`."""
    for key, value in record.items():
        if isinstance(value, dict) and prefix.count("/") < MAX_NESTING:
            yield from _flat(value, f"{prefix}{key}/")
        else:
            yield f"{prefix}{key}", value


def _delimiter(line: str) -> str:
    return max(",;\t", key=line.count)


def _object(line: str) -> Optional[dict[str, Any]]:
    line = line.strip()
    if not line.startswith("{"):
        return None
    try:
        record = json.loads(line)
        if "\\ud" in line or "\\uD" in line:      # perhaps half a character, which no page could show
            record = json.loads(json.dumps(record, ensure_ascii=False).encode("utf-8", errors="replace"))
    except (ValueError, RecursionError):
        return None
    return record if isinstance(record, dict) else None


def _number(value: Any) -> Optional[float]:
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        return None
    try:
        return float(value)
    except (ValueError, OverflowError):
        return None


def _whole(value: Any) -> Optional[int]:
    number = _number(value)
    if number is None or not math.isfinite(number) or number != int(number) or abs(number) >= 1 << 63:
        return None
    return int(number)
