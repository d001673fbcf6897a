import json
import math

import numpy as np
import pytest

from mytts_core.config import TrainingConfig
from mytts_core.errors import CheckpointError
from mytts_core.monitoring.norm_history import NormHistory
from mytts_core.training.host_state import HostState


def metrics(loss: float, norm: float, applied: bool = True, clipped: bool = False) -> np.ndarray:
    return np.array([loss, norm, applied, clipped], np.float32)


def test_means_cover_the_steps_since_the_last_log_line() -> None:
    host = HostState()
    for step, (loss, norm) in enumerate([(4.0, 1.0), (2.0, 3.0), (3.0, 2.0)], start=1):
        host.absorb(step, metrics(loss, norm))
    means, largest = host.means()
    assert means[0] == pytest.approx(3.0)
    assert largest == pytest.approx(3.0)
    host.absorb(4, metrics(7.0, 0.5))
    assert host.means()[0][0] == pytest.approx(7.0)


@pytest.mark.parametrize("norms", [[1.0, math.nan, 2.0], [math.nan, 1.0], [1.0, math.inf, math.nan, 5.0]])
def test_a_norm_that_is_not_finite_is_shown(norms: list[float]) -> None:
    host = HostState()
    for step, norm in enumerate(norms, start=1):
        host.absorb(step, metrics(1.0, norm, applied=math.isfinite(norm)))
    assert math.isnan(host.means()[1])


def test_skipped_steps_are_counted_in_all_and_in_a_row() -> None:
    host = HostState()
    for step, applied in enumerate([True, False, False, True, False], start=1):
        host.absorb(step, metrics(1.0, 1.0, applied))
    assert (host.skipped, host.skipped_in_a_row) == (3, 1)


@pytest.mark.parametrize("eager_at", [[], [3], [2, 3, 4, 5], [5]])
def test_thresholds_do_not_depend_on_when_metrics_are_read(eager_at: list[int]) -> None:
    """Metrics are read a step late; where a checkpoint is due, at once. Resuming must not see the difference."""
    host, history, config = HostState(), NormHistory(50.0), TrainingConfig(max_norm=100.0, clip_strategy="percentile")
    norms, pending, thresholds = [8.0, 4.0, 2.0, 16.0, 1.0, 9.0], None, []
    for step, norm in enumerate(norms, start=1):
        thresholds.append(host.threshold(step, history, config))
        if pending is not None:
            host.absorb(*pending)
        pending = (step, metrics(1.0, norm))
        if step in eager_at:
            host.absorb(*pending)
            pending = None
            host = HostState(**json.loads(json.dumps(host.to_dict())))
            history = NormHistory(50.0, norms=history.to_array())
    expected = [100.0, 100.0] + [float(np.median(norms[:step - 2])) for step in range(3, 7)]
    assert thresholds == pytest.approx(expected)


def test_it_comes_back_and_one_of_another_version_is_refused() -> None:
    state = HostState(step=7, head=[1, 2], delayed_norms=[[6, 0.5]])
    assert HostState.from_dict(state.to_dict()) == state
    with pytest.raises(CheckpointError, match="another version.*--init"):
        HostState.from_dict({**state.to_dict(), "colour": "blue"})


def test_the_best_validation_is_remembered_and_worse_ones_counted() -> None:
    host = HostState()
    better = [host.validated(score, step) for step, score in [(1, 2.0), (2, 1.5), (3, 1.6), (4, math.nan), (5, 1.4)]]
    assert better == [True, True, False, False, True]
    assert (host.best_score, host.best_step, host.worse_validations) == (1.4, 5, 0)
