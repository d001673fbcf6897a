"""Tags and notes that people give to runs, by the run's name under the folder of runs."""

from __future__ import annotations

import time
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

from mytts_core.errors import RunError
from mytts_core.runs.local_database import database, has_database

MAX_TAGS, MAX_TAG_LENGTH, MAX_NOTE_LENGTH = 20, 40, 10_000
_SCHEMA = """
CREATE TABLE IF NOT EXISTS run_notes (run TEXT PRIMARY KEY, note TEXT NOT NULL, changed REAL NOT NULL);
CREATE TABLE IF NOT EXISTS run_tags (run TEXT NOT NULL, tag TEXT NOT NULL, PRIMARY KEY (run, tag));
"""


class Annotation(NamedTuple):
    """What was said about a run: tags in alphabetical order, and a note. Both are plain text, not markup."""

    tags: tuple[str, ...] = ()
    note: str = ""


def read_annotations(root: Path) -> dict[str, Annotation]:
    """Return run name → annotation, for runs that have one.

    Raises:
        RunError: when the database cannot be used.
    """
    if not has_database(root):
        return {}
    with database(root, _SCHEMA) as connection:
        notes = dict(connection.execute("SELECT run, note FROM run_notes"))
        tags: dict[str, list[str]] = {}
        for run, tag in connection.execute("SELECT run, tag FROM run_tags ORDER BY tag"):
            tags.setdefault(run, []).append(tag)
    return {run: Annotation(tuple(tags.get(run, ())), notes.get(run, "")) for run in {*notes, *tags}}


def write_annotation(root: Path, run: str, annotation: Annotation) -> None:
    """Replace the tags and the note of a run; empty ones are forgotten.

    Raises:
        RunError: for too many or too long texts, or when the database cannot be used.
    """
    tags, note = clean_tags(annotation.tags), _plain(annotation.note).strip()
    if len(note) > MAX_NOTE_LENGTH:
        raise RunError(f"the note has {len(note):,} characters; it can have {MAX_NOTE_LENGTH:,} at most")
    with database(root, _SCHEMA) as connection:
        connection.execute("DELETE FROM run_tags WHERE run = ?", (run,))
        connection.execute("DELETE FROM run_notes WHERE run = ?", (run,))
        connection.executemany("INSERT INTO run_tags VALUES (?, ?)", [(run, tag) for tag in tags])
        if note:
            connection.execute("INSERT INTO run_notes VALUES (?, ?, ?)", (run, note, time.time()))


def clean_tags(tags: Iterable[str]) -> tuple[str, ...]:
    """Return tags with single spaces, each once, in alphabetical order.

    Raises:
        RunError: for more than `MAX_TAGS` or one of more than `MAX_TAG_LENGTH` characters.
    """
    cleaned = sorted({" ".join(_plain(tag).split()) for tag in tags} - {""})
    if len(cleaned) > MAX_TAGS:
        raise RunError(f"{len(cleaned)} tags; a run can have {MAX_TAGS} at most")
    for tag in cleaned:
        if len(tag) > MAX_TAG_LENGTH:
            raise RunError(f"tag {tag[:MAX_TAG_LENGTH]!r}… has {len(tag)} characters; it can have {MAX_TAG_LENGTH} at "
                           "most")
    return tuple(cleaned)


def _plain(text: str) -> str:
    """Replace half surrogate pairs, which SQLite cannot keep."""
    return text.encode("utf-8", errors="replace").decode("utf-8")
