"""Event files made for benchmarks, with protocol buffer's own classes and Google's CRC: one scalar an event."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from google_crc32c import value as crc32c

FIRST_TIME = 1.7e9


def event_bytes(tags: int, first_step: int, num_steps: int, seed: int = 0) -> bytes:
    """Return records of `tags` scalars at each of `num_steps` steps, a record each, as most programs write them."""
    from tensorboard.compat.proto.event_pb2 import Event
    from tensorboard.compat.proto.summary_pb2 import Summary

    values = np.random.default_rng((seed, first_step)).normal(size=(num_steps, tags)).astype(np.float32)

    def records() -> Iterator[bytes]:
        for step in range(num_steps):
            for tag in range(tags):
                value = Summary.Value(tag=f"train/metric_{tag}", simple_value=float(values[step, tag]))
                event = Event(wall_time=FIRST_TIME + 0.1 * (first_step + step) + 0.001 * tag, step=first_step + step,
                              summary=Summary(value=[value]))
                yield _record(event.SerializeToString())

    return b"".join(records())


def write_event_file(folder: Path, content: bytes) -> Path:
    """Write an event file into a new folder, version event first, and return its path."""
    from tensorboard.compat.proto.event_pb2 import Event

    folder.mkdir(parents=True)
    path = folder / "events.out.tfevents.1700000000.benchmark.1.0"
    version = Event(wall_time=FIRST_TIME, file_version="brain.Event:2")
    path.write_bytes(_record(version.SerializeToString()) + content)
    return path


def _record(data: bytes) -> bytes:
    header = struct.pack("<Q", len(data))
    return header + _masked(header) + data + _masked(data)


def _masked(data: bytes) -> bytes:
    crc = crc32c(data)
    return struct.pack("<I", ((crc >> 15 | crc << 17) + 0xA282EAD8) & 0xFFFFFFFF)
