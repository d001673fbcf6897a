"""The listening tests of a folder of runs: made, listed, extended, ended. SQLite in `<root>/.mytts/`."""

from __future__ import annotations

import hashlib
import json
import secrets
import shutil
import sqlite3
import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Optional

from mytts_core.errors import ListeningError
from mytts_core.listening.design import DESIGN_VERSION, Clip, Dealer, DesignedTrial
from mytts_core.listening.plan import ListeningPlan
from mytts_core.listening.state import MAKING, OPEN, ListeningTest, find_test, opened_test, read_test
from mytts_core.listening.tables import clip_folder, has_listening_database, listening_database

_INSERT_TRIAL = "INSERT INTO trials VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"


class ListeningStore:
    """The tests under a folder of runs; every method may be called from any thread or process.

    Args:
        root: the folder of runs. Where it cannot be written, tests live in the user's data folder.

    Every method raises RunError where the database cannot be used.
    """

    def __init__(self, root: Path) -> None:
        self.root = Path(root)

    def create(self, plan: ListeningPlan, seed: Optional[int] = None) -> str:
        """Design a test, keep it in state `MAKING`, and return its id.

        Args:
            plan: what to compare.
            seed: of all shuffling, 0 to 2⁶³ − 1; drawn when None.

        Raises:
            ListeningError: for a seed outside that range.
        """
        seed = _checked_seed(seed)
        dealer = Dealer(plan, seed)
        seats = [dealer.deal() for _ in range(plan.listeners)]
        test_id, now = secrets.token_hex(8), time.time()
        text = json.dumps(plan.to_dict(), sort_keys=True)
        version = f"{DESIGN_VERSION}.{hashlib.sha256(text.encode()).hexdigest()[:12]}"
        needed = sorted({clip for trials in seats for trial in trials for clip in (trial.a, trial.b)},
                        key=lambda clip: secrets.randbits(64))
        clip_ids = {clip: secrets.token_hex(16) for clip in needed}
        with listening_database(self.root, writes=True) as connection:
            connection.execute("INSERT INTO tests VALUES (?, ?, ?, ?, ?, NULL, NULL)",
                               (test_id, now, seed, text, version))
            connection.executemany(
                "INSERT INTO clips (clip_id, test_id, setting, text, seed) VALUES (?, ?, ?, ?, ?)",
                [(clip_ids[clip], test_id, *clip) for clip in needed])
            _insert_block(connection, test_id, 0, seed, seats, clip_ids)
        return test_id

    def tests(self) -> list[ListeningTest]:
        """Return all tests that can be read, the newest first."""
        return self.tests_and_problems()[0]

    def tests_and_problems(self) -> tuple[list[ListeningTest], list[str]]:
        """Return the same, and what is wrong with each of the others: a plan that another version wrote."""
        tests: list[ListeningTest] = []
        problems: list[str] = []
        if not has_listening_database(self.root):
            return tests, problems
        with listening_database(self.root) as connection:
            rows = connection.execute("SELECT test_id FROM tests ORDER BY created DESC, rowid DESC").fetchall()
            for row in rows:
                try:
                    tests.append(find_test(connection, row["test_id"]))
                except ListeningError as error:
                    problems.append(str(error))
        return tests, problems

    def test(self, test_id: str) -> ListeningTest:
        """Return one test.

        Raises:
            ListeningError: where there is none of this id.
        """
        return read_test(self.root, test_id)

    def add_trials(self, test_id: str, trials_per_listener: int, listeners: int = 1) -> ListeningTest:
        """Add a block of exploratory trials of the recordings that are there; the planned result stays as it is.

        Raises:
            ListeningError: while recordings are being made, or for numbers that a plan refuses.
        """
        with opened_test(self.root, test_id, writes=True) as (connection, test):
            if test.state == MAKING:
                raise _still_making(test)
            clip_ids = {Clip(setting, text, seed): clip_id for clip_id, setting, text, seed in connection.execute(
                "SELECT clip_id, setting, text, seed FROM clips WHERE test_id = ?", (test_id,))}
            plan = replace(test.plan, trials_per_listener=trials_per_listener, listeners=listeners)
            seed = secrets.randbits(63)
            dealer = Dealer(plan, seed, frozenset(clip_ids))
            seats = [dealer.deal() for _ in range(listeners)]
            _insert_block(connection, test_id, len(test.blocks), seed, seats, clip_ids)
        return self.test(test_id)

    def end_early(self, test_id: str) -> ListeningTest:
        """End a test whose planned votes are not all in; a finished test stays as it is.

        Its results open, marked exploratory, and voting on the planned trials is over.

        Raises:
            ListeningError: while recordings are being made.
        """
        with opened_test(self.root, test_id, writes=True) as (connection, test):
            if test.state == MAKING:
                raise _still_making(test)
            if test.state == OPEN:
                connection.execute("UPDATE tests SET ended = ? WHERE test_id = ?", (time.time(), test_id))
        return self.test(test_id)

    def delete(self, test_id: str) -> None:
        """Remove a test that nobody has voted in, with its recordings.

        Raises:
            ListeningError: once there is a vote: votes are never deleted.
        """
        with opened_test(self.root, test_id, writes=True) as (connection, test):
            votes = sum(block.votes for block in test.blocks)
            if votes:
                raise ListeningError(f"this test has {votes} votes, and votes are never deleted: leave it")
            for table in ("trials", "seats", "clips", "blocks", "tests"):
                connection.execute(f"DELETE FROM {table} WHERE test_id = ?", (test_id,))
        shutil.rmtree(clip_folder(self.root, test_id), ignore_errors=True)


def _insert_block(connection: sqlite3.Connection, test_id: str, number: int, seed: int,
                  seats: Sequence[Sequence[DesignedTrial]], clip_ids: Mapping[Clip, str]) -> None:
    connection.execute("INSERT INTO blocks VALUES (?, ?, ?, ?, ?, ?)",
                       (test_id, number, seed, len(seats), len(seats[0]), time.time()))
    for place, trials in enumerate(seats):
        seat_id = secrets.token_hex(8)
        connection.execute("INSERT INTO seats VALUES (?, ?, ?, ?, NULL, NULL, NULL)",
                           (seat_id, test_id, number, place))
        connection.executemany(_INSERT_TRIAL, [
            (secrets.token_hex(8), test_id, seat_id, number, position, trial.kind, clip_ids[trial.a],
             clip_ids[trial.b], trial.x_is, secrets.token_hex(8), secrets.token_hex(8), secrets.token_hex(8))
            for position, trial in enumerate(trials, 1)])


def _checked_seed(seed: Optional[int]) -> int:
    if seed is None:
        return secrets.randbits(63)
    if not 0 <= seed < 2 ** 63:
        raise ListeningError(f"seed {seed}: it must be 0 to 2⁶³ − 1")
    return seed


def _still_making(test: ListeningTest) -> ListeningError:
    return ListeningError(f"{test.clips - test.clips_made} of {test.clips} recordings of {test.plan.title!r} are still "
                          "to be made: wait for them")
