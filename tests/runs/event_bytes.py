"""Event files made by TensorBoard's own messages, framed here: what the tests read back."""

from __future__ import annotations

import struct
from collections.abc import Iterable
from pathlib import Path

import google_crc32c
from tensorboard.compat.proto.event_pb2 import Event
from tensorboard.compat.proto.summary_pb2 import Summary, SummaryMetadata
from tensorboard.compat.proto.tensor_pb2 import TensorProto
from tensorboard.compat.proto.tensor_shape_pb2 import TensorShapeProto


def masked(data: bytes) -> int:
    crc = google_crc32c.value(data)
    return (((crc >> 15) | (crc << 17)) + 0xA282EAD8) & 0xFFFFFFFF


def record(data: bytes) -> bytes:
    """Frame one record as tensorflow/core/lib/io/record_writer.cc does."""
    header = struct.pack("<Q", len(data))
    return header + struct.pack("<I", masked(header)) + data + struct.pack("<I", masked(data))


def file_bytes(events: Iterable[Event]) -> bytes:
    """Return an event file, version event first."""
    version = Event(wall_time=1.5e9, file_version="brain.Event:2")
    return b"".join(record(event.SerializeToString()) for event in [version, *events])


def write_events(path: Path, events: Iterable[Event]) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(file_bytes(events))
    return path


def scalar(step: int, tag: str, value: float, wall_time: float = 1.5e9) -> Event:
    """TensorFlow 1 style: simple_value."""
    return Event(step=step, wall_time=wall_time, summary=Summary(value=[Summary.Value(tag=tag, simple_value=value)]))


def tensor_value(tag: str, tensor: TensorProto, plugin: str = "") -> Summary.Value:
    """TensorFlow 2 style: a tensor, with metadata where `plugin` is given."""
    value = Summary.Value(tag=tag, tensor=tensor)
    if plugin:
        value.metadata.CopyFrom(SummaryMetadata(plugin_data=SummaryMetadata.PluginData(plugin_name=plugin)))
    return value


def tensor_event(step: int, tag: str, tensor: TensorProto, plugin: str = "", wall_time: float = 1.5e9) -> Event:
    return Event(step=step, wall_time=wall_time, summary=Summary(value=[tensor_value(tag, tensor, plugin)]))


def shape(*sizes: int) -> TensorShapeProto:
    return TensorShapeProto(dim=[TensorShapeProto.Dim(size=size) for size in sizes])
