"""Decode an indexed image, sound, histogram, text or tensor from its place in an event file."""

from __future__ import annotations

from typing import NamedTuple, Union

import numpy as np
from numpy.typing import NDArray

from mytts_core.runs.event_parser import MalformedEvent, fields, parse_event, parse_tensor
from mytts_core.runs.types import MediaEntry


class ImageMedia(NamedTuple):
    """An encoded image (usually PNG): data from outside, decode with care."""

    width: int
    height: int
    encoded: bytes


class AudioMedia(NamedTuple):
    """An encoded sound. `sample_rate` is in Hz, 0 when the log does not say."""

    sample_rate: float
    content_type: str
    encoded: bytes


class Histogram(NamedTuple):
    """Counts per bucket: `edges` float64 (K + 1,), rising; `counts` float64 (K,). Outer edges are min and max."""

    edges: NDArray[np.float64]
    counts: NDArray[np.float64]


Media = Union[ImageMedia, AudioMedia, Histogram, NDArray[np.generic], list[str], None]


def read_media(entry: MediaEntry) -> Media:
    """Return what an entry points at, or None when the file changed or the bytes are of no known shape.

    Returns:
        ImageMedia, AudioMedia, Histogram, list[str] for texts, or the array of a tensor.
    """
    try:
        with open(entry.path, "rb") as file:
            file.seek(entry.offset)
            value = parse_event(file.read(entry.length)).values[entry.place]
        if value.tag != entry.tag:
            return None
        if value.kind == "tensor":
            return _from_tensor(entry.kind, value.payload)
        if value.kind == "image":
            return _image(value.payload)
        if value.kind == "audio":
            return _audio(value.payload)
        return _histogram(value.payload) if value.kind == "histogram" else None
    except (OSError, IndexError, MalformedEvent):
        return None


def _image(payload: bytes) -> ImageMedia:
    height = width = 0
    encoded = b""
    for number, _, value in fields(payload):
        if number == 1 and isinstance(value, int):
            height = value
        elif number == 2 and isinstance(value, int):
            width = value
        elif number == 4 and isinstance(value, bytes):
            encoded = value
    return ImageMedia(width, height, encoded)


def _audio(payload: bytes) -> AudioMedia:
    sample_rate, content_type, encoded = 0.0, "", b""
    for number, wire, value in fields(payload):
        if number == 1 and wire == 5 and isinstance(value, bytes):
            sample_rate = float(np.frombuffer(value, "<f4")[0])
        elif number == 4 and isinstance(value, bytes):
            encoded = value
        elif number == 5 and isinstance(value, bytes):
            content_type = value.decode("utf-8", errors="replace")
    return AudioMedia(sample_rate, content_type, encoded)


def _histogram(payload: bytes) -> Histogram:
    lowest = 0.0                        # protocol buffers leave zeros out
    limits: list[NDArray[np.float64]] = []
    counts: list[NDArray[np.float64]] = []
    for number, _, value in fields(payload):
        if number == 1 and isinstance(value, bytes):
            lowest = float(np.frombuffer(value, "<f8")[0])
        elif number in (6, 7) and isinstance(value, bytes):
            if len(value) % 8:
                raise MalformedEvent("histogram buckets that are no whole number of values")
            (limits if number == 6 else counts).append(np.frombuffer(value, "<f8"))
    edges, heights = np.concatenate([np.empty(0), *limits]), np.concatenate([np.empty(0), *counts])
    if len(edges) != len(heights):
        raise MalformedEvent("a histogram with more limits than buckets")
    return Histogram(np.concatenate([[lowest], edges]) if len(edges) else edges, heights)


def _from_tensor(kind: str, payload: bytes) -> Media:
    tensor = parse_tensor(payload)
    if kind == "text" and isinstance(tensor, list):
        return [item.decode("utf-8", errors="replace") for item in tensor]
    if kind == "image" and isinstance(tensor, list) and len(tensor) >= 3:
        width, height = (int(item) if item.isdigit() else 0 for item in tensor[:2])
        return ImageMedia(width, height, tensor[2])
    if kind == "audio" and isinstance(tensor, list) and tensor:
        return AudioMedia(0.0, "", tensor[0])
    if kind == "histogram" and isinstance(tensor, np.ndarray) and tensor.ndim == 2 and tensor.shape[1] == 3:
        left, right, counts = tensor.astype(np.float64).T
        return Histogram(np.concatenate([left[:1], right]), counts)
    return tensor if isinstance(tensor, np.ndarray) else None
