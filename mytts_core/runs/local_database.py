"""The small database of what people say about runs: `<root>/.mytts/`, or the user's data folder.

A root that cannot be written (or whose `.mytts` leads elsewhere) has its database in the user's data folder, under a
name made from its path. Network disks know no write-ahead log; SQLite then keeps its usual journal.
"""

from __future__ import annotations

import hashlib
import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from mytts_core.errors import RunError

FOLDER = ".mytts"
FILE = "mytts.sqlite3"
BUSY_SECONDS = 5.0


@contextmanager
def database(root: Path, schema: str, *, file: str = FILE,
             content: str = "tags and notes") -> Iterator[sqlite3.Connection]:
    """Open the database of a folder of runs for one transaction: kept when the block ends well, undone otherwise.

    Args:
        root: the folder of runs.
        schema: statements that make the tables where they are missing; they are run each time.
        file: the name of the database.
        content: what it holds, for messages.

    What was kept is on the disk: it survives a killed process and a power cut.

    Raises:
        RunError: when it can be written neither there nor in the user's data folder, or is damaged.
    """
    path = database_path(root, file, content)
    try:
        with closing(sqlite3.connect(path, timeout=BUSY_SECONDS)) as connection:
            connection.execute("PRAGMA journal_mode = WAL")     # answers with the old mode where it cannot be had
            connection.execute("PRAGMA synchronous = FULL")     # the default, unless SQLite was built otherwise
            connection.executescript(schema)
            with connection:
                yield connection
    except sqlite3.Error as error:
        raise RunError(f"{content} in {path} cannot be used ({error}): free the disk, or move the file "
                       "away") from error


def has_database(root: Path, file: str = FILE) -> bool:
    """Tell whether anything was ever written; a look must not leave files behind."""
    return any((folder / file).exists() for folder, _ in data_folders(root))


def data_folders(root: Path) -> tuple[tuple[Path, Path], tuple[Path, Path]]:
    """Return where a folder of runs keeps what people make, the preferred place first: (folder, it must lie within).

    The second is for a root that cannot be written, or whose folder leads out of it by a link.
    """
    beside, elsewhere = _root_folder(root), _user_folder(root)
    return (beside, beside.parent), (elsewhere, elsewhere)


def user_data_folder() -> Path:
    """Return the user's data folder: $XDG_DATA_HOME/mytts, or ~/.local/share/mytts."""
    return Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share") / "mytts"


def database_path(root: Path, file: str = FILE, content: str = "tags and notes") -> Path:
    """Return where the database of a folder of runs lies or will lie; its folder is made.

    One that was begun in the user's data folder stays there when the root becomes writable.

    Raises:
        RunError: where it can be neither there nor in the user's data folder.
    """
    for folder, within in sorted(data_folders(root), key=lambda place: not (place[0] / file).exists()):
        if _can_be_written(folder, within, file):
            return folder / file
    places = " nor in ".join(str(folder) for folder, _ in data_folders(root))
    raise RunError(f"{content} can be kept neither in {places}: make one of them writable")


def _root_folder(root: Path) -> Path:
    return Path(os.path.realpath(root)) / FOLDER


def _user_folder(root: Path) -> Path:
    return user_data_folder() / hashlib.sha256(os.fsencode(os.path.realpath(root))).hexdigest()[:16]


def _can_be_written(folder: Path, within: Path, file: str) -> bool:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError:
        return False
    path = folder / file
    is_inside = Path(os.path.realpath(path)).is_relative_to(os.path.realpath(within))
    return is_inside and os.access(folder, os.W_OK | os.X_OK) and (not path.exists() or os.access(path, os.W_OK))
