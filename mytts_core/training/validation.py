"""Held-out losses and alignment, teacher-forced and without window, and the choice of the head."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from mytts_core.config import TrainingConfig
from mytts_core.data.batches import BatchPlan
from mytts_core.data.features import Example, FeatureSet
from mytts_core.monitoring.alignment import AlignmentScores, choose_head, score_alignment
from mytts_core.text.symbols import is_spoken

MAX_UTTERANCES = 64


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
        batch_size = min(config.batch_size, len(held_out), len(features.train_ids))
        self.sample_ids = _spread(held_out, int(config.sample_utterances))
        others = [identity for identity in held_out if identity not in set(self.sample_ids)]
        count = min(MAX_UTTERANCES, len(held_out)) // max(batch_size, 1) * batch_size
        self._held_out = self._plan((self.sample_ids + others)[:count], batch_size)
        self._training = self._plan(_spread(features.train_ids, batch_size), batch_size)

    def _plan(self, ids: Sequence[str], batch_size: int) -> BatchPlan | None:
        if not ids:
            return None
        # One shape for all: one graph more to compile, instead of one a bucket.
        return BatchPlan(self.features, batch_size, length_buckets=1, reduction_factor=self.reduction_factor, ids=ids)

    def run(self, step: Any) -> tuple[dict[str, float], list[TeacherForced]]:
        """Return the mean losses over the held-out utterances, without the guided term, and their passes."""
        return self._evaluate(step, self._held_out)

    def choose_head(self, step: Any) -> tuple[int, int]:
        """Return the (layer, head) that reads training sentences best, by diagonality × coverage."""
        passes = self._evaluate(step, self._training)[1]
        return choose_head([item.attention for item in passes], [spoken(item.example) for item in passes])

    def _evaluate(self, step: Any, plan: BatchPlan | None) -> tuple[dict[str, float], list[TeacherForced]]:
        if plan is None:
            return {}, []
        totals: dict[str, float] = {}
        passes: list[TeacherForced] = []
        number = 0
        for batch in plan.in_order():
            losses, mel, attention = step.evaluate(batch, 0.0)
            mel, attention = np.asarray(mel), np.asarray(attention)
            number += 1
            for name, value in losses.items():
                totals[name] = totals.get(name, 0.0) + float(value)
            for row, identity in enumerate(batch.ids[:batch.num_real]):
                frames, tokens = int(batch["mel_len"][row]), int(batch["enc_len"][row])
                groups = -(-frames // self.reduction_factor)
                passes.append(TeacherForced(self.features.by_id[identity], mel[row, :frames],
                                            attention[row, :, :, :groups, :tokens]))
        return {name: value / number for name, value in totals.items()}, passes


def spoken(example: Example) -> np.ndarray:
    """Return which tokens are letters or phonemes: bool, (S,)."""
    return np.array([is_spoken(token) for token in example.tokens])


def mean_scores(passes: Sequence[TeacherForced], head: tuple[int, int]) -> dict[str, float]:
    """Return the mean diagonality, focus and coverage of one head."""
    scores = [score_alignment(item.attention[head], spoken(item.example)) for item in passes]
    return {name: float(np.mean([getattr(score, name) for score in scores])) for name in AlignmentScores._fields
            if name != "monotonicity"} if scores else {}


def _spread(ids: Sequence[str], count: int) -> list[str]:
    """Return `count` of the ids, evenly spread; all where there are fewer."""
    places = np.unique(np.linspace(0, len(ids) - 1, min(count, len(ids))).round().astype(int)) if ids and count else []
    return [ids[place] for place in places]
