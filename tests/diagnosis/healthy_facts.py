"""Facts of a healthy run, without a disk, for tests to change one thing in."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import numpy as np

from mytts_core.config import RunConfig, apply_overrides, get_model_preset
from mytts_core.diagnosis.facts import RunFacts
from mytts_core.diagnosis.finding import Finding
from mytts_core.diagnosis.rulebook import diagnose_facts
from mytts_core.runs.types import (
    AlignmentRecord,
    FreeRunningRecord,
    GradientNorms,
    RunStatus,
    SampleSummary,
    Series,
)

NOW = 1_800_000_000.0
STEPS = np.arange(10, 4_001, 10)
LOOKS = np.arange(500, 4_001, 500)
ROWS = np.arange(100, 4_001, 100)
VARIABLES = ("embedding/embeddings", "encoder_blocks/0/attention/query_dense/kernel", "mel_dense/kernel",
             "stop_dense/kernel")


def series(steps: Iterable[int], values: Iterable[float] | float) -> Series:
    """A series of points a second apart; one value stands for all steps."""
    steps = np.asarray(list(steps), np.int64)
    filled = np.full(len(steps), values) if isinstance(values, (int, float)) else np.asarray(list(values), np.float64)
    return Series(steps, NOW - 5_000.0 + np.arange(len(steps)), filled)


def config(*settings: str) -> RunConfig:
    """The CPU preset with settings as `--set` takes them."""
    return apply_overrides(RunConfig(get_model_preset("modern_cpu"), preset="modern_cpu"), list(settings))


def sample(identity: str, step: int, *, teacher_forced: float = 0.98, diagonality: float = 0.95,
           stop_reason: str = "stop_token", **faults: int) -> SampleSummary:
    """A sample that was synthesised freely; `faults` counts skipped, repeated and stalled tokens."""
    kinds = {"skipped": 0, "repeated": 0, "stalled": 0, **faults}
    return SampleSummary(step, identity, Path(identity), teacher_forced=AlignmentRecord(teacher_forced),
                         free_running=FreeRunningRecord(AlignmentRecord(diagonality), 200, stop_reason, **kinds))


def healthy(*settings: str, scalars: dict[str, Series] | None = None, **changes: object) -> RunFacts:
    """A finished healthy run, with tags and fields replaced."""
    random = np.random.default_rng(1)
    jitter, falls = random.normal(1, 0.02, len(STEPS)), np.exp(-STEPS / 600)
    look_falls = np.exp(-LOOKS / 900)
    steady = {
        "train/loss": series(STEPS, (0.9 + 4.5 * falls + 0.5 * np.exp(-STEPS / 3_000)) * jitter),
        "train/mel_loss_post": series(STEPS, (0.28 + 0.9 * falls + 0.1 * np.exp(-STEPS / 3_000)) * jitter),
        "train/gradient_norm": series(STEPS, (0.5 + 15 * np.exp(-STEPS / 60)) * random.lognormal(0, 0.3, len(STEPS))),
        "train/clip_threshold": series(STEPS, 1.0),
        "train/skipped_steps": series(STEPS, 0.0),
        "train/learning_rate": series(STEPS, 1e-3),
        "validation/loss": series(LOOKS, 0.8 + 0.8 * look_falls),
        "validation/mel_loss_post": series(LOOKS, 0.26 + 0.3 * look_falls),
        "validation/diagonality": series(LOOKS, 0.985 - 0.4 * np.exp(-LOOKS / 200)),
        "free_running/diagonality": series(LOOKS, 0.97 - 0.5 * np.exp(-LOOKS / 300)),
        "free_running/stop_rate": series(LOOKS, 1.0),
        "free_running/length_ratio": series(LOOKS, 1.02),
        **{f"free_running/{kind}": series(LOOKS, 0.0) for kind in ("skipped", "repeated", "stalled")},
    }
    norms = 0.2 * random.lognormal(0, 0.3, (len(ROWS), len(VARIABLES)))
    facts = RunFacts("mytts", config(*settings), RunStatus("finished", 4_000, NOW - 60), ("mytts", "train"),
                     {**steady, **(scalars or {})},
                     GradientNorms(ROWS, VARIABLES, norms.astype(np.float32)),
                     {int(step): [sample("first", int(step)), sample("second", int(step))] for step in LOOKS},
                     [], 500 << 30, NOW)
    return facts._replace(**changes)


def findings(facts: RunFacts) -> dict[str, Finding]:
    """Return rule → finding; a rule that speaks twice is a fault."""
    found = diagnose_facts(facts)
    assert len({item.rule for item in found}) == len(found)
    return {item.rule: item for item in found}
