"""What the training loop itself remembers between steps, and writes into the resume folder."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass, field
from typing import Any, Optional

import numpy as np

from mytts_core.config import TrainingConfig
from mytts_core.errors import CheckpointError
from mytts_core.monitoring.norm_history import NormHistory


@dataclass
class HostState:
    """Counters and histories of a training. Scores are validation losses; lower is better.

    Attributes:
        step: updates tried so far.
        skipped: steps whose update was not applied; `skipped_in_a_row` the last ones.
        sums: of each metric over the `count` steps since the last log line; `largest_norm` is their largest norm.
        delayed_norms: (step, norm) not yet in the history. A threshold uses norms up to the step before the last, so
            that it does not depend on when the host reads them.
        head: (layer, head) chosen on training sentences, None before the first choice.
    """

    step: int = 0
    skipped: int = 0
    skipped_in_a_row: int = 0
    sums: list[float] = field(default_factory=list)
    count: int = 0
    largest_norm: float = 0.0
    delayed_norms: list[list[float]] = field(default_factory=list)
    head: Optional[list[int]] = None
    best_score: Optional[float] = None
    best_step: Optional[int] = None
    worse_validations: int = 0
    validation: dict[str, float] = field(default_factory=dict)
    free_running: dict[str, float] = field(default_factory=dict)
    training_seconds: float = 0.0
    monitoring_seconds: float = 0.0

    def absorb(self, step: int, metrics: np.ndarray) -> None:
        """Take in the metrics of a step; the last three are the gradient norm, applied and clipped."""
        norm, applied = float(metrics[-3]), bool(metrics[-2])
        self.delayed_norms.append([step, norm])
        self.skipped_in_a_row = 0 if applied else self.skipped_in_a_row + 1
        self.skipped += not applied
        values = metrics.astype(np.float64)
        self.sums = (values + np.array(self.sums)).tolist() if self.count else values.tolist()
        # NaN must win over any number: a gradient that was not finite is to be seen.
        self.largest_norm = norm if math.isnan(norm) else max(self.largest_norm, norm)
        self.count += 1

    def threshold(self, step: int, history: NormHistory, config: TrainingConfig) -> float:
        """Return the norm that percentile clipping clips a step to, and let the history grow."""
        while self.delayed_norms and self.delayed_norms[0][0] <= step - 2:
            history.add(self.delayed_norms.pop(0)[1])
        return history.threshold(config.max_norm)

    def means(self) -> tuple[np.ndarray, float]:
        """Return the mean metrics since the last call and the largest gradient norm, and start anew."""
        means, largest = np.array(self.sums) / max(self.count, 1), self.largest_norm
        self.sums, self.count, self.largest_norm = [], 0, 0.0
        return means, largest

    def validated(self, score: float, step: int) -> bool:
        """Take in a validation score; return whether it is the best so far."""
        better = math.isfinite(score) and (self.best_score is None or score < self.best_score)
        self.worse_validations = 0 if better else self.worse_validations + 1
        if better:
            self.best_score, self.best_step = score, step
        return better

    def to_dict(self) -> dict[str, Any]:
        """Return plain JSON types."""
        return asdict(self)

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> HostState:
        """Build a state from `to_dict`'s form.

        Raises:
            CheckpointError: if it was written by another version of MyTTS, or is damaged.
        """
        try:
            return cls(**data)
        except TypeError as error:
            raise CheckpointError(f"the saved training state is of another version of MyTTS ({error}): go on with that "
                                  "one, or start another run from this one's weights with --init") from error
