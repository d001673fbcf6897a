"""What is visibly wrong is said, once, and nothing is said of a healthy run; the worst samples come first."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from dashboard.figures.health import get_facts
from dashboard.figures.samples import rank_samples
from dashboard.figures.summary import get_run_row
from mytts_core.runs import schema
from mytts_core.runs.types import AlignmentRecord, FreeRunningRecord, RunStatus, RunSummary, SampleSummary, Series

NOW = 1_000_000.0


def series(*values):
    return Series(np.arange(1, len(values) + 1) * 10, np.full(len(values), NOW), np.array(values, float))


def sample(name="a", diagonality=0.9, free=0.9, stop="stop_token", **faults):
    record = None if free is None else FreeRunningRecord(AlignmentRecord(free), 100, stop, **faults)
    return SampleSummary(500, name, Path("."), target_frames=80, free_running=record,
                         teacher_forced=AlignmentRecord(diagonality, 0.6, 0.7, 1.0))


def texts(status=None, scalars=None, samples=(), **options):
    status = status or RunStatus("running", 20, NOW - 1)
    return [(fact.level, fact.text) for fact in get_facts(status, scalars or {}, samples, now=NOW, **options)]


HEALTHY = {schema.TRAIN_LOSS: series(3, 2, 1), schema.CLIPPED_SHARE: series(1, 1, 0.2, 0.1, 0.1),
           schema.SKIPPED_STEPS: series(0, 0), schema.VALIDATION_PREFIX + "loss": series(3, 2, 2.05)}


def test_healthy_run_gets_one_good_sentence():
    facts = texts(scalars=HEALTHY, samples=[sample(skipped=0, repeated=0, stalled=0)])
    assert [level for level, _ in facts] == ["good"]


def test_new_run_is_told_what_comes():
    [(level, text)] = texts()
    assert level == "info" and "log_interval" in text


@pytest.mark.parametrize(("facts", "level", "words"), [
    (dict(status=RunStatus("failed", 7, NOW, "disk full")), "bad", "Failed at step 7: disk full"),
    (dict(status=RunStatus("running", 7, NOW - 7_200)), "bad", "silent for 2 hours"),
    (dict(status=RunStatus("interrupted", 7, NOW)), "info", "--resume"),
    (dict(scalars={schema.TRAIN_LOSS: series(1, np.nan, np.inf)}), "bad", "2 of 3 logged training losses"),
    (dict(scalars={schema.SKIPPED_STEPS: series(0, 12)}), "bad", "12 steps were skipped"),
    (dict(scalars={schema.CLIPPED_SHARE: series(1, 1)}), "warning", "100% of the recent steps are clipped"),
    (dict(scalars={schema.CLIPPED_SHARE: series(1, 1)}, clip_strategy="percentile"), "info", "by design"),
    (dict(scalars={schema.VALIDATION_PREFIX + "loss": series(3, 2, 2.5)}), "warning",
     "best at step 20 (2) and is 2.5 now, 1.25 times"),
    (dict(scalars={schema.TRAIN_LOSS: series(4, 2, 9)}), "bad", "risen to about 9, 4.5 times its lowest (2 at"),
    (dict(scalars={schema.VALIDATION_PREFIX + "loss": series(2, 9)}), "bad", "4.50 times as high"),
    (dict(samples=[sample(diagonality=0.42), sample("b")]), "bad", "not aligned in 1 of 2 samples"),
    (dict(samples=[sample(skipped=2, repeated=1), sample("b")]), "warning", "1 of 2 free-running takes"),
    (dict(samples=[sample(stop="limit")]), "warning", "did not end by themselves"),
])
def test_each_fact_is_said(facts, level, words):
    said = [text for found, text in texts(**facts) if found == level]
    assert len(said) == 1 and words in said[0]


def test_worst_facts_come_first():
    levels = [level for level, _ in texts(RunStatus("interrupted", 1, NOW), {schema.SKIPPED_STEPS: series(3),
                                                                            schema.CLIPPED_SHARE: series(1)})]
    assert levels == ["bad", "warning", "info"]


def test_samples_are_ranked_by_faults_then_scores():
    samples = [sample("clean"), sample("unknown", float("nan"), None), sample("lost", 0.3, None),
               sample("three faults", skipped=3), sample("one fault", repeated=1), sample("loses", 0.9, 0.4)]
    rows = rank_samples(samples)
    assert [row.id for row in rows] == ["three faults", "one fault", "lost", "loses", "clean", "unknown"]
    assert [row.verdict for row in rows] == ["3 faults", "1 fault", "not aligned", "loses the text", "no fault found",
                                             "no scores"]
    assert rows[0].length_ratio == pytest.approx(1.25) and rows[2].faults is None


def test_run_in_a_row():
    summary = RunSummary(Path("x"), "x", "mytts", RunStatus("finished", 30, NOW), preset="tiny")
    scalars = {schema.TRAIN_LOSS: series(*np.linspace(3, 1, 500)), schema.VALIDATION_PREFIX + "loss": series(2, 1, 1.5)}
    row = get_run_row(summary, scalars, [sample(diagonality=0.8, free=0.6)])
    assert (row.state, row.held_out_loss, row.best_held_out_loss, row.best_step) == ("finished", 1.5, 1, 20)
    assert len(row.loss_trend) == 60 and row.loss_trend[0] > row.loss_trend[-1]
    assert (row.diagonality, row.free_diagonality) == (0.8, 0.6)


def test_run_that_cannot_be_read_is_a_row_too():
    row = get_run_row(RunSummary(Path("x"), "x", "", problem="no permission"), {}, [])
    assert row.state == "unreadable" and row.problem == "no permission" and np.isnan(row.train_loss)
