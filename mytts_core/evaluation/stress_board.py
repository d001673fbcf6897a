"""The results of several checkpoints side by side: which can be compared, what fails, and what changed."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from mytts_core.evaluation.stress_record import KINDS, StressOutcome, StressResult

NORMAL_QUANTILE = 1.959964          # 97.5 % of the standard normal distribution
_NOT_ENDED = "its test has not ended, or was interrupted"
NEW, MENDED, STILL = "newly fails", "mended", "still fails"


class Tally(NamedTuple):
    """How many sentences were spoken, and how many of them fail, in all and by kind in the order of `KINDS`."""

    sentences: int
    fails: int
    by_kind: tuple[int, ...]

    @property
    def share(self) -> float:
        """Share that fails, 0 to 1; NaN of none."""
        return self.fails / self.sentences if self.sentences else math.nan

    @property
    def interval(self) -> tuple[float, float]:
        """The 95 % interval of the share."""
        return wilson_interval(self.fails, self.sentences)


class Recognition(NamedTuple):
    """Errors of a recogniser over the sentences it heard: shares of all words and characters said; NaN without any."""

    sentences: int
    word_share: float
    character_share: float


class Board(NamedTuple):
    """What can be compared.

    Attributes:
        results: of one list spoken in one way, complete, by step.
        left_out: step → why its result is not among them.
    """

    results: tuple[StressResult, ...]
    left_out: dict[int, str]

    @property
    def categories(self) -> tuple[str, ...]:
        """The categories in the order of the list."""
        return tuple(dict.fromkeys(outcome.category for result in self.results[-1:] for outcome in result.outcomes))

    @property
    def steps(self) -> tuple[int, ...]:
        """The steps of the results."""
        return tuple(result.step for result in self.results)

    def at(self, step: int) -> StressResult:
        """Return the result of a step; an empty one where there is none."""
        return next((result for result in self.results if result.step == step), StressResult(step))

    def before(self, step: int) -> StressResult:
        """Return the result of the step before; an empty one for the first."""
        return max((result for result in self.results if result.step < step), key=lambda result: result.step,
                   default=StressResult(-1))


def make_board(results: Iterable[StressResult]) -> Board:
    """Put results together: those of the list that most checkpoints have spoken, of several the one spoken last."""
    results = sorted(results, key=lambda result: result.step)
    left_out = {result.step: result.problem for result in results if result.problem}
    readable = [result for result in results if not result.problem]
    left_out |= {result.step: _NOT_ENDED for result in readable if not result.complete}
    groups: dict[tuple, list[StressResult]] = {}
    for result in readable:
        if result.complete:
            groups.setdefault((result.list_digest, result.temperature, result.seed), []).append(result)
    if not groups:
        return Board((), left_out)
    chosen = max(groups.values(), key=lambda group: (len(group), max(result.created for result in group)))
    for group in groups.values():
        if group is not chosen:
            left_out |= {result.step: _difference(result, chosen[0]) for result in group}
    return Board(tuple(chosen), dict(sorted(left_out.items())))


def tally(outcomes: Iterable[StressOutcome]) -> Tally:
    """Count outcomes; what could not be spoken counts nowhere."""
    spoken = [outcome for outcome in outcomes if outcome.spoken]
    kinds = [outcome.kinds for outcome in spoken]
    return Tally(len(spoken), sum(map(bool, kinds)), tuple(sum(kind in one for one in kinds) for kind in KINDS))


def tally_category(result: StressResult, category: str) -> Tally:
    """Count the outcomes of a category."""
    return tally(outcome for outcome in result.outcomes if outcome.category == category)


def recognition(outcomes: Iterable[StressOutcome]) -> Recognition:
    """Sum up what a recogniser heard."""
    heard = [outcome.heard for outcome in outcomes if outcome.heard]
    words, characters = sum(one.words for one in heard), sum(one.characters for one in heard)
    if not words or not characters:
        return Recognition(len(heard), math.nan, math.nan)
    return Recognition(len(heard), sum(one.word_errors for one in heard) / words,
                       sum(one.character_errors for one in heard) / characters)


def change(now: StressOutcome, before: StressOutcome | None) -> str:
    """Return what became of a sentence since the step before: `NEW`, `MENDED`, `STILL`, or '' for nothing to say."""
    if before is None or not before.spoken or not now.spoken:
        return ""
    return {(True, False): NEW, (False, True): MENDED, (True, True): STILL}.get((now.fails, before.fails), "")


def wilson_interval(hits: int, count: int) -> tuple[float, float]:
    """Return the 95 % interval of a share; (0, 1) of none.

    Source:
        Wilson 1927, J. Am. Stat. Assoc. 22, 209–212.
    """
    if not count:
        return 0.0, 1.0
    share, spread = hits / count, NORMAL_QUANTILE**2 / count
    middle = (share + spread / 2) / (1 + spread)
    half = NORMAL_QUANTILE / (1 + spread) * math.sqrt(share * (1 - share) / count + spread / (4 * count))
    return max(0.0, middle - half) if hits else 0.0, min(1.0, middle + half) if hits < count else 1.0


def _difference(result: StressResult, chosen: StressResult) -> str:
    differs: Sequence[str] = [words for words, differ in (
        (f"another list of sentences ({result.list_name})", result.list_digest != chosen.list_digest),
        (f"temperature {result.temperature:g}", result.temperature != chosen.temperature),
        (f"seed {result.seed}", result.seed != chosen.seed)) if differ]
    return f"it was tested with {', '.join(differs)}"
