"""The listening tests of a folder of runs: made, listed, extended, ended. SQLite in `<root>/.mytts/listening.sqlite3`."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple, Optional

from mytts_core.listening.plan import ListeningPlan

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


class ListeningStore:
    """The tests under a folder of runs; every method may be called from any thread or process.

    Args:
        root: the folder of runs. Where it cannot be written, tests live in the user's data folder.

    Every method raises RunError where the database cannot be used.
    """

    def __init__(self, root: Path) -> None:
        self.root = root

    def create(self, plan: ListeningPlan, seed: Optional[int] = None) -> str:
        """Design a test, keep it in state `MAKING`, and return its id.

        Args:
            plan: what to compare.
            seed: of all shuffling, 0 to 2⁶³ − 1; drawn when None.
        """
        raise NotImplementedError

    def tests(self) -> list[ListeningTest]:
        """Return all tests, the newest first."""
        raise NotImplementedError

    def test(self, test_id: str) -> ListeningTest:
        """Return one test.

        Raises:
            ListeningError: where there is none of this id.
        """
        raise NotImplementedError

    def add_trials(self, test_id: str, trials_per_listener: int, listeners: int = 1) -> ListeningTest:
        """Add a block of exploratory trials of the recordings that are there; the planned result stays as it is.

        Raises:
            ListeningError: while recordings are being made.
        """
        raise NotImplementedError

    def end_early(self, test_id: str) -> ListeningTest:
        """End a test whose planned votes are not all in: its results open, marked exploratory, and voting on the
        planned trials is over. A finished test stays as it is.

        Raises:
            ListeningError: while recordings are being made.
        """
        raise NotImplementedError

    def delete(self, test_id: str) -> None:
        """Remove a test that nobody has voted in, with its recordings.

        Raises:
            ListeningError: once there is a vote: votes are never deleted.
        """
        raise NotImplementedError
