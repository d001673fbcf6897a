"""What a test found, opened at the end only."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple, Optional

from mytts_core.errors import ListeningError
from mytts_core.listening.store import ListeningTest

Interval = tuple[float, float]


class ResultsClosed(ListeningError):
    """Results were asked for before the end. `votes_left`: planned votes that are missing."""

    def __init__(self, message: str, votes_left: int = 0) -> None:
        super().__init__(message)
        self.votes_left = votes_left


class PairResult(NamedTuple):
    """Votes on one pair of settings in an AB test.

    Attributes:
        first, second: labels.
        wins, losses: votes for the first and for the second.
        ties: votes for "no difference": shown apart, not part of any number below.
        share: wins of all decided votes; NaN without any.
        interval: 95 % Wilson interval of the share.
        p: exact two-sided binomial against one half.
        adjusted_p: by Holm over the pairs of the test; `p` where there is one pair.
        resampled: 95 % interval of the share from resampling listeners and texts; None with one listener and one text.
        conclusive: whether adjusted_p ≤ 0.05.
        duration_warning: that the lengths of speech differ, or "".
        verdict: the same in words.
    """

    first: str
    second: str
    wins: int
    losses: int
    ties: int
    share: float
    interval: Interval
    p: float
    adjusted_p: float
    resampled: Optional[Interval]
    conclusive: bool
    duration_warning: str
    verdict: str


class AbxResult(NamedTuple):
    """Answers on one pair of settings in an ABX test.

    Attributes:
        first, second: labels.
        correct, answers: right ones, and all.
        share, interval: right ones of all, with its 95 % Wilson interval.
        p, adjusted_p: exact one-sided binomial against guessing, and by Holm over the pairs.
        resampled: 95 % interval of the share from resampling listeners and texts, or None.
        sensitivity: d′ of an unbiased listener (independent observations); 0 at chance or below, infinite where all
            are right.
        conclusive, duration_warning, verdict: as in `PairResult`.
    """

    first: str
    second: str
    correct: int
    answers: int
    share: float
    interval: Interval
    p: float
    adjusted_p: float
    resampled: Optional[Interval]
    sensitivity: float
    conclusive: bool
    duration_warning: str
    verdict: str


class Strength(NamedTuple):
    """A setting's place in the ranking of more than two.

    Attributes:
        rank: from 1, the best.
        label: of the setting.
        strength: log-odds of the Bradley–Terry model, mean 0 over the settings.
        interval: 95 %, from resampling listeners and texts; None with one listener and one text.
        win_share: chance to be preferred to a setting of strength 0.
        best_share: share of the resamples in which it came first; None where nothing could be resampled.
    """

    rank: int
    label: str
    strength: float
    interval: Optional[Interval]
    win_share: float
    best_share: Optional[float]


class SideCheck(NamedTuple):
    """Whether answers follow the side instead of the sound.

    Attributes:
        a, b, ties: votes for A, for B and for "no difference".
        share: of A among decided votes; NaN without any.
        p: exact two-sided binomial against one half.
        words: what it says.
    """

    a: int
    b: int
    ties: int
    share: float
    p: float
    words: str


class ListenerResult(NamedTuple):
    """One listener's votes.

    Attributes:
        listener: name.
        votes, trials: given and planned.
        ties: of the comparisons, "no difference".
        side_a: share of A among decided comparisons (ABX: of all answers); NaN without any.
        checks, checks_passed: identical pairs voted on, and those answered "no difference".
        correct: right answers of an ABX test; None in an AB test.
        median_seconds: from showing to vote; NaN without votes.
    """

    listener: str
    votes: int
    trials: int
    ties: int
    side_a: float
    checks: int
    checks_passed: int
    correct: Optional[int]
    median_seconds: float


@dataclass(frozen=True)
class BlockResult:
    """Results of the planned trials, or of a block that was added.

    Attributes:
        number: 0 for the planned trials.
        exploratory: added later, or the test was ended early: a hint for a next test, not a finding.
        pairs: in an AB test, else ().
        abx: in an ABX test, else ().
        ranking: for more than two settings in an AB test, the best first; else ().
        sides: of the comparisons.
        identical: of the identical pairs; None where there are none.
        listeners: in the order of their seats.
        notes: what a reader must know, in sentences: exploratory, listeners who voted often, differing lengths, …
    """

    number: int
    exploratory: bool
    pairs: tuple[PairResult, ...]
    abx: tuple[AbxResult, ...]
    ranking: tuple[Strength, ...]
    sides: SideCheck
    identical: Optional[SideCheck]
    listeners: tuple[ListenerResult, ...]
    notes: tuple[str, ...]


@dataclass(frozen=True)
class Results:
    """All that a test found: the planned trials, and apart from them each added block that has votes."""

    test: ListeningTest
    planned: BlockResult
    added: tuple[BlockResult, ...]


def open_results(root: Path, test_id: str) -> Results:
    """Return the results of a finished test.

    Resampling is seeded with the test's own seed: the same votes give the same intervals.

    Raises:
        ResultsClosed: while planned votes are missing, with their number.
        ListeningError: for an unknown test.
        RunError: where the database cannot be used.
    """
    raise NotImplementedError
