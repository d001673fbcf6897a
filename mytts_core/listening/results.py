"""What a test found, opened at the end only."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Optional

from mytts_core.errors import ListeningError
from mytts_core.listening.bradley_terry import Strength, rank, table_of_pairs
from mytts_core.listening.checks import ListenerResult, SideCheck, check_identical, check_sides, listener_results
from mytts_core.listening.durations import duration_differences
from mytts_core.listening.pair_results import AbxResult, PairResult, abx_results, decided_table, pair_results
from mytts_core.listening.plan import ABX, ListeningPlan
from mytts_core.listening.resampling import resampled_counts, share_intervals
from mytts_core.listening.seats import SEATS, Seat, seat_of
from mytts_core.listening.state import FINISHED, ListeningTest, read_test
from mytts_core.listening.tables import listening_database
from mytts_core.listening.vote_records import VoteRecord, read_votes


class ResultsClosed(ListeningError):
    """Results were asked for before the end. `votes_left`: planned votes that are missing."""

    def __init__(self, message: str, votes_left: int = 0) -> None:
        super().__init__(message)
        self.votes_left = votes_left


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
        identical: of the identical pairs; None where none was voted on.
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
    test = finished_test(root, test_id)
    votes = read_votes(root, test_id)
    with listening_database(root) as connection:
        seats = [seat_of(row) for row in connection.execute(SEATS, (test_id,)) if row["listener"] is not None]
    blocks = [_block_result(root, test, block.number, [vote for vote in votes if vote.block == block.number],
                            [seat for seat in seats if seat.block == block.number])
              for block in test.blocks if block.number == 0 or block.votes]
    return Results(test, blocks[0], tuple(blocks[1:]))


def finished_test(root: Path, test_id: str) -> ListeningTest:
    """Return a test whose results are open; ResultsClosed where they are not."""
    test = read_test(root, test_id)
    if test.state != FINISHED:
        raise ResultsClosed(f"the results of {test.plan.title!r} open at the end: {test.votes_left} of "
                            f"{test.plan.votes} planned votes are missing", test.votes_left)
    return test


def _block_result(root: Path, test: ListeningTest, number: int, votes: Sequence[VoteRecord],
                  seats: Sequence[Seat]) -> BlockResult:
    plan, exploratory = test.plan, number > 0 or test.ended_early is not None
    table = decided_table(plan, votes)
    wins, losses = resampled_counts(table, test.seed) if table.can_be_resampled else (None, None)
    intervals = share_intervals(wins, losses) if wins is not None and losses is not None else [None] * len(plan.pairs)
    warnings = {(found.first, found.second): found.warning
                for found in duration_differences(root, test.test_id, number)}
    assemble = (plan, votes, intervals, warnings, exploratory)
    ranking: tuple[Strength, ...] = ()
    if plan.mode != ABX and len(plan.settings) > 2:
        drawn = None if wins is None or losses is None else table_of_pairs(plan.pairs, wins, losses, len(plan.settings))
        counted = table_of_pairs(plan.pairs, table.wins.sum((1, 2)), table.losses.sum((1, 2)), len(plan.settings))
        ranking = rank([setting.label for setting in plan.settings], counted, drawn)
    pairs = () if plan.mode == ABX else pair_results(*assemble)
    abx = abx_results(*assemble) if plan.mode == ABX else ()
    notes = (*_standing(test, number, len(votes)), *_doubts((*pairs, *abx)), *_dependence(plan, votes),
             *filter(None, warnings.values()))
    return BlockResult(number, exploratory, pairs, abx, ranking, check_sides(votes), check_identical(votes),
                       listener_results(seats, votes), notes)


def _standing(test: ListeningTest, number: int, votes: int) -> list[str]:
    if number > 0:
        return ["These trials were added after the test was planned. They are exploratory: trials added after a look "
                "find differences that are not there more often than p says."]
    if test.ended_early is not None:
        return [f"The test was ended early, after {votes} of {test.plan.votes} planned votes. It is exploratory: one "
                "that is ended when it looks good finds differences that are not there more often than p says."]
    return []


def _doubts(pairs: Sequence[PairResult | AbxResult]) -> list[str]:
    """Say of which pairs the exact test finds more than the interval from resampling does."""
    said = []
    for pair in pairs:
        if pair.conclusive and pair.resampled is not None and pair.resampled[0] <= 0.5 <= pair.resampled[1]:
            low, high = pair.resampled if pair.share >= 0.5 else (1 - pair.resampled[1], 1 - pair.resampled[0])
            said.append(f"{pair.first} and {pair.second}: the interval from resampling listeners and texts reaches "
                        f"from {low:.0%} to {high:.0%}, across one half. What was found may hold for these listeners "
                        "and texts only, and not for others.")
    return said


def _dependence(plan: ListeningPlan, votes: Sequence[VoteRecord]) -> list[str]:
    if not votes:
        return ["Nobody has voted."]
    people, texts = len({vote.seat_id for vote in votes}), len({vote.text for vote in votes})
    if people == 1:
        said = "One listener voted: this is what this listener hears, not what people hear."
    else:
        said = (f"{people} listeners voted on {texts} texts, several times each. Votes of one listener or on one text "
                "resemble each other, which the exact test does not know: where the interval from resampling listeners "
                "and texts is the wider one, believe it.")
    return [said, *(["One text was heard: the result is about this text."] if texts == 1 else [])]
