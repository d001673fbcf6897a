"""analyze_gradients and its warnings: every way to give gradients, eager and in a graph."""

from __future__ import annotations

import numpy as np
import pytest

from mytts_core.monitoring.gradients import analyze_gradients, gradient_warnings

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def tf():
    return pytest.importorskip("tensorflow")


@pytest.fixture(scope="module")
def model(tf):
    keras = pytest.importorskip("keras")
    keras.utils.set_random_seed(0)
    network = keras.Sequential([keras.layers.Input((3,)), keras.layers.Dense(4, name="inner"),
                                keras.layers.Dense(2, name="outer")])
    network.unused = network.add_weight(shape=(2,), name="unused")
    return network


@pytest.fixture(scope="module")
def loss(tf, model):
    inputs = tf.constant(np.random.default_rng(0).normal(size=(8, 3)).astype(np.float32))
    return lambda factor=1.0: factor * tf.reduce_mean(tf.square(model(inputs)))


@pytest.fixture(scope="module")
def expected(tf, model, loss):
    with tf.GradientTape() as tape:
        value = loss()
    return tape.gradient(value, model.trainable_variables)


def check(stats, expected) -> None:
    norms = np.array([np.linalg.norm(np.asarray(g, np.float64)) for g in expected if g is not None])
    measured = [float(np.asarray(value)) for value in stats["variable_norms"].values()]
    np.testing.assert_allclose(measured, norms, rtol=1e-5)
    for key, value in {"min_norm": norms.min(), "max_norm": norms.max(), "mean_norm": norms.mean(),
                       "std_norm": norms.std(), "global_norm": np.sqrt((norms**2).sum())}.items():
        assert float(np.asarray(stats[key])) == pytest.approx(value, rel=1e-4), key
    assert stats["num_none"] == 1 and int(np.asarray(stats["num_zero"])) == 0
    assert int(np.asarray(stats["num_nonfinite"])) == 0
    assert "warning" not in stats


def test_from_a_callable(model, loss, expected) -> None:
    stats = analyze_gradients(model, loss)
    check(stats, expected)
    assert any("inner" in name and "kernel" in name for name in stats["variable_norms"])
    assert len(stats["variable_norms"]) == 4


def test_from_a_persistent_tape(tf, model, loss, expected) -> None:
    with tf.GradientTape(persistent=True) as tape:
        value = loss()
    tape.gradient(value, model.trainable_variables)
    check(analyze_gradients(model, value, tape=tape), expected)
    check(analyze_gradients(model, loss, tape=tape), expected)      # a callable is computed anew


def test_a_used_tape_that_is_not_persistent_is_refused(tf, model, loss) -> None:
    with tf.GradientTape() as tape:
        value = loss()
    tape.gradient(value, model.trainable_variables)
    with pytest.raises(ValueError, match="persistent=True"):
        analyze_gradients(model, value, tape=tape)


def test_from_gradients(model, expected) -> None:
    check(analyze_gradients(model, None, gradients=expected), expected)
    with pytest.raises(ValueError, match="1 gradients for 5"):
        analyze_gradients(model, None, gradients=expected[:1])


def test_a_bare_eager_tensor_is_refused_with_the_ways_out(tf, model, loss) -> None:
    for value in (loss(), tf.constant(1.0), 1.0, None):
        with pytest.raises(ValueError, match=r"callable.*tape=.*gradients="):
            analyze_gradients(model, value)


def test_in_a_graph_it_returns_tensors_and_the_warning_is_added_eagerly(tf, model, loss, expected) -> None:
    @tf.function
    def step(factor):
        with tf.GradientTape() as tape:
            value = loss(factor)
        grads = tape.gradient(value, model.trainable_variables)
        return analyze_gradients(model, value, gradients=grads), analyze_gradients(model, lambda: loss(factor))

    for stats in step(tf.constant(1.0)):
        check(stats, expected)
        assert isinstance(stats["max_norm"], tf.Tensor)
        check(gradient_warnings(stats), expected)
    stats, _ = step(tf.constant(1e6))
    assert "warning" not in stats
    gradient_warnings(stats)                       # in place as well
    assert "exploding" in stats["warning"]
    stats, _ = step(tf.constant(np.nan))
    assert "not finite" in gradient_warnings(stats)["warning"]


def test_gradients_that_are_all_none_are_the_same_in_a_graph(tf, model) -> None:
    grads = [None] * len(model.trainable_variables)
    in_graph = tf.function(lambda: analyze_gradients(model, None, gradients=grads))()
    eager = analyze_gradients(model, None, gradients=grads)
    assert "all are None" in eager["warning"] and gradient_warnings(in_graph)["warning"] == eager["warning"]
    for name in ("global_norm", "min_norm", "max_norm", "mean_norm", "std_norm", "num_zero", "num_nonfinite",
                 "num_none"):
        assert float(in_graph[name]) == eager[name], name


def test_warnings_say_what_is_wrong(tf, model, loss, expected) -> None:
    exploding = analyze_gradients(model, lambda: loss(1e5))
    assert "exploding" in exploding["warning"] and "kernel" in exploding["warning"]
    assert "warning" not in analyze_gradients(model, lambda: loss(1e5), max_norm=1e6)
    vanishing = analyze_gradients(model, lambda: loss(1e-9))
    assert "vanishing" in vanishing["warning"]
    nothing = analyze_gradients(model, lambda: tf.constant(1.0))
    assert "no trainable variable" in nothing["warning"] and nothing["num_none"] == 5
    assert (nothing["min_norm"], nothing["global_norm"]) == (0, 0)


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_gradients_that_are_not_finite_are_counted_and_left_out(tf, model, expected, bad: float) -> None:
    first, second = [index for index, gradient in enumerate(expected) if gradient is not None][:2]
    broken = list(expected)
    broken[first] = tf.fill(broken[first].shape, np.float32(bad))
    broken[second] = tf.zeros(broken[second].shape)
    stats = analyze_gradients(model, None, gradients=broken)
    assert stats["num_nonfinite"] == 1 and stats["num_zero"] == 1 and stats["num_none"] == 1
    assert not np.isfinite(stats["global_norm"]) and np.isfinite(stats["mean_norm"]) and stats["min_norm"] == 0
    name = next(iter(stats["variable_norms"]))
    assert "not finite" in stats["warning"] and name in stats["warning"]


def test_repeated_rows_of_indexed_slices_count(tf) -> None:
    keras = pytest.importorskip("keras")
    table = keras.layers.Embedding(5, 25)
    table.build((None, None))
    slices = tf.IndexedSlices(tf.ones((4, 25)), tf.constant([0, 0, 0, 0]), tf.constant([5, 25]))
    stats = analyze_gradients(table, None, max_norm=100.0, gradients=[slices])
    assert stats["global_norm"] == pytest.approx(20.0)             # not 10


@pytest.mark.parametrize("max_norm", [0, -1, float("nan"), float("inf")])
def test_a_bad_limit_is_refused(model, expected, max_norm: float) -> None:
    with pytest.raises(ValueError, match="max_norm"):
        analyze_gradients(model, None, max_norm, gradients=expected)
