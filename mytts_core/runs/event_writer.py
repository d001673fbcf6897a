"""Write TensorBoard event files with the `tensorboard` package's messages and record writer, without TensorFlow.

An event goes to the system in one write as soon as it is made: a dashboard sees it at once, and a killed process
loses nothing that was reported.
"""

from __future__ import annotations

import errno
import os
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from tensorboard.compat.proto.event_pb2 import Event, SessionLog
from tensorboard.compat.proto.summary_pb2 import HistogramProto, Summary, SummaryMetadata
from tensorboard.compat.proto.tensor_pb2 import TensorProto
from tensorboard.compat.proto.types_pb2 import DT_STRING
from tensorboard.summary.writer.record_writer import RecordWriter

HISTOGRAM_BUCKETS = 30


class EventWriter:
    """One event file, made anew.

    Attributes:
        path: the file.
    """

    def __init__(self, path: Path, restart_step: int | None = None) -> None:
        """Create `path`, which must not exist, with the version event first.

        Args:
            path: the new file.
            restart_step: when given, points of this step and later in earlier files no longer count (TensorBoard's
                session log; it purges them too).

        Raises:
            OSError: as the file system gives it.
        """
        self.path = path
        self._sink = _WholeWrites(path)
        self._records = RecordWriter(self._sink)
        self._add(Event(file_version="brain.Event:2"))
        if restart_step is not None:
            self._add(Event(step=restart_step, session_log=SessionLog(status=SessionLog.START)))

    def scalars(self, step: int, values: Mapping[str, float]) -> None:
        """Write all values of a step as one event: all of them are read, or none."""
        summary = Summary(value=[Summary.Value(tag=tag, simple_value=float(value)) for tag, value in values.items()])
        self._add(Event(step=step, summary=summary))

    def histogram(self, step: int, tag: str, values: ArrayLike) -> None:
        """Write the distribution of the finite values."""
        summary = Summary(value=[Summary.Value(tag=tag, histo=histogram_message(values))])
        self._add(Event(step=step, summary=summary))

    def text(self, step: int, tag: str, text: str) -> None:
        """Write a text that TensorBoard's text page shows."""
        metadata = SummaryMetadata(plugin_data=SummaryMetadata.PluginData(plugin_name="text"))
        content = text.encode("utf-8", errors="replace")
        tensor = TensorProto(dtype=DT_STRING, string_val=[content])
        self._add(Event(step=step, summary=Summary(value=[Summary.Value(tag=tag, metadata=metadata, tensor=tensor)])))

    def synchronize(self) -> None:
        """Put what was written on disk, so that it also survives a power cut."""
        self._sink.synchronize()

    def close(self) -> None:
        """Synchronise and close."""
        self._sink.close()

    def _add(self, event: Any) -> None:
        event.wall_time = time.time()
        self._records.write(event.SerializeToString())


def histogram_message(values: ArrayLike) -> Any:
    """Return a HistogramProto of the finite values in equal buckets; an empty one where there are none."""
    numbers: NDArray[np.float64] = np.asarray(values, np.float64).ravel()
    numbers = numbers[np.isfinite(numbers)]
    if not len(numbers):
        return HistogramProto()
    counts, edges = np.histogram(numbers, bins=min(HISTOGRAM_BUCKETS, max(1, len(numbers))))
    return HistogramProto(min=numbers.min(), max=numbers.max(), num=len(numbers), sum=numbers.sum(),
                          sum_squares=float(numbers @ numbers), bucket_limit=edges[1:], bucket=counts)


class _WholeWrites:
    """An unbuffered file that takes a partial write back, so that a full disk leaves no torn record in the middle."""

    def __init__(self, path: Path) -> None:
        self._file = open(path, "xb", buffering=0)
        self._size = 0

    def write(self, data: bytes) -> None:
        try:
            if self._file.write(data) != len(data):
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), self._file.name)
        except OSError:
            self._file.truncate(self._size)
            self._file.seek(self._size)
            raise
        self._size += len(data)

    def synchronize(self) -> None:
        os.fsync(self._file.fileno())

    def close(self) -> None:
        if not self._file.closed:
            self.synchronize()
            self._file.close()
