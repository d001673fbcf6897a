"""Gradients that explode, vanish, or never reach a variable."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from mytts_core.diagnosis import evidence, thresholds
from mytts_core.diagnosis.curves import best_before, smooth
from mytts_core.diagnosis.facts import RunFacts
from mytts_core.diagnosis.finding import Finding
from mytts_core.runs import schema

NUM_NAMED = 3


def gradient_explosion(facts: RunFacts) -> Iterator[Finding]:
    """Find gradient norms that rise far above what they were, together with the loss.

    A lone spike that clipping takes off, and the large norms that every training begins with, are no explosion.
    """
    norms, losses = smooth(facts.series(schema.GRADIENT_NORM)), smooth(facts.series(schema.TRAIN_LOSS))
    if len(norms) < thresholds.FEWEST_POINTS or len(losses) < thresholds.FEWEST_POINTS:
        return
    loss = losses.at(norms.steps)
    calm, lowest = best_before(norms.values), best_before(loss)
    hot = (norms.values >= thresholds.EXPLODED_NORM * calm) & (loss >= thresholds.EXPLODED_LOSS * lowest)
    places = np.flatnonzero(hot)
    if len(places) < thresholds.EXPLODED_POINTS:
        return
    lasting = loss[-1] >= thresholds.EXPLODED_LOSS * lowest[-1]
    first, last = int(norms.steps[places[0] - 1]) + 1, norms.last_step if lasting else int(norms.steps[places[-1]])
    end = " and stays high" if lasting else ", then recovers"
    largest = float(norms.values[hot].max())
    words = (f"The gradient norm rises from {calm[places[0]]:.3g} to as much as {largest:.3g} from step {first:,} on, "
             f"and the training loss with it, from {lowest[places[0]]:.3g} to {loss[hot].max():.3g}{end}."
             f"{_clipping(facts, largest)}")
    yield Finding("gradient_explosion", "serious" if lasting else "warning", "Gradients explode", first, last, words,
                  "Lower training.learning_rate, clip with training.max_norm near 1, and go on from a checkpoint "
                  "before this step (--init).", evidence.trend(schema.GRADIENT_NORM, first, last))


def _clipping(facts: RunFacts, largest: float) -> str:
    threshold = smooth(facts.series(schema.CLIP_THRESHOLD))
    if len(threshold) and threshold.values[-1] > largest:
        return f" Clipping, at {threshold.values[-1]:.3g}, never applied."
    return ""


def vanishing_gradients(facts: RunFacts) -> Iterator[Finding]:
    """Find gradients that have become too small to train with: all of them, or those of whole blocks."""
    steps, names, norms, _ = facts.gradients
    if len(steps) < thresholds.GRADIENT_ROWS:
        return
    finite = np.nan_to_num(norms.astype(np.float64), posinf=0.0)
    total = np.sqrt((finite**2).sum(axis=1))
    first, last = _since(steps, total < thresholds.VANISHED_NORM), int(steps[-1])
    if first is not None:
        yield Finding("vanishing_gradients", "serious", "Gradients have vanished", first, last,
                      f"The global gradient norm has been below {thresholds.VANISHED_NORM:g} since step {first:,}, now "
                      f"{total[-1]:.3g}; float32 loses such updates.",
                      "Check that the loss depends on the model; raise loss weights that were set near 0; start anew "
                      "with a lower training.learning_rate.", evidence.gradients(last))
        return
    vanished = _vanished_blocks(steps, names, finite, total)
    if vanished:
        first = min(step for step, _ in vanished.values())
        shown = ", ".join(f"{block} ({share:.1g})" for block, (_, share) in list(vanished.items())[:NUM_NAMED])
        more = f" and {len(vanished) - NUM_NAMED} more" if len(vanished) > NUM_NAMED else ""
        yield Finding("vanishing_gradients", "warning", "Gradients vanish on the way to some blocks", first, last,
                      f"Since step {first:,} these blocks get less than {thresholds.VANISHED_SHARE:g} of the global "
                      f"gradient norm: {shown}{more}.",
                      "Saturated units after a divergence do this: go back to a checkpoint before it, with a lower "
                      "training.learning_rate.", evidence.gradients(last))


def _since(steps: NDArray[np.int64], holds: NDArray[np.bool_]) -> int | None:
    """Return the step from which on something holds in every row, None where the last rows do not agree on it."""
    fails = np.flatnonzero(~holds)
    start = int(fails[-1]) + 1 if len(fails) else 0
    return int(steps[start]) if len(steps) - start >= thresholds.GRADIENT_ROWS else None


def _vanished_blocks(steps: NDArray[np.int64], names: tuple[str, ...], norms: NDArray[np.float64],
                     total: NDArray[np.float64]) -> dict[str, tuple[int, float]]:
    """Return block → (first step, last share of the global norm), for blocks that get next to nothing of it."""
    blocks: dict[str, list[int]] = {}
    for place, name in enumerate(names):
        blocks.setdefault(block_of(name), []).append(place)
    found = {}
    for block, places in blocks.items():
        share = np.sqrt((norms[:, places]**2).sum(axis=1)) / np.maximum(total, 1e-30)
        first = _since(steps, (share < thresholds.VANISHED_SHARE) & (share > 0))    # exact zeros are another rule's
        if first is not None:
            found[block] = (first, float(share[-1]))
    return found


def block_of(name: str) -> str:
    """Return the part of the model that a variable belongs to: 'encoder_blocks/0', 'prenet'."""
    parts = name.split("/")
    return "/".join(parts[:2]) if len(parts) > 2 and parts[1].isdigit() else parts[0]


def dead_variables(facts: RunFacts) -> Iterator[Finding]:
    """Find variables whose gradient is exactly zero while others get some."""
    steps, names, norms, _ = facts.gradients
    if len(steps) < thresholds.GRADIENT_ROWS:
        return
    dead = (norms[-thresholds.GRADIENT_ROWS:] == 0).all(axis=0)
    if not dead.any() or dead.all():
        return
    places = np.flatnonzero(dead)
    first = _since(steps, (norms[:, places] == 0).all(axis=1))
    assert first is not None
    shown = ", ".join(names[place] for place in places[:NUM_NAMED])
    more = f" and {len(places) - NUM_NAMED} more" if len(places) > NUM_NAMED else ""
    yield Finding("dead_variables", "warning", "Some variables get no gradient", first, int(steps[-1]),
                  f"{len(places)} of {len(names)} variables have had a gradient of exactly zero since step "
                  f"{first:,}: {shown}{more}.",
                  "A loss weight of 0 does this on purpose. Otherwise the part is not connected to the loss, or its "
                  "units are saturated: go back to a checkpoint before that.",
                  evidence.gradients(int(steps[-1]), names[places[0]]))
