"""The path through an attention matrix: cheapest by brute force, blind to jitter, the same at any reduction factor."""

from __future__ import annotations

import numpy as np
import pytest

from mytts_core.monitoring.reading_path import (
    BACK_BASE,
    BACK_COST,
    BACK_LIMIT,
    FORWARD_COST,
    FORWARD_LIMIT,
    _cheapest_path,
    trace_path,
)


def jump_cost(distance: int) -> float:
    if distance >= 0:
        return min(FORWARD_COST * max(distance - 1, 0), FORWARD_LIMIT)
    return min(BACK_BASE - BACK_COST * distance, BACK_LIMIT)


@pytest.mark.parametrize("seed", range(20))
def test_the_path_is_the_cheapest_of_all(seed: int) -> None:
    rng = np.random.default_rng(seed)
    cost = rng.exponential(4, (rng.integers(1, 12), rng.integers(1, 60)))
    num_rows, num_tokens = cost.shape
    jumps = np.array([[jump_cost(after - before) for after in range(num_tokens)] for before in range(num_tokens)])
    total = cost[0]
    for row in range(1, num_rows):
        total = (total[:, None] + jumps).min(axis=0) + cost[row]
    path = _cheapest_path(cost)
    price = cost[np.arange(num_rows), path].sum() + jumps[path[:-1], path[1:]].sum()
    assert price == pytest.approx(total.min())


def test_a_single_row_that_points_elsewhere_does_not_move_the_path() -> None:
    tokens = np.arange(120) // 6
    attention = 0.9 * np.eye(20)[tokens] + 0.1 / 20
    attention[60:62] = np.eye(20)[2]
    assert np.abs(trace_path(attention).tokens - tokens).max() <= 1


def test_a_visit_of_a_fifth_of_a_second_moves_the_path() -> None:
    tokens = np.arange(120) // 6
    attention = np.eye(20)[tokens]
    attention[60:78] = np.eye(20)[2]
    assert (trace_path(attention).tokens[62:76] == 2).all()


def test_repeated_rows_and_another_frame_rate_give_the_same_path() -> None:
    rng = np.random.default_rng(0)
    groups = 0.8 * np.eye(15)[np.arange(45) // 3] + 0.2 * rng.dirichlet(np.ones(15), 45)
    slow = trace_path(groups, frames_per_second=20)
    fast = trace_path(np.repeat(groups, 4, axis=0), frames_per_second=80)
    assert (np.repeat(slow.tokens, 4) == fast.tokens).all()
    np.testing.assert_allclose(4 * slow.frames, fast.frames)


def test_attention_far_from_the_path_is_no_time_on_a_token() -> None:
    attention = 0.5 * np.eye(30)[np.arange(90) // 3] + 0.5 / 30
    frames = trace_path(attention).frames
    assert frames.sum() < 0.65 * 90          # half the mass is spread; what lies within two tokens of the path remains
    assert frames[5:25].min() > 1.5
