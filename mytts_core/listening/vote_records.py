"""Votes joined with what was heard. For results and exports: nothing here may be shown before a test is finished."""

from __future__ import annotations

import json
from pathlib import Path
from typing import NamedTuple, Optional

from mytts_core.listening.design import IDENTICAL, TARGET
from mytts_core.listening.plan import NO_DIFFERENCE, A
from mytts_core.listening.tables import listening_database

_VOTES = """
SELECT votes.block, votes.seat_id, votes.listener, trials.number, trials.kind, a.text, a.setting, b.setting, a.seed,
       b.seed, trials.x_is, votes.answer, votes.plays, votes.seconds, votes.voted_at, votes.version
FROM votes JOIN trials ON trials.trial_id = votes.trial_id
JOIN clips AS a ON a.clip_id = trials.clip_a JOIN clips AS b ON b.clip_id = trials.clip_b
WHERE votes.test_id = ? ORDER BY votes.vote"""


class VoteRecord(NamedTuple):
    """One vote and its trial.

    Attributes:
        block: 0 for planned trials.
        seat_id, listener: whose it is.
        number: of the trial in the listener's order, from 1.
        kind: `COMPARISON`, `IDENTICAL` or `TARGET`, see `design`.
        text, setting_a, setting_b: indices into the plan.
        seed_a, seed_b: of the takes; None where the temperature uses none.
        x_is: ABX: "A" or "B"; else None.
        answer: "A", "B" or "none".
        plays: how often each side was heard.
        seconds: from showing to vote.
        voted_at: seconds since 1970 (UTC).
        version: of design and plan.
    """

    block: int
    seat_id: str
    listener: str
    number: int
    kind: str
    text: int
    setting_a: int
    setting_b: int
    seed_a: Optional[int]
    seed_b: Optional[int]
    x_is: Optional[str]
    answer: str
    plays: tuple[int, ...]
    seconds: float
    voted_at: float
    version: str

    @property
    def pair(self) -> tuple[int, int]:
        """The two settings, the lower index first."""
        return min(self.setting_a, self.setting_b), max(self.setting_a, self.setting_b)

    @property
    def preferred(self) -> Optional[int]:
        """The setting that was preferred; None for no difference, identical pairs and ABX."""
        if self.kind in (IDENTICAL, TARGET) or self.answer == NO_DIFFERENCE:
            return None
        return self.setting_a if self.answer == A else self.setting_b

    @property
    def is_correct(self) -> Optional[bool]:
        """Whether X was found; None outside ABX."""
        return self.answer == self.x_is if self.kind == TARGET else None


def read_votes(root: Path, test_id: str) -> list[VoteRecord]:
    """Return all votes of a test in the order they were given.

    Raises:
        RunError: where the database cannot be used.
    """
    with listening_database(root) as connection:
        rows = connection.execute(_VOTES, (test_id,)).fetchall()
    return [VoteRecord(*row)._replace(plays=tuple(json.loads(row["plays"]))) for row in rows]
