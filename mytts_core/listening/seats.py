"""Seats: whose trials they are, and which one a listener gets."""

from __future__ import annotations

import sqlite3
import unicodedata
from collections.abc import Sequence
from typing import NamedTuple

from mytts_core.errors import ListeningError
from mytts_core.listening.state import ListeningTest

MAX_NAME_LENGTH = 80
_TURNS_TEXT = "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
_UNSEEN = "\u034f\u115f\u1160\u17b4\u17b5\u180b\u180c\u180d\ufe0e\ufe0f"     # fillers and variants of the one before
SEATS = """
SELECT seats.*, blocks.trials AS trials, (SELECT COUNT(*) FROM votes WHERE votes.test_id = seats.test_id
    AND votes.block = seats.block AND votes.seat_id = seats.seat_id) AS votes
FROM seats JOIN blocks ON blocks.test_id = seats.test_id AND blocks.number = seats.block
WHERE seats.test_id = ? ORDER BY seats.block, seats.number"""
"""Every seat of a test with its votes and trials; parameter: the test's id."""


class Seat(NamedTuple):
    """A listener's place in a test: one shuffled list of trials.

    Attributes:
        seat_id: opaque.
        listener: the name as it was first given.
        block: 0 for planned trials, from 1 on exploratory ones.
        votes, trials: given and to be given.
    """

    seat_id: str
    listener: str
    block: int
    votes: int
    trials: int


def clean_name(name: str) -> tuple[str, str]:
    """Return a listener's name as it is shown and as it is compared.

    Raises:
        ListeningError: for an empty name, one of more than `MAX_NAME_LENGTH` characters, or with invisible controls.
    """
    shown = " ".join(unicodedata.normalize("NFC", name).split())
    if not shown or len(shown) > MAX_NAME_LENGTH:
        raise ListeningError(f"a name of {len(shown)} characters: give one of 1 to {MAX_NAME_LENGTH}")
    hidden = [character for character in shown
              if unicodedata.category(character) in ("Cc", "Cs", "Co", "Cn") or character in _TURNS_TEXT]
    if hidden:
        raise ListeningError(f"the name holds the invisible character U+{ord(hidden[0]):04X}: leave it out")
    key = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", shown).casefold())
    seen = " ".join("".join(character for character in key if not _is_unseen(character)).split())
    if not seen:
        raise ListeningError("nothing of this name can be seen: give one that others can read")
    return shown, seen


def _is_unseen(character: str) -> bool:
    """Whether a character shows nothing by itself: names that look the same are one listener's."""
    return unicodedata.category(character) == "Cf" or character in _UNSEEN


def seat_for(test: ListeningTest, rows: Sequence[sqlite3.Row], key: str) -> tuple[sqlite3.Row, bool]:
    """Return the row of a listener's seat, and whether it is a free one."""
    own = [row for row in rows if row["listener_key"] == key]
    unfinished = [row for row in own if row["votes"] < row["trials"] and not is_closed(test, row["block"])]
    if unfinished:
        return unfinished[0], False
    blocks = {row["block"] for row in own}
    free = [row for row in rows if row["listener"] is None and row["block"] not in blocks
            and not is_closed(test, row["block"])]
    if free:
        return free[0], True
    if own:
        return own[-1], False
    if test.ended_early is not None and len(test.blocks) == 1:
        raise ListeningError("this test was ended: it takes no more listeners")
    raise ListeningError(f"every place of this test is taken ({len(rows)}): it was planned so. Someone who voted "
                         "before goes on under the same name; further trials can be added, as exploratory ones")


def is_closed(test: ListeningTest, block: int) -> bool:
    """Whether a block takes no more votes, because the test was ended."""
    return block == 0 and test.ended_early is not None


def seat_of(row: sqlite3.Row) -> Seat:
    """Return the seat of a row of `SEATS`."""
    return Seat(row["seat_id"], row["listener"] or "", row["block"], row["votes"], row["trials"])
