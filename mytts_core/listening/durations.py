"""Lengths of speech: what no shuffling hides, measured so that it can be said."""

from __future__ import annotations

import statistics
from collections import defaultdict
from pathlib import Path
from typing import NamedTuple

from mytts_core.listening.design import IDENTICAL
from mytts_core.listening.state import opened_test

DURATION_WARNING = 0.05
"""A share of the length: differences of tempo above about 5 % are heard (Quené 2007, J. Phonetics 35, 353–362)."""

_LENGTHS = """
SELECT a.setting AS a, b.setting AS b, 1.0 * a.samples / a.sample_rate AS a_seconds,
       1.0 * b.samples / b.sample_rate AS b_seconds
FROM trials JOIN clips AS a ON a.clip_id = trials.clip_a JOIN clips AS b ON b.clip_id = trials.clip_b
WHERE trials.test_id = ? AND trials.block = ? AND trials.kind != ? AND a.samples IS NOT NULL"""


class DurationDifference(NamedTuple):
    """How much the lengths of speech differ between two settings.

    Attributes:
        first, second: labels of the settings.
        trials: comparisons of the two.
        absolute: mean of |difference| over the mean length, as a share (0.05 is 5 %).
        signed_seconds: mean length of the second minus the first, seconds. Not for listeners' eyes before the end.
        warning: in words where `absolute` is above `DURATION_WARNING`, else "".
    """

    first: str
    second: str
    trials: int
    absolute: float
    signed_seconds: float
    warning: str


def duration_differences(root: Path, test_id: str, block: int = 0) -> tuple[DurationDifference, ...]:
    """Return, for each pair of settings, how much the lengths of their speech differ. Empty before sealing."""
    lengths: dict[tuple[int, int], list[tuple[float, float]]] = defaultdict(list)
    with opened_test(root, test_id) as (connection, test):
        for row in connection.execute(_LENGTHS, (test_id, block, IDENTICAL)):
            sides = sorted([(row["a"], row["a_seconds"]), (row["b"], row["b_seconds"])])
            lengths[sides[0][0], sides[1][0]].append((sides[0][1], sides[1][1]))
    labels = [setting.label for setting in test.plan.settings]
    return tuple(_difference(labels[first], labels[second], lengths[first, second])
                 for first, second in test.plan.pairs if (first, second) in lengths)


def _difference(first: str, second: str, seconds: list[tuple[float, float]]) -> DurationDifference:
    mean = statistics.fmean(length for pair in seconds for length in pair)
    absolute = statistics.fmean(abs(later - sooner) for sooner, later in seconds) / mean
    signed = statistics.fmean(later - sooner for sooner, later in seconds)
    warning = ""
    if absolute > DURATION_WARNING:
        warning = (f"Recordings of {first} and {second} differ in length by {absolute:.0%} on average: listeners may "
                   "vote on the tempo.")
    return DurationDifference(first, second, len(seconds), absolute, signed, warning)
