"""Products with panels against NumPy: any number of vectors, columns that fill no panel, bfloat16."""

import numpy as np
import pytest

pytest.importorskip("numba")

from mytts_core.model.cpu.panels import PANEL, aligned, multiply, num_panels, write_panels


def _packed(matrix, dtype):
    panels = aligned(num_panels(matrix.shape[1]) * matrix.shape[0] * PANEL, dtype)
    write_panels(matrix, panels)
    return panels


def _multiply(x, matrix, dtype=np.float32):
    count = num_panels(matrix.shape[1])
    out = np.full((len(x), count * PANEL), np.nan, np.float32)
    multiply(x, len(x), x.shape[1], _packed(matrix, dtype), 0, len(matrix), out, out.shape[1], 0, count)
    return out


@pytest.mark.parametrize("vectors", [1, 2, 3, 5, 8, 15])
@pytest.mark.parametrize("rows,columns", [(1, 1), (7, 40), (64, 96)])
def test_a_product_is_numpys_and_columns_beyond_the_last_are_zero(vectors, rows, columns):
    generator = np.random.default_rng(vectors)
    x, matrix = (generator.normal(size=size).astype(np.float32) for size in ((vectors, rows), (rows, columns)))
    out = _multiply(x, matrix)
    np.testing.assert_allclose(out[:, :columns], x.astype(float) @ matrix, rtol=1e-5, atol=1e-5)
    assert not out[:, columns:].any()


def test_a_vector_gives_the_same_bits_alone_and_among_others():
    generator = np.random.default_rng(0)
    x, matrix = (generator.normal(size=size).astype(np.float32) for size in ((13, 300), (300, 70)))
    together = _multiply(x, matrix)
    for row in range(len(x)):
        np.testing.assert_array_equal(_multiply(x[row:row + 1], matrix)[0], together[row])


def test_bfloat16_rounds_weights_to_nearest_even_and_keeps_vectors_in_float32():
    tf = pytest.importorskip("tensorflow")
    matrix = np.random.default_rng(1).normal(size=(50, 33)).astype(np.float32)
    rounded = tf.cast(tf.cast(matrix, tf.bfloat16), tf.float32).numpy()
    x = np.random.default_rng(2).normal(size=(3, 50)).astype(np.float32)
    np.testing.assert_allclose(_multiply(x, matrix, np.uint16)[:, :33], x.astype(float) @ rounded, rtol=1e-5, atol=1e-5)
    assert np.abs(rounded - matrix).max() > 1e-4
