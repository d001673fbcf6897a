"""The framing of an event file: length, CRC, data, CRC (TFRecord), read so that a torn tail waits for the next look.

Source:
    tensorflow/core/lib/io/record_writer.h: uint64 length, uint32 masked CRC32C of the length, the data, uint32 masked
    CRC32C of the data; little endian.
"""

from __future__ import annotations

from typing import NamedTuple

from google_crc32c import value as crc32c

HEADER_BYTES = 12
FOOTER_BYTES = 4
_MASK_DELTA = 0xA282EAD8
_MAX_KNOWN_HEADERS = 4096


class Framing(NamedTuple):
    """What one look at a buffer found.

    Attributes:
        records: (start of the data in the buffer, the data) of each whole and sound record.
        end: where the next look has to begin: after the last record that needs no second look.
        passed_over: (position, reason) of damaged records before `end`.
        stopped: (position, reason) of damage at which the reading stops for now, None where the buffer just ends.
        is_final: True when more bytes cannot help: the damage is in a header.
        wanted: bytes from `end` on that make the next record whole, as far as its header tells.
    """

    records: list[tuple[int, bytes]]
    end: int
    passed_over: list[tuple[int, str]]
    stopped: tuple[int, str] | None
    is_final: bool
    wanted: int


class RecordScanner:
    """Finds records in buffers. Headers seen before are known by their twelve bytes and not checked again."""

    def __init__(self) -> None:
        self._lengths: dict[bytes, int] = {}

    def scan(self, buffer: bytes) -> Framing:
        """Find the whole records of `buffer`, which begins where a record begins.

        A record that is not all there yet ends the scan. So does a header whose CRC is wrong: nothing after it can be
        trusted to start a record. Data whose CRC is wrong is passed over once a sound record follows, because its
        length was sound; as the last thing in the buffer it may still be on its way, and waits.
        """
        records: list[tuple[int, bytes]] = []
        passed_over: list[tuple[int, str]] = []
        doubtful: list[tuple[int, str]] = []
        position = end = 0
        wanted, is_final = HEADER_BYTES, False
        known, size = self._lengths, len(buffer)
        while position + HEADER_BYTES <= size:
            header = buffer[position:position + HEADER_BYTES]
            length = known.get(header)
            if length is None and (length := self._length(header)) is None:
                doubtful.append((position, "damaged record header"))
                is_final = True
                break
            start = position + HEADER_BYTES
            stop = start + length
            following = stop + FOOTER_BYTES
            if following > size:
                wanted = following - end
                break
            data = buffer[start:stop]
            crc = crc32c(data)
            if (((crc >> 15 | crc << 17) & 0xFFFFFFFF) + _MASK_DELTA & 0xFFFFFFFF
                    == int.from_bytes(buffer[stop:following], "little")):
                records.append((start, data))
                end = following
                if doubtful:
                    passed_over += doubtful
                    doubtful = []
            else:
                doubtful.append((position, "damaged record data"))
            position = following
        return Framing(records, end, passed_over, doubtful[0] if doubtful else None, is_final, wanted)

    def _length(self, header: bytes) -> int | None:
        if masked_crc32c(header[:8]) != int.from_bytes(header[8:], "little"):
            return None
        length = int.from_bytes(header[:8], "little")
        if len(self._lengths) < _MAX_KNOWN_HEADERS:
            self._lengths[header] = length
        return length


def masked_crc32c(data: bytes) -> int:
    """Return the CRC32C of `data`, rotated and shifted as event files store it."""
    crc = crc32c(data)
    return ((crc >> 15 | crc << 17) & 0xFFFFFFFF) + _MASK_DELTA & 0xFFFFFFFF
