"""Troubles that take hours to come about, and traps that look like one, as changes to simulated curves.

`benchmarks/diagnosis.py` says which of its rows are simulated.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import numpy as np

from benchmarks.simulated_curves import FAULT_KINDS, SAMPLES, Curves, write_curves

Change = Callable[[Curves], None]


class Simulated(NamedTuple):
    """A simulated trouble, or none: what is changed, which rules have to find it, and which may speak as well.

    `silent_seconds` and `free_bytes` say how the run is looked at: how long after its last sign of life, on what disk.
    """

    name: str
    change: Change
    expected: tuple[str, ...] = ()
    allowed: tuple[str, ...] = ()
    silent_seconds: float = 1.0
    free_bytes: int = 500 << 30


def healthy(curves: Curves) -> None:
    """Change nothing."""


def annealed(curves: Curves) -> None:
    """A cosine schedule: at its end nothing moves any more, as planned."""
    curves.settings += ["schedule=cosine"]
    for part, steps in ((curves.train, curves.steps), (curves.validation, curves.looks)):
        curves.mend(part, "loss", steps, 4_500, lambda values, _: np.median(values[:3]) * (values / values))


def clipped_spikes(curves: Curves) -> None:
    """Lone gradient spikes that clipping takes off."""
    places = curves.random.choice(len(curves.steps), 12, replace=False)
    curves.train["gradient_norm"][places] *= 60


def late_voice(curves: Curves) -> None:
    """Held-out loss rises after its best while free-running speech goes on improving, as it often does."""
    for name in ("loss", "mel_loss_post"):
        curves.mend(curves.validation, name, curves.looks, 3_000, lambda values, late: values * (1 + late / 30_000))


def noisy_voice(curves: Curves) -> None:
    """The same, with free-running readings that jitter about as badly from first to last."""
    late_voice(curves)
    curves.free["stop_rate"] = curves.random.choice([0.25, 0.5, 0.75], len(curves.looks))
    curves.free["repeated"] = curves.random.choice([0.25, 0.5, 0.75], len(curves.looks))


def overfitting(curves: Curves) -> None:
    """Held-out loss rises, training loss falls, and free-running reading gets worse."""
    turn = int(curves.random.integers(2_000, 3_500))
    late_voice(curves)
    curves.mend(curves.validation, "mel_loss_post", curves.looks, turn,
                lambda values, late: values * (1 + late / 15_000))
    curves.mend(curves.free, "diagonality", curves.looks, turn, lambda values, late: values - late / 20_000)
    curves.mend(curves.free, "repeated", curves.looks, turn, lambda values, late: np.minimum(values + late / 8_000, 1))
    curves.mend(curves.train, "mel_loss_post", curves.steps, turn, lambda values, late: values * np.exp(-late / 12_000))


def plateau(curves: Curves) -> None:
    """From an early step on, no loss moves, at a learning rate that is still high."""
    start = int(curves.random.integers(1_000, 2_500))
    curves.settings += ["schedule=constant"]
    for part, steps in ((curves.train, curves.steps), (curves.validation, curves.looks)):
        noise = curves.random.normal(1, 0.004, len(steps))
        part["loss"] = np.where(steps > start, np.interp(start, steps, part["loss"]) * noise, part["loss"])


def vanishing(curves: Curves) -> None:
    """Gradients fade away."""
    fade = np.exp(-np.maximum(curves.rows - 1_500, 0) / 200)
    curves.norms *= np.maximum(fade, 1e-9)[:, None]
    curves.train["gradient_norm"] *= np.maximum(np.exp(-np.maximum(curves.steps - 1_500, 0) / 200), 1e-9)


def vanishing_encoder(curves: Curves) -> None:
    """The encoder's gradients fade away, the others' do not."""
    curves.norms[:, :2] *= np.maximum(np.exp(-np.maximum(curves.rows - 1_500, 0) / 150), 1e-8)[:, None]


def dead(curves: Curves) -> None:
    """One variable stops getting a gradient."""
    curves.norms[curves.rows > 2_000, 3] = 0.0


def exploding(curves: Curves) -> None:
    """Norms and losses rise for good."""
    start = int(curves.random.integers(1_500, 4_500))
    curves.settings += ["max_norm=1000000"]
    curves.mend(curves.train, "gradient_norm", curves.steps, start, lambda values, late: values * 300)
    curves.mend(curves.train, "loss", curves.steps, start, lambda values, late: values * 12)
    curves.mend(curves.validation, "loss", curves.looks, start, lambda values, late: values * 12)


def collapsed(curves: Curves) -> None:
    """Attention loses the text from a step on."""
    start = int(curves.random.integers(2_000, 4_500))
    for part in (curves.validation, curves.free):
        curves.mend(part, "diagonality", curves.looks, start, lambda values, late: values * 0 + curves.random.normal(
            0.40, 0.02, len(values)))


def collapsed_in_free_running(curves: Curves) -> None:
    """Attention follows the text teacher-forced, and loses it in free running."""
    start = int(curves.random.integers(2_000, 4_500))
    curves.mend(curves.free, "diagonality", curves.looks, start, lambda values, late: values * 0 + curves.random.normal(
        0.36, 0.03, len(values)))


def never_aligned(curves: Curves) -> None:
    """Attention stays even; the losses fall all the same."""
    for part in (curves.validation, curves.free):
        part["diagonality"] = 0.42 + curves.random.normal(0, 0.006, len(curves.looks))
    curves.free["stop_rate"][:] = 0


def no_stop(curves: Curves) -> None:
    """Attention reads to the end, but no stop token comes."""
    curves.free["stop_rate"][:], curves.free["length_ratio"][:] = 0, 2.0


def failing_sentence(curves: Curves) -> None:
    """One sentence is skipped in at every look, the others are read."""
    curves.faults[SAMPLES[int(curves.random.integers(len(SAMPLES)))]] = str(
        curves.random.choice(FAULT_KINDS))


def scattered_nan(curves: Curves) -> None:
    """Some steps are not finite."""
    places = np.sort(curves.random.choice(len(curves.steps), 15, replace=False))
    curves.train["skipped_steps"] = np.searchsorted(places, np.arange(len(curves.steps)), side="right").astype(float)
    curves.train["loss"][places] = np.nan


def killed(curves: Curves) -> None:
    """The process goes away in the middle."""
    curves.state, curves.last_step = None, int(curves.random.integers(2_000, 5_000))


def still_running(curves: Curves) -> None:
    """The process is at work."""
    killed(curves)


SIMULATED = (
    Simulated("healthy", healthy),
    Simulated("healthy, annealed to rest", annealed),
    Simulated("healthy, lone clipped gradient spikes", clipped_spikes),
    Simulated("healthy, held-out loss rises, speech improves", late_voice),
    Simulated("healthy, held-out loss rises, speech stays uneven", noisy_voice),
    Simulated("healthy, still running", still_running),
    Simulated("overfitting", overfitting, ("overfitting",)),
    Simulated("plateau", plateau, ("plateau",)),
    Simulated("vanishing gradients", vanishing, ("vanishing_gradients",)),
    Simulated("vanishing gradients of the encoder", vanishing_encoder, ("vanishing_gradients",)),
    Simulated("a dead variable", dead, ("dead_variables",)),
    Simulated("explosion", exploding, ("gradient_explosion",), ("learning_rate_too_high",)),
    Simulated("attention lost", collapsed, ("attention_collapsed",)),
    Simulated("attention lost in free running", collapsed_in_free_running, ("attention_collapsed",)),
    Simulated("attention never there", never_aligned, ("attention_never_aligned", "stop_token_never_fires")),
    Simulated("no stop token", no_stop, ("stop_token_never_fires",)),
    Simulated("a sentence that always fails", failing_sentence, ("failing_samples",)),
    Simulated("scattered NaN steps", scattered_nan, ("nonfinite_steps",)),
    Simulated("killed, looked at two hours later", killed, ("stalled_run",), silent_seconds=7_200),
    Simulated("running on a full disk", still_running, ("disk_nearly_full",), free_bytes=100 << 20),
)


def simulate(trouble: Simulated, seed: int, folder: Path) -> Path:
    """Write a run folder of a simulated trouble and return it; the same for the same seed."""
    curves = Curves(np.random.default_rng([seed, SIMULATED.index(trouble)]))
    trouble.change(curves)
    return write_curves(curves, folder)
