import numpy as np
import pytest

from mytts_core.config import TrainingConfig

pytestmark = pytest.mark.slow


class Variable:
    def __init__(self, path: str, value: np.ndarray) -> None:
        self.path, self.shape, self.value = path, value.shape, value


@pytest.fixture
def variables() -> list[Variable]:
    random = np.random.default_rng(0)
    shapes = {"dense/kernel": (4, 3), "dense/bias": (3,), "embedding/embeddings": (5, 2), "go_frame": (1, 1, 2),
              "conv/kernel": (5, 2, 3), "norm/gamma": (3,)}
    return [Variable(path, random.normal(size=shape).astype(np.float32)) for path, shape in shapes.items()]


def reference(values, gradients, config, rates, decayed):
    """AdamW as in the paper, a loop over variables in float64."""
    values = [np.array(value, np.float64) for value in values]
    for i, value in enumerate(values):
        mean, square = np.zeros_like(value), np.zeros_like(value)
        for step, rate in enumerate(rates, start=1):
            gradient = gradients[step - 1][i].astype(np.float64)
            mean = config.beta_1 * mean + (1 - config.beta_1) * gradient
            square = config.beta_2 * square + (1 - config.beta_2) * gradient**2
            direction = mean / (1 - config.beta_1**step)
            direction = direction / (np.sqrt(square / (1 - config.beta_2**step)) + config.epsilon)
            value = value - rate * (direction + config.weight_decay * decayed[i] * value)
        values[i] = value
    return values


def start(variables):
    from mytts_core.training.optimizer import FlatLayout, OptimizerState

    layout = FlatLayout(variables)
    zeros = [np.zeros(size, np.float32) for size in layout.sizes]
    return layout, layout.flatten([v.value for v in variables]), OptimizerState(zeros, list(zeros), np.int32(0))


def test_updates_follow_the_paper_and_decay_kernels_alone(variables: list[Variable]) -> None:
    from mytts_core.training.optimizer import adamw

    config = TrainingConfig(weight_decay=0.1)
    random = np.random.default_rng(1)
    rates = [0.01, 0.02, 0.015, 0.03]
    gradients = [[random.normal(size=v.shape).astype(np.float32) for v in variables] for _ in rates]
    layout, flat, state = start(variables)
    for rate, gradient in zip(rates, gradients):
        flat, state = adamw(flat, layout.flatten(gradient), state, True, rate, config)
    expected = reference([v.value for v in variables], gradients, config, rates, [1, 0, 0, 0, 1, 0])
    for found, wanted in zip(layout.restore(flat), expected):
        np.testing.assert_allclose(np.asarray(found), wanted, rtol=2e-5, atol=1e-6)
    assert int(state.updates) == 4


def test_a_step_that_is_not_applied_changes_nothing(variables: list[Variable]) -> None:
    from mytts_core.training.optimizer import adamw, average

    layout, flat, state = start(variables)
    poison = [np.full(size, np.nan, np.float32) for size in layout.sizes]
    after, new_state = adamw(flat, poison, state, False, 0.1, TrainingConfig())
    averages = average(flat, after, new_state.updates, False, 0.9)
    for arrays, wanted in ((after, flat), (new_state.means, state.means), (new_state.squares, state.squares),
                           (averages, flat)):
        for found, kept in zip(arrays, wanted):
            assert np.array_equal(np.asarray(found), np.asarray(kept))
    assert int(new_state.updates) == 0


@pytest.mark.parametrize("strategy", ["global", "per_layer", "percentile"])
def test_clipping_by_flat_vectors_equals_clipping_by_variable(variables: list[Variable], strategy: str) -> None:
    from mytts_core.training.optimizer import FlatLayout, clip

    random = np.random.default_rng(2)
    gradients = [random.normal(size=v.shape).astype(np.float32) * (i + 1) for i, v in enumerate(variables)]
    norms = np.array([np.linalg.norm(gradient) for gradient in gradients])
    total, layout = np.linalg.norm(norms), FlatLayout(variables)
    done = clip(gradients, layout, 2.5, TrainingConfig(clip_strategy=strategy, max_norm=5.0))
    scales = {"global": 5.0 / total, "percentile": 2.5 / total, "per_layer": np.minimum(1, 5.0 / norms)}[strategy]
    for found, gradient, scale in zip(layout.restore(done.flat), gradients, np.broadcast_to(scales, len(norms))):
        np.testing.assert_allclose(np.asarray(found), gradient * scale, rtol=1e-5)
    np.testing.assert_allclose(np.asarray(done.norms), norms, rtol=1e-5)
    assert float(done.global_norm) == pytest.approx(total, rel=1e-5) and float(done.clipped) == 1.0


def test_averages_forget_the_first_weights_fast() -> None:
    from mytts_core.training.optimizer import average

    averages = [np.array([100.0], np.float32)]
    for count in range(1, 200):
        averages = average(averages, [np.array([1.0], np.float32)], count, True, 0.99)
    assert float(np.asarray(averages[0])[0]) == pytest.approx(1.0, abs=0.01)


def test_the_loss_scale_of_half_precision_halves_and_doubles() -> None:
    from mytts_core.training.optimizer import LOSS_SCALE_STEPS, next_loss_scale

    assert np.asarray(next_loss_scale(np.array([1024.0, 7.0], np.float32), False)).tolist() == [512.0, 0.0]
    almost = np.array([1024.0, LOSS_SCALE_STEPS - 1], np.float32)
    assert np.asarray(next_loss_scale(almost, True)).tolist() == [2048.0, 0.0]
    assert np.asarray(next_loss_scale(np.array([1.0, 0.0], np.float32), False)).tolist() == [1.0, 0.0]
