"""Exports hold every vote, read back by the csv module and pandas, and nothing that a spreadsheet would run."""

from __future__ import annotations

import csv
import io
import math
from datetime import UTC, datetime

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mytts_core.listening import (
    ABX,
    RESULT_COLUMNS,
    VOTE_COLUMNS,
    ListeningStore,
    ResultsClosed,
    open_results,
    results_csv,
    votes_csv,
)
from mytts_core.listening.csv_export import columns_csv, safe_cell
from mytts_core.listening.vote_records import read_votes


def rows_of(data: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(data.decode("utf-8-sig"), newline="")))


def test_votes_are_not_exported_before_the_end(root, open_test, vote_all):
    test_id = open_test()
    vote_all(test_id, "Mina", lambda trial: "A", most=9)
    with pytest.raises(ResultsClosed):
        votes_csv(root, test_id)


def test_every_vote_is_a_row(root, open_test, vote_all):
    test_id = open_test(listeners=2, title="تست")
    vote_all(test_id, "Mina", lambda trial: "A")
    vote_all(test_id, "سارا", lambda trial: "none")
    rows, votes = rows_of(votes_csv(root, test_id)), read_votes(root, test_id)
    assert list(rows[0]) == list(VOTE_COLUMNS) and len(rows) == len(votes) == 20
    for row, vote in zip(rows, votes):
        assert (row["test"], row["listener"], int(row["number"]), row["kind"], row["answer"]) == (
            "تست", vote.listener, vote.number, vote.kind, vote.answer)
        labels = f"T{vote.setting_a}", f"T{vote.setting_b}"
        assert (row["setting_a"], row["setting_b"], row["text"]) == (*labels, f"text {vote.text}")
        assert row["seed_a"] == ("" if vote.seed_a is None else str(vote.seed_a))
        is_preference = vote.kind == "comparison" and vote.answer == "A"
        assert row["preferred"] == (labels[0] if is_preference else "") and row["correct"] == row["plays_x"] == ""
        assert (row["plays_a"], row["plays_b"], float(row["seconds"])) == ("1", "1", 1.5)
        assert abs(datetime.fromisoformat(row["voted_at"]).timestamp() - vote.voted_at) < 1e-3
        assert datetime.fromisoformat(row["voted_at"]).tzinfo == UTC


def test_abx_votes_say_what_x_was(root, open_test, vote_all):
    test_id = open_test(mode=ABX)
    vote_all(test_id, "Mina", lambda trial: "B")
    rows = rows_of(votes_csv(root, test_id))
    assert all(row["correct"] == str(int(row["x_is"] == "B")) and row["plays_x"] == "1" for row in rows)
    assert {row["x_is"] for row in rows} == {"A", "B"} and {row["preferred"] for row in rows} == {""}


@pytest.mark.parametrize("mode", ["ab", ABX])
def test_results_are_a_row_for_each_pair_and_block(root, open_test, vote_all, mode):
    test_id = open_test(settings=3, mode=mode)
    vote_all(test_id, "Mina", lambda trial: "A")
    ListeningStore(root).add_trials(test_id, 10)
    vote_all(test_id, "Mina", lambda trial: "B")
    results = open_results(root, test_id)
    table = pd.read_csv(io.BytesIO(results_csv(results)))
    assert list(table.columns) == list(RESULT_COLUMNS) and len(table) == 6
    assert table["block"].tolist() == [0, 0, 0, 1, 1, 1] == table["exploratory"].tolist()
    planned = results.planned.abx if mode == ABX else results.planned.pairs
    assert table["p_holm"][:3].tolist() == pytest.approx([pair.adjusted_p for pair in planned])
    assert table["wilson_low"][:3].tolist() == pytest.approx([pair.interval[0] for pair in planned])
    assert table["verdict"][:3].tolist() == [pair.verdict for pair in planned]
    wins = [pair.correct for pair in planned] if mode == ABX else [pair.wins for pair in planned]
    assert table["wins"][:3].tolist() == wins


def test_columns_are_all_explained():
    for columns in (VOTE_COLUMNS, RESULT_COLUMNS):
        assert all(columns.values())
        assert {row["column"]: row["meaning"] for row in rows_of(columns_csv(columns))} == columns


@pytest.mark.parametrize("title", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", " =1", "＝1+1", "=HYPERLINK(\"http://x\";\"y\")"])
def test_words_that_a_spreadsheet_would_run_are_disarmed(root, open_test, vote_all, title):
    assert safe_cell(title) == f"'{title}"
    test_id = open_test(title=title, trials=2)
    vote_all(test_id, title, lambda trial: "A")
    rows = rows_of(votes_csv(root, test_id)) + rows_of(results_csv(open_results(root, test_id)))
    assert all(not cell.lstrip(" '").startswith(tuple("=+@")) or cell.startswith("'") for row in rows
               for cell in row.values())
    assert rows[0]["listener"].startswith("'")


@pytest.mark.parametrize(("value", "cell"), [(-1.5, "-1.5"), (3, "3"), (None, ""), (math.nan, ""), (math.inf, ""),
                                             (True, "1"), ("a\x00b", "ab"), ("a\ud800b", "a?b"), ("plain", "plain")])
def test_cells(value, cell):
    assert safe_cell(value) == cell


@settings(deadline=None)
@given(st.text())
def test_no_text_begins_like_a_formula(text):
    assert not safe_cell(text).lstrip(" ").startswith(("=", "+", "-", "@", "\t", "\r", "\n"))
