"""Votes and results as CSV: UTF-8 with a byte order mark, a header, and no cell that a spreadsheet runs as a formula."""

from __future__ import annotations

from pathlib import Path

from mytts_core.listening.results import Results

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


def votes_csv(root: Path, test_id: str) -> bytes:
    """Return the votes of a finished test, one row a vote; `VOTE_COLUMNS` explains the columns.

    Raises:
        ResultsClosed: while planned votes are missing: the rows name the settings.
        ListeningError: for an unknown test.
        RunError: where the database cannot be used.
    """
    raise NotImplementedError


def results_csv(results: Results) -> bytes:
    """Return one row for each pair of settings and block; `RESULT_COLUMNS` explains the columns."""
    raise NotImplementedError
