"""Objective measures on the checkpoints page: rows and order as data, and the page with, without and with damage."""

from __future__ import annotations

import math
from pathlib import Path

import h5py
import numpy as np
import pytest

from dashboard.figures.evaluations import (
    get_headlines,
    get_measure_rows,
    get_sentence_table,
    measured_modes,
    never_meant,
    worst_by_choices,
)
from mytts_core.evaluation.measures.catalogue import CATALOGUE, MODES
from mytts_core.runs import schema
from mytts_core.runs.evaluation_files import EvaluationColumn, EvaluationRecord, evaluation_file, write_evaluation
from tests.dashboard.example_runs import HEALTHY, write_example_runs
from tests.dashboard.page_parts import html_of

NAN = math.nan
IDS, TEXTS = ("a", "b", "<i>c</i>"), ("One.", "Two.", "<script>three</script>")


def column(measure: str, mode: str, values=(), reason="", reasons=None) -> EvaluationColumn:
    mean = float(np.nanmean(values)) if len(values) and not np.isnan(values).all() else NAN
    return EvaluationColumn(measure, mode, mean, mean, mean, tuple(values), reason, reasons or {})


def record(step: int, shift: float = 0.0) -> EvaluationRecord:
    return EvaluationRecord(step, "x", "digest", "2026-02-03T04:05:06+00:00", "corpus", "griffin_lim", IDS, TEXTS, 9, (
        column("mcd", "copy", (1.0, 1.0, 1.0)),
        column("mcd", "free_running", (4.0 + shift, 6.0 + shift, NAN), reasons={2: "it is silent"}),
        column("duration_ratio", "free_running", (1.1, 0.5, 1.0)),
        column("stoi", "teacher_forced", (0.9, 0.7, 0.8)),
        column("cer", "free_running", reason='pip install "mytts[metrics]"')), ("another corpus",))


def test_headlines_are_the_measures_that_some_checkpoint_has():
    distance, stoi = get_headlines([record(500), record(1_000, 1.0), EvaluationRecord(1_500, problem="torn")])
    assert (distance.title, distance.values) == ("MCD ↓", {500: 5.0, 1_000: 6.0})
    assert "free-running" in distance.help and "lower is better" in distance.help and "teacher-forced" in stoi.help
    assert get_headlines([]) == get_headlines([EvaluationRecord(1)]) == []


def test_every_measure_has_a_row_with_its_reason():
    rows = dict(zip((info.key for info in CATALOGUE), get_measure_rows(record(500))))
    cells = dict(zip(MODES, rows["mcd"].cells))
    assert cells["free_running"] == "5.00 (5.00–5.00)" and cells["copy"] == "1.00 (1.00–1.00)"
    assert cells["recording"] == cells["teacher_forced"] == "–" and rows["mcd"].why == "1 sentence without a value"
    assert rows["cer"].why == 'pip install "mytts[metrics]"'
    assert rows["pesq"].why == "not measured: run mytts evaluate RUN"
    assert "(dB, ↓)" in rows["mcd"].title


@pytest.mark.parametrize(("mode", "worst_by", "order"), [
    ("free_running", "mcd", ["b", "a", "<i>c</i>"]),                # lower is better; without a value last
    ("free_running", "duration_ratio", ["b", "a", "<i>c</i>"]),     # the farthest from 1
    ("teacher_forced", "stoi", ["b", "<i>c</i>", "a"]),             # higher is better
    ("free_running", "unknown", ["a", "b", "<i>c</i>"])])
def test_the_worst_sentence_is_first(mode, worst_by, order):
    assert list(get_sentence_table(record(500), mode, worst_by).ids) == order


def test_what_never_has_a_value_is_said_once_a_reason():
    lines = never_meant()
    step, = [line for line in lines if "in step" in line]
    assert step.startswith("PESQ, STOI: none for free-running; ")
    itself, = [line for line in lines if "with itself" in line]
    assert itself.count("Mel-cepstral distance") == 1 and "F0 error" in itself and "recordings" in itself
    assert len(lines) == len({reason for info in CATALOGUE for reason in info.not_for.values()})


def test_modes_and_orders_are_those_with_values():
    assert measured_modes(record(500)) == ["free_running", "copy", "teacher_forced"]
    assert worst_by_choices(record(500), "free_running") == ["mcd", "duration_ratio"]
    table = get_sentence_table(record(500), "free_running", "mcd")
    assert table.remarks == ("", "", "Mel-cepstral distance: it is silent")
    assert [info.key for info in table.infos] == ["mcd", "duration_ratio"] and math.isnan(table.values[2][0])


@pytest.fixture
def measured_runs(tmp_path: Path) -> Path:
    root = write_example_runs(tmp_path)
    folder = root / HEALTHY / schema.CHECKPOINTS_FOLDER
    folder.mkdir(exist_ok=True)
    for step in (500, 1_000):
        with h5py.File(folder / f"{schema.step_name(step)}{schema.CHECKPOINT_SUFFIX}", "w") as file:
            file["kernel"] = np.full((4, 4), step, np.float32)
        write_evaluation(root / HEALTHY, record(step, step / 1_000))
    return root


def tables_of(app):
    return {frozenset(table.value.columns): table.value for table in app.dataframe}


def table_with(app, *names):
    return next(value for columns, value in tables_of(app).items() if set(names) <= columns)


def test_the_page_shows_means_beside_the_checkpoints_and_the_worst_sentence_first(open_page, measured_runs):
    app = open_page(measured_runs, "checkpoints", HEALTHY)
    assert not app.exception
    assert list(table_with(app, "Held-out loss")["MCD ↓"]) == [6.0, 5.5]
    measures = table_with(app, "Measure", "Missing")
    assert len(measures) == len(CATALOGUE)
    assert "6.00 (6.00–6.00)" in list(measures["Free-running"])     # of the newest checkpoint
    sentences = table_with(app, "Sentence", "Text")
    assert list(sentences["Sentence"]) == ["b", "a", "<i>c</i>"] and list(sentences["Text"])[2] == TEXTS[2]
    assert "3 of 9 held-out sentences" in html_of(app) and "Note: another corpus." in html_of(app)
    assert "<script>three" not in html_of(app)


def test_the_address_chooses_checkpoint_mode_and_order(open_page, measured_runs):
    app = open_page(measured_runs, "checkpoints", HEALTHY, evaluated="500", evaluated_mode="teacher-forced",
                    worst_by="STOI")
    assert app.selectbox(key="evaluated").value == 500
    assert list(table_with(app, "Sentence", "Text")["Sentence"]) == ["b", "<i>c</i>", "a"]


def test_another_kind_of_speech_has_its_own_orders(open_page, measured_runs):
    app = open_page(measured_runs, "checkpoints", HEALTHY)
    app.selectbox(key="worst_by").set_value("Duration").run()
    app.segmented_control(key="evaluated_mode").set_value("copies").run()
    assert not app.exception and app.selectbox(key="worst_by").value == "Mel-cepstral distance"
    assert list(table_with(app, "Sentence", "Text")["MCD"]) == [1.0, 1.0, 1.0]


def test_without_evaluation_the_command_is_said_and_a_damaged_one_is_named(open_page, measured_runs):
    evaluation_file(measured_runs / HEALTHY, 500).write_text("{torn")
    app = open_page(measured_runs, "checkpoints", HEALTHY)
    assert not app.exception and "The evaluation of step 500 is left out" in html_of(app)
    for step in (500, 1_000):
        evaluation_file(measured_runs / HEALTHY, step).unlink()
    app = open_page(measured_runs, "checkpoints", HEALTHY)
    assert not app.exception and f"mytts evaluate {measured_runs / HEALTHY}" in html_of(app)
    assert "MCD ↓" not in table_with(app, "Held-out loss")


def test_what_is_a_link_out_of_the_root_is_not_read(open_page, measured_runs, tmp_path_factory):
    outside = write_evaluation(tmp_path_factory.mktemp("outside"), record(1_000, 90.0))
    inside = evaluation_file(measured_runs / HEALTHY, 1_000)
    inside.unlink()
    inside.symlink_to(outside)
    app = open_page(measured_runs, "checkpoints", HEALTHY)
    assert not app.exception and app.selectbox(key="evaluated").options == ["500"]
