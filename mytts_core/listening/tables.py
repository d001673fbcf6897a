"""Tables of listening tests. Votes are append-only: triggers of the database itself refuse to change or delete one."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from mytts_core.errors import RunError
from mytts_core.runs.local_database import database, database_path, has_database

FILE = "listening.sqlite3"
CONTENT = "listening tests"
SCHEMA_VERSION = 1

# The trigger before insert makes INSERT OR REPLACE fail too: a replaced row fires no delete trigger.
_SCHEMA = """
CREATE TABLE IF NOT EXISTS tests (
    test_id TEXT PRIMARY KEY, created REAL NOT NULL, seed INTEGER NOT NULL, plan TEXT NOT NULL, version TEXT NOT NULL,
    sealed REAL, ended REAL);
CREATE TABLE IF NOT EXISTS blocks (
    test_id TEXT NOT NULL, number INTEGER NOT NULL, seed INTEGER NOT NULL, seats INTEGER NOT NULL,
    trials INTEGER NOT NULL, created REAL NOT NULL, PRIMARY KEY (test_id, number));
CREATE TABLE IF NOT EXISTS clips (
    clip_id TEXT PRIMARY KEY, test_id TEXT NOT NULL, setting INTEGER NOT NULL, text INTEGER NOT NULL, seed INTEGER,
    made_sha256 TEXT, file TEXT, sha256 TEXT, samples INTEGER, sample_rate INTEGER);
CREATE INDEX IF NOT EXISTS clips_of_test ON clips (test_id);
CREATE TABLE IF NOT EXISTS seats (
    seat_id TEXT PRIMARY KEY, test_id TEXT NOT NULL, block INTEGER NOT NULL, number INTEGER NOT NULL,
    listener TEXT, listener_key TEXT, joined REAL,
    UNIQUE (test_id, block, number), UNIQUE (test_id, block, listener_key));
CREATE TABLE IF NOT EXISTS trials (
    trial_id TEXT PRIMARY KEY, test_id TEXT NOT NULL, seat_id TEXT NOT NULL, block INTEGER NOT NULL,
    number INTEGER NOT NULL, kind TEXT NOT NULL, clip_a TEXT NOT NULL, clip_b TEXT NOT NULL, x_is TEXT,
    id_a TEXT NOT NULL, id_b TEXT NOT NULL, id_x TEXT NOT NULL, UNIQUE (seat_id, number));
CREATE INDEX IF NOT EXISTS trials_of_test ON trials (test_id, block);
CREATE TABLE IF NOT EXISTS votes (
    vote INTEGER PRIMARY KEY AUTOINCREMENT, test_id TEXT NOT NULL, block INTEGER NOT NULL, seat_id TEXT NOT NULL,
    trial_id TEXT NOT NULL UNIQUE, listener TEXT NOT NULL, answer TEXT NOT NULL, plays TEXT NOT NULL,
    seconds REAL NOT NULL, voted_at REAL NOT NULL, version TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS votes_of_test ON votes (test_id, block, seat_id);

CREATE TRIGGER IF NOT EXISTS votes_are_not_changed BEFORE UPDATE ON votes
    BEGIN SELECT RAISE(ABORT, 'votes are never changed'); END;
CREATE TRIGGER IF NOT EXISTS votes_are_not_deleted BEFORE DELETE ON votes
    BEGIN SELECT RAISE(ABORT, 'votes are never deleted'); END;
CREATE TRIGGER IF NOT EXISTS votes_count_once BEFORE INSERT ON votes
    WHEN EXISTS (SELECT 1 FROM votes WHERE trial_id = NEW.trial_id OR vote = NEW.vote)
    BEGIN SELECT RAISE(ABORT, 'this trial already has a vote'); END;
CREATE TRIGGER IF NOT EXISTS plans_are_not_changed
    BEFORE UPDATE OF test_id, created, seed, plan, version ON tests
    BEGIN SELECT RAISE(ABORT, 'the plan of a test is never changed'); END;
CREATE TRIGGER IF NOT EXISTS trials_are_not_changed BEFORE UPDATE ON trials
    BEGIN SELECT RAISE(ABORT, 'the trials of a test are never changed'); END;
CREATE TRIGGER IF NOT EXISTS trials_are_kept BEFORE DELETE ON trials
    WHEN EXISTS (SELECT 1 FROM votes WHERE test_id = OLD.test_id)
    BEGIN SELECT RAISE(ABORT, 'trials of a test with votes are never deleted'); END;
CREATE TRIGGER IF NOT EXISTS seats_with_votes_are_kept BEFORE UPDATE ON seats
    WHEN EXISTS (SELECT 1 FROM votes WHERE seat_id = OLD.seat_id)
    BEGIN SELECT RAISE(ABORT, 'the seat of a listener who voted is never given away'); END;
"""


@contextmanager
def listening_database(root: Path, *, writes: bool = False) -> Iterator[sqlite3.Connection]:
    """Open the database of listening tests for one transaction; rows are read by name.

    Args:
        root: the folder of runs.
        writes: take the lock for writing at once, so that what is read inside stays true until it is kept.

    Raises:
        RunError: where the database cannot be used, or is of a later version.
    """
    with database(root, _SCHEMA, file=FILE, content=CONTENT) as connection:
        connection.row_factory = sqlite3.Row
        found = connection.execute("PRAGMA user_version").fetchone()[0]
        if found > SCHEMA_VERSION:
            raise RunError(f"{database_path(root, FILE, CONTENT)} is of version {found}, this program reads "
                           f"{SCHEMA_VERSION}: update MyTTS")
        if found < SCHEMA_VERSION:
            connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")
        if writes:
            connection.execute("BEGIN IMMEDIATE")
        yield connection


def has_listening_database(root: Path) -> bool:
    """Tell whether any test was ever made; a look must not leave files behind."""
    return has_database(root, FILE)


def clip_folder(root: Path, test_id: str) -> Path:
    """Return the folder of a test's recordings, beside the database."""
    return database_path(root, FILE, CONTENT).parent / "listening" / test_id
