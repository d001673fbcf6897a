"""Batches in a few fixed shapes, any of them found from (seed, step) alone."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from mytts_core.data.features import Example, FeatureSet
from mytts_core.errors import CorpusError
from mytts_core.text.symbols import PAD_ID

_TOKEN_MULTIPLE = 8
_CANDIDATES = 48   # bucket borders tried


class Batch(dict[str, Any]):
    """NumPy arrays by name, and beside them the ids.

    Keys: "enc_ids" (B, S) int32 padded with 1; "enc_len" (B,) int32; "mel" (B, T, n_mels) float32 normalised, padded
    with 0; "mel_len" (B,) int32 in frames; "prosody" (B, 4) float32 z-scores.

    Attributes:
        ids: B utterance ids.
        num_real: rows after this many repeat others to fill the shape (only `in_order` leaves any).
    """

    def __init__(self, arrays: Any = (), ids: Sequence[str] = (), num_real: int | None = None) -> None:
        super().__init__(arrays)
        self.ids = list(ids)
        self.num_real = len(self.ids) if num_real is None else num_real


class BatchPlan:
    """The order of batches: a fresh permutation each epoch, grouped by length.

    Examples fall into `length_buckets` groups by frames, chosen so that padding is least; each group has one shape
    (S, T), T a multiple of `reduction_factor`. An epoch's last incomplete batch of a group is filled from that group.
    Shapes are taken over all examples of the feature set, so that plans for training and held-out ids share them.

    Args:
        feature_set: what `prepare_features` returns.
        batch_size: B.
        length_buckets: at most this many shapes.
        seed: of the permutations.
        reduction_factor: r of the model.
        ids: which examples; None takes the training ids.

    Raises:
        CorpusError: if there are no examples.
    """

    def __init__(self, feature_set: FeatureSet, batch_size: int, length_buckets: int = 3, seed: int = 0,
                 reduction_factor: int = 1, ids: Sequence[str] | None = None) -> None:
        self.feature_set = feature_set
        self.batch_size = batch_size
        self.seed = seed
        ids = feature_set.train_ids if ids is None else ids
        examples = [feature_set.by_id[identity] for identity in ids]
        if not examples:
            raise CorpusError(f"{feature_set.folder} leaves no utterance to make batches of: add recordings")
        borders = _bucket_borders([len(example.mel) for example in feature_set.examples], length_buckets)
        self.shapes = _bucket_shapes(feature_set.examples, borders, reduction_factor)
        buckets = np.searchsorted(borders, [len(example.mel) for example in examples])
        self._members = [[examples[i] for i in np.flatnonzero(buckets == b)] for b in range(len(borders))]
        self._batches_in_bucket = [math.ceil(len(members) / batch_size) for members in self._members]
        self.batches_per_epoch = sum(self._batches_in_bucket)
        self._epoch: tuple[int, list[tuple[int, np.ndarray]]] | None = None

    def batch_at(self, step: int) -> Batch:
        """Return the batch of a step, counted from 0; the same for the same (seed, step)."""
        epoch, index = divmod(int(step), self.batches_per_epoch)
        if self._epoch is None or self._epoch[0] != epoch:
            self._epoch = (epoch, self._arrange(epoch))
        bucket, chosen = self._epoch[1][index]
        return self._assemble(bucket, [self._members[bucket][i] for i in chosen])

    def in_order(self) -> Iterator[Batch]:
        """Yield every example once, for validation; the last batch of a bucket repeats rows after `num_real`."""
        for bucket, members in enumerate(self._members):
            for start in range(0, len(members), self.batch_size):
                chosen = members[start:start + self.batch_size]
                filled = [chosen[i % len(chosen)] for i in range(self.batch_size)]
                yield self._assemble(bucket, filled, num_real=len(chosen))

    def one_of_each_shape(self) -> Iterator[tuple[Batch, int]]:
        """Yield a batch of each group of lengths, and how many batches an epoch has of it; one batch at a time."""
        for bucket, (members, count) in enumerate(zip(self._members, self._batches_in_bucket)):
            if members:
                filled = [members[i % len(members)] for i in range(self.batch_size)]
                yield self._assemble(bucket, filled), count

    def _arrange(self, epoch: int) -> list[tuple[int, np.ndarray]]:
        """The batches of an epoch: (bucket, positions in it), shuffled."""
        random = np.random.Generator(np.random.Philox(np.random.SeedSequence([self.seed, epoch])))
        batches = []
        for bucket, members in enumerate(self._members):
            if not members:
                continue
            order = np.resize(random.permutation(len(members)), self._batches_in_bucket[bucket] * self.batch_size)
            batches += [(bucket, part) for part in order.reshape(-1, self.batch_size)]
        return [batches[i] for i in random.permutation(len(batches))]

    def _assemble(self, bucket: int, examples: list[Example], num_real: int | None = None) -> Batch:
        tokens, frames = self.shapes[bucket]
        features = self.feature_set
        enc_ids = np.full((len(examples), tokens), PAD_ID, dtype=np.int32)
        mel = np.zeros((len(examples), frames, len(features.mel_mean)), dtype=np.float32)
        for row, example in enumerate(examples):
            enc_ids[row, :len(example.token_ids)] = example.token_ids
            mel[row, :len(example.mel)] = features.normalised_mel(example)
        arrays = {"enc_ids": enc_ids, "enc_len": np.array([len(e.token_ids) for e in examples], dtype=np.int32),
                  "mel": mel, "mel_len": np.array([len(e.mel) for e in examples], dtype=np.int32),
                  "prosody": np.stack([features.normalised_prosody(e) for e in examples])}
        return Batch(arrays, [example.id for example in examples], num_real)


def _bucket_borders(frames: Sequence[int], buckets: int) -> np.ndarray:
    """The longest length of each bucket, rising: at most `buckets` of them, such that padded frames are fewest."""
    lengths = np.sort(np.asarray(frames))
    counts = np.unique(np.linspace(0, len(lengths), min(_CANDIDATES, len(lengths)) + 1).astype(int))[1:]
    longest = lengths[counts - 1]
    # plans[j]: (padded frames, borders) for the counts[j] shortest utterances; each round allows one bucket more.
    plans: list[tuple[int, tuple[int, ...]]] = [(int(longest[j] * counts[j]), (int(longest[j]),))
                                                for j in range(len(counts))]
    for _ in range(buckets - 1):
        plans = [min([plans[j], *((plans[i][0] + int(longest[j] * (counts[j] - counts[i])),
                                   (*plans[i][1], int(longest[j]))) for i in range(j))]) for j in range(len(counts))]
    return np.unique(plans[-1][1])


def _bucket_shapes(examples: Sequence[Example], borders: np.ndarray, reduction_factor: int) -> list[tuple[int, int]]:
    buckets = np.searchsorted(borders, [len(example.mel) for example in examples])
    shapes = []
    for bucket, longest in enumerate(borders):
        tokens = max((len(e.token_ids) for e, b in zip(examples, buckets) if b == bucket), default=_TOKEN_MULTIPLE)
        shapes.append((_round_up(tokens, _TOKEN_MULTIPLE), _round_up(int(longest), reduction_factor)))
    return shapes


def _round_up(value: int, multiple: int) -> int:
    return -(-value // multiple) * multiple
