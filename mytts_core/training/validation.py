"""Held-out losses and alignment, teacher-forced and without window, and the choice of the head.

A run has one head, chosen on training sentences. Before attention has aligned any choice is arbitrary, so it is made
anew at each sample step until training ends; the one in the last checkpoint's JSON is the run's, and every evaluation
of the run uses it. Samples record the head that stood when they were made.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from mytts_core.config import TrainingConfig
from mytts_core.data.batches import BatchPlan
from mytts_core.data.features import Example, FeatureSet
from mytts_core.monitoring.alignment import AlignmentScores, head_scores, score_alignment

MAX_UTTERANCES = 64

HEAD_MARGIN = 0.02
"""By how much another head must read better than the current one to take its place."""


class TeacherForced(NamedTuple):
    """One utterance's teacher-forced pass: mel (T, n_mels) normalised, attention (L, H, groups, S), both unpadded."""

    example: Example
    mel: np.ndarray
    attention: np.ndarray


class Validation:
    """The held-out utterances that are looked at, and training sentences to choose the head on, in one batch shape.

    The first `sample_utterances` held-out utterances are those shown as samples: evenly spread over the sorted ids.

    Attributes:
        sample_ids: held-out ids shown as samples; empty where nothing is held out.
    """

    def __init__(self, features: FeatureSet, config: TrainingConfig, reduction_factor: int) -> None:
        self.features, self.reduction_factor = features, reduction_factor
        held_out = list(features.held_out)
        sizes = (config.batch_size, MAX_UTTERANCES, len(held_out), len(features.train_ids))
        self._batch_size = min(size for size in sizes if size)      # so that the first batch is always a full one
        self.sample_ids = _spread(held_out, int(config.sample_utterances))
        others = [identity for identity in held_out if identity not in set(self.sample_ids)]
        self._held_out = self._plan((self.sample_ids + others)[:MAX_UTTERANCES])
        self._training = self._plan(_spread(features.train_ids, self._batch_size))

    def _plan(self, ids: Sequence[str]) -> BatchPlan | None:
        if not ids:
            return None
        # One shape for all: one graph more to compile, instead of one a bucket.
        return BatchPlan(self.features, self._batch_size, length_buckets=1, reduction_factor=self.reduction_factor,
                         ids=ids)

    def run(self, step: Any) -> tuple[dict[str, float], list[TeacherForced]]:
        """Return the mean losses over held-out utterances, without the guided term, and their passes.

        Without that term, whose weight changes, losses of different steps compare. Both are empty where nothing is held
        out.
        """
        return self._evaluate(step, self._held_out)

    def choose_head(self, step: Any, current: Sequence[int] | None = None) -> tuple[int, int]:
        """Return the (layer, head) that reads training sentences best, by diagonality × coverage.

        The current one stays unless another is better by `HEAD_MARGIN`, so that a run's head settles.
        """
        passes = self._evaluate(step, self._training)[1]
        scores = head_scores([item.attention for item in passes], [item.example.spoken for item in passes])
        layer, head = (int(place) for place in np.unravel_index(int(scores.argmax()), scores.shape))
        if current is not None and scores[layer, head] < scores[current[0], current[1]] + HEAD_MARGIN:
            return current[0], current[1]
        return layer, head

    def _evaluate(self, step: Any, plan: BatchPlan | None) -> tuple[dict[str, float], list[TeacherForced]]:
        if plan is None:
            return {}, []
        losses: list[dict[str, float]] = []
        passes: list[TeacherForced] = []
        for batch in plan.in_order():
            values, mel, attention = step.evaluate(batch, 0.0)
            mel, attention = np.asarray(mel), np.asarray(attention)
            # A last batch filled up by repeated rows would count some utterances twice.
            if batch.num_real == self._batch_size:
                losses.append({name: float(value) for name, value in values.items()})
            for row, identity in enumerate(batch.ids[:batch.num_real]):
                frames, tokens = int(batch["mel_len"][row]), int(batch["enc_len"][row])
                groups = -(-frames // self.reduction_factor)
                passes.append(TeacherForced(self.features.by_id[identity], mel[row, :frames],
                                            attention[row, :, :, :groups, :tokens]))
        return {name: float(np.mean([item[name] for item in losses])) for name in losses[0]}, passes


def mean_scores(passes: Sequence[TeacherForced], head: tuple[int, int]) -> dict[str, float]:
    """Return the mean diagonality, focus and coverage of one head."""
    scores = [score_alignment(item.attention[head], item.example.spoken) for item in passes]
    return {name: float(np.mean([getattr(score, name) for score in scores])) for name in AlignmentScores._fields
            if name != "monotonicity"} if scores else {}


def _spread(ids: Sequence[str], count: int) -> list[str]:
    """Return `count` of the ids, evenly spread; all where there are fewer."""
    if not ids or not count:
        return []
    places = np.linspace(0, len(ids) - 1, min(count, len(ids))).round().astype(int)
    return [ids[place] for place in np.unique(places)]
