"""What was read of a run's logs, kept in the user's cache folder, so that the next process opens them at once.

One SQLite file a run: chunks of points by file and tag, only ever appended; what a file's reader needs to go on; the
digests. It is a cache: damaged, outdated or gone, it is made anew from the logs; where it cannot be written, nothing is
kept.
"""

from __future__ import annotations

import hashlib
import json
import os
import sqlite3
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NamedTuple, Optional, TypeVar

from mytts_core.runs import index_rows as rows
from mytts_core.runs.columns import Column
from mytts_core.runs.digest import Digest
from mytts_core.runs.growing_file import GrowingFile
from mytts_core.runs.index_database import DamagedIndex, is_damage, opened
from mytts_core.runs.types import MediaEntry

MIN_NEW_BYTES = 64 << 10                    # smaller logs are read sooner than an index of them
MAX_NEW_BYTES = 8 << 20

Stamp = tuple[tuple[str, int, int], ...]
Result = TypeVar("Result")


def default_index_folder() -> Path:
    """Return where indices are kept: $XDG_CACHE_HOME/mytts/index, or ~/.cache/mytts/index."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "mytts" / "index"


class _Saved(NamedTuple):
    """How much of a file is in the index; `scalars` tells a file from the one that took its place."""

    scalars: dict[str, Column]
    offset: int
    counts: dict[str, int]
    num_media: int


class LogIndex:
    """The index of one run's logs. No method raises: without an index the logs are read.

    Attributes:
        path: the SQLite file.
    """

    def __init__(self, run_folder: Path, index_folder: Path) -> None:
        self._folder = os.path.realpath(run_folder)
        name = hashlib.sha256(os.fsencode(self._folder)).hexdigest()[:32]
        self.path = Path(index_folder) / f"{name}.sqlite"
        self._saved: dict[str, _Saved] = {}
        self._is_behind = False             # another process keeps the index of these logs

    def restore(self, files: Mapping[str, GrowingFile]) -> int:
        """Give each file back what was read of it, if it is still the same file; return how many events that were."""
        return self._work(False, lambda database: self._restore(database, files), 0)

    def save(self, files: Mapping[str, GrowingFile]) -> None:
        """Add what was read since the last time, once that is worth a transaction."""
        before = sum(saved.offset for saved in self._saved.values())
        new = sum(file.offset for file in files.values()) - before
        is_other = any(name not in files or files[name].scalars is not saved.scalars
                       for name, saved in self._saved.items())
        if not self._is_behind and (is_other or new >= min(MAX_NEW_BYTES, max(MIN_NEW_BYTES, before // 8))):
            saved = self._work(True, lambda database: self._save(database, files), None)
            self._saved = self._saved if saved is None else saved

    def digests(self, stamp: Stamp) -> Optional[tuple[dict[str, Digest], list[str]]]:
        """Return the digests and problems of logs of that stamp, None where they are not kept."""
        return self._work(False, lambda database: rows.read_digests(database, json.dumps(stamp)), None)

    def save_digests(self, stamp: Stamp, digests: Mapping[str, Digest], problems: list[str]) -> None:
        """Keep the digests of logs of that stamp, where the logs are large enough."""
        if sum(size for _, size, _ in stamp) >= MIN_NEW_BYTES:
            self._work(True, lambda database: rows.write_digests(database, json.dumps(stamp), digests, problems), None)

    def _restore(self, database: sqlite3.Connection, files: Mapping[str, GrowingFile]) -> int:
        read: list[tuple[str, dict[str, Any], dict[str, Column], list[MediaEntry]]] = []
        tags = rows.read_tags(database)
        for number, name, state in rows.read_files(database):
            if name in files:
                scalars = rows.read_points(database, number, tags)
                media = rows.read_media(database, number, tags, files[name].path)
                if state["held"] != [sum(map(len, scalars.values())), len(media)]:
                    raise DamagedIndex("points are missing")
                read.append((name, state, scalars, media))
        # Only when everything could be read: a file is restored wholly or read anew.
        kept = [name for name, state, scalars, media in read if files[name].restore(state, scalars, media)]
        self._saved = {name: _saved(files[name]) for name in kept}
        return sum(files[name].num_events for name in kept)

    def _save(self, database: sqlite3.Connection, files: Mapping[str, GrowingFile]) -> Optional[dict[str, _Saved]]:
        known = {name: (number, state) for number, name, state in rows.read_files(database)}
        if any(name in known and known[name][1]["offset"] != saved.offset for name, saved in self._saved.items()):
            self._is_behind = True
            return None
        for name, file in files.items():
            number = known.pop(name, (None, None))[0]
            saved = self._saved.get(name)
            if saved is None or number is None or saved.scalars is not file.scalars:
                if number is not None:
                    rows.remove_file(database, number)
                saved = _Saved(file.scalars, 0, {}, 0)
            held = [sum(map(len, file.scalars.values())), len(file.media)]
            number = rows.write_file(database, number, name, {**file.state(), "held": held})
            rows.add_points(database, number, file.scalars, saved.counts)
            rows.add_media(database, number, file.media[saved.num_media:])
        for number, _ in known.values():
            rows.remove_file(database, number)
        return {name: _saved(file) for name, file in files.items()}

    def _work(self, create: bool, work: Callable[[sqlite3.Connection], Result], otherwise: Result) -> Result:
        try:
            with opened(self.path, self._folder, create) as database:
                return work(database)
        except (sqlite3.Error, OSError, DamagedIndex, ValueError, TypeError) as error:
            if is_damage(error):
                self._remove()
            return otherwise

    def _remove(self) -> None:
        self._saved = {}
        try:
            self.path.unlink(missing_ok=True)
        except OSError:
            self._is_behind = True          # it is neither to be read nor to be replaced


def _saved(file: GrowingFile) -> _Saved:
    return _Saved(file.scalars, file.offset, {tag: len(column) for tag, column in file.scalars.items()},
                  len(file.media))
