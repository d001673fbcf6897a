"""Real trainings, short ones, with planted troubles and without: what `benchmarks/diagnosis.py` measures on.

The trainer is the library's own. A trouble is a bad setting, or is done to the batches on their way to the step.
Trainings whose compiled step is the same share it, so that one takes seconds.
"""

from __future__ import annotations

import dataclasses
import hashlib
import math
import os
import shutil
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple, Optional

import numpy as np

from benchmarks.tone_corpus import make_tone_corpus
from mytts_core.errors import TrainingError

STEPS = 240
BASE = ("prosody=false", "num_layers=1", "d_model=48", "num_heads=2", "dff=96", "postnet_filters=16", "batch_size=8",
        "length_buckets=1", "warmup_steps=30", "learning_rate=0.003", "held_out_every=8", "held_out_minimum=8",
        "log_interval=5", "gradient_interval=20", "validation_interval=40", "sample_interval=40",
        "checkpoint_interval=120", "sample_utterances=4", "free_running_texts=4", "droppath_rate=0",
        "guided_attention_hold=300", f"max_steps={STEPS}")
CONSEQUENCES = ("attention_never_aligned", "stop_token_never_fires")
DIVERGENCE = ("attention_collapsed", "plateau", "vanishing_gradients", "dead_variables", "gradient_explosion",
              "learning_rate_too_high", *CONSEQUENCES)

Plant = Callable[[dict[str, np.ndarray], int, float], tuple[dict[str, np.ndarray], float]]
"""From (batch, step counted from 0, learning rate) to what the step gets instead."""


class Left(BaseException):
    """Leaves a training without a word, as a process does that is killed."""


class Trouble(NamedTuple):
    """What is planted.

    Attributes:
        expected: rules that have to find it.
        allowed: rules that may speak as well, because what they say follows from the trouble.
        graph: settings that the compiled step depends on.
        settings: others.
        plant: what is done to the batches.
        num_utterances: of the corpus.
    """

    name: str
    expected: tuple[str, ...] = ()
    allowed: tuple[str, ...] = ()
    graph: tuple[str, ...] = ()
    settings: tuple[str, ...] = ()
    plant: Optional[Plant] = None
    num_utterances: int = 96


def nan_at(*steps: int) -> Plant:
    """Make the recordings of some steps NaN."""
    def plant(batch: dict[str, np.ndarray], step: int, rate: float) -> tuple[dict[str, np.ndarray], float]:
        return ({**batch, "mel": np.full_like(batch["mel"], np.nan)} if step in steps else batch), rate
    return plant


def nan_from(first: int) -> Plant:
    """Make the recordings NaN from a step on."""
    return nan_at(*range(first, STEPS * 10))


def leave_at(last: int) -> Plant:
    """Leave the training at a step."""
    def plant(batch: dict[str, np.ndarray], step: int, rate: float) -> tuple[dict[str, np.ndarray], float]:
        if step >= last:
            raise Left
        return batch, rate
    return plant


def wrong_texts_from(first: int) -> Plant:
    """Give each recording the text of another one from a step on."""
    def plant(batch: dict[str, np.ndarray], step: int, rate: float) -> tuple[dict[str, np.ndarray], float]:
        if step < first:
            return batch, rate
        return {**batch, **{name: np.roll(batch[name], 1, axis=0) for name in ("enc_ids", "enc_len")}}, rate
    return plant


def rate_times(factor: float, first: int) -> Plant:
    """Multiply the learning rate from a step on."""
    def plant(batch: dict[str, np.ndarray], step: int, rate: float) -> tuple[dict[str, np.ndarray], float]:
        return batch, rate * factor if step >= first else rate
    return plant


TROUBLES = (
    Trouble("healthy"),
    Trouble("healthy, cosine schedule", settings=("schedule=cosine",)),
    Trouble("healthy, half the learning rate", settings=("learning_rate=0.0015", "schedule=constant")),
    Trouble("learning rate × 100", ("learning_rate_too_high",), DIVERGENCE, settings=("learning_rate=0.3",)),
    Trouble("learning rate / 1000", ("learning_rate_too_low",), CONSEQUENCES, settings=("learning_rate=0.000003",)),
    Trouble("learning rate × 300 from step 120 on", ("learning_rate_too_high", "attention_collapsed"), DIVERGENCE,
            plant=rate_times(300, 120)),
    Trouble("three NaN batches", ("nonfinite_steps",), plant=nan_at(60, 130, 210)),
    Trouble("NaN batches from step 120 on", ("nonfinite_steps", "failed_run"), plant=nan_from(120),
            settings=("max_nonfinite_steps=20",)),
    Trouble("killed at step 150", ("stalled_run",), plant=leave_at(150)),
    Trouble("texts of other recordings, unguided", ("attention_never_aligned",), CONSEQUENCES,
            settings=("guided_attention_weight=0",), plant=wrong_texts_from(0)),
    Trouble("learning rate growing to 10, no clipping", ("gradient_explosion", "learning_rate_too_high"), DIVERGENCE,
            ("max_norm=1000000000",), ("learning_rate=10", "warmup_steps=300", "schedule=constant")),
    Trouble("no guide, no prenet, reduction factor 1", ("attention_never_aligned", "prenet_off"), CONSEQUENCES,
            ("reduction_factor=1", "use_prenet=false", "mel_noise=0"), ("guided_attention_weight=0",)),
    Trouble("stop loss without weight", ("stop_token_never_fires", "dead_variables"), (), ("stop_weight=0",)),
    Trouble("prenet without dropout", ("prenet_off",), (), ("prenet_drop=0",)),
    Trouble("eight sentences learnt by heart", ("overfitting",), (*CONSEQUENCES, "failing_samples", "prenet_off"),
            ("dropout_rate=0", "mel_noise=0", "prenet_drop=0.1", "weight_decay=0"),
            ("held_out_every=2", "max_steps=800", "free_running_texts=8", "sample_utterances=8",
             "validation_interval=80", "sample_interval=80"), num_utterances=16),
)


def train_all(cache: Path, seeds: Sequence[int], only: Sequence[str] = (), *,
              deadline: float = math.inf) -> dict[tuple[str, int], Path]:
    """Make the trainings that the cache does not hold yet; return (trouble, seed) → run folder of those it holds then.

    Args:
        cache: folder of the trainings.
        seeds: of weights and batch order.
        only: names of troubles; all where it is empty.
        deadline: of `time.monotonic()`, after which no training is begun.
    """
    wanted = [trouble for trouble in TROUBLES if not only or trouble.name in only]
    folders = {(trouble.name, seed): cache / f"{_folder_name(trouble)}_seed_{seed}" for trouble in wanted
               for seed in seeds}
    graphs: dict[tuple, list[Trouble]] = {}
    for trouble in wanted:
        graphs.setdefault((trouble.graph, trouble.num_utterances), []).append(trouble)
    for (graph, num_utterances), troubles in graphs.items():
        missing = [(trouble, seed) for trouble in troubles for seed in seeds
                   if not _done(folders[trouble.name, seed])]
        if missing and time.monotonic() < deadline:
            corpus = make_tone_corpus(cache / f"tones_{num_utterances}", num_utterances)
            shared = _Shared(graph, corpus)
            for trouble, seed in missing:
                if time.monotonic() >= deadline:
                    break
                print(f"training: {trouble.name}, seed {seed}", file=sys.stderr, flush=True)
                shared.train(trouble, seed, folders[trouble.name, seed])
    return {key: folder for key, folder in folders.items() if _done(folder)}


def _folder_name(trouble: Trouble) -> str:
    """Name a trouble so that changed settings make another folder."""
    plain = "".join(letter if letter.isascii() and letter.isalnum() else "_" for letter in trouble.name)
    settings = repr((trouble.name, trouble.graph, trouble.settings, trouble.num_utterances, BASE))
    return f"{plain}_{hashlib.sha256(settings.encode()).hexdigest()[:8]}"


def _done(folder: Path) -> bool:
    return (folder / "done").is_file()


class _Shared:
    """A model with its compiled step, which serves one training after the other."""

    def __init__(self, graph: Sequence[str], corpus: Path) -> None:
        os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
        from mytts_core.training.session import build, prepare

        self.graph, self.corpus = tuple(graph), corpus
        config = self._config((), 0)
        self.features = prepare(config, corpus, quiet=True)
        self.model, self.step = build(config, len(self.features.tokenizer))
        self.fresh = self.step.state()

    def _config(self, settings: Sequence[str], seed: int) -> Any:
        from mytts_core.training.session import resolve_config

        return resolve_config("modern_cpu", [*BASE, *self.graph, *settings, f"seed={seed}"], None, False, None)

    def train(self, trouble: Trouble, seed: int, folder: Path) -> None:
        """Train one run, from weights drawn by its seed, and mark its folder as done."""
        from mytts_core.training.session import build, prepare

        config = self._config(trouble.settings, seed)
        features = prepare(config, self.corpus, quiet=True)
        config = dataclasses.replace(config, text=features.tokenizer.to_config(), corpus=features.corpus_info())
        weights = build(config, len(features.tokenizer))[1].state()
        self.step.load_state({name: weights.get(name, value) for name, value in self.fresh.items()})
        shutil.rmtree(folder, ignore_errors=True)
        _train(config, features, self.model, _PlantedStep(self.step, trouble.plant), folder)
        (folder / "done").write_text(trouble.name + "\n", encoding="utf-8")


class _PlantedStep:
    """A step whose batches pass through a plant first."""

    def __init__(self, step: Any, plant: Optional[Plant]) -> None:
        self._step, self._plant = step, plant

    def __getattr__(self, name: str) -> Any:
        return getattr(self._step, name)

    def train(self, batch: dict[str, np.ndarray], step: int, rate: float, *others: Any) -> Any:
        if self._plant is not None:
            batch, rate = self._plant(batch, step, rate)
        return self._step.train(batch, step, rate, *others)


def _train(config: Any, features: Any, model: Any, step: Any, folder: Path) -> None:
    from mytts_core.monitoring.norm_history import NormHistory
    from mytts_core.runs.writer import RunWriter
    from mytts_core.training.host_state import HostState
    from mytts_core.training.progress import Progress
    from mytts_core.training.trainer import Trainer

    host = HostState()
    with RunWriter.create(folder, config) as writer:
        trainer = Trainer(config, features, model, step, writer, host, NormHistory(config.training.clip_percentile),
                          Progress(0, config.training.max_steps, quiet=True))
        try:
            if trainer.run() == "interrupted":
                raise KeyboardInterrupt         # Ctrl-C: the run is no case to measure on
        except Left:
            pass
        except TrainingError as error:
            writer.status("failed", host.step, str(error))     # as `mytts_core.training.session` does
