"""The learning rate: by how far it can move a weight, and by the loss."""

from __future__ import annotations

import numpy as np
import pytest

from mytts_core.diagnosis.curves import Curve
from mytts_core.diagnosis.rules.learning_rate import diverged_from, reach
from mytts_core.runs.types import RunStatus
from tests.diagnosis.healthy_facts import NOW, STEPS, findings, healthy, series

LOOKS = np.arange(500, 4_001, 500)


def losses(first: float, last: float) -> dict:
    return {"train/loss": series(STEPS, np.linspace(first, last, len(STEPS)))}


def test_a_diverged_loss_is_serious_and_dated_by_its_lowest_point() -> None:
    loss = np.where(STEPS <= 2_000, 5 - STEPS / 500, 4.0)
    found = findings(healthy(scalars={"train/loss": series(STEPS, loss)}))
    assert set(found) == {"learning_rate_too_high"}
    item = found["learning_rate_too_high"]
    assert item.is_serious and item.title == "The loss has diverged" and 1_900 < item.first_step <= 2_000


@pytest.mark.parametrize("risen", [1.0, 1.1, 1.25])
def test_a_loss_that_rises_a_little_has_not_diverged(risen: float) -> None:
    loss = np.where(STEPS <= 2_000, 5 - STEPS / 500, 1.0 * risen)
    assert "learning_rate_too_high" not in findings(healthy(scalars={"train/loss": series(STEPS, loss)}))


def test_a_loss_that_came_back_has_not_diverged() -> None:
    loss = np.where((STEPS > 2_000) & (STEPS < 2_500), 30.0, 5 * np.exp(-STEPS / 2_000))
    assert "learning_rate_too_high" not in findings(healthy(scalars={"train/loss": series(STEPS, loss)}))


def test_a_rate_that_throws_weights_about_is_found_before_anything_diverges() -> None:
    rate = {"train/learning_rate": series(STEPS, 0.1)}
    assert findings(healthy(scalars=rate))["learning_rate_too_high"].severity == "warning"       # it reads, so far
    unaligned = {f"{mode}/diagonality": series(LOOKS, 0.42) for mode in ("validation", "free_running")}
    item = findings(healthy(scalars={**rate, **unaligned}))["learning_rate_too_high"]
    assert item.is_serious and "about 1.4 times what fresh weights are" in item.explanation     # 0.1 · √192


@pytest.mark.parametrize("rate", [1e-3, 5e-3, 1e-2])
def test_usual_rates_are_none(rate: float) -> None:
    assert findings(healthy(scalars={"train/learning_rate": series(STEPS, rate)})) == {}


def test_a_rate_that_cannot_move_the_weights_is_found() -> None:
    scalars = {"train/learning_rate": series(STEPS, 1e-6), **losses(5.5, 5.1)}
    found = findings(healthy(scalars=scalars))
    assert set(found) == {"learning_rate_too_low"}
    item = found["learning_rate_too_low"]
    assert item.is_serious and "moved by 5.5%" in item.explanation                              # 4,000 · 1e-6 · √192
    assert "about 1,443-fold" in item.advice
    running = healthy(scalars=scalars, status=RunStatus("running", 4_000, NOW - 1))
    assert findings(running)["learning_rate_too_low"].severity == "warning"


def test_a_low_rate_is_none_where_the_loss_falls_or_the_run_is_fine_tuned_or_warms_up() -> None:
    rate = {"train/learning_rate": series(STEPS, 1e-6)}
    assert findings(healthy(scalars={**rate, **losses(5.5, 2.0)})) == {}
    fine_tuned = healthy(scalars={**rate, **losses(1.1, 1.0)}, command=("mytts", "train", "--init", "runs/first"))
    assert findings(fine_tuned) == {}
    assert findings(healthy("warmup_steps=5000", scalars={**rate, **losses(5.5, 5.1)})) == {}


def test_reach_counts_each_step_once() -> None:
    rates = Curve(np.array([10, 20, 100]), np.array([1.0, 2.0, 0.5]))
    assert reach(rates) == 10 * 1.0 + 10 * 2.0 + 80 * 0.5


@pytest.mark.parametrize(("values", "step"), [
    ([5, 4, 3, 2, 2, 2, 2, 2], None), ([5, 4, 3, 1, 2, 3, 4, 4], 40), ([5, 4, 3, 1, 4, 4, 4, 1.1], None),
    ([5, 1, 9], None), ([0, 0, 0, 0, 0, 0, 1, 1], None),
])
def test_diverged_from(values: list[float], step: int | None) -> None:
    curve = Curve(np.arange(10, 10 * len(values) + 1, 10), np.array(values, float))
    assert diverged_from(curve, 1.3) == step
