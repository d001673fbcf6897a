"""Faults injected into 24 real attention matrices are told from the originals, and named."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks import alignment_injections as benchmark


@pytest.fixture(scope="module")
def attentions(shared_data):
    return benchmark.load_attention(shared_data / "speech" / "ljspeech_24" / "attention")


@pytest.mark.slow
def test_injected_faults_are_told_from_the_originals_and_named(attentions) -> None:
    assert len(attentions) == 24
    rows, false_alarms = benchmark.measure(attentions, seed=0, draws=1)
    assert {row.kind for row in rows} == {"skipped", "repeated", "stalled", "truncated"}
    for row in rows:
        assert row.auc >= 0.95, row
        assert row.named >= 0.9, row
    assert false_alarms == 0


def test_the_injections_are_what_they_say(attentions) -> None:
    original, rng = attentions[3], np.random.default_rng(0)
    path = original.argmax(axis=1)
    skipped = benchmark.skip(0.1)(original, rng)
    left_out = set(range(skipped.first, skipped.last + 1))
    assert len(left_out) == int(np.ceil(0.1 * original.shape[1]))
    assert not left_out & set(skipped.attention.argmax(axis=1))
    assert len(skipped.attention) == sum(token not in left_out for token in path)
    assert len(benchmark.repeat(1.0)(original, rng).attention) == len(original) + 86
    stalled = benchmark.stall(1.0)(original, rng)
    assert len(stalled.attention) == len(original) + 85
    assert (stalled.attention.argmax(axis=1) == stalled.first).sum() >= 86
    assert len(benchmark.stall(1.0, held_instead=True)(original, rng).attention) == len(original)
    cut = benchmark.truncate(0.2)(original, rng)
    assert len(cut.attention) == len(original) - int(0.2 * len(original))


@pytest.mark.parametrize(("positive", "negative", "expected"), [
    ([2, 3], [0, 1], 1.0), ([0, 1], [2, 3], 0.0), ([1, 1], [1, 1], 0.5), ([0, 2], [1], 0.5),
])
def test_area_under_curve(positive, negative, expected: float) -> None:
    assert benchmark.area_under_curve(np.array(positive), np.array(negative)) == expected
