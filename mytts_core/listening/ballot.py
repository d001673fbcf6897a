"""Voting: listeners take a seat, hear their trials in their own order, and vote once on each."""

from __future__ import annotations

import json
import math
import sqlite3
import time
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple, Optional

from mytts_core.errors import ListeningError
from mytts_core.listening.plan import ABX, NO_DIFFERENCE, A, B, ListeningPlan
from mytts_core.listening.seats import SEATS, Seat, clean_name, is_closed, seat_for, seat_of
from mytts_core.listening.state import MAKING, ListeningTest, opened_test

_TRIALS = """
SELECT trials.*, clips.text AS text, votes.answer AS vote
FROM trials JOIN clips ON clips.clip_id = trials.clip_a LEFT JOIN votes ON votes.trial_id = trials.trial_id
WHERE trials.seat_id = ? AND trials.test_id = ? ORDER BY trials.number"""


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
            ListeningError: for a name that is empty or too long, before the test is sealed, or when every seat that
                takes votes is taken.
        """
        shown, key = clean_name(name)
        with opened_test(self.root, self.test_id, writes=True) as (connection, test):
            if test.state == MAKING:
                raise ListeningError("the recordings of this test are still being made: come back when they are there")
            rows = connection.execute(SEATS, (self.test_id,)).fetchall()
            row, is_new = seat_for(test, rows, key)
            if is_new:
                connection.execute("UPDATE seats SET listener = ?, listener_key = ?, joined = ? WHERE seat_id = ?",
                                   (shown, key, time.time(), row["seat_id"]))
            return seat_of(row)._replace(listener=shown) if is_new else seat_of(row)

    def leave(self, seat_id: str) -> None:
        """Give a seat back on which nobody has voted.

        Raises:
            ListeningError: for an unknown seat, or once it has a vote.
        """
        with opened_test(self.root, self.test_id, writes=True) as (connection, _):
            self._seat_row(connection, seat_id)
            if connection.execute("SELECT 1 FROM votes WHERE seat_id = ?", (seat_id,)).fetchone():
                raise ListeningError("this listener has voted: the seat stays theirs")
            connection.execute("UPDATE seats SET listener = NULL, listener_key = NULL, joined = NULL "
                               "WHERE seat_id = ?", (seat_id,))

    def next_trial(self, seat_id: str) -> Optional[Trial]:
        """Return the first trial without a vote, or None when the listener is done or the test was ended.

        Raises:
            ListeningError: for an unknown seat.
        """
        with opened_test(self.root, self.test_id) as (connection, test):
            row = self._seat_row(connection, seat_id)
            if is_closed(test, row["block"]):
                return None
            trials = self._trials(connection, test.plan, seat_id)
        return next((trial for trial in trials if trial.vote is None), None)

    def trial(self, seat_id: str, number: int) -> Trial:
        """Return a trial by its number, from 1, voted on or not: for a listener who goes back.

        Raises:
            ListeningError: for an unknown seat or number.
        """
        with opened_test(self.root, self.test_id) as (connection, test):
            self._seat_row(connection, seat_id)
            trials = self._trials(connection, test.plan, seat_id)
        if not 1 <= number <= len(trials):
            raise ListeningError(f"trial {number}: this listener has trials 1 to {len(trials)}")
        return trials[number - 1]

    def vote(self, trial_id: str, answer: str, plays: Sequence[int], seconds: float, *,
             listener: Optional[str] = None) -> Receipt:
        """Write a vote. The first one of a trial counts; a later one (second tab, going back) changes nothing.

        Args:
            trial_id: of a `Trial`.
            answer: one of its `answers`.
            plays: how often each clip was heard, in the order of `clip_ids`; each at least once.
            seconds: from the trial's showing to the vote, 0 or more.
            listener: who voted; None for whoever has the seat. A seat may have been given back, and taken by another.

        Raises:
            ListeningError: for an unknown trial, another answer, a clip not heard, another's seat, or a test that takes
                no votes.
        """
        with opened_test(self.root, self.test_id, writes=True) as (connection, test):
            _check_vote(test.plan, answer, plays, seconds)
            trial = connection.execute("SELECT * FROM trials WHERE trial_id = ? AND test_id = ?",
                                       (trial_id, self.test_id)).fetchone()
            if trial is None:
                raise ListeningError(f"trial {trial_id[:40]!r} is not one of this test: open the test anew")
            seats = connection.execute(SEATS, (self.test_id,)).fetchall()
            seat = seat_of(next(row for row in seats if row["seat_id"] == trial["seat_id"]))
            _check_seat(seat, listener)
            first = connection.execute("SELECT answer FROM votes WHERE trial_id = ?", (trial_id,)).fetchone()
            if first is not None:
                return _refused(seat, first["answer"])
            _check_open(test, seat)
            connection.execute(
                "INSERT INTO votes (test_id, block, seat_id, trial_id, listener, answer, plays, seconds, voted_at, "
                "version) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (self.test_id, seat.block, seat.seat_id, trial_id, seat.listener, answer,
                 json.dumps([int(count) for count in plays]), float(seconds), time.time(), test.version))
        return Receipt(True, answer, seat.votes + 1, seat.trials, "")

    def progress(self) -> Progress:
        """Return how far the planned trials are."""
        with opened_test(self.root, self.test_id) as (connection, test):
            rows = connection.execute(SEATS, (self.test_id,)).fetchall()
        taken = tuple(seat_of(row) for row in rows if row["listener"] is not None)
        free = sum(row["listener"] is None and not is_closed(test, row["block"]) for row in rows)
        return Progress(test.blocks[0].votes, test.plan.votes, free, taken)

    def _seat_row(self, connection: sqlite3.Connection, seat_id: str) -> sqlite3.Row:
        row = connection.execute("SELECT * FROM seats WHERE seat_id = ? AND test_id = ?",
                                 (seat_id, self.test_id)).fetchone()
        if row is None or row["listener"] is None:
            raise ListeningError(f"nobody sits on seat {seat_id[:40]!r} of this test: give your name again")
        return row

    def _trials(self, connection: sqlite3.Connection, plan: ListeningPlan, seat_id: str) -> list[Trial]:
        rows = connection.execute(_TRIALS, (seat_id, self.test_id)).fetchall()
        ids, answers = (3, (A, B)) if plan.mode == ABX else (2, (A, B, NO_DIFFERENCE))
        return [Trial(row["trial_id"], row["number"], len(rows), plan.mode, plan.texts[row["text"]],
                      (row["id_a"], row["id_b"], row["id_x"])[:ids], answers, row["vote"]) for row in rows]


def _check_seat(seat: Seat, listener: Optional[str]) -> None:
    if listener is not None and seat.listener and clean_name(listener)[1] != clean_name(seat.listener)[1]:
        raise ListeningError(f"{listener} left this place, and another listener has it now: this vote was not kept; "
                             "listen to the trial that is shown")


def _check_open(test: ListeningTest, seat: Seat) -> None:
    if test.state == MAKING or not seat.listener:
        raise ListeningError("this test takes no votes yet: join it first, when its recordings are there")
    if is_closed(test, seat.block):
        raise ListeningError("this test was ended: it takes no more votes")


def _check_vote(plan: ListeningPlan, answer: str, plays: Sequence[int], seconds: float) -> None:
    answers = (A, B) if plan.mode == ABX else (A, B, NO_DIFFERENCE)
    if answer not in answers:
        raise ListeningError(f"answer {str(answer)[:20]!r}: it must be one of {', '.join(answers)}")
    sides = "ABX" if plan.mode == ABX else "AB"
    unheard = [side for side, count in zip(sides, plays) if count < 1]
    if len(plays) != len(sides) or unheard:
        raise ListeningError(f"{' and '.join(unheard) or 'a recording'} was not heard: listen to each before you vote")
    if not (math.isfinite(seconds) and seconds >= 0):
        raise ListeningError(f"{seconds} seconds until the vote: it must be 0 or more")


def _refused(seat: Seat, answer: str) -> Receipt:
    said = "no difference" if answer == NO_DIFFERENCE else answer
    return Receipt(False, answer, seat.votes, seat.trials,
                   f"You already voted here: {said} counts. Nothing was changed.")
