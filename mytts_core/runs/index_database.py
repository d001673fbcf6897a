"""The SQLite file of an index: opened for one piece of work, made where it is missing, removed where it is damaged."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

# Of the tables, and of what the rows say: another version is removed and made anew.
VERSION = 1
MAX_FOLDER_BYTES = 4 << 30                  # of all indices; those unused longest make room for a new one
_BUSY_SECONDS = 1.0
_TABLES = """
CREATE TABLE run (folder TEXT NOT NULL);
CREATE TABLE tag (id INTEGER PRIMARY KEY, name BLOB UNIQUE NOT NULL);
CREATE TABLE file (id INTEGER PRIMARY KEY, name TEXT UNIQUE NOT NULL, state BLOB NOT NULL, crc INTEGER NOT NULL);
CREATE TABLE points (id INTEGER PRIMARY KEY, file INTEGER NOT NULL, tag INTEGER NOT NULL, data BLOB NOT NULL,
                     crc INTEGER NOT NULL);
CREATE INDEX points_of_file ON points (file);
CREATE TABLE media (id INTEGER PRIMARY KEY, file INTEGER NOT NULL, data BLOB NOT NULL, crc INTEGER NOT NULL);
CREATE TABLE digests (stamp TEXT NOT NULL, problems BLOB NOT NULL, crc INTEGER NOT NULL);
CREATE TABLE digest (id INTEGER PRIMARY KEY, tag INTEGER NOT NULL, data BLOB NOT NULL, crc INTEGER NOT NULL);
"""
# What says nothing against the file itself: another process holds it, or the disk is full, gone or read-only.
_CIRCUMSTANCES = {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN,
                  sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_PERM, sqlite3.SQLITE_NOMEM}


class DamagedIndex(Exception):
    """An index that does not hold what it should: to be removed, and made anew from the logs."""


@contextmanager
def opened(path: Path, folder: str, create: bool) -> Iterator[sqlite3.Connection]:
    """Give the index of a run folder in one transaction, which is kept when the block ends well.

    Raises:
        OSError: when it is not there and not to be made, or its folder cannot be made.
        sqlite3.Error: as SQLite gives it.
        DamagedIndex: when it is of another version or another run.
    """
    is_new = not path.exists()
    if is_new:
        if not create:
            raise FileNotFoundError(path)
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        _make_room(path.parent)
    with closing(sqlite3.connect(path, timeout=_BUSY_SECONDS, isolation_level=None)) as database:
        # Nothing is synchronised: what a power cut tears is found by the rows' CRCs and counts.
        database.execute("PRAGMA synchronous = OFF")
        database.execute("BEGIN IMMEDIATE" if create else "BEGIN")
        try:
            if database.execute("SELECT count(*) FROM sqlite_master").fetchone()[0] == 0 and create:
                _make_tables(database, folder)
            _check(database, folder)
            yield database
            database.execute("COMMIT")
        except BaseException:
            if database.in_transaction:
                database.execute("ROLLBACK")
            raise


def is_damage(error: Exception) -> bool:
    """Tell whether an error of `opened` or within its block means that the index is of no use.

    Damage also shows as values of other types than the tables say, and as messages of SQLite's that are no text.
    """
    code = getattr(error, "sqlite_errorcode", None)
    if isinstance(error, sqlite3.Error) and code is not None:
        return code & 0xFF not in _CIRCUMSTANCES
    return not isinstance(error, OSError)


def _make_tables(database: sqlite3.Connection, folder: str) -> None:
    for statement in filter(str.strip, _TABLES.split(";")):
        database.execute(statement)
    database.execute("INSERT INTO run VALUES (?)", (_plain(folder),))
    database.execute(f"PRAGMA user_version = {VERSION}")


def _check(database: sqlite3.Connection, folder: str) -> None:
    if database.execute("PRAGMA user_version").fetchone()[0] != VERSION:
        raise DamagedIndex("another version")
    if database.execute("SELECT folder FROM run").fetchall() != [(_plain(folder),)]:
        raise DamagedIndex("another run")


def _plain(folder: str) -> str:
    return folder.encode("utf-8", errors="backslashreplace").decode()


def _make_room(folder: Path) -> None:
    """Remove the indices unused longest while all together are too large."""
    files = [(path.stat().st_mtime, path.stat().st_size, path) for path in folder.glob("*.sqlite")]
    excess = sum(size for _, size, _ in files) - MAX_FOLDER_BYTES
    for _, size, path in sorted(files, key=lambda file: file[0]):
        if excess <= 0:
            return
        path.unlink(missing_ok=True)
        excess -= size
