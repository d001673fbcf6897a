"""Restart markers of TensorBoard's session log."""

from __future__ import annotations

from typing import NamedTuple


class SessionStart(NamedTuple):
    """A restart marker: points with `step` or more written before it no longer count.

    `counts` tells how many points of each tag the file held when it was written.
    """

    step: int
    wall_time: float
    counts: dict[str, int]
