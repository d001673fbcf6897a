"""The framing of an event file: length, CRC, data, CRC (TFRecord), read so that a torn tail waits for the next look.

Source:
    tensorflow/core/lib/io/record_writer.h: uint64 length, uint32 masked CRC32C of it, data, uint32 masked CRC32C of data.
"""

from __future__ import annotations

from typing import NamedTuple

from google_crc32c import value as crc32c

HEADER_BYTES = 12
FOOTER_BYTES = 4
_MASK_DELTA = 0xA282EAD8


class Framing(NamedTuple):
    """What `scan_records` found.

    Attributes:
        spans: (start, end) of each whole record's data, in bytes from the start of the buffer.
        end: where the next look has to begin: after the last record that needs no second look.
        damaged: (position, reason) of records that were passed over, or that stop the reading at `end`.
        wanted: bytes that must lie after `end` before the next record is whole; 0 when that is not known.
    """

    spans: list[tuple[int, int]]
    end: int
    damaged: list[tuple[int, str]]
    wanted: int


def masked_crc32c(data: bytes | memoryview) -> int:
    """Return the CRC32C of `data`, rotated and shifted as event files store it."""
    crc = crc32c(bytes(data))
    return (((crc >> 15) | (crc << 17)) + _MASK_DELTA) & 0xFFFFFFFF


def scan_records(buffer: bytes, position: int = 0) -> Framing:
    """Find the whole records of `buffer` from `position` on.

    A record that is not all there yet ends the scan. So does a header whose CRC is wrong: nothing after it can be
    trusted to start a record. Data whose CRC is wrong is passed over when a sound record follows, because the length
    was sound; as the last thing in the buffer it may still be on its way, and waits.
    """
    spans: list[tuple[int, int]] = []
    damaged: list[tuple[int, str]] = []
    waiting: list[tuple[int, str]] = []
    end = position
    wanted = HEADER_BYTES
    size = len(buffer)
    while position + HEADER_BYTES <= size:
        header = buffer[position:position + 8]
        if masked_crc32c(header) != int.from_bytes(buffer[position + 8:position + 12], "little"):
            waiting.append((position, "damaged record header"))
            break
        start = position + HEADER_BYTES
        stop = start + int.from_bytes(header, "little")
        if stop + FOOTER_BYTES > size:
            wanted = stop + FOOTER_BYTES - end
            break
        if masked_crc32c(buffer[start:stop]) == int.from_bytes(buffer[stop:stop + FOOTER_BYTES], "little"):
            spans.append((start, stop))
            damaged += waiting
            waiting = []
            end = stop + FOOTER_BYTES
        else:
            waiting.append((position, "damaged record data"))
        position = stop + FOOTER_BYTES
    return Framing(spans, end, damaged + waiting, wanted)
