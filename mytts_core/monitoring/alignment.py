"""How well an attention matrix reads its text: four scores, and the choice of one head. NumPy alone.

An attention matrix has a row a decoder step (mel frames, or groups of frames) and a column a token. Always compute it
with the cross-attention window off: inside a window of 0.2 even uniform attention has a diagonality of 0.87.
The scores say whether attention has aligned at all; what went wrong, and where, is in `alignment_path.diagnose_path`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple, Optional

import numpy as np

DIAGONALITY_WIDTH = 0.2
"""g of the diagonality, as a share of the utterance: that of guided attention (Tachibana et al. 2018)."""

STEP_BACK_TOLERANCE = 1
"""Tokens that the argmax may go back without counting: healthy attention flickers between neighbours."""


class AlignmentScores(NamedTuple):
    """Scores of one attention matrix, each in 0..1, higher is better.

    Attributes:
        diagonality: attention mass near the diagonal (see `compute_alignment_diagonality`).
        focus: mean row maximum. Stuck and reversed attention have a perfect focus: never read it alone.
        coverage: share of spoken tokens that are the argmax of some step; 0.5 to 0.9 in healthy speech.
        monotonicity: share of steps that do not go back by more than `STEP_BACK_TOLERANCE` tokens.
    """

    diagonality: float
    focus: float
    coverage: float
    monotonicity: float


def compute_alignment_diagonality(alignment: Any, enc_lens: Any = None, mel_lens: Any = None) -> float:
    """Return the attention mass near the diagonal, from 0 (none) to 1 (all of it).

    Each weight counts exp(−(s/S − t/T)² / 2g²), g = 0.2; the sum is divided by T and averaged over the batch.
    With T=60 and S=20: diagonal 0.99, uniform 0.42, reversed 0.25, stuck at the first token 0.26.

    Args:
        alignment: shape (T, S) or (B, T, S), NumPy array or eager tensor; rows are probabilities over the tokens.
            What is not finite or is negative counts as no mass; a row that sums to more than 1 counts as 1.
        enc_lens: true numbers of tokens, shape (B,) or one number; None where nothing is padded.
        mel_lens: true numbers of steps, shape (B,) or one number; None where nothing is padded.

    Raises:
        ValueError: for another shape, an empty matrix, or lengths outside 1..S or 1..T.

    Source:
        The weight is one minus the penalty of guided attention, Tachibana et al. 2018, arXiv:1710.08969, section 4.1.
    """
    batch = np.asarray(alignment)
    if batch.ndim == 2:
        batch = batch[None]
    if batch.ndim != 3 or 0 in batch.shape:
        raise ValueError(f"alignment has the shape {np.shape(alignment)}; it must be (steps, tokens) or "
                         "(batch, steps, tokens) with at least one of each")
    num_steps = _lengths(mel_lens, batch.shape[0], batch.shape[1], "mel_lens")
    num_tokens = _lengths(enc_lens, batch.shape[0], batch.shape[2], "enc_lens")
    scores = [_diagonality(clean_rows(matrix[:steps, :tokens]))
              for matrix, steps, tokens in zip(batch, num_steps, num_tokens)]
    return float(np.mean(scores))


def score_alignment(attention: Any, spoken: Any = None, enc_len: Optional[int] = None,
                    mel_len: Optional[int] = None) -> AlignmentScores:
    """Score one attention matrix.

    Args:
        attention: shape (T, S), a row a mel frame or a group of frames: the scores are the same for both.
        spoken: bool, shape (S,) or longer: True for letters and phonemes. None counts every token.
        enc_len: true number of tokens. None: all of them.
        mel_len: true number of rows. None: all of them.

    Raises:
        ValueError: for a shape or a length that does not fit.
    """
    matrix = true_part(attention, enc_len, mel_len)
    letters = spoken_mask(spoken, matrix.shape[1])
    path = matrix.argmax(axis=1)
    return AlignmentScores(_diagonality(matrix), float(matrix.max(axis=1).mean()), _coverage(path, letters),
                           _monotonicity(matrix, path))


def head_scores(attentions: Sequence[Any], spoken: Optional[Sequence[Any]] = None) -> np.ndarray:
    """Return the mean over sentences of diagonality × coverage of every head.

    Args:
        attentions: a sentence each, shape (L, H, T, S) without padding; T in frames or groups.
        spoken: for each sentence a bool mask of shape (S,), or None.

    Returns:
        float64, shape (L, H), in 0..1.

    Raises:
        ValueError: without a sentence, or where sentences differ in layers or heads.
    """
    masks = [None] * len(attentions) if spoken is None else list(spoken)
    if not len(attentions) or len(masks) != len(attentions):
        raise ValueError(f"{len(attentions)} attentions and {len(masks)} masks: give one mask for each of at least "
                         "one sentence")
    arrays = [np.asarray(attention) for attention in attentions]
    if any(array.ndim != 4 or array.shape[:2] != arrays[0].shape[:2] for array in arrays):
        raise ValueError(f"attentions have the shapes {[array.shape for array in arrays][:4]}; each must be (layers, "
                         "heads, steps, tokens), with the same layers and heads")
    total = np.zeros(arrays[0].shape[:2])
    for array, mask in zip(arrays, masks):
        for layer, head in np.ndindex(*total.shape):
            scores = score_alignment(array[layer, head], mask)
            total[layer, head] += scores.diagonality * scores.coverage
    return total / len(arrays)


def choose_head(attentions: Sequence[Any], spoken: Optional[Sequence[Any]] = None) -> tuple[int, int]:
    """Return (layer, head) with the highest mean of diagonality × coverage; the first of equals.

    Choose once per run, on training sentences, and record it: focus alone would pick collapsed heads.
    Arguments and errors are those of `head_scores`.
    """
    scores = head_scores(attentions, spoken)
    layer, head = np.unravel_index(int(scores.argmax()), scores.shape)
    return int(layer), int(head)


def true_part(attention: Any, enc_len: Optional[int] = None, mel_len: Optional[int] = None) -> np.ndarray:
    """Return the unpadded part of a (T, S) matrix as clean float64 rows.

    Raises:
        ValueError: for a shape or a length that does not fit.
    """
    matrix = np.asarray(attention)
    if matrix.ndim != 2 or 0 in matrix.shape:
        raise ValueError(f"attention has the shape {matrix.shape}; it must be (steps, tokens), neither of them 0")
    steps = int(_lengths(mel_len, 1, matrix.shape[0], "mel_len")[0])
    tokens = int(_lengths(enc_len, 1, matrix.shape[1], "enc_len")[0])
    return clean_rows(matrix[:steps, :tokens])


def clean_rows(matrix: np.ndarray) -> np.ndarray:
    """Return rows as float64 without negative or non-finite weights, each summing to at most 1."""
    rows = np.nan_to_num(np.asarray(matrix, np.float64), nan=0.0, posinf=0.0, neginf=0.0).clip(min=0.0)
    return rows / np.maximum(rows.sum(axis=1, keepdims=True), 1.0)


def spoken_mask(spoken: Any, num_tokens: int) -> np.ndarray:
    """Return `spoken` as a bool array of shape (num_tokens,); all True for None.

    Raises:
        ValueError: where the mask is shorter than the tokens.
    """
    if spoken is None:
        return np.ones(num_tokens, bool)
    mask = np.asarray(spoken, bool)
    if mask.ndim != 1 or len(mask) < num_tokens:
        raise ValueError(f"spoken has the shape {mask.shape}; it must hold one value for each of {num_tokens} tokens")
    return mask[:num_tokens]


def _lengths(lengths: Any, batch_size: int, limit: int, name: str) -> np.ndarray:
    if lengths is None:
        return np.full(batch_size, limit)
    values = np.atleast_1d(np.asarray(lengths)).astype(np.int64)
    if values.shape != (batch_size,) or values.min() < 1 or values.max() > limit:
        raise ValueError(f"{name} is {np.asarray(lengths).tolist()}; it must be {batch_size} length(s) in 1..{limit}")
    return values


def _diagonality(matrix: np.ndarray) -> float:
    num_steps, num_tokens = matrix.shape
    distance = np.arange(num_tokens)[None, :] / num_tokens - np.arange(num_steps)[:, None] / num_steps
    weights = np.exp(-np.square(distance) / (2 * DIAGONALITY_WIDTH**2))
    return float((matrix * weights).sum() / num_steps)


def _coverage(path: np.ndarray, spoken: np.ndarray) -> float:
    if not spoken.any():
        return 0.0
    attended = np.zeros(len(spoken), bool)
    attended[path] = True
    return float(attended[spoken].mean())


def _monotonicity(matrix: np.ndarray, path: np.ndarray) -> float:
    # A reduction factor r repeats each row r times: equal neighbours are one step, so that r does not change the score.
    steps = (matrix[1:] != matrix[:-1]).any(axis=1)
    if not steps.any():
        return 1.0
    return float((np.diff(path)[steps] >= -STEP_BACK_TOLERANCE).mean())
