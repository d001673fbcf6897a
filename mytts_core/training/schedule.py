"""Learning rate by step. Plain Python: needs no backend."""

from __future__ import annotations

import math

from mytts_core.config import TrainingConfig


def learning_rate(step: int, config: TrainingConfig) -> float:
    """Return the learning rate of the update that makes `step` updates in all; warm-up is linear from 0.

    Args:
        step: from 1 to `config.max_steps` and beyond.
        config: `schedule` 'inverse_sqrt' falls with 1/√step after the warm-up (Vaswani et al. 2017, section 5.3),
            'cosine' falls to `final_learning_rate` at `max_steps` (Loshchilov and Hutter 2017, arXiv:1608.03983),
            'constant' stays.
    """
    peak, warmup = config.learning_rate, int(config.warmup_steps)
    if step < warmup:
        return peak * step / warmup
    if config.schedule == "inverse_sqrt":
        return max(peak * math.sqrt(max(warmup, 1) / max(step, 1)), min(config.final_learning_rate, peak))
    if config.schedule == "cosine":
        progress = min((step - warmup) / max(config.max_steps - warmup, 1), 1.0)
        final = min(config.final_learning_rate, peak)
        return final + (peak - final) * 0.5 * (1 + math.cos(math.pi * progress))
    return peak
