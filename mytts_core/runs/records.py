"""The framing of an event file: length, CRC, data, CRC (TFRecord), found in a whole buffer at once.

Source:
    tensorflow/core/lib/io/record_writer.h: uint64 length, uint32 masked CRC32C of the length, the data, uint32 masked
    CRC32C of the data; little endian.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from google_crc32c import value as crc32c
from numpy.typing import NDArray

from mytts_core.runs.crc_tables import change_of_crc, masked

HEADER_BYTES = 12
FOOTER_BYTES = 4
FRAME_BYTES = HEADER_BYTES + FOOTER_BYTES
PADDING = 16                                # bytes that a buffer holds behind its content, so that rows may be cut wide
_MASK_DELTA = 0xA282EAD8
_BLOCK = 128 << 10                          # looked at in one piece: what fits the processor's cache
_CRC_OF_ZERO_LENGTH = np.uint32(crc32c(bytes(8)))


class Frames(NamedTuple):
    """The whole records of a buffer, whose data may still be damaged.

    Attributes:
        starts: int64, shape (N,), where the data of each record begins in the buffer.
        lengths: int64, shape (N,), its bytes.
        damaged: where a header is whose CRC is wrong, -1 without one: nothing after it can be trusted.
        wanted: bytes of the buffer's content that would hold one more record, as far as its header tells.
    """

    starts: NDArray[np.int64]
    lengths: NDArray[np.int64]
    damaged: int
    wanted: int


def find_frames(buffer: NDArray[np.uint8], size: int) -> Frames:
    """Find the whole records of a buffer, which begins where a record begins.

    Args:
        buffer: `size` bytes of content, then `PADDING` more of anything.

    A record that is not all there yet ends the search. So does a header whose CRC is wrong.
    """
    headers, lengths = _possible_headers(buffer, size)
    follows = headers + lengths + FRAME_BYTES
    breaks = np.flatnonzero(follows[:-1] != headers[1:])
    pieces: list[tuple[NDArray[np.int64], NDArray[np.int64]]] = []
    position, damaged, wanted = 0, -1, HEADER_BYTES
    while position + HEADER_BYTES <= size:
        first = int(np.searchsorted(headers, position))
        if first < len(headers) and headers[first] == position:
            # Where each candidate is where the one before ends, they are the records; at a break it is looked up.
            place = int(np.searchsorted(breaks, first))
            last = int(breaks[place]) if place < len(breaks) else len(headers) - 1
            found, sizes = headers[first:last + 1], lengths[first:last + 1]
        else:
            length = _length(buffer[position:position + HEADER_BYTES].tobytes())
            if length < 0:
                damaged = position
                break
            found, sizes = np.array([position]), np.array([min(length, 1 << 62)])
        whole = int(np.searchsorted(found + sizes, size - FRAME_BYTES, side="right"))
        pieces.append((found[:whole] + HEADER_BYTES, sizes[:whole]))
        if whole < len(found):
            position = int(found[whole])
            wanted = position + int(sizes[whole]) + FRAME_BYTES
            break
        position = int(found[-1] + sizes[-1]) + FRAME_BYTES
        wanted = position + HEADER_BYTES
    empty = np.empty(0, np.int64)
    return Frames(np.concatenate([empty, *(piece[0] for piece in pieces)]),
                  np.concatenate([empty, *(piece[1] for piece in pieces)]), damaged, wanted)


def masked_crc32c(data: bytes) -> int:
    """Return the CRC32C of `data`, rotated and shifted as event files store it."""
    crc = crc32c(data)
    return ((crc >> 15 | crc << 17) & 0xFFFFFFFF) + _MASK_DELTA & 0xFFFFFFFF


def _possible_headers(buffer: NDArray[np.uint8], size: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return where twelve bytes are a header of up to 65,535 bytes with its right CRC, and those lengths.

    The payload of a record may hold such bytes too: who follows the chain of records tells.
    """
    last = size - HEADER_BYTES
    if last < 0:
        return np.empty(0, np.int64), np.empty(0, np.int64)
    places = np.concatenate([_zero_six(buffer[start:min(start + _BLOCK, last + 1) + 7]) + start
                             for start in range(0, last + 1, _BLOCK)])
    low, high = buffer[places], buffer[places + 1]
    crc = change_of_crc(np.stack([low, high], axis=1), (0, 1), 8) ^ _CRC_OF_ZERO_LENGTH
    stored = np.ndarray((len(buffer) - 3,), "<u4", buffer, strides=(1,))[places + 8]
    right = masked(crc) == stored
    return places[right], low[right] + (high[right].astype(np.int64) << 8)


def _zero_six(block: NDArray[np.uint8]) -> NDArray[np.int64]:
    """Return where the six high bytes of a length may stand: the second to the seventh byte from there are zero."""
    zero = block[2:] == 0
    pairs = zero[:-1] & zero[1:]
    return np.flatnonzero(pairs[:-4] & pairs[2:-2] & pairs[4:])


def _length(header: bytes) -> int:
    if masked_crc32c(header[:8]) != int.from_bytes(header[8:], "little"):
        return -1
    return int.from_bytes(header[:8], "little")
