"""Run folders from simulated curves, through the writer and the reader: what is there is found, and nothing else."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.diagnosis import Case, score_rules
from benchmarks.planted_trainings import TROUBLES
from benchmarks.simulated_runs import SIMULATED, Simulated, simulate
from mytts_core.diagnosis import diagnose
from mytts_core.diagnosis.rulebook import RULES
from mytts_core.runs.reader import open_run

NAMES = {rule.__name__ for rule in RULES}


@pytest.mark.slow
@pytest.mark.parametrize("trouble", SIMULATED, ids=lambda trouble: trouble.name)
def test_a_simulated_trouble_is_found_and_nothing_else(trouble: Simulated, tmp_path: Path) -> None:
    run = open_run(simulate(trouble, seed=5, folder=tmp_path / "run"))
    found = diagnose(run, run.status.heartbeat + trouble.silent_seconds, free_bytes=lambda _: trouble.free_bytes)
    rules = {item.rule for item in found}
    assert set(trouble.expected) <= rules <= {*trouble.expected, *trouble.allowed}
    for item in found:
        assert -1 <= item.first_step <= item.last_step <= run.status.step


def test_every_rule_is_planted_somewhere() -> None:
    planted = {rule for trouble in (*SIMULATED, *TROUBLES) for rule in trouble.expected}
    assert planted == NAMES
    assert {rule for trouble in (*SIMULATED, *TROUBLES) for rule in trouble.allowed} <= NAMES


def test_scores_count_what_had_to_be_found_and_what_was_not_explained() -> None:
    def case(expected: set[str], allowed: set[str], found: set[str]) -> Case:
        return Case("real", "name", frozenset(expected), frozenset(allowed), frozenset(found), False, 0.0)

    scores = {score.rule: score for score in score_rules([
        case({"a"}, {"b"}, {"a", "b"}), case({"a"}, set(), set()), case(set(), set(), {"a"}),
        case(set(), set(), set())])}
    assert (scores["a"].planted, scores["a"].hits, scores["a"].false_alarms) == (2, 1, 1)
    assert scores["a"].recall == scores["a"].precision == 0.5
    assert scores["b"].false_alarms == 0 and scores["b"].precision != scores["b"].precision
