"""Means with intervals, and what becomes of an evaluation when there is an earlier one."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import scipy.stats

from mytts_core.evaluation.kept import join, keep
from mytts_core.evaluation.mean_interval import mean_interval
from mytts_core.evaluation.tables import measure_lines
from mytts_core.runs.evaluation_files import EvaluationColumn, EvaluationRecord, read_evaluations

NAN = math.nan


def test_the_interval_is_that_of_scipy_s_bootstrap() -> None:
    values = np.random.default_rng(3).gamma(2, 2, 50)
    mean, low, high = mean_interval(values, np.ones(50))
    reference = scipy.stats.bootstrap((values,), np.mean, method="percentile", n_resamples=5_000,
                                      rng=np.random.default_rng(4)).confidence_interval
    assert mean == pytest.approx(values.mean())
    assert (low, high) == pytest.approx((reference.low, reference.high), abs=0.12)


def test_a_rate_is_that_over_everything_and_what_is_missing_is_left_out() -> None:
    mean, low, high = mean_interval([100 * 2 / 4, 100 * 1 / 20, NAN], [4, 20, 1])
    assert mean == pytest.approx(100 * 3 / 24) and low == pytest.approx(5) and high == pytest.approx(50)
    assert all(math.isnan(value) for value in mean_interval([NAN, NAN], [1, 1]))
    assert all(math.isnan(value) for value in mean_interval([], []))
    assert mean_interval([7.0], [1]) == (7, 7, 7)


def column(measure: str, mode: str = "free_running", values: tuple[float, ...] = (1.0, 2.0), reason: str = "",
           ) -> EvaluationColumn:
    mean, low, high = mean_interval(values, [1] * len(values))
    return EvaluationColumn(measure, mode, mean, low, high, values, reason)


def record(*columns: EvaluationColumn, weights: str = "a", ids: tuple[str, ...] = ("x", "y")) -> EvaluationRecord:
    return EvaluationRecord(5, "step_000005.weights.h5", weights, corpus="c", vocoder="griffin_lim", ids=ids,
                            texts=ids, held_out=9, columns=columns)


def test_what_was_measured_before_stays_and_a_missing_package_takes_nothing_away() -> None:
    before = record(column("mcd"), column("pesq", "copy", (3.0, 3.5)), column("cer", values=(8.0, 9.0)))
    now = record(column("mcd", values=(5.0, 6.0)), column("pesq", "copy", (), "pip install x"))
    joined = join(before, now)
    assert joined.column("mcd", "free_running").mean == 5.5
    assert joined.column("pesq", "copy").mean == 3.25 and joined.column("cer", "free_running").mean == 8.5
    assert [one.measure for one in joined.columns] == ["mcd", "cer", "pesq"]     # as the catalogue has them


@pytest.mark.parametrize("other", [{"weights": "b"}, {"corpus": "d"}, {"vocoder": "other"}, {"ids": ("x", "z")}])
def test_what_is_of_other_weights_or_sentences_is_not_mixed_in(other: dict) -> None:
    assert join(replace(record(column("cer")), **other), record(column("mcd"))) == record(column("mcd"))


def test_more_sentences_are_not_replaced_by_fewer_of_the_same_weights(tmp_path: Path) -> None:
    assert "kept in" in keep(tmp_path, record(column("mcd"))).words
    fewer = record(column("mcd", values=(9.0,)), ids=("x",))
    assert "has 2 sentences of these weights" in keep(tmp_path, fewer).words
    assert read_evaluations(tmp_path)[0].column("mcd", "free_running").values == (1, 2)
    assert "kept in" in keep(tmp_path, replace(fewer, weights="new")).words     # the checkpoint was trained again
    assert read_evaluations(tmp_path)[0].ids == ("x",)


def test_a_folder_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    (tmp_path / "evaluation").write_text("a file where the folder should be")
    assert "cannot be written" in keep(tmp_path, record(column("mcd"))).words
    assert "names no step" in keep(tmp_path, replace(record(), step=-1)).words


def test_the_table_says_why_a_value_is_missing() -> None:
    partly = replace(column("stoi", "copy", (0.9, NAN)), reasons={1: "too short"})
    lines = "\n".join(measure_lines([column("mcd"), column("pesq", "copy", (), 'pip install "mytts[pesq]"'),
                                     column("pesq", "teacher_forced", (), 'pip install "mytts[pesq]"'), partly,
                                     column("focus")]))
    assert "Mel-cepstral distance (dB, ↓)" in lines and "1.50 (1.00–2.00)" in lines
    assert 'PESQ: pip install "mytts[pesq]"' in lines
    assert "STOI, copies: 1 of 2 sentences without a value; one: too short" in lines
    assert "no value for free-running speech" in lines and "Focus" not in lines
    assert measure_lines([]) == []
