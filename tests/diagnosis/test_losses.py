"""Overfitting and plateau: what has to come together, and each of its parts missing."""

from __future__ import annotations

import numpy as np
import pytest

from mytts_core.diagnosis.rules.losses import free_running_error
from mytts_core.runs.types import RunStatus
from tests.diagnosis.healthy_facts import LOOKS, NOW, STEPS, findings, healthy, series

HELD_OUT = [0.40, 0.34, 0.30, 0.31, 0.33, 0.34, 0.36, 0.37]
READING = [0.7, 0.9, 0.95, 0.94, 0.90, 0.88, 0.80, 0.75]
TRAINING = 0.25 + 0.3 * np.exp(-STEPS / 1_500)


def by_heart(held_out=HELD_OUT, free=READING, training=TRAINING) -> dict:
    return {"validation/mel_loss_post": series(LOOKS, held_out), "free_running/diagonality": series(LOOKS, free),
            "train/mel_loss_post": series(STEPS, training)}


def test_overfitting_needs_held_out_loss_and_free_running_to_worsen_while_training_improves() -> None:
    found = findings(healthy(scalars=by_heart()))
    assert set(found) == {"overfitting"}
    item = found["overfitting"]
    assert item.is_serious and (item.first_step, item.last_step) == (2_000, 4_000)
    assert "lowest at step 1,500 (0.3)" in item.explanation and "checkpoint of step 1,500" in item.advice


@pytest.mark.parametrize("part", [
    {"free": [0.7, 0.9, 0.92, 0.93, 0.95, 0.96, 0.97, 0.97]},           # speech goes on improving
    {"held_out": [0.40, 0.34, 0.30, 0.302, 0.301, 0.303, 0.302, 0.304]},  # a wobble
    {"held_out": [0.40, 0.34, 0.32, 0.31, 0.30, 0.29, 0.28, 0.30]},     # one look after the best
    {"training": np.where(STEPS < 1_500, TRAINING, 0.37)},              # training does not improve either
])
def test_with_a_part_missing_it_is_none(part: dict) -> None:
    assert findings(healthy(scalars=by_heart(**part))) == {}


def test_without_free_running_nothing_is_claimed() -> None:
    facts = healthy(scalars=by_heart())
    scalars = {tag: values for tag, values in facts.scalars.items() if not tag.startswith("free_running/")}
    assert findings(facts._replace(scalars=scalars)) == {}


def test_free_running_error_adds_what_goes_wrong() -> None:
    values = {"diagonality": 0.9, "stop_rate": 0.5, "length_ratio": 0.8, "skipped": 7.0}
    facts = healthy(scalars={f"free_running/{name}": series(LOOKS, value) for name, value in values.items()})
    np.testing.assert_allclose(free_running_error(facts).values, 0.1 + 0.5 + 0.2 + 1.0)


def standstill(start: int, rate=1e-3) -> dict:
    noise = np.random.default_rng(2).normal(1, 0.01, len(STEPS))
    return {"train/loss": series(STEPS, np.where(STEPS < start, 5 - 3 * STEPS / start, 2.0) * noise),
            "validation/loss": series(LOOKS, np.where(LOOKS < start, 3 - LOOKS / start, 2.0)),
            "train/learning_rate": series(STEPS, rate)}


def test_a_standstill_at_a_high_rate_is_a_plateau_and_long_ones_are_a_warning() -> None:
    found = findings(healthy(scalars=standstill(1_500)))
    assert set(found) == {"plateau"}
    assert found["plateau"].severity == "warning" and found["plateau"].first_step == 1_500
    item = findings(healthy(scalars=standstill(2_500)))["plateau"]
    assert item.severity == "info" and item.first_step == 2_500 and "38% of the run" in item.explanation


def test_a_short_standstill_an_annealed_one_and_slow_progress_are_none() -> None:
    assert findings(healthy(scalars=standstill(3_500))) == {}
    assert findings(healthy(scalars=standstill(1_500, np.linspace(1e-3, 1e-5, len(STEPS))))) == {}
    slow = {"train/loss": series(STEPS, 2 - STEPS / 20_000), "validation/loss": series(LOOKS, 2 - LOOKS / 20_000)}
    assert findings(healthy(scalars=slow, status=RunStatus("running", 4_000, NOW))) == {}


def test_a_training_that_cannot_move_is_not_told_to_lower_its_rate() -> None:
    idle = {"train/loss": series(STEPS, 5.0), "validation/loss": series(LOOKS, 3.0),
            "train/learning_rate": series(STEPS, 1e-6)}
    assert set(findings(healthy(scalars=idle))) == {"learning_rate_too_low"}
    assert set(findings(healthy(scalars={**idle, "train/learning_rate": series(STEPS, 1e-3)}))) == {"plateau"}


def test_held_out_loss_at_rest_while_training_loss_falls_is_none() -> None:
    falls = {**standstill(1_500), "train/loss": series(STEPS, 1 + 4 * np.exp(-STEPS / 2_000))}
    assert findings(healthy(scalars=falls)) == {}
