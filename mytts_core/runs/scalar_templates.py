"""Read scalar events without parsing them: a program writes the same bytes again and again, but for time, step, value.

The general parser reads the first event of a kind; what it found becomes a template, and later events whose bytes
agree with it between the numbers are read in one `struct.unpack`. This is what makes a million scalars quick.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from typing import NamedTuple, Optional

from mytts_core.runs.event_parser import Event, MalformedEvent, fields

_WALL_TIME = struct.Struct("<d")
_MAX_TEMPLATES = 4096
_MAX_CANDIDATES = 8

# Takes a wall time, a step and the values in the order of the event.
Appender = Callable[[float, int, tuple[float, ...]], None]


class _Template(NamedTuple):
    unpack: Callable[[bytes], tuple]
    constants: tuple[bytes, ...]
    append: Appender


class ScalarTemplates:
    """Templates of one event file. `read` is tried first; `learn` is called with what only the parser could read."""

    def __init__(self) -> None:
        self._by_length: dict[int, list[_Template]] = {}
        self._single: dict[bytes, Appender] = {}
        self._count = 0

    def read(self, data: bytes) -> bool:
        """Append the scalars of an event whose template is known; False when the parser has to read it."""
        summary, step = _before_summary(data)
        if not summary:
            return False
        append = self._single.get(data[summary:-4])
        if append is not None:
            append(_WALL_TIME.unpack_from(data, 1)[0], step, _FLOAT.unpack(data[-4:]))
            return True
        for template in self._by_length.get(len(data) - summary, ()):
            parts = template.unpack(data[summary:])
            if parts[::2] == template.constants:
                template.append(_WALL_TIME.unpack_from(data, 1)[0], step, parts[1::2])
                return True
        return False

    def learn(self, data: bytes, event: Event, append: Appender) -> None:
        """Remember the layout of an event that holds nothing but scalars."""
        summary, _ = _before_summary(data)
        if not summary or self._count >= _MAX_TEMPLATES:
            return
        holes = _float_holes(data, summary, event)
        if not holes:
            return
        self._count += 1
        if holes == [len(data) - 4]:
            self._single[data[summary:-4]] = append
            return
        edges = [summary, *(edge for hole in holes for edge in (hole, hole + 4)), len(data)]
        constants = [data[start:stop] for start, stop in zip(edges[::2], edges[1::2])]
        layout = struct.Struct("<" + "f".join(f"{len(constant)}s" for constant in constants))
        candidates = self._by_length.setdefault(len(data) - summary, [])
        if len(candidates) < _MAX_CANDIDATES:
            candidates.append(_Template(layout.unpack, tuple(constants), append))


_FLOAT = struct.Struct("<f")


def _before_summary(data: bytes) -> tuple[int, int]:
    """Return where the summary begins and the step, for an event of wall time, step (or none) and summary; else 0."""
    if len(data) < 12 or data[0] != 0x09:
        return 0, 0
    key = data[9]
    if key == 0x2A:
        return 9, 0
    if key != 0x10:
        return 0, 0
    position, shift, step = 10, 0, 0
    for byte in data[10:19]:            # nine bytes: a negative step has ten and goes to the parser
        step |= (byte & 0x7F) << shift
        position += 1
        if byte < 0x80:
            return (position, step) if data[position:position + 1] == b"\x2a" else (0, 0)
        shift += 7
    return 0, 0


def _float_holes(data: bytes, summary: int, event: Event) -> list[int]:
    """Return where the float32 of each value lies, or [] when a value is anything else or more follows the summary."""
    body = _length_delimited(data, summary)
    if body is None or body[1] != len(data):
        return []
    holes: list[int] = []
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


def _hole_in_value(data: bytes, start: int, stop: int) -> Optional[int]:
    """Return the place of a value's only float32: a simple_value, or a float tensor's content or value."""
    hole = None
    position = start
    while position < stop:
        if data[position] == 0x15:                                  # simple_value
            hole, position = (position + 1 if hole is None else -1), position + 5
            continue
        part = _length_delimited(data, position)
        if part is None:
            return None
        if data[position] == 0x42:                                  # tensor
            inner = _hole_in_tensor(data, *part)
            hole = inner if hole is None and inner is not None else -1
        position = part[1]
    return hole if hole is not None and hole > 0 and position == stop else None


def _hole_in_tensor(data: bytes, start: int, stop: int) -> Optional[int]:
    try:
        parts = list(fields(data[start:stop]))
    except MalformedEvent:
        return None
    is_float = (1, 0, 1) in parts
    ends_in_float = data[stop - 6:stop - 4] in (b"\x22\x04", b"\x2a\x04")
    last = parts[-1] if parts else (0, 0, b"")
    holds_one = sum(number in (4, 5) for number, _, _ in parts) == 1
    return stop - 4 if is_float and ends_in_float and holds_one and last[0] in (4, 5) else None


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
