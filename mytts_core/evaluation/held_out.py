"""A run with its corpus again: the held-out sentences, some training sentences, and a model to judge."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, NamedTuple, Optional

import numpy as np

from mytts_core.data.batches import BatchPlan
from mytts_core.data.features import Example, FeatureSet, prepare_features
from mytts_core.errors import CorpusError
from mytts_core.monitoring.alignment import choose_head
from mytts_core.runs.types import CheckpointInfo
from mytts_core.synthesis.checkpoint_choice import Choice, read_run_config
from mytts_core.synthesis.engine import BATCH_SIZE, Synthesizer, build_model
from mytts_core.training.quiet_start import quiet_start

HEAD_SENTENCES = 32
"""Training sentences that a head is chosen on where the checkpoint names none."""

UNTRAINED_SEED = 0


@dataclass
class Evaluated:
    """What an evaluation looks at.

    Attributes:
        synthesizer: the model, trained or not; its `head` is always set.
        head_source: where the head comes from, in words.
        held_out: examples that training never saw, in order of ids.
        notes: what the reader of the figures must know: missing recordings, another corpus.
    """

    run: Path
    synthesizer: Synthesizer
    features: FeatureSet
    held_out: list[Example]
    head_source: str
    trained: bool
    notes: list[str]

    @property
    def head(self) -> tuple[int, int]:
        """(layer, head) that the scores look at."""
        assert self.synthesizer.head is not None
        return self.synthesizer.head

    @property
    def name(self) -> str:
        """What was judged, in words."""
        return f"{self.run}, {self.synthesizer.checkpoint.path.name}" if self.trained else \
            f"an untrained model of the configuration of {self.run} (seed {UNTRAINED_SEED})"


class TeacherForced(NamedTuple):
    """What a model makes of a recording's own frames, window off, unpadded.

    Attributes:
        attention: float32, (layers, heads, groups, S).
        mel: ln-magnitude, float32, (num_frames, n_mels).
    """

    attention: np.ndarray
    mel: np.ndarray


def open_evaluation(run: Path, checkpoint: Choice = None, data: Optional[str | os.PathLike] = None,
                    untrained: bool = False, limit: Optional[int] = None) -> Evaluated:
    """Load a run's model and corpus.

    Args:
        run: its folder.
        checkpoint: see `Synthesizer.from_run`; not used with `untrained`.
        data: the corpus; None takes the path that config.json names.
        untrained: take fresh weights instead of a checkpoint's.
        limit: look at the first so many held-out sentences only.

    Raises:
        RunError, CheckpointError, CorpusError: if one of them cannot be read, or no held-out sentence is left.
    """
    config = read_run_config(run)
    corpus = config.corpus.path if data is None else data
    features = prepare_features(corpus, config.audio, config.text, config.training)
    notes = []
    if features.fingerprint != config.corpus.fingerprint:
        notes.append(f"the corpus in {features.folder} differs from the one this run was trained on")
    held_out = [features.by_id[identity] for identity in config.corpus.held_out if identity in features.by_id]
    if missing := len(config.corpus.held_out) - len(held_out):
        notes.append(f"{missing} held-out sentences of config.json are not usable in {features.folder}")
    if not held_out:
        raise CorpusError(f"none of the {len(config.corpus.held_out)} held-out sentences of {run} is in "
                          f"{features.folder}: name the run's own corpus with --data")
    with quiet_start():
        synthesizer = _untrained(config) if untrained else Synthesizer.from_run(run, checkpoint)
    head_source = _settle_head(synthesizer, features)
    return Evaluated(run, synthesizer, features, held_out[:limit], head_source, not untrained, notes)


def at_checkpoint(evaluated: Evaluated, checkpoint: Choice) -> Evaluated:
    """Return the same sentences with another checkpoint of the run.

    Raises:
        CheckpointError: if there is no such checkpoint, or it is damaged.
    """
    synthesizer = Synthesizer.from_run(evaluated.run, checkpoint)
    head_source = _settle_head(synthesizer, evaluated.features)
    return replace(evaluated, synthesizer=synthesizer, head_source=head_source, trained=True)


def teacher_forced_attention(model: Any, features: FeatureSet, examples: Sequence[Example]) -> list[np.ndarray]:
    """Return the attention of each example, see `TeacherForced`."""
    return [output.attention for output in teacher_forced_outputs(model, features, examples)]


def teacher_forced_outputs(model: Any, features: FeatureSet, examples: Sequence[Example]) -> list[TeacherForced]:
    """Run the model over the recordings' own frames, and return what it makes of each example."""
    import keras

    factor = model.config.reduction_factor
    plan = BatchPlan(features, min(BATCH_SIZE, len(examples)), length_buckets=1, reduction_factor=factor,
                     ids=[example.id for example in examples])
    found: dict[str, TeacherForced] = {}
    for batch in plan.in_order():
        inputs = {**batch, "dec_mel": model.shift_right_mel(batch["mel"])}
        if model.prosody is None:
            del inputs["prosody"]
        output = model.forward(inputs, training=False, cross_window=False)
        attention = np.stack([keras.ops.convert_to_numpy(layer) for layer in output.attention], axis=1)
        mel = keras.ops.convert_to_numpy(output.mel_post)
        for row, identity in enumerate(batch.ids[:batch.num_real]):
            frames, tokens = int(batch["mel_len"][row]), int(batch["enc_len"][row])
            found[identity] = TeacherForced(attention[row, :, :, :-(-frames // factor), :tokens],
                                            mel[row, :frames] * features.mel_std + features.mel_mean)
    return [found[example.id] for example in examples]


def _settle_head(synthesizer: Synthesizer, features: FeatureSet) -> str:
    """Choose a head where the checkpoint names none; return where the head comes from."""
    if synthesizer.head is not None:
        return "named by the checkpoint, chosen on training sentences"
    withheld = set(synthesizer.config.corpus.held_out)
    training = [example for example in features.examples if example.id not in withheld]
    synthesizer.head = _choose_head(synthesizer, features, training)
    return f"chosen now on {min(len(training), HEAD_SENTENCES)} training sentences"


def _choose_head(synthesizer: Synthesizer, features: FeatureSet, training: Sequence[Example]) -> tuple[int, int]:
    if not training:
        raise CorpusError(f"{features.folder} holds no training sentence of this run to choose a head on: name the "
                          "run's own corpus with --data")
    places = np.unique(np.linspace(0, len(training) - 1, min(HEAD_SENTENCES, len(training))).round().astype(int))
    chosen = [training[place] for place in places]
    attentions = teacher_forced_attention(synthesizer.model, features, chosen)
    return choose_head(attentions, [example.spoken for example in chosen])


def _untrained(config: Any) -> Synthesizer:
    import keras

    keras.utils.set_random_seed(UNTRAINED_SEED)
    return Synthesizer(build_model(config), config, CheckpointInfo(0, Path("untrained"), 0, 0.0))
