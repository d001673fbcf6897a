"""Take TensorFlow `Event` messages apart without protobuf's classes: only the fields that a reader of runs needs.

Source:
    tensorflow/core/util/event.proto, framework/summary.proto, framework/tensor.proto. Field numbers are theirs.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import NamedTuple, Optional, Union

import numpy as np
from numpy.typing import NDArray

_VARINT, _FIXED64, _LENGTH, _FIXED32 = 0, 1, 2, 5
SESSION_START = 1

# tensor.proto: DataType number → NumPy type, and the field that holds values when tensor_content does not.
_DTYPES = {1: "<f4", 2: "<f8", 3: "<i4", 4: "u1", 5: "<i2", 6: "i1", 9: "<i8", 10: "?", 14: "bfloat16", 17: "<u2",
           19: "<f2", 22: "<u4", 23: "<u8"}
_STRING_DTYPE = 7
_VALUE_FIELDS = {5: "<f4", 6: "<f8", 7: "varint", 10: "varint", 11: "varint", 13: "half", 16: "varint", 17: "varint"}

Field = tuple[int, int, Union[int, bytes]]


class MalformedEvent(ValueError):
    """Bytes with a sound CRC that are no event: written by something else, or by a broken program."""


class SummaryValue(NamedTuple):
    """One value of a summary. `kind` is `scalar`, `image`, `audio`, `histogram`, `tensor` or empty (nothing in it)."""

    tag: str
    kind: str
    simple_value: float
    payload: bytes
    plugin: str
    is_scalar_class: bool


class Event(NamedTuple):
    """One event. `session_status` is 0 where the event is not a session log."""

    wall_time: float
    step: int
    values: list[SummaryValue]
    session_status: int


def parse_event(data: bytes) -> Event:
    """Read one event.

    Raises:
        MalformedEvent: if the bytes are not a protocol buffer of that shape.
    """
    wall_time, step, status = float("nan"), 0, 0
    values: list[SummaryValue] = []
    for number, wire, value in fields(data):
        if number == 1 and wire == _FIXED64:
            wall_time = _float64(value)
        elif number == 2 and wire == _VARINT:
            step = _signed(value)
        elif number == 5 and wire == _LENGTH:
            values += [_summary_value(item) for part, kind, item in fields(_bytes(value))
                       if part == 1 and kind == _LENGTH]
        elif number == 7 and wire == _LENGTH:
            status = next((_signed(item) for part, kind, item in fields(_bytes(value))
                           if part == 1 and kind == _VARINT), 0)
    return Event(wall_time, step, values, status)


def fields(data: bytes) -> Iterator[Field]:
    """Yield (field number, wire type, value) of a message; the value is an int for varints, else bytes."""
    position, size = 0, len(data)
    while position < size:
        key, position = _varint(data, position)
        number, wire = key >> 3, key & 7
        if wire == _VARINT:
            value, position = _varint(data, position)
            yield number, wire, value
            continue
        if wire == _LENGTH:
            length, position = _varint(data, position)
        elif wire in (_FIXED64, _FIXED32):
            length = 8 if wire == _FIXED64 else 4
        else:
            raise MalformedEvent(f"wire type {wire}")
        if position + length > size:
            raise MalformedEvent("a field is longer than its message")
        yield number, wire, data[position:position + length]
        position += length


def _summary_value(data: bytes | int) -> SummaryValue:
    tag, kind, number_value, payload, plugin, data_class = "", "", 0.0, b"", "", 0
    kinds = {4: "image", 5: "histogram", 6: "audio", 8: "tensor"}
    for number, wire, value in fields(_bytes(data)):
        if number == 1 and wire == _LENGTH:
            tag = text(value)
        elif number == 2 and wire == _FIXED32:
            kind, number_value = "scalar", _float32(value)
        elif number in kinds and wire == _LENGTH:
            kind, payload = kinds[number], _bytes(value)
        elif number == 9 and wire == _LENGTH:
            plugin, data_class = _metadata(_bytes(value))
    return SummaryValue(tag, kind, number_value, payload, plugin, data_class == 1)


def _metadata(data: bytes) -> tuple[str, int]:
    plugin, data_class = "", 0
    for number, wire, value in fields(data):
        if number == 1 and wire == _LENGTH:
            plugin = next((text(item) for part, kind, item in fields(_bytes(value))
                           if part == 1 and kind == _LENGTH), "")
        elif number == 4 and wire == _VARINT:
            data_class = _signed(value)
    return plugin, data_class


def parse_tensor(data: bytes) -> Union[NDArray[np.generic], list[bytes], None]:
    """Return a TensorProto's value: an array of its shape, a list of byte strings, or None when it is of another type.

    Values given fewer than the shape holds repeat the last one, as TensorFlow does.

    Raises:
        MalformedEvent: if the bytes are not a tensor.
    """
    dtype, shape, content, strings = 0, [], b"", []
    packed: list[NDArray[np.generic]] = []
    for number, wire, value in fields(data):
        if number == 1 and wire == _VARINT:
            dtype = _signed(value)
        elif number == 2 and wire == _LENGTH:
            shape = [_dimension(_bytes(item)) for part, kind, item in fields(_bytes(value))
                     if part == 2 and kind == _LENGTH]
        elif number == 4 and wire == _LENGTH:
            content = _bytes(value)
        elif number == 8 and wire == _LENGTH:
            strings.append(_bytes(value))
        elif number in _VALUE_FIELDS:
            packed.append(_values(_VALUE_FIELDS[number], dtype, value))
    if dtype == _STRING_DTYPE:
        return strings
    if dtype not in _DTYPES:
        return None
    count = int(np.prod(shape, dtype=np.int64)) if min(shape, default=0) >= 0 else -1
    flat = _from_content(content, dtype) if content else np.concatenate(packed) if packed else np.zeros(0)
    if count < 0 or flat.size > count or (flat.size == 0 and count > 1) or count > max(1, flat.size) * 1_000_000:
        raise MalformedEvent("a tensor whose values do not fit its shape")
    if flat.size == 0 and count == 1:
        flat = np.zeros(1)              # proto3 leaves a lone zero out
    if flat.size < count:
        flat = np.concatenate([flat, np.full(count - flat.size, flat[-1])])
    return flat.reshape(shape)


def scalar_of(data: bytes) -> Optional[float]:
    """Return the number in a tensor of exactly one number, else None (also for anything malformed)."""
    try:
        tensor = parse_tensor(data)
    except MalformedEvent:
        return None
    if not isinstance(tensor, np.ndarray) or tensor.size != 1:
        return None
    return float(tensor.reshape(())[()])


def text(value: bytes | int) -> str:
    """Decode UTF-8 from outside; bytes that are not UTF-8 become replacement characters."""
    return _bytes(value).decode("utf-8", errors="replace")


def _from_content(content: bytes, dtype: int) -> NDArray[np.generic]:
    name = _DTYPES[dtype]
    size = 2 if name == "bfloat16" else np.dtype(name).itemsize
    if len(content) % size:
        raise MalformedEvent("tensor content that is no whole number of values")
    if name == "bfloat16":
        return _bfloat16(np.frombuffer(content, "<u2"))
    return np.frombuffer(content, name)


def _values(field_type: str, dtype: int, value: bytes | int) -> NDArray[np.generic]:
    if field_type in ("varint", "half"):
        numbers = _packed_varints(value) if isinstance(value, bytes) else [value]
        if field_type == "half":
            bits = np.array([number & 0xFFFF for number in numbers], "<u2")
            return _bfloat16(bits) if _DTYPES.get(dtype) == "bfloat16" else bits.view("<f2")
        unsigned = _DTYPES.get(dtype, "") == "<u8"
        return np.array([number if unsigned else _signed(number) for number in numbers],
                        np.uint64 if unsigned else np.int64)
    data = _bytes(value)
    if len(data) % np.dtype(field_type).itemsize:
        raise MalformedEvent("tensor values that are no whole number of values")
    return np.frombuffer(data, field_type)


def _packed_varints(data: bytes) -> list[int]:
    numbers, position = [], 0
    while position < len(data):
        number, position = _varint(data, position)
        numbers.append(number)
    return numbers


def _bfloat16(bits: NDArray[np.generic]) -> NDArray[np.float32]:
    return (bits.astype(np.uint32) << np.uint32(16)).view(np.float32)


def _dimension(data: bytes) -> int:
    return next((_signed(value) for number, wire, value in fields(data) if number == 1 and wire == _VARINT), 0)


def _varint(data: bytes, position: int) -> tuple[int, int]:
    result, shift = 0, 0
    while True:
        if position >= len(data) or shift > 63:
            raise MalformedEvent("a broken varint")
        byte = data[position]
        position += 1
        result |= (byte & 0x7F) << shift
        if byte < 0x80:
            return result & 0xFFFFFFFFFFFFFFFF, position
        shift += 7


def _signed(value: bytes | int) -> int:
    number = int(value) if isinstance(value, int) else 0
    return number - (1 << 64) if number >= 1 << 63 else number


def _bytes(value: bytes | int) -> bytes:
    return value if isinstance(value, bytes) else b""


def _float64(value: bytes | int) -> float:
    return float(struct.unpack("<d", _bytes(value))[0])


def _float32(value: bytes | int) -> float:
    return float(struct.unpack("<f", _bytes(value))[0])
