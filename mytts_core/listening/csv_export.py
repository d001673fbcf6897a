"""Votes and results as CSV: UTF-8 with a byte order mark, and no cell that a spreadsheet would run as a formula."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from mytts_core.listening.plan import ListeningPlan
from mytts_core.listening.results import BlockResult, Results, finished_test
from mytts_core.listening.vote_records import VoteRecord, read_votes

BYTE_ORDER_MARK = "\ufeff"
"""Without it spreadsheets read UTF-8 as something else."""
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")

VOTE_COLUMNS = {
    "test": "the test's title",
    "version": "of the design and plan the vote was given under",
    "block": "0: planned; from 1 on: added later, exploratory",
    "listener": "name as given",
    "number": "place in the listener's order, from 1",
    "kind": "comparison, identical (one recording twice, a check) or abx",
    "text": "what was spoken",
    "setting_a": "label of what A played",
    "setting_b": "label of what B played",
    "seed_a": "seed of the take at A; empty where the temperature uses none",
    "seed_b": "seed of the take at B",
    "x_is": "ABX: whether X was A or B; else empty",
    "answer": "A, B or none (no difference)",
    "preferred": "label of the preferred setting; empty for none, identical pairs and ABX",
    "correct": "ABX: 1 or 0; else empty",
    "plays_a": "how often A was heard",
    "plays_b": "how often B was heard",
    "plays_x": "ABX: how often X was heard; else empty",
    "seconds": "from showing to vote",
    "voted_at": "UTC, ISO 8601",
}
"""Column → meaning, in the order of `votes_csv`."""


RESULT_COLUMNS = {
    "test": "the test's title",
    "mode": "ab (preference) or abx (which is X?)",
    "block": "0: planned; from 1 on: added later",
    "exploratory": "1: added later or ended early, a hint and not a finding; else 0",
    "first": "label of the pair's first setting",
    "second": "label of the pair's second setting",
    "wins": "votes for the first; ABX: right answers",
    "losses": "votes for the second; ABX: wrong answers",
    "ties": "votes for no difference, not counted in what follows; ABX: empty",
    "share": "wins over wins and losses",
    "wilson_low": "lower end of the 95% Wilson interval of the share",
    "wilson_high": "its upper end",
    "p": "exact binomial p against one half: two-sided; ABX: one-sided",
    "p_holm": "p corrected for the number of pairs",
    "resampled_low": "lower end of the 95% interval from resampling listeners and texts; empty where it cannot be had",
    "resampled_high": "its upper end",
    "d_prime": "ABX: sensitivity of an unbiased listener; empty where infinite or AB",
    "conclusive": "1: p_holm is 0.05 or less in planned trials; else 0",
    "verdict": "in words",
}
"""Column → meaning, in the order of `results_csv`."""


def votes_csv(root: Path, test_id: str) -> bytes:
    """Return the votes of a finished test, one row a vote; `VOTE_COLUMNS` explains the columns.

    Raises:
        ResultsClosed: while planned votes are missing: the rows name the settings.
        ListeningError: for an unknown test.
        RunError: where the database cannot be used.
    """
    plan = finished_test(root, test_id).plan
    return _table(VOTE_COLUMNS, [_vote_row(plan, vote) for vote in read_votes(root, test_id)])


def results_csv(results: Results) -> bytes:
    """Return one row for each pair of settings and block; `RESULT_COLUMNS` explains the columns."""
    rows = [row for block in (results.planned, *results.added) for row in _result_rows(results, block)]
    return _table(RESULT_COLUMNS, rows)


def columns_csv(columns: Mapping[str, str]) -> bytes:
    """Return what the columns of an export mean, one row a column: for a file beside it."""
    return _table({"column": "", "meaning": ""}, columns.items())


def safe_cell(value: Any) -> str:
    """Return a cell's text: a word that a spreadsheet would run as a formula gets an apostrophe before it.

    Numbers stay as they are; None, NaN and infinity are empty.
    """
    if value is None or (isinstance(value, float) and not math.isfinite(value)):
        return ""
    if isinstance(value, bool):
        return str(int(value))
    if isinstance(value, int | float):
        return repr(value)
    text = str(value).replace("\0", "").encode("utf-8", "replace").decode()
    return f"'{text}" if text.lstrip(" ").startswith(_FORMULA_STARTS) else text


def _table(columns: Iterable[str], rows: Iterable[Sequence[Any]]) -> bytes:
    target = io.StringIO(newline="")
    writer = csv.writer(target)
    writer.writerow(columns)
    writer.writerows([[safe_cell(value) for value in row] for row in rows])
    return (BYTE_ORDER_MARK + target.getvalue()).encode()


def _vote_row(plan: ListeningPlan, vote: VoteRecord) -> tuple[Any, ...]:
    labels = [setting.label for setting in plan.settings]
    plays = (*vote.plays, None)[:3]
    return (plan.title, vote.version, vote.block, vote.listener, vote.number, vote.kind, plan.texts[vote.text],
            labels[vote.setting_a], labels[vote.setting_b], vote.seed_a, vote.seed_b, vote.x_is, vote.answer,
            None if vote.preferred is None else labels[vote.preferred], vote.is_correct, *plays, vote.seconds,
            datetime.fromtimestamp(vote.voted_at, UTC).isoformat(timespec="milliseconds"))


def _result_rows(results: Results, block: BlockResult) -> list[tuple[Any, ...]]:
    plan = results.test.plan
    start = (plan.title, plan.mode, block.number, block.exploratory)
    rows: list[tuple[Any, ...]] = []
    for pair in block.pairs:
        rows.append((*start, pair.first, pair.second, pair.wins, pair.losses, pair.ties, pair.share, *pair.interval,
                     pair.p, pair.adjusted_p, *(pair.resampled or (None, None)), None, pair.conclusive, pair.verdict))
    for abx in block.abx:
        rows.append((*start, abx.first, abx.second, abx.correct, abx.answers - abx.correct, None, abx.share,
                     *abx.interval, abx.p, abx.adjusted_p, *(abx.resampled or (None, None)), abx.sensitivity,
                     abx.conclusive, abx.verdict))
    return rows
