"""CRC32C of many records at once: a CRC is linear, so a record's is a known part and one look-up for each other byte.

For data of a fixed length, crc(a) ^ crc(b) depends on the bytes in which a and b differ alone, each byte by its
distance from the end. Records that repeat but for a few bytes need those few look-ups.

Source:
    Castagnoli's polynomial as in RFC 3720, appendix B.4; table-driven as in Sarwate 1988.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

_REFLECTED_POLYNOMIAL = np.uint32(0x82F63B78)
_MASK_DELTA = np.uint32(0xA282EAD8)


def change_of_crc(rows: NDArray[np.uint8], positions: Sequence[int], length: int) -> NDArray[np.uint32]:
    """Return what the bytes at `positions` change in the CRC32C of records in which they would otherwise be zero.

    Args:
        rows: shape (N, at least `length`), a record in a row.
        length: bytes of the data.

    Returns:
        uint32, shape (N,): to be combined by exclusive or with the CRC of the record without these bytes.
    """
    tables = _tables_up_to(length)
    change = np.zeros(len(rows), np.uint32)
    for position in positions:
        change ^= tables[length - 1 - position][rows[:, position]]
    return change


def masked(crc: NDArray[np.uint32]) -> NDArray[np.uint32]:
    """Return CRCs rotated and shifted as event files store them."""
    return ((crc >> np.uint32(15)) | (crc << np.uint32(17))) + _MASK_DELTA


def _byte_table() -> NDArray[np.uint32]:
    crc = np.arange(256, dtype=np.uint32)
    for _ in range(8):
        crc = (crc >> np.uint32(1)) ^ np.where(crc & np.uint32(1), _REFLECTED_POLYNOMIAL, np.uint32(0))
    return crc


_known = _byte_table()[None]                # row d: the share of a byte that d more bytes follow


def _tables_up_to(length: int) -> NDArray[np.uint32]:
    global _known
    tables = _known
    if len(tables) < length:
        grown = np.empty((max(length, 2 * len(tables)), 256), np.uint32)
        grown[:len(tables)] = tables
        for distance in range(len(tables), len(grown)):
            before = grown[distance - 1]
            grown[distance] = (before >> np.uint32(8)) ^ tables[0][before & np.uint32(0xFF)]
        _known = tables = grown
    return tables
