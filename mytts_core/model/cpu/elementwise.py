"""What decoding computes number by number, in float32, in a form that the compiler turns into vector instructions."""

from __future__ import annotations

import math

import numpy as np
from llvmlite import ir
from numba import types
from numba.extending import intrinsic

from mytts_core.layers.encoder_block import LAYER_NORM_EPSILON
from mytts_core.model.cpu.compiled import compiled, with_free_sums

_ONE, _HALF = np.float32(1), np.float32(0.5)
_EPSILON = np.float32(LAYER_NORM_EPSILON)
_LARGEST, _SMALLEST = np.float32(88), np.float32(-87)  # arguments of exp that stay normal numbers
_LOG2_E = np.float32(1 / math.log(2))
_LN_2_HIGH = np.float32(0.693359375)  # few bits, so that its multiples are exact
_LN_2_LOW = np.float32(math.log(2) - 0.693359375)
_ROUND = np.float32(1.5 * 2**23)  # adding and taking it away rounds to a whole number
_E2, _E3, _E4, _E5, _E6 = (np.float32(1 / math.factorial(n)) for n in range(2, 7))
_SQRT_HALF = np.float32(math.sqrt(0.5))
# Abramowitz and Stegun 1964, Handbook of Mathematical Functions, 7.1.26: |error| ≤ 1.5e-7.
_ERF_P = np.float32(0.3275911)
_ERF = tuple(np.float32(a) for a in (0.254829592, -0.284496736, 1.421413741, -1.453152027, 1.061405429))
_A1, _A2, _A3, _A4, _A5 = _ERF


@intrinsic
def _power_of_two(typing_context, exponent):
    """Return 2 to a whole float32 in [-126, 127]."""
    def generate(context, builder, signature, args):
        whole = ir.IntType(32)
        biased = builder.add(builder.fptosi(args[0], whole), whole(127))
        return builder.bitcast(builder.shl(biased, whole(23)), ir.FloatType())

    return types.float32(types.float32), generate


@compiled
def exponential(x):
    """Return exp(x) within 2 units in the last place; x is clipped to [-87, 88], and NaN stays NaN."""
    clipped = min(max(x, _SMALLEST), _LARGEST) if x == x else _SMALLEST
    whole = (clipped * _LOG2_E + _ROUND) - _ROUND
    r = (clipped - whole * _LN_2_HIGH) - whole * _LN_2_LOW
    series = _ONE + r * (_ONE + r * (_E2 + r * (_E3 + r * (_E4 + r * (_E5 + r * _E6)))))
    return series * _power_of_two(whole) + (x - x)


@compiled
def sigmoid(x):
    """Return 1 / (1 + exp(-x))."""
    return _ONE / (_ONE + exponential(-x))


@compiled
def _gelu(x):
    z = x * _SQRT_HALF
    size = abs(z)
    t = _ONE / (_ONE + _ERF_P * size)
    tail = t * (_A1 + t * (_A2 + t * (_A3 + t * (_A4 + t * _A5)))) * exponential(-size * size)
    return _HALF * x * (_ONE + (_ONE - tail if z >= 0 else tail - _ONE))


@compiled
def add(x, other):
    """Add `other` to x in place."""
    for i in range(len(x)):
        x[i] += other[i]


@compiled
def add_both(x, other, third):
    """Add two arrays to x in place."""
    for i in range(len(x)):
        x[i] += other[i] + third[i]


@compiled
def add_and_scale(x, other, factor):
    """Replace x by (x + other) · factor."""
    for i in range(len(x)):
        x[i] = (x[i] + other[i]) * factor


@compiled
def add_and_rectify(x, other):
    """Replace x by max(0, x + other)."""
    for i in range(len(x)):
        value = x[i] + other[i]
        x[i] = np.float32(0) if value < 0 else value


@compiled
def add_and_gelu(x, other):
    """Replace x by the exact GELU of x + other (Hendrycks and Gimpel 2016, arXiv:1606.08415, section 2)."""
    for i in range(len(x)):
        x[i] = _gelu(x[i] + other[i])


@compiled
def add_and_gate(x, other, gate, gate_other):
    """Replace x by (x + other) · swish(gate + gate_other) (SwiGLU: Shazeer 2020, arXiv:2002.05202, section 2)."""
    for i in range(len(x)):
        opening = gate[i] + gate_other[i]
        x[i] = (x[i] + other[i]) * opening * sigmoid(opening)


@compiled
def rotate(x, cosine, sine):
    """Rotate the pairs (i, i + len(x) / 2) in place."""
    half = len(cosine)
    for i in range(half):
        first, second = x[i], x[half + i]
        x[i] = first * cosine[i] - second * sine[i]
        x[half + i] = first * sine[i] + second * cosine[i]


@with_free_sums
def normalize(x, scale, offset, out):
    """Write the layer normalisation of x into `out`."""
    share = _ONE / np.float32(len(x))
    total = np.float32(0)
    for i in range(len(x)):
        total += x[i]
    mean = total * share
    total = np.float32(0)
    for i in range(len(x)):
        total += (x[i] - mean) * (x[i] - mean)
    factor = _ONE / np.float32(math.sqrt(total * share + _EPSILON))
    for i in range(len(x)):
        out[i] = (x[i] - mean) * factor * scale[i] + offset[i]


@with_free_sums
def _total(x):
    total = np.float32(0)
    for i in range(len(x)):
        total += x[i]
    return total


@compiled
def _largest(x):
    largest = x[0]
    for i in range(1, len(x)):
        if x[i] > largest:
            largest = x[i]
    return largest


@compiled
def exponentials(scores):
    """Replace scores by their exponentials, shifted so that none overflows, and return the sum."""
    largest = _largest(scores)
    for i in range(len(scores)):
        scores[i] = exponential(scores[i] - largest)
    return _total(scores)
