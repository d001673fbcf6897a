"""A run in a row, its findings counted and worded, and where configurations differ."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from dashboard.figures.configurations import NOT_SET, get_configuration_differences
from dashboard.figures.health import count_findings, get_verdict, steps_in_words
from dashboard.figures.summary import get_run_row, main_loss_tag, small_line
from mytts_core.config import RunConfig, get_model_preset
from mytts_core.diagnosis import Evidence, Finding
from mytts_core.runs import schema
from mytts_core.runs.digest import Digest, digest_of
from mytts_core.runs.types import AlignmentRecord, FreeRunningRecord, RunStatus, RunSummary, SampleSummary, Series

NOW = 1_000_000.0


def digest(*values):
    return digest_of(Series(np.arange(1, len(values) + 1) * 10, np.full(len(values), NOW), np.array(values, float)))


def sample(diagonality=0.9, free=0.9):
    record = None if free is None else FreeRunningRecord(AlignmentRecord(free), 100, "stop_token")
    return SampleSummary(500, "a", Path("."), target_frames=80, free_running=record,
                         teacher_forced=AlignmentRecord(diagonality, 0.6, 0.7, 1.0))


def finding(severity="serious", first=10, last=20):
    return Finding("rule", severity, "Title", first, last, "Explanation", "Advice", Evidence("overview", {}))


SUMMARY = RunSummary(Path("x"), "x", "mytts", RunStatus("finished", 30, NOW), preset="tiny")


def test_run_in_a_row():
    digests = {schema.TRAIN_LOSS: digest(*np.linspace(3, 1, 500)), schema.VALIDATION_PREFIX + "loss": digest(2, 1, 1.5),
               schema.SECONDS_PER_STEP: digest(0.5, 0.25)}
    row = get_run_row(SUMMARY, digests, samples=[sample(0.8, 0.6)], tags=("a",),
                      findings=count_findings([finding(), finding("warning")]))
    assert (row.state, row.held_out_loss, row.best_held_out_loss, row.best_step) == ("finished", 1.5, 1, 20)
    assert (row.step, row.seconds_per_step, row.train_loss, row.best_loss) == (5_000, 0.25, 1, 1)
    assert 0 < len(row.loss_trend) <= 128 and row.loss_trend[0] == 3 and row.loss_trend[-1] == 1
    assert (row.diagonality, row.free_diagonality) == (0.8, 0.6)
    assert row.findings == (1, 1, 0) and row.tags == ("a",)


def test_scores_that_are_logged_count_before_those_of_samples():
    digests = {schema.VALIDATION_PREFIX + "diagonality": digest(0.4, 0.7),
               schema.FREE_RUNNING_PREFIX + "diagonality": digest(0.5)}
    row = get_run_row(SUMMARY, digests, samples=[sample(0.8, 0.6)])
    assert (row.diagonality, row.free_diagonality) == (0.7, 0.5)


@pytest.mark.parametrize("values", [(), (2.0,), (np.nan, np.nan), (1.0, np.nan, np.inf)])
def test_loss_of_any_kind_makes_a_row(values):
    row = get_run_row(SUMMARY, {schema.TRAIN_LOSS: digest(*values)})
    finite = [value for value in values if np.isfinite(value)]
    assert list(row.loss_trend) == finite
    assert (row.best_loss == min(finite)) if finite else np.isnan(row.best_loss)


def test_run_that_cannot_be_read_is_a_row_too():
    row = get_run_row(RunSummary(Path("x"), "x", "", problem="no permission"), {})
    assert row.state == "unreadable" and row.problem == "no permission" and np.isnan(row.train_loss)


@pytest.mark.parametrize(("tags", "loss"), [
    (["accuracy"], ""), (["val_loss", "loss"], "loss"), (["Loss/mel_loss", "Loss/total_loss"], "Loss/total_loss"),
    (["training/loss", schema.TRAIN_LOSS], schema.TRAIN_LOSS), (["eval/loss"], "eval/loss")])
def test_loss_of_another_program_is_found_by_its_name(tags, loss):
    assert main_loss_tag(dict.fromkeys(tags, Digest())) == loss


def test_small_line_leaves_out_what_is_not_finite():
    assert small_line(digest(1, np.nan, 3)) == (1, 3) and small_line(None) == ()


def test_verdict_reassures_only_where_there_is_something_and_nothing_wrong():
    assert get_verdict([], 3).level == "good"
    assert "log_interval" in get_verdict([], 0).text
    assert get_verdict([finding()], 3) is None


@pytest.mark.parametrize(("first", "last", "words"), [
    (-1, -1, ""), (500, 500, "step 500"), (500, 1_500, "steps 500 to 1,500"), (-1, 7, "step 7"), (7, -1, "step 7")])
def test_steps_of_a_finding_in_words(first, last, words):
    assert steps_in_words(finding(first=first, last=last)) == words


def test_only_differing_fields_of_configurations_are_listed_in_their_order():
    first, second = (RunConfig(model=get_model_preset(name)).to_dict() for name in ("tiny", "normal"))
    found = get_configuration_differences({"a": first, "b": second, "c": first})
    assert [(one.field, one.values) for one in found] == [
        ("model.num_layers", ("4", "8", "4")), ("model.d_model", ("256", "512", "256")),
        ("model.num_heads", ("4", "8", "4")), ("model.dff", ("1024", "2048", "1024"))]


def test_fields_that_one_run_lacks_and_long_values_are_shown_short():
    found = get_configuration_differences({"a": {"x": {"y": None}, "long": list(range(99)), "text": "t" * 500},
                                           "b": {"x": {}, "long": [0.123456789], "text": "t"}})
    values = {one.field: one.values for one in found}
    assert values["x.y"] == ("null", NOT_SET) and values["x"] == (NOT_SET, "{}")
    assert values["long"] == ("99 items: 0, 1, 2, …", "[0.123456789]")
    assert len(values["text"][0]) == 80


@pytest.mark.parametrize("configurations", [{}, {"a": {"x": 1}}, {"a": {"x": 1}, "b": {"x": 1}}])
def test_same_configurations_do_not_differ(configurations):
    assert get_configuration_differences(configurations) == []
