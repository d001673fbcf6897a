from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mytts_core.data.batches import BatchPlan, _bucket_borders
from mytts_core.data.features import Example, FeatureSet
from mytts_core.errors import CorpusError
from mytts_core.text.symbols import SPECIALS
from mytts_core.text.tokenizer import CharacterTokenizer


def feature_set(lengths: list[int], held_out: int = 0) -> FeatureSet:
    random = np.random.default_rng(0)
    examples = []
    for index, frames in enumerate(lengths):
        ids = [0, *random.integers(4, 7, size=max(1, frames // 5)).tolist(), 2]
        mel = random.normal(-4, 2, (frames, 8)).astype(np.float32)
        examples.append(Example(f"u{index:04d}", "text", ids, ["x"] * len(ids), mel,
                                np.array([1, np.nan, 3, -2], dtype=np.float32)))
    return FeatureSet(examples, CharacterTokenizer([*SPECIALS, "a", "b", "c"]), np.full(8, -4.0, dtype=np.float32),
                      np.full(8, 2.0, dtype=np.float32), np.zeros(4, dtype=np.float32), np.ones(4, dtype=np.float32),
                      [], "", 0.0, [e.id for e in examples[:held_out]], Path("corpus"))


LENGTHS = np.random.default_rng(1).integers(20, 400, size=137).tolist()


def test_contents_of_a_batch() -> None:
    features = feature_set(LENGTHS)
    plan = BatchPlan(features, batch_size=8, length_buckets=3, seed=1, reduction_factor=4)
    batch = plan.batch_at(5)
    tokens, frames = batch["enc_ids"].shape[1], batch["mel"].shape[1]
    assert (tokens, frames) in plan.shapes and frames % 4 == 0
    for row, identity in enumerate(batch.ids):
        example = features.by_id[identity]
        length = batch["enc_len"][row]
        assert batch["enc_ids"][row, :length].tolist() == example.token_ids
        assert (batch["enc_ids"][row, length:] == 1).all()
        assert batch["mel_len"][row] == len(example.mel)
        np.testing.assert_allclose(batch["mel"][row, :len(example.mel)] * 2 - 4, example.mel, atol=1e-5)
        assert not batch["mel"][row, len(example.mel):].any()
        assert batch["prosody"][row].tolist() == [1, 0, 3, -2]
    kinds = {name: array.dtype for name, array in batch.items()}
    assert kinds == {"enc_ids": np.int32, "enc_len": np.int32, "mel": np.float32, "mel_len": np.int32,
                     "prosody": np.float32}


@pytest.mark.parametrize("batch_size", [8, 500])
def test_one_batch_of_each_shape_with_its_share_of_an_epoch(batch_size: int) -> None:
    plan = BatchPlan(feature_set(LENGTHS), batch_size, length_buckets=3, seed=1, reduction_factor=4)
    walked = Counter(plan.batch_at(step)["mel"].shape for step in range(plan.batches_per_epoch))
    assert {batch["mel"].shape: count for batch, count in plan.one_of_each_shape()} == walked


def test_random_access_equals_walking_and_any_other_plan() -> None:
    features = feature_set(LENGTHS)
    walked = [BatchPlan(features, 8, 3, seed=7).batch_at(step) for step in range(60)]
    other = BatchPlan(features, 8, 3, seed=7)
    for step in (59, 3, 40, 3, 0):
        again = other.batch_at(step)
        assert again.ids == walked[step].ids
        for name in again:
            np.testing.assert_array_equal(again[name], walked[step][name])
    assert [b.ids for b in walked[:10]] != [BatchPlan(features, 8, 3, seed=8).batch_at(s).ids for s in range(10)]


def test_an_epoch_holds_every_training_example_and_no_held_out_one() -> None:
    features = feature_set(LENGTHS, held_out=20)
    plan = BatchPlan(features, 8, 3, seed=0)
    for epoch in range(3):
        seen = [i for k in range(plan.batches_per_epoch) for i in plan.batch_at(epoch * plan.batches_per_epoch + k).ids]
        assert set(seen) == set(features.train_ids)
        assert len(seen) < len(features.train_ids) + 3 * 8
    orders = {tuple(plan.batch_at(epoch * plan.batches_per_epoch).ids) for epoch in range(5)}
    assert len(orders) == 5


def test_held_out_batches_have_the_shapes_of_training_and_each_example_once() -> None:
    features = feature_set(LENGTHS, held_out=21)
    training, held_out = BatchPlan(features, 8, 3), BatchPlan(features, 8, 3, ids=features.held_out)
    assert training.shapes == held_out.shapes and len(training.shapes) <= 3
    batches = list(held_out.in_order())
    assert all(batch["mel"].shape[0] == 8 for batch in batches)
    assert sorted(i for batch in batches for i in batch.ids[:batch.num_real]) == features.held_out


def test_fewer_examples_than_a_batch() -> None:
    plan = BatchPlan(feature_set([50, 60]), batch_size=8, length_buckets=3)
    assert set(plan.batch_at(0).ids) | set(plan.batch_at(1).ids) == {"u0000", "u0001"}
    with pytest.raises(CorpusError, match="no utterance"):
        BatchPlan(feature_set([50, 60]), 8, ids=[])


@settings(deadline=None, max_examples=60)
@given(lengths=st.lists(st.integers(1, 60), min_size=1, max_size=12), buckets=st.integers(1, 4))
def test_borders_pad_as_little_as_any_others(lengths: list[int], buckets: int) -> None:
    from itertools import combinations

    def padded(borders: tuple[int, ...]) -> int:
        return sum(min(b for b in borders if b >= length) for length in lengths)

    values = sorted(set(lengths))
    best = min(padded((*inner, values[-1])) for k in range(min(buckets, len(values)))
               for inner in combinations(values[:-1], k))
    borders = _bucket_borders(lengths, buckets)
    assert len(borders) <= buckets and padded(tuple(borders)) == best
