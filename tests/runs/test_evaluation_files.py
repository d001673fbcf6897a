"""The kept evaluation of a checkpoint: round trip, and whatever a damaged or foreign file holds."""

from __future__ import annotations

import json
import math
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mytts_core.runs import schema
from mytts_core.runs.evaluation_files import (
    EvaluationColumn,
    EvaluationRecord,
    evaluation_file,
    evaluation_object,
    read_evaluation,
    read_evaluations,
    write_evaluation,
)

RECORD = EvaluationRecord(
    500, "step_000500.weights.h5", "abc", "2026-01-01T00:00:00+00:00", "fingerprint", "griffin_lim", ("a", "b/<c>"),
    ("One.", "‏دو"), 52,
    (EvaluationColumn("mcd", "copy", 1.5, 1.25, 1.75, (1.25, 1.75)),
     EvaluationColumn("stoi", "copy", 0.9, 0.9, 0.9, (0.9, math.nan), reasons={1: "too short"}),
     EvaluationColumn("pesq", "copy", reason="pip install x")), ("a note",))


def test_what_is_written_is_read(tmp_path: Path) -> None:
    path = write_evaluation(tmp_path, RECORD)
    assert path == evaluation_file(tmp_path, 500) == tmp_path / "evaluation" / "step_000500.json"
    found, = read_evaluations(tmp_path)
    assert str(found) == str(RECORD)                    # NaN is not equal to itself, but is written alike
    assert [column.count for column in found.columns] == [2, 1, 0]
    assert found.column("mcd", "copy").mean == 1.5 and found.column("mcd", "recording") is None


def test_no_evaluations_is_an_empty_list_and_other_files_are_passed_over(tmp_path: Path) -> None:
    assert read_evaluations(tmp_path) == []
    write_evaluation(tmp_path, RECORD)
    (tmp_path / "evaluation" / "notes.json").write_text("{}")
    (tmp_path / "evaluation" / ".tmp-1-step_000600.json").write_text("{")
    (tmp_path / "evaluation" / "step_000700.json").mkdir()
    assert [one.step for one in read_evaluations(tmp_path)] == [500]


def test_a_torn_file_and_one_of_a_newer_version_are_named(tmp_path: Path) -> None:
    write_evaluation(tmp_path, RECORD)
    newer = {**evaluation_object(RECORD), "schema": schema.EVALUATION_VERSION + 1}
    (tmp_path / "evaluation" / "step_000600.json").write_text(json.dumps(newer))
    (tmp_path / "evaluation" / "step_000700.json").write_text('{"schema": 1, "step"')
    good, future, torn = read_evaluations(tmp_path)
    assert good.problem == "" and "reads up to 1" in future.problem and "cannot be read" in torn.problem
    assert future.columns == torn.columns == ()


def test_values_that_fit_no_sentence_are_dropped(tmp_path: Path) -> None:
    record = evaluation_object(RECORD)
    record["columns"][0]["values"].append(3.0)
    path = tmp_path / "step_000500.json"
    path.write_text(json.dumps(record))
    assert read_evaluation(500, path).column("mcd", "copy").values == ()


def test_the_file_of_fifty_sentences_is_small(tmp_path: Path) -> None:
    columns = tuple(EvaluationColumn(f"m{n}", "free_running", 1, 1, 1, tuple(n / 7 + i / 3 for i in range(52)))
                    for n in range(38))
    ids = tuple(f"arctic_a{number:04d}" for number in range(52))
    path = write_evaluation(tmp_path, EvaluationRecord(1, ids=ids, texts=("A sentence of fifty letters or so.",) * 52,
                                                       columns=columns))
    assert path.stat().st_size < 50_000


anything = st.recursive(st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=5),
                        lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner,
                                                                                    max_size=4), max_leaves=8)


@settings(deadline=None, max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(field=st.sampled_from(sorted(evaluation_object(RECORD))), part=st.sampled_from(["whole", "first"]),
       value=anything)
def test_whatever_a_field_holds_the_rest_is_read(field: str, part: str, value: object, tmp_path: Path) -> None:
    record = evaluation_object(RECORD)
    if part == "first" and isinstance(record[field], list):
        record[field][0] = value
    else:
        record[field] = value
    path = tmp_path / "step_000500.json"
    path.write_text(json.dumps(record))
    found = read_evaluation(500, path)
    assert found.step == 500
    for column in found.columns:
        assert column.measure and len(column.values) in (0, len(found.ids))


@pytest.mark.parametrize("reasons", [{"1": "short"}, {"-1": "x"}, {"9" * 5000: "x"}, {"²": "x"}, ["x"], {"1": 3}])
def test_reasons_of_any_kind(reasons: object, tmp_path: Path) -> None:
    record = evaluation_object(RECORD)
    record["columns"][1]["reasons"] = reasons
    path = tmp_path / "step_000500.json"
    path.write_text(json.dumps(record))
    found = read_evaluation(500, path).column("stoi", "copy").reasons
    assert set(found) <= {1}
