"""Every number that the rules decide by, with its reason. docs/DIAGNOSIS.md shows the same table."""

from __future__ import annotations

# The process.
DEAD_AFTER_SECONDS = 1_800.0
"""Silent from 300 s on is shown as stalled; beyond half an hour no checkpoint, sample or slow disk explains it."""

DISK_SERIOUS_BYTES = 256 << 20
"""Below this the next samples or checkpoint of even a small model may not fit."""

DISK_WARNING_BYTES = 2 << 30
"""A day of logs, samples and checkpoints of a small model."""

CHECKPOINT_COPIES = 4
"""Bytes of a checkpoint with its resume state, in weights: weights twice, and two moments of the optimizer."""

CHECKPOINTS_AHEAD = 5
"""Checkpoints that should still fit: the kept ones are replaced only after a new one is whole."""
