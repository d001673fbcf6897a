"""Merging attempts as files grow, against the rule worked out point by point over everything at once."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from mytts_core.runs.attempts import MergedTag, Source, attempts
from mytts_core.runs.columns import Column
from mytts_core.runs.digest import digest_of
from tests.runs.test_digest import assert_same_digest

# A file: points (their steps) and restart markers (as strings), in the order written.
writes = st.lists(st.one_of(st.integers(0, 12), st.integers(0, 12), st.integers(0, 12).map(str)), max_size=12)


def newest(files: list[list]) -> tuple[list[list[int]], list[tuple[int, int]]]:
    """Return (steps of each attempt, [(step, serial number)] of the newest), by the rule and one point at a time."""
    tries: list[list[int]] = []
    kept: list[tuple[int, int]] = []
    last, serial = -1, 0
    for content in files:
        begins = True
        for write in content:
            if isinstance(write, str):
                kept = [point for point in kept if point[0] < int(write)]
                tries.append([])
                last, begins = int(write) - 1, True
                continue
            if (write <= last if begins else write < last) or not tries:
                kept = [point for point in kept if point[0] < write]
                tries.append([])
            tries[-1].append(write)
            kept.append((write, serial))
            serial += 1
            last, begins = write, False
    return [steps for steps in tries if steps], kept


def grow(column: Column, steps: list[int], first_serial: int) -> None:
    numbers = np.arange(first_serial, first_serial + len(steps), dtype=np.float64)
    column.extend(np.array(steps, np.int64), numbers, numbers)


@settings(max_examples=400, deadline=None)
@given(st.lists(writes, min_size=1, max_size=4), st.data())
def test_merged_as_it_grows_is_what_the_rule_gives_for_the_whole(files: list[list], data: st.DataObject) -> None:
    merged = MergedTag()
    sources: list[Source] = []
    serial = 0
    for content in files:
        column, marks = Column(), []
        sources.append(Source(column))
        for write in content:
            if isinstance(write, str):
                marks.append((len(column), int(write)))
            else:
                grow(column, [write], serial)
                serial += 1
            sources[-1] = Source(column, tuple(marks))
            if data.draw(st.booleans()):
                merged.advance(sources)
    merged.advance(sources)
    expected_attempts, expected = newest(files)
    series = merged.series()
    assert list(zip(series.steps.tolist(), series.values.astype(int).tolist())) == expected
    assert [part.steps.tolist() for part in attempts(sources)] == expected_attempts
    assert series.attempt == max(len(expected_attempts) - 1, 0)
    assert_same_digest(merged.digest(), digest_of(series))


def test_a_file_that_was_replaced_is_merged_anew() -> None:
    first, second = Column(), Column()
    grow(first, [1, 2, 3], 0)
    grow(second, [1, 2], 10)
    merged = MergedTag()
    merged.advance([Source(first)])
    merged.advance([Source(second)])
    assert merged.series().values.tolist() == [10.0, 11.0] and merged.digest().count == 2


def test_what_was_handed_out_stays_when_a_restart_takes_points_back() -> None:
    column = Column()
    grow(column, [1, 2, 3], 0)
    merged = MergedTag()
    merged.advance([Source(column)])
    before = merged.series()
    grow(column, [2, 3, 4], 3)
    merged.advance([Source(column)])
    assert before.values.tolist() == [0.0, 1.0, 2.0]
    assert merged.series().values.tolist() == [0.0, 3.0, 4.0, 5.0]


def test_points_of_one_growing_file_are_not_copied() -> None:
    column = Column()
    grow(column, list(range(100)), 0)
    merged = MergedTag()
    for step in range(100, 110):
        grow(column, [step], step)
        merged.advance([Source(column)])
        assert np.shares_memory(merged.series().values, column.series().values)
