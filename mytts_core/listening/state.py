"""A listening test as it stands: read from the database."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple, Optional

from mytts_core.errors import ListeningError
from mytts_core.listening.plan import ListeningPlan
from mytts_core.listening.tables import has_listening_database, listening_database

MAKING, OPEN, FINISHED = "making", "open", "finished"


class Block(NamedTuple):
    """Trials that were planned together.

    Attributes:
        number: 0 is the plan; from 1 on they were added later and are exploratory.
        seats: lists of trials, each for one listener.
        trials: of each seat.
        votes: given so far.
    """

    number: int
    seats: int
    trials: int
    votes: int


@dataclass(frozen=True)
class ListeningTest:
    """One test as it stands.

    Attributes:
        test_id: opaque; part of the page's address.
        plan: as it was made.
        state: `MAKING`, `OPEN` or `FINISHED`.
        created: seconds since 1970 (UTC).
        seed: of the shuffle, recorded.
        version: of the design and its plan, as each vote repeats it.
        blocks: block 0 is the plan.
        clips, clips_made: how many recordings it needs and how many are there.
        ended_early: when somebody ended it before all planned votes were in (seconds since 1970), or None. Its results
            are exploratory then.
    """

    test_id: str
    plan: ListeningPlan
    state: str
    created: float
    seed: int
    version: str
    blocks: tuple[Block, ...]
    clips: int
    clips_made: int
    ended_early: Optional[float] = None

    @property
    def votes_left(self) -> int:
        """Planned votes that are not given yet."""
        return self.plan.votes - self.blocks[0].votes


def read_test(root: Path, test_id: str) -> ListeningTest:
    """Return one test.

    Raises:
        ListeningError: where there is none of this id.
        RunError: where the database cannot be used.
    """
    with opened_test(root, test_id) as (_, test):
        return test


@contextmanager
def opened_test(root: Path, test_id: str, *,
                writes: bool = False) -> Iterator[tuple[sqlite3.Connection, ListeningTest]]:
    """Open the database for one transaction on one test, as it is in that transaction.

    Args:
        root: the folder of runs.
        test_id: of the test.
        writes: take the lock for writing at once.

    Raises:
        ListeningError: where there is none of this id.
        RunError: where the database cannot be used.
    """
    if not has_listening_database(root):
        raise unknown_test(test_id)
    with listening_database(root, writes=writes) as connection:
        yield connection, find_test(connection, test_id)


def find_test(connection: sqlite3.Connection, test_id: str) -> ListeningTest:
    """Return one test of an open database; ListeningError where there is none of this id."""
    row = connection.execute("SELECT * FROM tests WHERE test_id = ?", (test_id,)).fetchone()
    if row is None:
        raise unknown_test(test_id)
    plan = _plan_of(row)
    votes = dict(connection.execute("SELECT block, COUNT(*) FROM votes WHERE test_id = ? GROUP BY block",
                                    (test_id,)).fetchall())
    blocks = tuple(Block(number, seats, trials, votes.get(number, 0)) for number, seats, trials in connection.execute(
        "SELECT number, seats, trials FROM blocks WHERE test_id = ? ORDER BY number", (test_id,)))
    clips, made = connection.execute("SELECT COUNT(*), COUNT(made_sha256) FROM clips WHERE test_id = ?",
                                     (test_id,)).fetchone()
    if row["sealed"] is None:
        state = MAKING
    else:
        state = FINISHED if row["ended"] is not None or blocks[0].votes >= plan.votes else OPEN
    return ListeningTest(test_id, plan, state, row["created"], row["seed"], row["version"], blocks, clips, made,
                         row["ended"])


def _plan_of(row: sqlite3.Row) -> ListeningPlan:
    try:
        return ListeningPlan.from_dict(json.loads(row["plan"]))
    except (ListeningError, ValueError) as error:
        raise ListeningError(f"the plan of listening test {row['test_id']!r}, of version {row['version']}, cannot be "
                             f"read ({error}): open it with the MyTTS that made it") from error


def unknown_test(test_id: str) -> ListeningError:
    """Return the error for an id that no test has."""
    return ListeningError(f"there is no listening test {test_id[:40]!r} here: choose one from the list, or make one")
