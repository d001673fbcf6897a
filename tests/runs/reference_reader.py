"""A slow reader of event files, written from the format's description alone: what ours is compared with."""

from __future__ import annotations

import struct

import google_crc32c
from google.protobuf.message import DecodeError
from tensorboard.compat.proto.event_pb2 import Event

from tests.runs.event_bytes import masked


def sound_records(content: bytes) -> list[bytes]:
    """Return every record's data up to the first header that is damaged or not all there, damaged data left out."""
    found, position = [], 0
    while position + 12 <= len(content):
        header = content[position:position + 8]
        if struct.unpack_from("<I", content, position + 8)[0] != masked(header):
            break
        length = struct.unpack("<Q", header)[0]
        data = content[position + 12:position + 12 + length]
        footer = content[position + 12 + length:position + 16 + length]
        if len(footer) < 4:
            break
        if struct.unpack("<I", footer)[0] == masked(data):
            found.append(data)
        position += 16 + length
    return found


def simple_points(content: bytes) -> dict[str, list[tuple[int, float, float]]]:
    """Return tag → (step, wall time, value) of every `simple_value`, by protocol buffer's own classes."""
    points: dict[str, list[tuple[int, float, float]]] = {}
    for data in sound_records(content):
        try:
            event = Event.FromString(data)
        except DecodeError:
            continue
        for value in event.summary.value:
            if value.HasField("simple_value"):
                points.setdefault(value.tag, []).append((event.step, event.wall_time, value.simple_value))
    return points


assert google_crc32c.value(b"123456789") == 0xE3069283      # RFC 3720's check value
