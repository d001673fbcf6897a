"""Logs of other programs as series: Keras CSVLogger files and JSON lines."""

from __future__ import annotations

import csv
import io
import json
import math
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, Optional

import numpy as np

from mytts_core.runs.types import Series

STEP_KEYS = ("step", "global_step", "iteration", "iter", "epoch")
TIME_KEYS = ("wall_time", "timestamp", "time", "_timestamp")
MAX_LOG_BYTES = 256 << 20
MAX_NESTING = 4
_HEAD_BYTES = 1 << 16

Point = tuple[int, float, dict[str, float]]


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


def read_log(path: Path, kind: str) -> tuple[dict[str, Series], str]:
    """Return tag → series and what could not be read, '' when nothing.

    A last line without its line end may still be growing: it counts only when it is whole (JSON), or is left for the
    next look (CSV). The newest attempt wins where steps go back.
    """
    try:
        size = path.stat().st_size
        if size > MAX_LOG_BYTES:
            return {}, f"{path.name} has {size >> 20} MiB; logs in text form are read up to {MAX_LOG_BYTES >> 20} MiB"
        lines = path.read_text(encoding="utf-8", errors="replace")
    except OSError as error:
        return {}, f"{path.name}: {error.strerror or error}"
    points = list(_csv_points(lines) if kind == "keras_csv" else _json_points(lines))
    return _series(points), ""


def _csv_points(content: str) -> Iterator[Point]:
    content = content.lstrip("\ufeff")
    whole_lines = content[:content.rfind("\n") + 1]
    first = whole_lines.split("\n", 1)[0]
    reader = csv.reader(io.StringIO(whole_lines), delimiter=_delimiter(first))
    header: list[str] = []
    try:
        for row in reader:
            cells = [cell.strip() for cell in row]
            if "epoch" in cells:            # also a header in the middle: CSVLogger(append=True) of another model
                header = cells
            elif len(cells) == len(header):
                yield from _point(dict(zip(header, cells)), ("epoch",))
    except csv.Error:
        return                              # a line beyond csv's limits: what came before it stands


def _json_points(content: str) -> Iterator[Point]:
    for line in content.split("\n"):
        record = _object(line)
        if record is not None:
            yield from _point(record, STEP_KEYS)


def _point(record: dict[str, Any], step_keys: tuple[str, ...]) -> Iterator[Point]:
    step_key = next((key for key in step_keys if _whole(record.get(key)) is not None), None)
    if step_key is None:
        return
    # Seconds since 1970 are a time; anything smaller is a duration, which is a value like any other.
    time_key = next((key for key in TIME_KEYS if (_number(record.get(key)) or 0) > 1e8), "")
    wall_time = _number(record.get(time_key))
    values = {key: value for key, raw in _flat(record, "") if key not in (step_key, time_key)
              and (value := _number(raw)) is not None}
    yield _whole(record[step_key]) or 0, math.nan if wall_time is None else wall_time, values


def _flat(record: dict[str, Any], prefix: str) -> Iterator[tuple[str, Any]]:
    """Yield name and value of an object's entries; those of objects inside are named `outer/inner`."""
    for key, value in record.items():
        if isinstance(value, dict) and prefix.count("/") < MAX_NESTING:
            yield from _flat(value, f"{prefix}{key}/")
        else:
            yield f"{prefix}{key}", value


def _series(points: Iterable[Point]) -> dict[str, Series]:
    columns: dict[str, list[tuple[int, float, float]]] = {}
    attempts: dict[str, int] = {}
    for step, wall_time, values in points:
        for tag, value in values.items():
            column = columns.setdefault(tag, [])
            if column and step < column[-1][0]:
                attempts[tag] = attempts.get(tag, 0) + 1
                while column and column[-1][0] >= step:
                    column.pop()
            column.append((step, wall_time, value))
    return {tag: Series(np.array([point[0] for point in column], np.int64),
                        np.array([point[1] for point in column], np.float64),
                        np.array([point[2] for point in column], np.float64), attempts.get(tag, 0))
            for tag, column in columns.items()}


def _delimiter(line: str) -> str:
    return max(",;\t", key=line.count)


def _object(line: str) -> Optional[dict[str, Any]]:
    line = line.strip()
    if not line.startswith("{"):
        return None
    try:
        record = json.loads(line)
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
