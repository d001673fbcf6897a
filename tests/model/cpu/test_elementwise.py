"""Numbers one by one against the same in double precision."""

import math

import numpy as np
import pytest

numba = pytest.importorskip("numba")

from mytts_core.model.cpu import elementwise  # noqa: E402


@numba.njit
def _exponentials_of(x):
    out = np.empty_like(x)
    for i in range(len(x)):
        out[i] = elementwise.exponential(x[i])
    return out


def test_the_exponential_is_right_to_the_last_bits_over_its_whole_range():
    x = np.linspace(-87, 88, 100_001).astype(np.float32)
    np.testing.assert_allclose(_exponentials_of(x), np.exp(x.astype(float)), rtol=3e-7)
    clipped = _exponentials_of(np.array([-1e9, 1e9, np.nan, 0], np.float32))
    assert clipped[0] < 2e-38 and 1e38 < clipped[1] < np.inf and np.isnan(clipped[2]) and clipped[3] == 1


def test_gelu_and_swiglu_are_exact():
    x = np.linspace(-9, 9, 10_001).astype(np.float32)
    bias, gate = np.full_like(x, 0.25), np.cos(x)
    made = x.copy()
    elementwise.add_and_gelu(made, bias)
    z = x.astype(float) + 0.25
    np.testing.assert_allclose(made, [0.5 * v * (1 + math.erf(v / math.sqrt(2))) for v in z], atol=1e-6)
    made = x.copy()
    elementwise.add_and_gate(made, bias, gate, bias)
    opening = gate.astype(float) + 0.25
    np.testing.assert_allclose(made, z * opening / (1 + np.exp(-opening)), atol=2e-6)


def test_layer_normalisation_is_keras():
    keras = pytest.importorskip("keras")
    generator = np.random.default_rng(0)
    x, scale, offset = (generator.normal(2, 3, 77).astype(np.float32) for _ in range(3))
    layer = keras.layers.LayerNormalization(epsilon=1e-5)
    layer.build((None, 77))
    layer.set_weights([scale, offset])
    out = np.empty_like(x)
    elementwise.normalize(x, scale, offset, out)
    np.testing.assert_allclose(out, np.asarray(layer(x[None]))[0], atol=1e-5)


def test_exponentials_add_up_and_do_not_overflow():
    scores = np.array([500, 501, -1e9], np.float32)
    total = elementwise.exponentials(scores)
    np.testing.assert_allclose(scores / total, [1 / (1 + math.e), math.e / (1 + math.e), 0], rtol=1e-6, atol=1e-30)
