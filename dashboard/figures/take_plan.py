"""Which takes a form asks for: temperatures and seeds as they were typed, every combination of them, a bound."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from typing import NamedTuple, Optional

COLDEST, HOTTEST = 0.5, 3.0
LARGEST_SEED = 2_000_000_000
MOST_TAKES = 24
MOST_PIECES = 96
"""Pieces of text in all takes together: a piece of 200 characters holds some megabytes of attention while it is new."""

_SEED = re.compile(r"(\d{1,10})(?:\s*[-–]\s*(\d{1,10}))?")
_SEPARATORS = re.compile(r"[,;،\n]")


class Setting(NamedTuple):
    """One take: the step of its checkpoint, its temperature, and its seed, None where nothing is drawn."""

    step: int
    temperature: float
    seed: Optional[int]


class TakePlan(NamedTuple):
    """The takes of a form in the order they are shown, and why they cannot be asked for, in sentences."""

    settings: tuple[Setting, ...]
    problems: tuple[str, ...] = ()


def parse_temperatures(typed: Sequence[str]) -> tuple[tuple[float, ...], tuple[str, ...]]:
    """Return temperatures in rising order, each once, and what is wrong with the others.

    Args:
        typed: numbers with a point or a comma, in any script's digits.
    """
    found, problems = [], []
    for word in typed:
        try:
            value = round(float(word.strip().replace("٫", ".").replace(",", ".")), 3)
        except ValueError:
            value = math.nan
        if COLDEST <= value <= HOTTEST:
            found.append(value)
        else:
            problems.append(f"Temperature {word.strip()[:20]} is out of range: give a number from {COLDEST:g} to "
                            f"{HOTTEST:g}, for example 1.2.")
    return tuple(sorted(set(found))), tuple(problems)


def parse_seeds(typed: str) -> tuple[tuple[int, ...], tuple[str, ...]]:
    """Return seeds in the order they were typed, each once, and what is wrong with the rest.

    Args:
        typed: whole numbers and ranges between commas: "0-3, 7". More than a plan can use are not returned.
    """
    found: dict[int, None] = {}
    problems = []
    for part in filter(None, (part.strip() for part in _SEPARATORS.split(typed))):
        match = _SEED.fullmatch(part)
        first, last = (int(match.group(1)), int(match.group(2) or match.group(1))) if match else (1, 0)
        if not first <= last <= LARGEST_SEED:
            problems.append(f"Seed {part[:40]} is not understood: give whole numbers from 0 to {LARGEST_SEED:,} or "
                            "ranges of them, for example 0-3, 7.")
            continue
        # One more than can be used, so that there are too many; a range may name two thousand million.
        found.update(dict.fromkeys(range(first, min(last, first + MOST_TAKES) + 1)))
    return tuple(found), tuple(problems)


def plan_takes(steps: Sequence[int], temperatures: Sequence[float], seeds: Sequence[int],
               num_pieces: int) -> TakePlan:
    """Combine checkpoints, temperatures and seeds; at a temperature of 1 or less nothing varies, one take is all.

    Args:
        num_pieces: of the text; all takes together are bounded by it.
    """
    problems = [f"No {name} is chosen: choose at least one." for name, chosen in
                (("checkpoint", steps), ("temperature", temperatures)) if not chosen]
    if any(temperature > 1 for temperature in temperatures) and not seeds:
        problems.append("No seed is given: a temperature above 1 needs at least one, for example 0.")
    settings = tuple(Setting(step, temperature, seed) for step in steps for temperature in temperatures
                     for seed in (seeds if temperature > 1 else (None,)))
    most = min(MOST_TAKES, max(1, MOST_PIECES // max(num_pieces, 1)))
    if len(settings) > most:
        why = f" of a text of {num_pieces} pieces" if most < MOST_TAKES else ""
        problems.append(f"{_counted(len(settings), len(seeds) > MOST_TAKES)} takes at once are too many: "
                        f"{most}{why} can be made together. Choose fewer checkpoints, temperatures or seeds.")
    return TakePlan(settings, tuple(problems))


def variation_words(temperature: float) -> str:
    """Return what a temperature means: 'extra variation +0.50'; 0 is deterministic, below only flatter."""
    extra = temperature - 1
    return "extra variation 0" if abs(extra) < 1e-9 else f"extra variation {extra:+.2f}".replace("-", "−")


def _counted(count: int, is_cut: bool) -> str:
    return f"More than {count - 1}" if is_cut else str(count)
