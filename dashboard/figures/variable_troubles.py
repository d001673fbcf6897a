"""Variables whose gradient explodes, vanishes, is dead or not finite, each by its own history, with the step it began.

Thresholds were set on the four runs of sample_runs/: over the two healthy ones no variable rises more than 5.2 times
above its calmest stretch or falls below 0.027 of its highest; in `exploded` 32 rise more than 30 times.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from mytts_core.runs.types import GradientNorms

WINDOW = 5
"""Recorded steps whose median is looked at: what is shorter is a spike, which clipping takes off."""

EXPLODED = 30.0
"""Times the calmest stretch before."""

MATTERS = 1e-4
"""Share of the global norm below which a rise moves nothing."""

VANISHED = 1e-4
"""Of the highest stretch before. Variables that are small from the start, such as biases of keys, are no trouble."""

KINDS = ("not finite", "exploding", "vanishing", "dead")


class VariableTrouble(NamedTuple):
    """One variable in trouble: `kind` is one of `KINDS`, `since` a recorded step, `words` say how bad."""

    name: str
    kind: str
    since: int
    words: str


def get_variable_troubles(norms: GradientNorms) -> list[VariableTrouble]:
    """List the variables in trouble, by kind, then by step and name; a variable is listed once, under its worst."""
    values = norms.norms.astype(np.float64)
    if not values.size:
        return []
    clean = np.where(np.isfinite(values), values, np.nan)
    medians = _medians(clean)
    total = np.sqrt(np.nansum(np.square(medians), axis=1))
    found = [trouble for place, name in enumerate(norms.names)
             if (trouble := _trouble(norms.steps, name, values[:, place], medians[:, place], total))]
    return sorted(found, key=lambda trouble: (KINDS.index(trouble.kind), trouble.since, trouble.name))


def _trouble(steps: NDArray[np.int64], name: str, values: NDArray[np.float64], medians: NDArray[np.float64],
             total: NDArray[np.float64]) -> VariableTrouble | None:
    bad = np.flatnonzero(~np.isfinite(values))
    if len(bad):
        return VariableTrouble(name, "not finite", int(steps[bad[0]]),
                               f"NaN or infinite in {len(bad):,} of {len(values):,} recorded steps")
    alive = np.flatnonzero(values != 0)
    first_dead = int(alive[-1]) + 1 if len(alive) else 0
    if len(values) - first_dead >= min(WINDOW, len(values)):
        return VariableTrouble(name, "dead", int(steps[first_dead]),
                               "exactly zero ever since" if len(alive) else "exactly zero from the beginning")
    calm = np.minimum.accumulate(medians)
    hot = np.flatnonzero((medians > EXPLODED * calm) & (medians > MATTERS * total))
    if len(hot):
        top = hot[np.argmax(medians[hot])]
        before = f"{medians[top] / calm[top]:.3g} times its calmest" if calm[top] > 0 else "after a stretch of zeros"
        return VariableTrouble(name, "exploding", int(steps[hot[0] + WINDOW // 2]),
                               f"up to {medians[top]:.3g}, {before}")
    high = float(medians.max())
    if 0 < medians[-1] < VANISHED * high:
        low = np.flatnonzero(medians >= VANISHED * high)[-1] + 1
        return VariableTrouble(name, "vanishing", int(steps[min(low + WINDOW // 2, len(steps) - 1)]),
                               f"down to {medians[-1]:.3g}, {medians[-1] / high:.1g} of its highest")
    return None


def _medians(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the medians of `WINDOW` neighbouring rows of (N, V), or of all rows where there are fewer."""
    size = min(WINDOW, len(values))
    windows = np.lib.stride_tricks.sliding_window_view(values, size, axis=0)
    return np.asarray(np.median(windows, axis=-1))
