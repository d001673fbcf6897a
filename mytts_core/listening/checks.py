"""Whether votes can be believed: habits of side, identical pairs, and each listener by themselves."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from typing import NamedTuple, Optional

from mytts_core.listening.binomial import exact_p, p_in_words, share_of
from mytts_core.listening.design import IDENTICAL, TARGET
from mytts_core.listening.plan import NO_DIFFERENCE, A, B
from mytts_core.listening.power import ALPHA
from mytts_core.listening.seats import Seat
from mytts_core.listening.vote_records import VoteRecord


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


def check_sides(votes: Sequence[VoteRecord]) -> SideCheck:
    """Return whether the answers to comparisons follow the side; sides were balanced, so they should not."""
    a, b, ties = _sides([vote for vote in votes if vote.kind != IDENTICAL])
    p = exact_p(a, a + b)
    if a + b == 0:
        words = "No decided vote tells of a habit of side."
    elif p <= ALPHA:
        words = (f"A was chosen in {a} of {a + b} decided votes ({p_in_words(p)}): answers follow the side, which "
                 "weakens every result of this test.")
    else:
        words = f"A was chosen in {a} of {a + b} decided votes ({p_in_words(p)}): no habit of side shows."
    return SideCheck(a, b, ties, share_of(a, a + b), p, words)


def check_identical(votes: Sequence[VoteRecord]) -> Optional[SideCheck]:
    """Return what was said of identical pairs; None where none was voted on."""
    a, b, ties = _sides([vote for vote in votes if vote.kind == IDENTICAL])
    total, heard = a + b + ties, a + b
    if total == 0:
        return None
    if heard == 0:
        words = f'All {total} identical pairs were answered "no difference".' if total > 1 else (
            'The identical pair was answered "no difference".')
    else:
        words = (f"In {heard} of {total} identical pairs ({heard / total:.0%}) one side was preferred although both "
                 "play the same: votes on real pairs may be guesses too.")
    return SideCheck(a, b, ties, share_of(a, heard), exact_p(a, heard), words)


def listener_results(seats: Sequence[Seat], votes: Sequence[VoteRecord]) -> tuple[ListenerResult, ...]:
    """Return one row for each seat, in their order."""
    by_seat: dict[str, list[VoteRecord]] = {}
    for vote in votes:
        by_seat.setdefault(vote.seat_id, []).append(vote)
    return tuple(_listener(seat, by_seat.get(seat.seat_id, [])) for seat in seats)


def _listener(seat: Seat, votes: list[VoteRecord]) -> ListenerResult:
    a, b, ties = _sides([vote for vote in votes if vote.kind != IDENTICAL])
    checks = [vote.answer for vote in votes if vote.kind == IDENTICAL]
    answers = [vote.is_correct for vote in votes if vote.kind == TARGET]
    seconds = [vote.seconds for vote in votes]
    return ListenerResult(seat.listener, len(votes), seat.trials, ties, share_of(a, a + b), len(checks),
                          checks.count(NO_DIFFERENCE), answers.count(True) if answers else None,
                          statistics.median(seconds) if seconds else float("nan"))


def _sides(votes: Sequence[VoteRecord]) -> tuple[int, int, int]:
    answers = [vote.answer for vote in votes]
    return answers.count(A), answers.count(B), answers.count(NO_DIFFERENCE)
