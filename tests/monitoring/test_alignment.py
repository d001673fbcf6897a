"""The four scores of an attention matrix, against the numbers of API.md and sums written out; the choice of a head."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mytts_core.monitoring.alignment import (
    choose_head,
    compute_alignment_diagonality,
    head_scores,
    score_alignment,
)

T, S = 60, 20


def reading(tokens: np.ndarray, num_tokens: int = S) -> np.ndarray:
    """Return sharp attention that reads `tokens`, one a row."""
    return np.eye(num_tokens)[tokens]


DIAGONAL = reading(np.arange(T) * S // T)
UNIFORM = np.full((T, S), 1 / S)
STUCK = reading(np.zeros(T, int))


def written_out(matrix: np.ndarray) -> float:
    """API.md's formula, one term after the other."""
    steps, tokens = matrix.shape
    total = 0.0
    for t in range(steps):
        for s in range(tokens):
            total += matrix[t, s] * math.exp(-((s / tokens - t / steps) ** 2) / (2 * 0.2**2))
    return total / steps


@pytest.mark.parametrize(("matrix", "expected"), [
    (DIAGONAL, 0.994), (UNIFORM, 0.421), (DIAGONAL[:, ::-1], 0.251), (STUCK, 0.259),
], ids=["diagonal", "uniform", "reversed", "stuck"])
def test_diagonality_of_known_cases(matrix: np.ndarray, expected: float) -> None:
    assert compute_alignment_diagonality(matrix) == pytest.approx(expected, abs=5e-4)
    assert compute_alignment_diagonality(matrix) == pytest.approx(written_out(matrix), abs=1e-12)


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(1, 12), st.integers(1, 9))
def test_diagonality_is_the_formula_and_within_bounds(seed: int, steps: int, tokens: int) -> None:
    matrix = np.random.default_rng(seed).dirichlet(np.ones(tokens), steps)
    score = compute_alignment_diagonality(matrix)
    assert score == pytest.approx(written_out(matrix), abs=1e-12)
    assert 0 <= score <= 1 + 1e-12


def test_diagonality_of_a_batch_is_the_mean_over_true_lengths() -> None:
    rng = np.random.default_rng(0)
    short = reading(np.arange(30) * 8 // 30, 8)
    batch = rng.random((2, T, S))          # what lies in the padding must not matter
    batch[0], batch[1, :30, :8] = UNIFORM, short
    expected = (written_out(UNIFORM) + written_out(short)) / 2
    assert compute_alignment_diagonality(batch, [S, 8], [T, 30]) == pytest.approx(expected, abs=1e-12)
    assert compute_alignment_diagonality(batch[1], 8, 30) == pytest.approx(written_out(short), abs=1e-12)
    assert compute_alignment_diagonality(batch[:1]) == pytest.approx(written_out(UNIFORM), abs=1e-12)


def test_what_is_not_a_weight_carries_no_mass() -> None:
    broken = DIAGONAL.copy()
    broken[:30] = np.nan
    assert compute_alignment_diagonality(broken) == pytest.approx(written_out(np.nan_to_num(broken)))
    assert compute_alignment_diagonality(np.full((T, S), np.nan)) == 0
    assert compute_alignment_diagonality(1000 * DIAGONAL) <= 1


@pytest.mark.parametrize(("alignment", "enc_lens", "mel_lens", "message"), [
    (np.ones(5), None, None, "shape"),
    (np.ones((2, 2, 2, 2)), None, None, "shape"),
    (np.ones((0, 3)), None, None, "shape"),
    (DIAGONAL, 21, None, "enc_lens"),
    (DIAGONAL, None, 0, "mel_lens"),
    (DIAGONAL[None], [3, 4], None, "enc_lens"),
])
def test_diagonality_refuses_what_does_not_fit(alignment, enc_lens, mel_lens, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        compute_alignment_diagonality(alignment, enc_lens, mel_lens)


def test_real_matrices_are_told_from_reversed_shuffled_and_uniform_ones(shared_data) -> None:
    files = sorted((shared_data / "speech" / "ljspeech_24" / "attention").glob("*.npy"))
    assert len(files) == 24
    for number, file in enumerate(files):
        matrix = np.load(file, allow_pickle=False)
        matrix = matrix / matrix.sum(axis=1, keepdims=True)
        order = np.random.default_rng(number).permutation(len(matrix))
        assert compute_alignment_diagonality(matrix) > 0.8, file.name
        for worse in (matrix[::-1], matrix[order], np.full(matrix.shape, 1 / matrix.shape[1])):
            assert compute_alignment_diagonality(worse) < 0.5, file.name


@pytest.mark.parametrize(("matrix", "focus", "coverage", "monotonicity"), [
    (DIAGONAL, 1, 1, 1),
    (UNIFORM, 0.05, 0.05, 1),
    (DIAGONAL[:, ::-1], 1, 1, 1),           # a token back a step is within the tolerance
    (STUCK, 1, 0.05, 1),
    (reading(np.where(np.arange(T) < 30, np.arange(T) // 3, 10 + np.arange(T) // 6)), 1, 0.75, 1),
], ids=["diagonal", "uniform", "reversed", "stuck", "half speed"])
def test_scores_of_known_cases(matrix: np.ndarray, focus: float, coverage: float, monotonicity: float) -> None:
    scores = score_alignment(matrix)
    assert scores.focus == pytest.approx(focus)
    assert scores.coverage == pytest.approx(coverage)
    assert scores.monotonicity == pytest.approx(monotonicity)
    assert scores.diagonality == pytest.approx(compute_alignment_diagonality(matrix))


def test_coverage_counts_spoken_tokens_only() -> None:
    matrix = reading(np.array([0, 1, 1, 4, 5]), 6)
    spoken = np.array([False, True, True, False, True, False])
    assert score_alignment(matrix, spoken).coverage == pytest.approx(2 / 3)
    assert score_alignment(matrix, np.zeros(6, bool)).coverage == 0


def test_scores_ignore_padding() -> None:
    padded = np.random.default_rng(1).random((80, 30))
    padded[:T, :S] = DIAGONAL
    assert score_alignment(padded, np.ones(30, bool), enc_len=S, mel_len=T) == score_alignment(DIAGONAL)


def test_monotonicity_counts_steps_back_and_not_repeated_rows() -> None:
    tokens = np.array([0, 1, 2, 8, 3, 4, 3, 5, 6, 7, 8])   # one step back by 5 in ten; one by 1 is tolerated
    assert score_alignment(reading(tokens)).monotonicity == pytest.approx(0.9)
    assert score_alignment(np.repeat(reading(tokens), 4, axis=0)).monotonicity == pytest.approx(0.9)


@pytest.mark.parametrize(("attention", "arguments", "message"), [
    (DIAGONAL[None], {}, "shape"), (DIAGONAL, {"spoken": [True]}, "spoken"), (DIAGONAL, {"enc_len": 99}, "enc_len"),
])
def test_scores_refuse_what_does_not_fit(attention, arguments, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        score_alignment(attention, **arguments)


def test_the_head_chosen_is_diagonal_and_covers_the_text_not_the_most_focused() -> None:
    soft = 0.7 * DIAGONAL + 0.3 * UNIFORM
    sentence = np.stack([np.stack([STUCK, UNIFORM]), np.stack([DIAGONAL[:, ::-1], soft])])
    worse = np.stack([np.stack([STUCK, UNIFORM]), np.stack([soft, UNIFORM])])
    assert choose_head([sentence]) == (1, 1)
    assert choose_head([sentence, worse, worse]) == (1, 0)      # the mean over sentences decides
    expected = compute_alignment_diagonality(soft) * 1.0
    assert head_scores([sentence])[1, 1] == pytest.approx(expected)
    assert choose_head([np.stack([np.stack([DIAGONAL, DIAGONAL])])]) == (0, 0)


def test_head_scores_take_the_spoken_masks() -> None:
    spoken = np.zeros(S, bool)
    spoken[:2] = True
    scores = head_scores([STUCK[None, None]], [spoken])
    assert scores[0, 0] == pytest.approx(compute_alignment_diagonality(STUCK) / 2)


@pytest.mark.parametrize("attentions", [[], [DIAGONAL], [DIAGONAL[None, None], DIAGONAL[None, None].repeat(2, 0)]])
def test_choose_head_refuses_what_does_not_fit(attentions) -> None:
    with pytest.raises(ValueError, match="attentions"):
        choose_head(attentions)
