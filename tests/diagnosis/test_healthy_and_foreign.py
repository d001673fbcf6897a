"""No false alarm: healthy facts, the shipped voices, real logs of other programs, and whatever a log may hold."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mytts_core.diagnosis import SEVERITIES, RunFacts, diagnose
from mytts_core.diagnosis.rulebook import diagnose_facts
from mytts_core.runs.reader import find_runs, open_run
from mytts_core.runs.types import GradientNorms, RunStatus, Series
from tests.diagnosis.healthy_facts import NOW, STEPS, findings, healthy, series


@pytest.mark.parametrize("state", ["finished", "running", "interrupted"])
def test_a_healthy_run_shows_nothing(state: str) -> None:
    assert findings(healthy(status=RunStatus(state, 4_000, NOW - 60))) == {}


@pytest.mark.parametrize("last_step", [0, 10, 60, 150, 500, 1_000, 1_500, 2_500])
def test_a_healthy_run_shows_nothing_at_any_earlier_moment(last_step: int) -> None:
    whole = healthy(status=RunStatus("running", last_step, NOW - 2))
    early = {tag: values.part(0, int(np.searchsorted(values.steps, last_step, side="right")))
             for tag, values in whole.scalars.items()}
    rows = int(np.searchsorted(whole.gradients.steps, last_step, side="right"))
    norms = whole.gradients._replace(steps=whole.gradients.steps[:rows], norms=whole.gradients.norms[:rows])
    samples = {step: items for step, items in whole.samples.items() if step <= last_step}
    assert findings(whole._replace(scalars=early, gradients=norms, samples=samples)) == {}


def test_an_empty_run_shows_nothing() -> None:
    assert diagnose_facts(RunFacts("mytts")) == diagnose_facts(RunFacts("tensorboard")) == []


@pytest.mark.parametrize("name", ["kathleen", "espeak"])
def test_the_shipped_voices_show_nothing_to_act_on(repository: Path, name: str) -> None:
    assert [item for item in diagnose(open_run(repository / "sample_runs" / name)) if item.severity != "info"] == []


def test_the_run_that_never_aligned_shows_it(repository: Path) -> None:
    found = {item.rule: item for item in diagnose(open_run(repository / "sample_runs" / "never_aligned"))}
    assert set(found) == {"attention_never_aligned", "prenet_off", "stop_token_never_fires"}
    assert found["attention_never_aligned"].severity == "serious"
    for word in ("guided attention", "prenet", "reduction factor", "noise"):
        assert word in found["attention_never_aligned"].advice.lower()


def test_the_run_that_exploded_shows_it_and_since_when(repository: Path) -> None:
    found = {item.rule: item for item in diagnose(open_run(repository / "sample_runs" / "exploded"))}
    explosion, rate = found["gradient_explosion"], found["learning_rate_too_high"]
    assert explosion.is_serious and 60 < explosion.first_step <= 100 and explosion.last_step == 300
    assert rate.is_serious and rate.first_step == 60
    assert "Clipping, at 1e+09, never applied" in explosion.explanation


def test_real_logs_of_other_programs_raise_no_alarm(shared_data: Path) -> None:
    runs = find_runs(shared_data / "training_logs")
    assert len(runs) > 20
    for summary in runs:
        assert diagnose(open_run(summary.folder)) == [], summary.folder


def test_a_foreign_loss_that_ends_in_nan_is_serious_and_one_bad_value_is_not() -> None:
    falling = 5 * np.exp(-STEPS / 900.0)
    lost, bad = falling.copy(), falling.copy()
    lost[300:], bad[200] = np.nan, np.inf
    found = findings(RunFacts("keras_csv", scalars={"loss": series(STEPS, lost), "accuracy": series(STEPS, falling)}))
    assert found["nonfinite_steps"].is_serious
    assert (found["nonfinite_steps"].first_step, found["nonfinite_steps"].last_step) == (3_010, 4_000)
    found = findings(RunFacts("tensorboard", scalars={"Loss/mel_loss": series(STEPS, bad)}))
    assert found["nonfinite_steps"].severity == "warning" and "Loss/mel_loss" in found["nonfinite_steps"].explanation


def test_a_foreign_loss_may_rise_somewhat_but_not_a_hundredfold() -> None:
    adversarial = 2.0 + STEPS / 1_000.0
    assert findings(RunFacts("tensorboard", scalars={"loss/generator": series(STEPS, adversarial)})) == {}
    diverged = np.where(STEPS < 2_000, 2.0, 300.0)
    found = findings(RunFacts("tensorboard", scalars={"train_loss": series(STEPS, diverged)}))
    assert found["learning_rate_too_high"].severity == "warning"
    assert findings(RunFacts("tensorboard", scalars={"episode_return": series(STEPS, diverged)})) == {}


_values = st.floats(width=32) | st.sampled_from([0.0, 1.0, float("nan"), float("inf")])
_series = st.lists(st.tuples(st.integers(0, 10_000), _values), max_size=40).map(
    lambda points: Series(np.array(sorted(step for step, _ in points), np.int64), np.zeros(len(points)),
                          np.array([value for _, value in points], np.float64)))


@settings(max_examples=60, deadline=None)
@given(st.data(), st.sampled_from(["mytts", "tensorboard"]), st.sampled_from(["running", "finished", "failed", ""]))
def test_whatever_a_log_holds_findings_are_in_order_and_in_range(data: st.DataObject, kind: str, state: str) -> None:
    known = healthy()
    scalars = {tag: data.draw(_series) for tag in known.scalars if data.draw(st.booleans())}
    rows = data.draw(st.integers(0, 8))
    norms = np.array(data.draw(st.lists(_values, min_size=rows * 2, max_size=rows * 2)), np.float32).reshape(rows, 2)
    gradients = GradientNorms(np.arange(rows, dtype=np.int64) * 5, ("a/kernel", "b/0/kernel"), norms)
    with np.errstate(all="ignore"):
        found = diagnose_facts(known._replace(kind=kind, scalars=scalars, gradients=gradients,
                                              status=RunStatus(state, 7, NOW)))
    ranks = [SEVERITIES.index(item.severity) for item in found]
    assert ranks == sorted(ranks, reverse=True)
    for item in found:
        assert -1 <= item.first_step <= item.last_step <= 10_000
        assert item.title and item.explanation and item.advice and item.evidence.view
