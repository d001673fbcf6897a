"""The trials of a test: balanced over pairs, sides, texts and seeds, and shuffled for each listener.

Which pair, text and seed a trial takes is dealt over all listeners together, from what came least often so far (ties by
chance): within each listener and in the whole test every pair comes equally often, within one.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Sequence
from typing import NamedTuple, Optional, TypeVar

from mytts_core.listening.plan import ABX, ListeningPlan
from mytts_core.listening.sides import Pair, orient, spread_targets

COMPARISON, IDENTICAL, TARGET = "comparison", "identical", "abx"
DESIGN_VERSION = 1

Item = TypeVar("Item")


class Clip(NamedTuple):
    """A recording: index of its setting and of its text, and its seed (None where the setting uses none)."""

    setting: int
    text: int
    seed: Optional[int]


class DesignedTrial(NamedTuple):
    """One trial: `COMPARISON`, `IDENTICAL` (both sides the same recording) or `TARGET` (ABX; `x_is` "A" or "B")."""

    kind: str
    a: Clip
    b: Clip
    x_is: Optional[str] = None

    @property
    def text(self) -> int:
        """Index of the text, the same on both sides."""
        return self.a.text


class Dealer:
    """Deals the trials of one listener after the other.

    Args:
        plan: the plan of the test.
        seed: of everything that is left to chance.
        clips: recordings that may be used, or None for all that the plan allows.
    """

    def __init__(self, plan: ListeningPlan, seed: int, clips: Optional[frozenset[Clip]] = None) -> None:
        self._plan = plan
        self._rng = random.Random(seed)
        self._clips = clips
        self._lead: Counter[Pair] = Counter()
        self._used: Counter[tuple] = Counter()
        self._cases = {pair: self._cases_of(pair) for pair in (*plan.pairs, *_alone(plan))}

    def deal(self) -> list[DesignedTrial]:
        """Return the next listener's trials in the order they are heard."""
        plan, rng = self._plan, self._rng
        here: Counter[tuple] = Counter()
        usable = [pair for pair in plan.pairs if self._cases[pair]]
        pairs = [self._least(usable, lambda pair: ("pair", pair), here) for _ in range(plan.comparisons_per_listener)]
        sides = orient(pairs, rng, self._lead)
        targets = spread_targets(sides, rng) if plan.mode == ABX else [None] * len(sides)
        kind = TARGET if plan.mode == ABX else COMPARISON
        trials = [self._trial(kind, left, right, target, here)
                  for (left, right), target in zip(sides, targets)]
        for _ in range(plan.checks_per_listener):
            alone = self._least([pair for pair in _alone(plan) if self._cases[pair]], lambda one: ("check", one), here)
            trials.append(self._trial(IDENTICAL, *alone, None, here))
        return spread_texts(trials, rng)

    def _trial(self, kind: str, left: int, right: int, target: Optional[str], here: Counter[tuple]) -> DesignedTrial:
        pair = (min(left, right), max(left, right))
        cases = self._cases[pair]
        text = self._least(sorted(cases), lambda text: ("text", pair, text), here, ("text",))
        seed = self._least(cases[text], lambda seed: ("seed", pair, text, seed), here, ("seed",))
        a, b = (Clip(setting, text, seed if self._plan.settings[setting].uses_seed else None)
                for setting in (left, right))
        return DesignedTrial(kind, a, b, target)

    def _least(self, items: Sequence[Item], key: Callable[[Item], tuple], here: Counter[tuple],
               within: Optional[tuple] = None) -> Item:
        """Return what came least often in the test; of those, least often for this listener; of those, any."""
        def local(item: Item) -> tuple:
            return (*within, item) if within else ("here", *key(item))

        chosen = min(items, key=lambda item: (self._used[key(item)], here[local(item)], self._rng.random()))
        self._used[key(chosen)] += 1
        here[local(chosen)] += 1
        return chosen

    def _cases_of(self, pair: Pair) -> dict[int, list[Optional[int]]]:
        """Return text → seeds with which both settings of a pair can be heard."""
        settings = self._plan.settings
        seeds: Sequence[Optional[int]] = self._plan.seeds if any(settings[one].uses_seed for one in pair) else (None,)
        cases: dict[int, list[Optional[int]]] = {}
        for text in range(len(self._plan.texts)):
            fitting = [seed for seed in seeds if self._clips is None or self._clips.issuperset(
                Clip(one, text, seed if settings[one].uses_seed else None) for one in pair)]
            if fitting:
                cases[text] = fitting
        return cases


def _alone(plan: ListeningPlan) -> list[Pair]:
    return [(setting, setting) for setting in range(len(plan.settings))]


def spread_texts(trials: Sequence[DesignedTrial], rng: random.Random) -> list[DesignedTrial]:
    """Return the trials shuffled, no text after itself where that can be had.

    A text that is more than half of what is left must come now; otherwise any other than the last one may.
    """
    left = list(trials)
    rng.shuffle(left)
    counts = Counter(trial.text for trial in left)
    ordered: list[DesignedTrial] = []
    while left:
        last = ordered[-1].text if ordered else None
        text, count = max(counts.items(), key=lambda item: (item[1], item[0] != last))
        pressing = 2 * count > len(left) and text != last
        chosen = next((trial for trial in left if (trial.text == text if pressing else trial.text != last)), left[0])
        left.remove(chosen)
        counts[chosen.text] -= 1
        ordered.append(chosen)
    return ordered
