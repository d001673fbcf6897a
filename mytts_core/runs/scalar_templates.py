"""Read scalar events by the hundred thousand: rows of equal layout are compared with templates, checked and cut.

Every event whose bytes agree with a template between its numbers is read without Python looking at it alone; its CRC
is verified like any other's. Whatever agrees with none is left to the general parser, which teaches the next template.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from typing import NamedTuple, Optional

import numpy as np
from google_crc32c import value as crc32c
from numpy.typing import NDArray

from mytts_core.runs.columns import Column
from mytts_core.runs.crc_tables import change_of_crc, masked
from mytts_core.runs.records import FOOTER_BYTES, Frames
from mytts_core.runs.template_layout import MIN_BYTES, STEP_PLACE, Hole, Layout, step_widths

MIN_ROWS = 16                               # fewer rows of a kind are parsed one by one sooner
MAX_ROW_BYTES = 8192
MAX_TEMPLATES = 16_384
_WORD = 8
# Random, so that no file can be made whose different rows look alike; equality is checked byte by byte all the same.
_WEIGHTS = np.array([secrets.randbits(64) | 1 for _ in range(MAX_ROW_BYTES // _WORD + 2)], np.uint64)

Words = NDArray[np.uint64]
Indices = NDArray[np.int64]


class Rows(NamedTuple):
    """Records of one length and step width: `records` their numbers in the buffer, `words` (N, W) data and footer."""

    records: Indices
    words: Words
    length: int
    step_width: int

    def part(self, chosen: NDArray) -> Rows:
        """Return some of the rows, by index or mask."""
        return self._replace(records=self.records[chosen], words=self.words[chosen])


class Points(NamedTuple):
    """Points read for one column: which record each came from, and its numbers; four arrays of one length."""

    column: Column
    records: Indices
    steps: NDArray[np.int64]
    wall_times: NDArray[np.float64]
    values: NDArray[np.float64]


class ScalarTemplates:
    """The templates of one event file."""

    def __init__(self) -> None:
        self._kinds: dict[tuple[int, int], list[_Kind]] = {}
        self._count = 0

    def match(self, rows: Rows) -> tuple[list[Match], Rows]:
        """Return the rows that agree with a template, by layout, and the rest."""
        matches: list[Match] = []
        for kind in self._kinds.get((rows.length, rows.step_width), ()):
            if not len(rows.records):
                break
            template = kind.find(rows.words)
            known = template >= 0
            if known.all():
                return [*matches, Match(kind, rows, template)], rows.part(~known)
            if known.any():
                matches.append(Match(kind, rows.part(known), template[known]))
                rows = rows.part(~known)
        return matches, rows

    def first_of_each(self, rows: Rows, layout: Optional[Layout]) -> NDArray[np.bool_]:
        """Return a mask of the first row of each set of rows that differ in nothing but their numbers.

        Args:
            layout: of the first row, None when it has none: then a last value is assumed.
        """
        holes = {layout.holes if layout else (Hole(rows.length - 4, 4),)}
        holes |= {kind.layout.holes for kind in self._kinds.get((rows.length, rows.step_width), ())}
        mask = _word_mask(Layout(rows.step_width, tuple(sorted({hole for some in holes for hole in some}))),
                          rows.length, rows.words.shape[1])
        first = np.zeros(len(rows.records), np.bool_)
        first[np.unique(_hashes(rows.words & mask), return_index=True)[1]] = True
        return first

    def learn(self, data: bytes, layout: Layout, columns: list[Column]) -> None:
        """Remember an event whose values belong to `columns`, in its order."""
        if self._count >= MAX_TEMPLATES or not MIN_BYTES <= len(data) <= MAX_ROW_BYTES:
            return
        kinds = self._kinds.setdefault((len(data), layout.step_width), [])
        kind = next((kind for kind in kinds if kind.layout == layout), None)
        if kind is None:
            kind = _Kind(layout, len(data))
            kinds.append(kind)
        self._count += kind.add(data, columns)


class Match(NamedTuple):
    """Rows and the number of the template within its kind that each agrees with."""

    kind: _Kind
    rows: Rows
    template: Indices

    def read(self, sound: NDArray[np.bool_]) -> Iterator[Points]:
        """Yield the points of the rows whose CRC is right, and mark those records in `sound`."""
        rows, length = self.rows, self.rows.length
        data = rows.words.view(np.uint8)
        crc = self.kind.bases[self.template] ^ change_of_crc(data, self.kind.positions, length)
        right = masked(crc) == data[:, length:length + FOOTER_BYTES].copy().view("<u4")[:, 0]
        sound[rows.records[right]] = True
        # Grouped by template, in the order of the file within each.
        order = np.argsort(self.template.astype(np.uint16), kind="stable")
        order = order[right[order]]
        data, template = data[order], self.template[order]
        records = rows.records[order]
        wall_times = data[:, 1:9].copy().view("<f8")[:, 0]
        steps = _steps(data, rows.step_width)
        with np.errstate(invalid="ignore"):             # a signalling NaN is a NaN
            values = [data[:, place:place + size].copy().view(f"<f{size}")[:, 0].astype(np.float64)
                      for place, size in self.kind.layout.holes]
        edges = [0, *(np.flatnonzero(np.diff(template)) + 1).tolist(), len(template)]
        for start, stop in zip(edges[:-1], edges[1:]):
            if start == stop:
                continue
            for column, numbers in zip(self.kind.columns[int(template[start])], values):
                yield Points(column, records[start:stop], steps[start:stop], wall_times[start:stop],
                             numbers[start:stop])


class _Kind:
    """The templates of one layout and length."""

    def __init__(self, layout: Layout, length: int) -> None:
        self.layout = layout
        self.length = length
        numbers = [*range(1, 9), *range(STEP_PLACE + 1, STEP_PLACE + layout.step_width)]
        self.positions = numbers + [place + byte for place, size in layout.holes for byte in range(size)]
        self._mask = _word_mask(layout, length, num_words(length))
        self._hashes = np.empty(0, np.uint64)           # rising; `_order` gives the template of each
        self._order = np.empty(0, np.int64)
        self._constants = np.empty((0, num_words(length)), np.uint64)
        self.bases = np.empty(0, np.uint32)
        self.columns: list[list[Column]] = []
        self._known: set[bytes] = set()
        self._waiting: list[tuple[Words, int]] = []

    def add(self, data: bytes, columns: list[Column]) -> bool:
        """Add a template and tell whether it is new."""
        words = np.frombuffer(data.ljust(_WORD * num_words(len(data)), b"\0"), np.uint64) & self._mask
        constant = words.tobytes()[:len(data)]
        if constant in self._known:
            return False
        self._known.add(constant)
        self._waiting.append((words, crc32c(constant)))
        self.columns.append(columns)
        return True

    def find(self, words: Words) -> Indices:
        """Return which template each row agrees with, -1 for none."""
        self._settle()
        if not len(self._hashes):
            return np.full(len(words), -1)
        constants = words & self._mask
        hashes = _hashes(constants)
        place = np.minimum(np.searchsorted(self._hashes, hashes), len(self._hashes) - 1)
        template = self._order[place]
        agrees = (self._hashes[place] == hashes) & (constants == self._constants[template]).all(axis=1)
        return np.where(agrees, template, -1)

    def _settle(self) -> None:
        if self._waiting:
            self._constants = np.concatenate([self._constants, [words for words, _ in self._waiting]])
            self.bases = np.concatenate([self.bases, np.array([base for _, base in self._waiting], np.uint32)])
            self._waiting = []
            hashes = _hashes(self._constants)
            self._order = np.argsort(hashes)
            self._hashes = hashes[self._order]


def rows_of(buffer: NDArray[np.uint8], frames: Frames) -> tuple[list[Rows], Indices]:
    """Return what may be scalar events as rows of one length and step width, and the numbers of the other records."""
    lengths = np.minimum(frames.lengths, MAX_ROW_BYTES + 1).astype(np.uint16)
    order = np.argsort(lengths, kind="stable")
    edges = np.flatnonzero(np.diff(lengths[order])) + 1
    groups: list[Rows] = []
    rest: list[Indices] = [np.empty(0, np.int64)]
    for records in np.split(order, edges):
        length = int(lengths[records[0]]) if len(records) else 0
        if len(records) < MIN_ROWS or not MIN_BYTES <= length <= MAX_ROW_BYTES:
            rest.append(records)
            continue
        words = _cut(buffer, frames.starts[records], length)
        widths = step_widths(words.view(np.uint8))
        for width in np.unique(widths).tolist():
            chosen = widths == width
            if width >= 0 and chosen.all():
                groups.append(Rows(records, words, length, width))
            elif width < 0:
                rest.append(records[chosen])
            else:
                groups.append(Rows(records[chosen], words[chosen], length, width))
    return groups, np.concatenate(rest)


def num_words(length: int) -> int:
    """Return how many words of eight bytes hold data of a length and its footer."""
    return -(-(length + FOOTER_BYTES) // _WORD)


def _cut(buffer: NDArray[np.uint8], starts: Indices, length: int) -> Words:
    size = _WORD * num_words(length)
    every_place = np.ndarray((len(buffer) - size + 1,), f"V{size}", buffer, strides=(1,))
    return every_place[starts].view(np.uint64).reshape(len(starts), -1)


def _word_mask(layout: Layout, length: int, size: int) -> Words:
    mask = np.zeros(_WORD * size, np.uint8)
    mask[:length] = 0xFF
    mask[1:9] = 0
    mask[STEP_PLACE + 1:STEP_PLACE + layout.step_width] = 0
    for place, size in layout.holes:
        mask[place:place + size] = 0
    return mask.view(np.uint64)


def _hashes(words: Words) -> NDArray[np.uint64]:
    return words @ _WEIGHTS[:words.shape[1]]


def _steps(data: NDArray[np.uint8], width: int) -> NDArray[np.int64]:
    steps = np.zeros(len(data), np.int64)
    for byte in range(max(width - 1, 0)):
        steps |= (data[:, STEP_PLACE + 1 + byte] & 0x7F).astype(np.int64) << (7 * byte)
    return steps
