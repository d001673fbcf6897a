import math

import pytest

from mytts_core.config import TrainingConfig
from mytts_core.training.schedule import learning_rate


def config(**values) -> TrainingConfig:
    return TrainingConfig(**{"learning_rate": 0.002, "warmup_steps": 100, "max_steps": 1100, **values})


@pytest.mark.parametrize(("schedule", "step", "expected"), [
    ("inverse_sqrt", 50, 0.001),
    ("inverse_sqrt", 100, 0.002),
    ("inverse_sqrt", 400, 0.001),
    ("cosine", 100, 0.002),
    ("cosine", 600, (0.002 + 1e-5) / 2),
    ("cosine", 1100, 1e-5),
    ("cosine", 5000, 1e-5),
    ("constant", 25, 0.0005),
    ("constant", 1100, 0.002),
])
def test_learning_rate(schedule: str, step: int, expected: float) -> None:
    assert learning_rate(step, config(schedule=schedule)) == pytest.approx(expected)


@pytest.mark.parametrize("schedule", ["inverse_sqrt", "cosine", "constant"])
def test_it_never_jumps(schedule: str) -> None:
    rates = [learning_rate(step, config(schedule=schedule)) for step in range(1, 1200)]
    assert max(abs(b - a) for a, b in zip(rates, rates[1:])) <= 0.002 / 100 + 1e-12


@pytest.mark.parametrize("schedule", ["inverse_sqrt", "cosine", "constant"])
def test_no_warm_up(schedule: str) -> None:
    rate = learning_rate(1, config(schedule=schedule, warmup_steps=0))
    assert math.isfinite(rate) and 0 < rate <= 0.002
