"""Where the numbers lie in a scalar event: a program writes the same bytes again and again, but for time, step, value.

The general parser reads the first event of a kind; what is found here becomes a template for those that follow.
"""

from __future__ import annotations

from typing import NamedTuple, Optional

import numpy as np
from numpy.typing import NDArray

from mytts_core.runs.event_parser import Event, MalformedEvent, fields

STEP_PLACE = 9                              # after the key and the eight bytes of the wall time
MIN_BYTES = STEP_PLACE + 12                 # what `step_widths` looks at
_WALL_TIME_KEY, _STEP_KEY, _SUMMARY_KEY = 0x09, 0x10, 0x2A
# tensor.proto: tensor_content, and the fields of values by type.
_CONTENT_FIELD = 4
_VALUE_FIELDS = {_CONTENT_FIELD, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17}


class Hole(NamedTuple):
    """Where a number lies in an event: `size` is 4 for a float32, 8 for a float64."""

    place: int
    size: int


class Layout(NamedTuple):
    """Which bytes of an event vary: eight of time from byte 1, `step_width` (its key included), and the holes."""

    step_width: int
    holes: tuple[Hole, ...]


def layout_of(data: bytes, event: Event) -> Optional[Layout]:
    """Return the layout of an event of wall time, step (or none) and a summary of float scalars alone, else None."""
    width = int(step_widths(np.frombuffer(data[:MIN_BYTES], np.uint8)[None])[0]) if len(data) >= MIN_BYTES else -1
    if width < 0:
        return None
    holes = _float_holes(data, STEP_PLACE + width, event)
    return Layout(width, tuple(holes)) if holes else None


def step_widths(rows: NDArray[np.uint8]) -> NDArray[np.int8]:
    """Return how many bytes each event's step and its key take, 0 for none, -1 for events that begin otherwise.

    Args:
        rows: shape (N, at least `MIN_BYTES`), the beginning of an event in a row.
    """
    widths = np.where(rows[:, STEP_PLACE] == _SUMMARY_KEY, 0, -1).astype(np.int8)
    is_open = rows[:, STEP_PLACE] == _STEP_KEY
    for width in range(2, 11):              # nine bytes at most: a negative step has ten and goes to the parser
        if not is_open.any():
            break
        ends = is_open & (rows[:, STEP_PLACE + width - 1] < 0x80)
        widths[ends & (rows[:, STEP_PLACE + width] == _SUMMARY_KEY)] = width
        is_open &= ~ends
    widths[rows[:, 0] != _WALL_TIME_KEY] = -1
    return widths


def _float_holes(data: bytes, summary: int, event: Event) -> list[Hole]:
    """Return where the number of each value lies, or [] when a value is anything else or more follows the summary."""
    body = _length_delimited(data, summary)
    if body is None or body[1] != len(data):
        return []
    holes: list[Hole] = []
    position = body[0]
    while position < len(data):
        value = _length_delimited(data, position)
        if value is None or data[position] != 0x0A:
            return []
        hole = _hole_in_value(data, *value)
        if hole is None:
            return []
        holes.append(hole)
        position = value[1]
    return holes if len(holes) == len(event.values) else []


def _hole_in_value(data: bytes, start: int, stop: int) -> Optional[Hole]:
    """Return the place of a value's only number: a simple_value, or a float tensor's content or value."""
    holes: list[Optional[Hole]] = []
    position = start
    while position < stop:
        if data[position] == 0x15:                                  # simple_value
            holes.append(Hole(position + 1, 4))
            position += 5
            continue
        part = _length_delimited(data, position)
        if part is None:
            return None
        if data[position] == 0x42:                                  # tensor
            holes.append(_hole_in_tensor(data, *part))
        position = part[1]
    return holes[0] if len(holes) == 1 and position == stop else None


def _hole_in_tensor(data: bytes, start: int, stop: int) -> Optional[Hole]:
    """Return the place of the number that a tensor of one float32 or float64 ends in: its content, or its value."""
    try:
        parts = list(fields(data[start:stop]))
    except MalformedEvent:
        return None
    types = [value for number, _, value in parts if number == 1]
    size, value_field = (4, 5) if types == [1] else (8, 6) if types == [2] else (0, 0)
    holders = [number for number, _, _ in parts if number in _VALUE_FIELDS]
    if not size or holders not in ([_CONTENT_FIELD], [value_field]) or parts[-1][0] != holders[0]:
        return None
    ends_in_number = data[stop - size - 2:stop - size] == bytes([holders[0] << 3 | 2, size])
    return Hole(stop - size, size) if ends_in_number else None


def _length_delimited(data: bytes, position: int) -> Optional[tuple[int, int]]:
    """Return (start, stop) of the content of a length-delimited field with a one-byte key, or None."""
    if data[position] & 7 != 2 or data[position] & 0x80:
        return None
    length = shift = 0
    for byte in data[position + 1:position + 6]:
        length |= (byte & 0x7F) << shift
        position += 1
        if byte < 0x80:
            return position + 1, position + 1 + length
        shift += 7
    return None
