"""The three clipping strategies against NumPy, eager and compiled; gradients that are broken, missing or sparse."""

from __future__ import annotations

import numpy as np
import pytest

from mytts_core.monitoring.norm_history import NormHistory

pytestmark = pytest.mark.slow

MAX_NORM = 1.0


@pytest.fixture(scope="module")
def tf():
    return pytest.importorskip("tensorflow")


@pytest.fixture(scope="module")
def gradients() -> list[np.ndarray]:
    rng = np.random.default_rng(0)
    shapes = ((1, (3, 4)), (0.01, (5,)), (3, (2, 2, 2)))
    return [rng.normal(0, scale, shape).astype(np.float32) for scale, shape in shapes]


def norm(arrays) -> float:
    return float(np.sqrt(sum(np.square(np.asarray(a, np.float64)).sum() for a in arrays)))


def clip(grads, *arguments, **options):
    from mytts_core.monitoring.gradients import adaptive_gradient_clipping

    clipped, total = adaptive_gradient_clipping(grads, *arguments, **options)
    return [None if gradient is None else np.asarray(gradient) for gradient in clipped], float(np.asarray(total))


@pytest.mark.parametrize("compiled", [False, True], ids=["eager", "compiled"])
@pytest.mark.parametrize("strategy", ["global", "per_layer", "percentile"])
def test_against_numpy(tf, gradients, strategy: str, compiled: bool) -> None:
    from mytts_core.monitoring.clipping import clip_gradients

    threshold = 0.7

    def step(grads, limit):
        return clip_gradients(grads, strategy, MAX_NORM, limit)
    step = tf.function(step, jit_compile=True) if compiled else step
    clipped, total = step([tf.constant(g) for g in gradients], tf.constant(threshold))
    assert float(total) == pytest.approx(norm(gradients), rel=1e-6)
    limit = threshold if strategy == "percentile" else MAX_NORM
    for gradient, result in zip(gradients, clipped):
        reference = norm([gradient]) if strategy == "per_layer" else norm(gradients)
        np.testing.assert_allclose(result, gradient * min(1, limit / reference), rtol=2e-6)


def test_what_is_within_the_limit_comes_back_bit_for_bit(tf, gradients) -> None:
    for strategy in ("global", "per_layer"):
        clipped, _ = clip([tf.constant(g) for g in gradients], 1e3, strategy)
        for gradient, result in zip(gradients, clipped):
            np.testing.assert_array_equal(gradient, result)


def test_percentile_of_a_history(tf, gradients) -> None:
    grads = [tf.constant(g) for g in gradients]
    history = [0.2, 0.4, 0.6, 0.8, np.nan, np.inf]
    clipped, total = clip(grads, norm_type="percentile", history=history, percentile=50)
    assert norm(clipped) == pytest.approx(0.5, rel=1e-5) and total == pytest.approx(norm(gradients), rel=1e-6)
    assert history[:4] == [0.2, 0.4, 0.6, 0.8] and len(history) == 6
    default, _ = clip(grads, norm_type="percentile", history=np.array([0.2, 0.4, 0.6]))
    assert norm(default) == pytest.approx(0.24, rel=1e-5)          # the 10th percentile
    kept, _ = clip(grads, norm_type="percentile", history=NormHistory(norms=[0.2, 0.4, 0.6]))
    assert norm(kept) == norm(default)
    never_above, _ = clip(grads, norm_type="percentile", history=[50.0])
    assert norm(never_above) == pytest.approx(MAX_NORM, rel=1e-5)


def test_percentile_without_a_history_is_the_95th_of_this_steps_norms(tf, gradients) -> None:
    small = [0.05 * g for g in gradients]
    expected = np.percentile([norm([g]) for g in small], 95)
    assert expected < MAX_NORM
    for history in (None, [], [np.nan]):
        clipped, _ = clip([tf.constant(g) for g in small], norm_type="percentile", history=history)
        assert norm(clipped) == pytest.approx(expected, rel=1e-5)


@pytest.mark.parametrize("strategy", ["global", "per_layer", "percentile"])
@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_one_broken_gradient_makes_all_zero_and_the_norm_not_finite(tf, gradients, strategy: str, bad: float) -> None:
    broken = [gradient.copy() for gradient in gradients]
    broken[1][2] = bad
    clipped, total = clip([*map(tf.constant, broken), None], MAX_NORM, strategy)
    assert not np.isfinite(total) and clipped[-1] is None
    assert all((gradient == 0).all() for gradient in clipped[:-1])


def test_none_stays_none_and_no_gradient_has_norm_zero(tf) -> None:
    clipped, total = clip([None, tf.constant([3.0, 4.0]), None])
    assert clipped[0] is None and clipped[2] is None and total == pytest.approx(5)
    np.testing.assert_allclose(clipped[1], [0.6, 0.8], rtol=1e-6)
    for strategy in ("global", "per_layer", "percentile"):
        assert clip([None], norm_type=strategy) == ([None], 0.0)
        clipped, total = clip([tf.zeros((2, 2))], norm_type=strategy)
        assert total == 0 and (clipped[0] == 0).all()


def test_rows_that_indexed_slices_repeat_are_summed(tf) -> None:
    rows = tf.IndexedSlices(tf.ones((4, 25)), tf.constant([1, 1, 0, 3]), tf.constant([5, 25]))
    clipped, total = clip([rows], 1.0)
    dense = np.zeros((5, 25))
    np.add.at(dense, [1, 1, 0, 3], 1)
    assert total == pytest.approx(norm([dense]), rel=1e-6)          # 12.25; without summing 10
    np.testing.assert_allclose(clipped[0], dense / norm([dense]), rtol=1e-5)


def test_the_gradient_of_an_embedding_is_clipped_in_a_compiled_step(tf) -> None:
    table = tf.Variable(tf.ones((6, 3)))

    @tf.function
    def step():
        from mytts_core.monitoring.clipping import clip_gradients

        with tf.GradientTape() as tape:
            loss = tf.reduce_sum(tf.gather(table, [2, 2, 2, 4]))
        gradient = tape.gradient(loss, [table])
        assert isinstance(gradient[0], tf.IndexedSlices)
        return clip_gradients(gradient)
    clipped, total = step()
    assert float(total) == pytest.approx(np.sqrt(30), rel=1e-6)
    assert norm(clipped) == pytest.approx(1, rel=1e-5)


def test_very_large_and_very_small_gradients_keep_their_norm(tf) -> None:
    assert clip([tf.constant([3e30, 4e30])])[1] == pytest.approx(5e30, rel=1e-6)
    assert clip([tf.constant([3e-30, 4e-30])])[1] == pytest.approx(5e-30, rel=1e-6)
    half, total = clip([tf.constant([300.0, 400.0], tf.float16)])
    assert half[0].dtype == np.float16 and total == pytest.approx(500)


@pytest.mark.parametrize(("options", "message"), [
    ({"norm_type": "layer"}, "global, per_layer, percentile"), ({"max_norm": 0}, "max_norm"),
    ({"max_norm": float("nan")}, "max_norm"), ({"max_norm": float("inf")}, "max_norm"),
    ({"percentile": 0, "norm_type": "percentile"}, "percentile"),
])
def test_bad_arguments_are_refused(tf, options, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        clip([tf.constant([1.0])], **options)


def test_the_same_under_jax(gradients) -> None:
    """In a process of its own: a backend is chosen once."""
    import os
    import subprocess
    import sys

    pytest.importorskip("jax")
    code = """
import jax, jax.numpy as jnp, numpy as np
from mytts_core.monitoring.clipping import clip_gradients
from mytts_core.monitoring.gradients import analyze_gradients
grads = [jnp.array([3.0, 4.0]), jnp.array([[12.0]])]
for strategy, expected in (("global", 1.0), ("percentile", 0.5)):
    clipped, total = jax.jit(lambda g: clip_gradients(g, strategy, 1.0, 0.5))(grads)
    assert abs(float(total) - 13) < 1e-5
    assert abs(np.sqrt(sum(float((c**2).sum()) for c in clipped)) - expected) < 1e-5
clipped, total = clip_gradients([grads[0] * jnp.nan, grads[1]])
assert not np.isfinite(float(total)) and float(clipped[1][0, 0]) == 0
print("same")
"""
    done = subprocess.run([sys.executable, "-c", code], env={**os.environ, "KERAS_BACKEND": "jax"}, check=False,
                          capture_output=True, text=True)
    assert "same" in done.stdout, done.stderr
