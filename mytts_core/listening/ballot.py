"""Voting: listeners take a seat, hear their trials in their own order, and vote once on each."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple, Optional


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


class Trial(NamedTuple):
    """What a listener is asked; nothing in it tells a setting.

    Attributes:
        trial_id: opaque.
        number, trials: "number of trials", from 1.
        mode: `AB` or `ABX`.
        text: that is spoken.
        clip_ids: opaque names of A, B and, in an ABX test, X; each is of this trial alone.
        answers: that may be given: "A", "B" and, in an AB test, "none".
        vote: the answer that was given, or None.
    """

    trial_id: str
    number: int
    trials: int
    mode: str
    text: str
    clip_ids: tuple[str, ...]
    answers: tuple[str, ...]
    vote: Optional[str]


class Receipt(NamedTuple):
    """What became of a vote.

    Attributes:
        kept: whether it was written: on the disk, whatever happens from now on. False: this trial already had a vote.
        answer: the vote that counts.
        votes, trials: of this seat, so far and in all.
        words: "" when kept; else that the listener already voted, and what counts.
    """

    kept: bool
    answer: str
    votes: int
    trials: int
    words: str


class Progress(NamedTuple):
    """How far the planned trials are: votes given and planned, seats free, and each seat taken. No answers."""

    votes: int
    planned: int
    free_seats: int
    seats: tuple[Seat, ...]


class Ballot:
    """Votes of one test.

    Args:
        root: the folder of runs.
        test_id: as `ListeningStore.create` gave it.

    Every method raises ListeningError for an unknown test and RunError where the database cannot be used.
    """

    def __init__(self, root: Path, test_id: str) -> None:
        self.root, self.test_id = root, test_id

    def join(self, name: str) -> Seat:
        """Return the seat of a listener: the one they have, or a free one.

        Names are compared without case, outer spaces and Unicode variants. Someone who has done all their trials gets a
        free seat of exploratory trials, if there is one, else their last one.

        Raises:
            ListeningError: for an empty name, before the test is sealed, after it was ended, or when every seat is taken.
        """
        raise NotImplementedError

    def leave(self, seat_id: str) -> None:
        """Give a seat back on which nobody has voted.

        Raises:
            ListeningError: once it has a vote.
        """
        raise NotImplementedError

    def next_trial(self, seat_id: str) -> Optional[Trial]:
        """Return the first trial without a vote, or None when the listener is done.

        Raises:
            ListeningError: for an unknown seat.
        """
        raise NotImplementedError

    def trial(self, seat_id: str, number: int) -> Trial:
        """Return a trial by its number, from 1, voted on or not: for a listener who goes back.

        Raises:
            ListeningError: for an unknown seat or number.
        """
        raise NotImplementedError

    def vote(self, trial_id: str, answer: str, plays: Sequence[int], seconds: float) -> Receipt:
        """Write a vote. The first one of a trial counts; a later one (second tab, going back) changes nothing.

        Args:
            trial_id: of a `Trial`.
            answer: one of its `answers`.
            plays: how often each clip was heard, in the order of `clip_ids`; each at least once.
            seconds: from the trial's showing to the vote, 0 or more.

        Raises:
            ListeningError: for an unknown trial, another answer, a clip not heard, or a test that takes no votes.
        """
        raise NotImplementedError

    def progress(self) -> Progress:
        """Return how far the planned trials are."""
        raise NotImplementedError
