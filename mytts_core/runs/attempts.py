"""Restarts within a run: a tag's points over all its files, so that the newest attempt wins and older ones stay.

A new attempt begins at a restart marker, where steps go back within a file, and where a file begins at or before the
step at which the one before it ended. It takes the place of all earlier points of its first step and later ones. After
a marker the points before its step have ended: a point below it goes back further.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple, Optional

import numpy as np

from mytts_core.runs.columns import Column
from mytts_core.runs.digest import Digest, DigestBuilder
from mytts_core.runs.types import Series

_LOOK = 1 << 60


class Source(NamedTuple):
    """A tag in one file: `marks` are (points of the tag before it, step) of each restart marker there, in order."""

    column: Column
    marks: tuple[tuple[int, int], ...] = ()


class MergedTag:
    """The newest attempt's points of one tag, kept up to date: the work of a look follows the new points."""

    def __init__(self) -> None:
        self._start_over()

    def _start_over(self) -> None:
        self._cutter = _Cutter()
        self._kept = Column()
        self._is_shared = False             # `_kept` is the column of a file, not a copy
        self._size = 0                      # points of `_kept` taken in: a shared column may have grown since
        self._attempt = -1
        self._is_new_attempt = False
        self._digest = DigestBuilder()

    def advance(self, sources: Sequence[Source]) -> None:
        """Take in what the files hold by now, oldest first."""
        if not self._cutter.goes_on_with(sources):
            self._start_over()
        for column, restart_step, points in self._cutter.new_pieces(sources):
            if restart_step is not None:
                self._restart(restart_step)
            if len(points.steps):
                self._attempt += self._is_new_attempt
                self._is_new_attempt = False
                self._append(column, points)

    def series(self) -> Series:
        """Return the points; steps never fall."""
        return self._taken_in()._replace(attempt=max(self._attempt, 0))

    def digest(self) -> Digest:
        """Return what a list shows of them."""
        points = self._taken_in()
        self._digest.update(points.part(self._digest.count, self._size))
        return self._digest.digest(max(self._attempt, 0))

    def _taken_in(self) -> Series:
        return self._kept.series().part(0, self._size)

    def _restart(self, step: int) -> None:
        kept = self._taken_in()
        size = int(np.searchsorted(kept.steps, step))
        if size < self._size:
            self._own(kept.part(0, size))
            self._digest = DigestBuilder()
        self._is_new_attempt = True

    def _append(self, column: Column, points: Series) -> None:
        if not self._size and len(points.steps) == len(column):
            self._kept, self._is_shared = column, True
        elif not (self._is_shared and column is self._kept):
            if self._is_shared:
                self._own(self._taken_in())
            self._kept.extend(points.steps, points.wall_times, points.values)
        self._size += len(points.steps)

    def _own(self, points: Series) -> None:
        self._kept = Column()
        self._kept.extend(points.steps, points.wall_times, points.values)
        self._size, self._is_shared = len(points.steps), False


def attempts(sources: Sequence[Source]) -> list[Series]:
    """Return the points as they were written, an item for each attempt that has some, oldest first."""
    found: list[list[Series]] = []
    for _, restart_step, points in _Cutter().new_pieces(sources):
        if restart_step is not None or not found:
            found.append([])
        found[-1].append(points)
    written = [joined(pieces) for pieces in found]
    return [points._replace(attempt=number) for number, points in enumerate(filter(_has_points, written))]


def joined(pieces: Sequence[Series]) -> Series:
    """Return the points of several series, one after the other."""
    if not pieces:
        return Series.empty()
    return Series(np.concatenate([piece.steps for piece in pieces]),
                  np.concatenate([piece.wall_times for piece in pieces]),
                  np.concatenate([piece.values for piece in pieces]))


class _Cutter:
    """Cuts what is new in a tag's files into pieces, each with the step from which earlier points no longer count."""

    def __init__(self) -> None:
        self._done: list[tuple[Column, int, int]] = []      # of each file: points and marks taken in
        self._last = -1
        self._has_begun = False
        self._is_open = False               # the next point may begin an attempt: after a marker, and in a new file

    def goes_on_with(self, sources: Sequence[Source]) -> bool:
        """Tell whether the files are those taken in so far, of which only the last has grown, and later ones."""
        if len(sources) < len(self._done):
            return False
        for index, ((column, num_points, num_marks), source) in enumerate(zip(self._done, sources)):
            is_last = index == len(self._done) - 1
            if column is not source.column or len(column) < num_points or len(source.marks) < num_marks:
                return False
            if not is_last and (len(column), len(source.marks)) != (num_points, num_marks):
                return False
        return True

    def new_pieces(self, sources: Sequence[Source]) -> Iterator[tuple[Column, Optional[int], Series]]:
        """Yield (column, restart step or None where the attempt goes on, points) of what was not yielded before."""
        first_new = max(len(self._done) - 1, 0)
        for index in range(first_new, len(sources)):
            column, marks = sources[index]
            _, start, num_marks = self._done[index] if index < len(self._done) else (column, 0, 0)
            is_new_file = index >= len(self._done)
            self._done[index:] = [(column, len(column), len(marks))]
            for restart_step, points in self._cut(column, start, marks[num_marks:], is_new_file):
                yield column, restart_step, points

    def _cut(self, column: Column, start: int, marks: Sequence[tuple[int, int]],
             is_new_file: bool) -> Iterator[tuple[Optional[int], Series]]:
        points = column.series(start)
        self._is_open |= is_new_file
        before = column.series(start - 1).steps[:1] if start else points.steps[:1]
        falls = np.flatnonzero(np.diff(points.steps, prepend=before) < 0).tolist() if len(points.steps) else []
        # (position, number of a marker), and, behind the markers of a place, (position, _LOOK) to look at its point.
        cuts = {(max(position - start, 0), number) for number, (position, _) in enumerate(marks)}
        cuts |= {(position, _LOOK) for position in [*falls, *(position for position, _ in cuts)]}
        in_order = sorted(cuts | ({(0, _LOOK)} if self._is_open else set()))
        ends = [*(position for position, _ in in_order), len(points.steps)]
        if ends[0]:
            yield None, self._passed(points.part(0, ends[0]))
        for (position, number), end in zip(in_order, ends[1:]):
            piece = points.part(position, end)
            if number != _LOOK:
                self._last, self._has_begun, self._is_open = marks[number][1] - 1, True, True
                yield marks[number][1], piece
            elif len(piece.steps):
                first = int(piece.steps[0])
                is_restart = first <= self._last or not self._has_begun
                yield first if is_restart else None, self._passed(piece)

    def _passed(self, piece: Series) -> Series:
        self._last, self._has_begun, self._is_open = int(piece.steps[-1]), True, False
        return piece


def _has_points(points: Series) -> bool:
    return len(points.steps) > 0
