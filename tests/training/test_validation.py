"""What is looked at, in which batches, and which head is chosen; the step is arithmetic here, no model."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from mytts_core.config import TrainingConfig
from mytts_core.data.features import Example, FeatureSet
from mytts_core.text.tokenizer import build_tokenizer
from mytts_core.training.validation import MAX_UTTERANCES, Validation

NUM_BANDS, FACTOR = 3, 2


class Arithmetic:
    """A step whose loss is the mean of the mel, and whose head 1 of layer 0 reads diagonally."""

    def __init__(self, blur: float = 0.0) -> None:
        self.blur = blur

    def evaluate(self, batch: Any, _guided_weight: float) -> tuple[dict[str, Any], Any, Any]:
        rows, tokens = batch["enc_ids"].shape
        groups = batch["mel"].shape[1] // FACTOR
        attention = np.full((rows, 1, 2, groups, tokens), 1 / tokens)
        for row in range(rows):
            frames = -(-int(batch["mel_len"][row]) // FACTOR)
            diagonal = np.zeros((groups, tokens))
            places = np.arange(groups) * int(batch["enc_len"][row]) // frames
            diagonal[np.arange(groups), np.minimum(places, tokens - 1)] = 1
            attention[row, 0, 1] = self.blur * attention[row, 0, 0] + (1 - self.blur) * diagonal
        return {"loss": batch["mel"].mean(axis=(1, 2)).mean()}, batch["mel"], attention


def features(num_held_out: int, num_training: int) -> FeatureSet:
    """Return utterances of 8 letters and 20 frames; the mel of utterance i is i everywhere."""
    tokenizer = build_tokenizer(["abcdefgh"], "characters", "en-us")
    ids, tokens = tokenizer.encode("abcdefgh"), tokenizer.tokens("abcdefgh")
    examples = [Example(f"u{i:04d}", "abcdefgh", ids, tokens, np.full((20, NUM_BANDS), i, np.float32),
                        np.zeros(4, np.float32)) for i in range(num_held_out + num_training)]
    zeros, ones = np.zeros(NUM_BANDS, np.float32), np.ones(NUM_BANDS, np.float32)
    return FeatureSet(examples, tokenizer, zeros, ones, np.zeros(4), np.ones(4), [], "x", 1.0,
                      [example.id for example in examples[:num_held_out]], Path("corpus"))


@pytest.mark.parametrize(("num_held_out", "num_training", "batch_size"), [
    (3, 9, 4), (10, 30, 4), (150, 150, 128), (150, 150, 16), (2, 1, 64)])
def test_every_size_of_batch_gives_losses_and_each_utterance_once(num_held_out: int, num_training: int,
                                                                  batch_size: int) -> None:
    validation = Validation(features(num_held_out, num_training), TrainingConfig(batch_size=batch_size), FACTOR)
    losses, passes = validation.run(Arithmetic())
    looked_at = {item.example.id for item in passes}
    assert len(passes) == len(looked_at) == min(num_held_out, MAX_UTTERANCES)
    assert np.isfinite(losses["loss"]) and 0 <= losses["loss"] < num_held_out, "held-out utterances alone"
    assert set(validation.sample_ids) <= looked_at


def test_without_held_out_utterances_there_is_nothing_to_report() -> None:
    assert Validation(features(0, 5), TrainingConfig(), FACTOR).run(Arithmetic()) == ({}, [])


def test_attention_is_cut_to_groups_and_tokens() -> None:
    passes = Validation(features(4, 8), TrainingConfig(batch_size=4), FACTOR).run(Arithmetic())[1]
    assert {item.attention.shape for item in passes} == {(1, 2, 10, 10)} and {len(item.mel) for item in passes} == {20}


def test_the_head_that_reads_training_sentences_is_chosen_and_stays_until_another_is_clearly_better() -> None:
    validation = Validation(features(4, 8), TrainingConfig(batch_size=4), FACTOR)
    assert validation.choose_head(Arithmetic()) == (0, 1)
    assert validation.choose_head(Arithmetic(), current=(0, 0)) == (0, 1)
    assert validation.choose_head(Arithmetic(blur=1.0), current=(0, 1)) == (0, 1), "equals do not take over"
