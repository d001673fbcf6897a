"""What a training would take, measured by a few real steps; no run is written."""

from __future__ import annotations

import resource
import sys
import time
from pathlib import Path
from typing import NamedTuple

import numpy as np

from mytts_core.config import RunConfig
from mytts_core.data.batches import Batch, BatchPlan
from mytts_core.training.progress import duration
from mytts_core.training.session import build, prepare

MEASURED_STEPS = 3
CHECKPOINT_COPIES = 4
"""Float32 copies of the weights on disk beside the checkpoints kept: weights and two moments, and a best checkpoint."""


class Shape(NamedTuple):
    """One batch shape: share of an epoch's batches, seconds to compile, and seconds a step."""

    tokens: int
    frames: int
    share: float
    compile_seconds: float
    step_seconds: float


class Estimate(NamedTuple):
    """What a training takes on this machine. Memory is the peak of this process, in bytes."""

    parameters: int
    batches_per_epoch: int
    max_steps: int
    shapes: list[Shape]
    memory_bytes: int
    disk_bytes: int

    @property
    def seconds(self) -> float:
        """The whole training, without looking and writing (a few percent)."""
        steps = self.max_steps * sum(shape.share * shape.step_seconds for shape in self.shapes)
        return steps + sum(shape.compile_seconds for shape in self.shapes)

    def in_words(self) -> list[str]:
        """Return a line for each thing."""
        shapes = [f"  {shape.tokens} tokens × {shape.frames} frames: {shape.share:.0%} of batches, "
                  f"{shape.step_seconds:.2f} s a step, {shape.compile_seconds:.0f} s to compile"
                  for shape in self.shapes]
        return [f"{self.parameters / 1e6:.1f} million parameters",
                f"{self.batches_per_epoch} batches an epoch, {self.max_steps} steps "
                f"({self.max_steps / self.batches_per_epoch:.1f} epochs)",
                *shapes, f"memory: {self.memory_bytes / 2**30:.1f} GiB at most",
                f"disk: {self.disk_bytes / 2**20:.0f} MiB for checkpoints, and samples beside them",
                f"time: about {duration(self.seconds)}"]


def dry_run(config: RunConfig, data: Path, quiet: bool = False) -> Estimate:
    """Prepare corpus and model and make a few real steps of each batch shape. Only the feature cache is written."""
    features = prepare(config, data, quiet)
    model, step = build(config, len(features.tokenizer))
    training = config.training
    plan = BatchPlan(features, training.batch_size, training.length_buckets, training.seed,
                     config.model.reduction_factor)
    shapes = []
    for batch, count in plan.one_of_each_shape():
        seconds = [_timed_step(step, batch, config) for _ in range(1 + MEASURED_STEPS)]
        steady = float(np.median(seconds[1:]))
        shapes.append(Shape(batch["enc_ids"].shape[1], batch["mel"].shape[1], count / plan.batches_per_epoch,
                            max(seconds[0] - steady, 0.0), steady))
    parameters = sum(int(np.prod(variable.shape)) for variable in step.variables.weights)
    copies = CHECKPOINT_COPIES + int(training.keep_checkpoints) + (1 if training.ema_decay else 0)
    return Estimate(parameters, plan.batches_per_epoch, training.max_steps, shapes, _peak_memory(),
                    4 * parameters * copies)


def _timed_step(step, batch: Batch, config: RunConfig) -> float:
    started = time.monotonic()
    metrics, _ = step.train(batch, 0, 0.0, config.training.guided_attention_weight, config.training.max_norm, True)
    np.asarray(metrics)
    return time.monotonic() - started


def _peak_memory() -> int:
    # Kilobytes on Linux, bytes on macOS.
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024
