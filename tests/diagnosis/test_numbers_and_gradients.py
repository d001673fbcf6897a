"""Rules about numbers and gradients: each on facts that have the trouble, and on facts that nearly have it."""

from __future__ import annotations

import numpy as np
import pytest

from mytts_core.diagnosis.rules.gradients import block_of
from mytts_core.runs.types import GradientNorms, RunStatus
from tests.diagnosis.healthy_facts import NOW, ROWS, STEPS, VARIABLES, findings, healthy, series


def skipped_after(counts: dict[int, int]) -> dict:
    """Scalars whose counter of skipped steps rises by `counts` at steps."""
    total = sum(np.where(STEPS >= step, count, 0) for step, count in counts.items())
    return {"train/skipped_steps": series(STEPS, total)}


def with_norms(change) -> dict:
    facts = healthy()
    norms = facts.gradients.norms.copy()
    change(norms)
    return {"gradients": GradientNorms(ROWS, VARIABLES, norms)}


def test_single_skipped_steps_are_a_warning_with_their_range() -> None:
    found = findings(healthy(scalars=skipped_after({1_200: 1, 2_500: 2})))
    assert set(found) == {"nonfinite_steps"}
    item = found["nonfinite_steps"]
    assert item.severity == "warning" and (item.first_step, item.last_step) == (1_191, 2_500)
    assert item.explanation.startswith("3 of 4,000 steps (0.07%), 0% of the most recent ones")
    assert item.evidence.view == "metric_trends" and item.evidence.query["metric"] == "train/skipped_steps"


def test_many_skipped_steps_at_the_end_are_serious() -> None:
    assert findings(healthy(scalars=skipped_after({3_800: 30})))["nonfinite_steps"].is_serious
    assert not findings(healthy(scalars=skipped_after({800: 30})))["nonfinite_steps"].is_serious


def test_a_run_that_failed_by_skipped_steps_is_serious() -> None:
    found = findings(healthy(scalars=skipped_after({3_900: 5}), status=RunStatus("failed", 4_000, NOW, "not finite")))
    assert list(found)[:2] == ["failed_run", "nonfinite_steps"] and found["nonfinite_steps"].is_serious
    assert "not finite" in found["failed_run"].explanation


def test_half_precision_may_skip_a_step_now_and_then() -> None:
    scalars = skipped_after({10: 2, 2_000: 1})
    assert findings(healthy("mixed_precision=mixed_float16", scalars=scalars))["nonfinite_steps"].severity == "info"
    many = skipped_after({10: 2, 2_000: 100})
    assert findings(healthy("mixed_precision=mixed_float16", scalars=many))["nonfinite_steps"].severity == "warning"


def test_variables_whose_gradients_were_not_finite_are_named_unless_all_were() -> None:
    def one(norms: np.ndarray) -> None:
        norms[4, 2] = np.nan

    def all_of_them(norms: np.ndarray) -> None:
        norms[4] = np.inf

    scalars = skipped_after({500: 1})
    some = findings(healthy(scalars=scalars, **with_norms(one)))["nonfinite_steps"].explanation
    every = findings(healthy(scalars=scalars, **with_norms(all_of_them)))["nonfinite_steps"].explanation
    assert "mel_dense/kernel" in some and "embedding" not in some and "mel_dense" not in every


def test_nan_in_a_loss_alone_is_found_and_in_a_rate_it_is_not() -> None:
    losses = healthy().scalars["validation/loss"].values.copy()
    losses[-3:] = np.nan
    looks = healthy().scalars["validation/loss"].steps
    found = findings(healthy(scalars={"validation/loss": series(looks, losses)}))
    assert found["nonfinite_steps"].is_serious and found["nonfinite_steps"].first_step == looks[-3]
    assert findings(healthy(scalars={"free_running/length_ratio": series(looks, np.nan)})) == {}


def explosion(factor: float, loss_factor: float, stop: int = 4_001) -> dict:
    facts = healthy()
    hot = (STEPS > 2_000) & (STEPS < stop)
    norm, loss = facts.scalars["train/gradient_norm"].values, facts.scalars["train/loss"].values
    return {"train/gradient_norm": series(STEPS, np.where(hot, norm * factor, norm)),
            "train/loss": series(STEPS, np.where(hot, loss * loss_factor, loss))}


def test_norms_that_rise_with_the_loss_are_an_explosion() -> None:
    found = findings(healthy(scalars=explosion(200, 8)))
    assert set(found) == {"gradient_explosion", "learning_rate_too_high"}
    item = found["gradient_explosion"]
    assert item.is_serious and 1_950 < item.first_step <= 2_050 and item.last_step >= 3_990
    assert item.evidence.query["metric"] == "train/gradient_norm"


def test_an_explosion_that_ended_is_a_warning() -> None:
    found = findings(healthy(scalars=explosion(200, 8, stop=2_300)))
    assert set(found) == {"gradient_explosion"}
    assert found["gradient_explosion"].severity == "warning" and found["gradient_explosion"].last_step < 2_400


@pytest.mark.parametrize(("factor", "loss_factor"), [(5, 1.0), (200, 1.0), (5, 1.2)])
def test_larger_norms_without_a_risen_loss_are_none(factor: float, loss_factor: float) -> None:
    assert findings(healthy(scalars=explosion(factor, loss_factor))) == {}


def test_lone_spikes_are_none() -> None:
    norm = healthy().scalars["train/gradient_norm"].values.copy()
    norm[[100, 200, 300]] *= 1_000
    assert findings(healthy(scalars={"train/gradient_norm": series(STEPS, norm)})) == {}


def test_vanished_gradients_are_serious_and_dated() -> None:
    def fade(norms: np.ndarray) -> None:
        norms[ROWS > 2_000] *= 1e-8

    found = findings(healthy(**with_norms(fade)))
    assert set(found) == {"vanishing_gradients"}
    assert found["vanishing_gradients"].is_serious and found["vanishing_gradients"].first_step == 2_100


def test_a_block_whose_share_vanishes_is_named() -> None:
    def encoder(norms: np.ndarray) -> None:
        norms[ROWS > 3_000, 1] *= 1e-7

    item = findings(healthy(**with_norms(encoder)))["vanishing_gradients"]
    assert item.severity == "warning" and item.first_step == 3_100
    assert "encoder_blocks/0" in item.explanation and "mel_dense" not in item.explanation


def test_one_small_variable_in_a_living_block_and_a_short_lull_are_none() -> None:
    def lull(norms: np.ndarray) -> None:
        norms[-4:] *= 1e-9

    def shrink(norms: np.ndarray) -> None:
        norms[:, 1] *= 1e-3

    assert findings(healthy(**with_norms(lull))) == findings(healthy(**with_norms(shrink))) == {}


def test_a_variable_without_gradient_is_named_and_dated() -> None:
    def kill(norms: np.ndarray) -> None:
        norms[ROWS > 2_000, 3] = 0

    found = findings(healthy(**with_norms(kill)))
    assert set(found) == {"dead_variables"}
    item = found["dead_variables"]
    assert item.first_step == 2_100
    assert "1 of 4 variables" in item.explanation and "stop_dense/kernel" in item.explanation
    assert item.evidence.query == {"gradient_step": "4000", "variable": "stop_dense/kernel"}


def test_a_variable_that_misses_some_steps_is_not_dead() -> None:
    def miss(norms: np.ndarray) -> None:
        norms[::2, 3] = 0

    assert findings(healthy(**with_norms(miss))) == {}


@pytest.mark.parametrize(("name", "block"), [
    ("encoder_blocks/0/attention/query_dense/kernel", "encoder_blocks/0"), ("prenet/hidden/0/kernel", "prenet"),
    ("go_frame", "go_frame"), ("mel_dense/kernel", "mel_dense"), ("postnet/convolutions/0/bias", "postnet"),
])
def test_blocks(name: str, block: str) -> None:
    assert block_of(name) == block
