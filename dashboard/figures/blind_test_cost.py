"""How many recordings a listening test needs at most, and how long this machine will take to make them."""

from __future__ import annotations

import statistics
from collections.abc import Sequence

from mytts_core.listening.plan import ListeningPlan
from mytts_core.synthesis.stored_take import StoredTake

CHARACTERS_PER_SECOND = 14.0
"""Of English read aloud: 150 words a minute of 5.6 characters, the space among them."""

WORK_PER_SECOND = 1.0
"""Seconds of work for a second of audio, until this machine has made its first take."""

MOST_TAKES = 50


def count_recordings(plan: ListeningPlan) -> int:
    """Return how many recordings there are at most: a trial uses two, and many trials use the same."""
    every = len(plan.texts) * sum(len(plan.seeds) if setting.uses_seed else 1 for setting in plan.settings)
    return min(every, 2 * plan.votes)


def expected_seconds(plan: ListeningPlan, takes: Sequence[StoredTake]) -> float:
    """Return the time that making them takes, by the speed of the last takes made here."""
    speeds = [take.work_seconds / take.audio_seconds for take in takes[:MOST_TAKES] if take.audio_seconds > 0]
    speed = statistics.median(speeds) if speeds else WORK_PER_SECOND
    mean_text = statistics.mean(len(text) for text in plan.texts) / CHARACTERS_PER_SECOND
    return count_recordings(plan) * mean_text * speed


def describe_cost(plan: ListeningPlan, takes: Sequence[StoredTake]) -> str:
    """Return both in a sentence."""
    basis = "by the takes made here before" if takes else "a guess: nothing was spoken here before"
    return (f"At most {count_recordings(plan):,} recordings, made beforehand in about "
            f"{duration(expected_seconds(plan, takes))} ({basis}); the test opens when all are there.")


def duration(seconds: float) -> str:
    """Return a time as one says it: '20 s', '4 min', '1.5 h'."""
    if seconds < 90:
        return f"{max(1, round(seconds / 5) * 5 if seconds > 10 else round(seconds))} s"
    return f"{seconds / 60:.0f} min" if seconds < 5_400 else f"{seconds / 3_600:.1f} h"
