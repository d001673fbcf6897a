"""Curves of a simulated run, healthy until they are changed, and how they become a run folder.

They follow the shipped runs (`sample_runs/`), with noise of their size. Nothing is trained here.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Optional

import numpy as np

from mytts_core.config import RunConfig, apply_overrides, get_model_preset
from mytts_core.runs import schema
from mytts_core.runs.writer import RunWriter
from mytts_core.training.schedule import learning_rate

STEPS, LOG, LOOK, ROW = 6_000, 10, 500, 100
VARIABLES = ("embedding/embeddings", "encoder_blocks/0/attention/query_dense/kernel",
             "decoder_blocks/0/cross_attention/query_dense/kernel", "prenet/hidden/0/kernel", "mel_dense/kernel",
             "stop_dense/kernel", "postnet/convolutions/0/kernel")
FAULT_KINDS = ("skipped", "repeated", "stalled")
SAMPLES = ("sentence_01", "sentence_02", "sentence_03", "sentence_04")


@dataclass
class Curves:
    """A simulated run before it is written.

    Attributes:
        steps, looks, rows: of log lines, of validations and samples, of gradient norms.
        train, validation, free: tag without its prefix → values.
        norms: shape (rows, variables).
        faults: sample → kind of fault that it shows at every look.
        settings: of the configuration, as `--set` takes them.
        state, message: at the end; None leaves the run as a killed process does.
        last_step: what was reached.
    """

    random: np.random.Generator
    settings: list[str] = field(default_factory=list)
    faults: dict[str, str] = field(default_factory=dict)
    state: Optional[str] = "finished"
    last_step: int = STEPS

    def __post_init__(self) -> None:
        self.steps, self.looks, self.rows = (np.arange(every, STEPS + 1, every) for every in (LOG, LOOK, ROW))
        self.train = {
            "loss": self._fall(self.steps, 0.9, 4.7, 300, 1.0, 2_500, 0.03),
            "mel_loss_post": self._fall(self.steps, 0.28, 0.9, 400, 0.2, 2_500, 0.02),
            "gradient_norm": (0.5 + 16 * np.exp(-self.steps / 60)) * self.random.lognormal(0, 0.35, len(self.steps)),
            "clip_threshold": np.ones(len(self.steps)), "skipped_steps": np.zeros(len(self.steps))}
        self.validation = {
            "loss": self._fall(self.looks, 0.75, 1.2, 700, 0.25, 2_500, 0.005),
            "mel_loss_post": self._fall(self.looks, 0.25, 0.3, 700, 0.1, 2_500, 0.005),
            "diagonality": self._rise(0.42, 0.985, 200, 0.004)}
        self.free = {
            "diagonality": self._rise(0.42, 0.97, 350, 0.015),
            "stop_rate": np.where(self.random.random(len(self.looks)) < 0.9, 1.0, 0.75),
            "length_ratio": 1 + 0.3 * np.exp(-self.looks / 400) + self.random.normal(0, 0.02, len(self.looks)),
            **{kind: (self.random.random(len(self.looks)) < 0.15) * 0.25 for kind in FAULT_KINDS}}
        self.norms = 0.2 * self.random.lognormal(0, 0.4, (len(self.rows), len(VARIABLES)))

    def _fall(self, steps: np.ndarray, floor: float, fast: float, fast_steps: float, slow: float, slow_steps: float,
              noise: float) -> np.ndarray:
        """A loss: a fast and a slow exponential over a floor, with relative noise."""
        values = floor + fast * np.exp(-steps / fast_steps) + slow * np.exp(-steps / slow_steps)
        return values * self.random.normal(1, noise, len(steps))

    def _rise(self, low: float, high: float, steps: float, noise: float) -> np.ndarray:
        values = high - (high - low) * np.exp(-self.looks / steps) + self.random.normal(0, noise, len(self.looks))
        return np.minimum(values, 1.0)

    def mend(self, part: dict[str, np.ndarray], name: str, steps: np.ndarray, since: float,
             change: Callable[[np.ndarray, np.ndarray], np.ndarray]) -> None:
        """Replace a curve after `since` by `change(its values, steps since then)`."""
        later = steps > since
        part[name][later] = change(part[name][later], steps[later] - since)


def write_curves(curves: Curves, folder: Path) -> Path:
    """Write a run folder with the library's own writer, and return it."""
    config = apply_overrides(RunConfig(get_model_preset("modern_cpu"), preset="modern_cpu"),
                             [f"max_steps={STEPS}", *curves.settings])
    with RunWriter.create(folder, config) as writer:
        writer.gradient_variables(VARIABLES, [(2, 2)] * len(VARIABLES))
        for place, step in enumerate(curves.steps[curves.steps <= curves.last_step]):
            _write_step(writer, curves, config, place, int(step))
        if curves.state:
            writer.status(curves.state, curves.last_step, "")
        else:
            writer.status("running", curves.last_step, "at work")
    return folder


def _write_step(writer: RunWriter, curves: Curves, config: RunConfig, place: int, step: int) -> None:
    writer.scalars(step, {**{f"train/{name}": float(values[place]) for name, values in curves.train.items()},
                          schema.LEARNING_RATE: learning_rate(step, config.training)})
    if step % ROW == 0:
        writer.gradient_norms(step, curves.norms[step // ROW - 1].tolist())
    if step % LOOK == 0:
        look = step // LOOK - 1
        for prefix, part in ((schema.VALIDATION_PREFIX, curves.validation), (schema.FREE_RUNNING_PREFIX, curves.free)):
            writer.scalars(step, {prefix + name: float(values[look]) for name, values in part.items()})
        for identity in SAMPLES:
            writer.sample(step, identity, _sample_record(curves, look, identity))


def _sample_record(curves: Curves, look: int, identity: str) -> dict[str, Any]:
    diagonality = float(curves.free["diagonality"][look])
    faults = {kind: int(curves.faults.get(identity) == kind) for kind in FAULT_KINDS}
    stop = "stop_token" if curves.free["stop_rate"][look] > 0 else "limit"
    return {"teacher_forced": {"diagonality": float(curves.validation["diagonality"][look])},
            "free_running": {"diagonality": diagonality, "stop_reason": stop, "frames": 200, **faults}}
