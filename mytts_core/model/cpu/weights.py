"""The decoder's weights as panels in the order of their use, kept with the model while they stay the same."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np

from mytts_core.model.cpu.panels import PANEL, aligned, num_panels, write_panels
from mytts_core.model.decoder_weights import DecoderShape, collect

PRECISIONS = {"float32": np.float32, "bfloat16": np.uint16}  # of the matrices; NumPy has no bfloat16 of its own
# Matrices: the prenet's (its last one alone without hidden layers), then so many a layer, then the output's.
PRENET = 3
PER_LAYER = 9
QUERY, KEY, VALUE, SELF_OUTPUT, CROSS_QUERY, CROSS_OUTPUT, INNER, GATE, INNER_OUTPUT = range(PER_LAYER)
_NAMES = ("query", "key", "value", "self_output", "cross_query", "cross_output", "w1", "w_gate", "w2")
_BY_HEAD = ("query", "key", "value", "cross_query")
# Normalisations: so many a layer, then the final one.
NORMS_PER_LAYER = 3
SELF_NORM, CROSS_NORM, INNER_NORM = range(NORMS_PER_LAYER)
_NORM_NAMES = ("self_norm", "cross_norm", "ffn_norm")


class Panels(NamedTuple):
    """The weights that a step reads.

    matrices: float32, or uint16 holding bfloat16, flat: every matrix in panels.
    at, rows, panels: int64 (matrices,): where each begins, its units in and its panels of units out, or 0.
    biases: float32, flat, zeros after each matrix's last column.
    bias_at: int64 (matrices,): where each matrix's biases begin.
    norms: float32 (normalisations, 2, d_model), scale and offset.
    """

    matrices: np.ndarray
    at: np.ndarray
    rows: np.ndarray
    panels: np.ndarray
    biases: np.ndarray
    bias_at: np.ndarray
    norms: np.ndarray


class _Matrix(NamedTuple):
    """A kernel (rows, columns) and its bias; each of its `parts` of columns begins at a panel."""

    kernel: np.ndarray
    bias: np.ndarray
    parts: int

    @property
    def panels_of_part(self) -> int:
        return num_panels(self.kernel.shape[1] // self.parts)


class _Kept(NamedTuple):
    """Packed matrices, and the kernels that they were made of: immutable arrays of the backend, seen by NumPy."""

    packed: np.ndarray
    kernels: list[np.ndarray]


def panels_of(model, precision: str) -> Panels:
    """Return the model's weights as panels.

    The matrices are kept with the model, and made anew once any of its kernels has been assigned to.

    Args:
        model: a `TransformerTTS` on the CPU.
        precision: 'float32' or 'bfloat16'.
    """
    shape, weights = DecoderShape.of(model), collect(model)
    matrices = list(_in_order(shape, weights))
    rows = np.array([0 if matrix is None else matrix.kernel.shape[0] for matrix in matrices], np.int64)
    panels = np.array([0 if matrix is None else matrix.parts * matrix.panels_of_part for matrix in matrices], np.int64)
    at, bias_at = (np.concatenate([[0], np.cumsum(sizes)]) for sizes in (rows * panels * PANEL, panels * PANEL))
    packed = _kept(model.decoding_functions, precision, matrices, at)
    return Panels(packed, at[:-1], rows, panels, _biases(matrices, bias_at), bias_at[:-1], _norms(shape, weights))


def _kept(store: dict[str, Any], precision: str, matrices: list[_Matrix | None], at: np.ndarray) -> np.ndarray:
    """Return the packed matrices, those in store if they were made of the same kernels."""
    kernels = [matrix.kernel for matrix in matrices if matrix is not None]
    kept = store.get(f"panels {precision}")
    if kept is not None and _same(kept.kernels, kernels):
        return kept.packed
    packed = aligned(int(at[-1]), PRECISIONS[precision])
    for matrix, begin, end in zip(matrices, at[:-1], at[1:]):
        if matrix is not None:
            outs = packed[begin:end].reshape(matrix.parts, -1)
            for columns, out in zip(np.split(matrix.kernel, matrix.parts, axis=1), outs):
                write_panels(columns, out)
    store[f"panels {precision}"] = _Kept(packed, kernels)
    return packed


def _same(kept: list[np.ndarray], kernels: list[np.ndarray]) -> bool:
    """Return whether kernels are the very arrays kept: as those are held, nothing else can lie where they lie."""
    return all(old.ctypes.data == new.ctypes.data and old.shape == new.shape for old, new in zip(kept, kernels))


def _in_order(shape: DecoderShape, weights: dict[str, Any]) -> Iterator[_Matrix | None]:
    """Yield each matrix, or None where the model has none."""
    yield from [None] * (PRENET - len(weights["prenet"]))
    yield from (_matrix(dense) for dense in weights["prenet"])
    for layer in weights["layers"]:
        for name in _NAMES:
            yield _matrix(layer[name], shape.num_heads if name in _BY_HEAD else 1) if name in layer else None
    yield from (_matrix(weights[name]) for name in ("mel", "stop"))


def _matrix(dense, parts: int = 1) -> _Matrix:
    kernel, negative_bias = (np.asarray(part) for part in dense)
    return _Matrix(kernel, -negative_bias, parts)


def _biases(matrices: list[_Matrix | None], bias_at: np.ndarray) -> np.ndarray:
    biases = np.zeros(bias_at[-1], np.float32)
    for matrix, begin, end in zip(matrices, bias_at[:-1], bias_at[1:]):
        if matrix is not None:
            parts = matrix.bias.reshape(matrix.parts, -1)
            biases[begin:end].reshape(matrix.parts, -1)[:, :parts.shape[1]] = parts
    return biases


def _norms(shape: DecoderShape, weights: dict[str, Any]) -> np.ndarray:
    pairs = [layer[name] for layer in weights["layers"] for name in _NORM_NAMES]
    pairs += [weights["final_norm"]] if shape.final_norm else []
    return np.array([[np.asarray(part) for part in pair] for pair in pairs], np.float32)
