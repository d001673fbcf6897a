"""The rows of an index: how points, media, digests and a file's state are put into SQLite and taken out again."""

from __future__ import annotations

import json
import sqlite3
import struct
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import fields
from pathlib import Path
from typing import Any, Optional

import numpy as np
from google_crc32c import value as crc32c

from mytts_core.runs.columns import Column
from mytts_core.runs.digest import Digest
from mytts_core.runs.index_database import DamagedIndex
from mytts_core.runs.types import MediaEntry, Series

Tags = dict[int, str]
MEDIA_KINDS = ("image", "audio", "histogram", "text", "tensor")
_MEDIA = np.dtype([("kind", "u1"), ("tag", "<i8"), ("step", "<i8"), ("wall_time", "<f8"), ("offset", "<i8"),
                   ("length", "<i8"), ("place", "<i8")])
_DIGEST = struct.Struct("<4q4dqdqq")
_DIGEST_FIELDS = [field.name for field in fields(Digest)][:-2]      # all but the arrays, packed in this order
_POINT_BYTES = 24


def read_tags(database: sqlite3.Connection) -> Tags:
    """Return number → tag."""
    return {number: _text(name) for number, name in database.execute("SELECT id, name FROM tag")}


def read_files(database: sqlite3.Connection) -> list[tuple[int, str, dict[str, Any]]]:
    """Return (number, name, state) of each file."""
    found = database.execute("SELECT id, name, state, crc FROM file").fetchall()
    return [(number, name, json.loads(_sound(state, crc))) for number, name, state, crc in found]


def write_file(database: sqlite3.Connection, number: Optional[int], name: str, state: Mapping[str, Any]) -> int:
    """Put a file's state in the place of an earlier one, None for a new file, and return the file's number."""
    data = json.dumps(state).encode()
    cursor = database.execute("INSERT OR REPLACE INTO file VALUES (?, ?, ?, ?)", (number, name, data, crc32c(data)))
    return int(cursor.lastrowid or 0)


def remove_file(database: sqlite3.Connection, number: int) -> None:
    """Remove everything of a file."""
    for table, key in (("points", "file"), ("media", "file"), ("file", "id")):
        database.execute(f"DELETE FROM {table} WHERE {key} = ?", (number,))


def add_points(database: sqlite3.Connection, file: int, scalars: Mapping[str, Column],
               counts: Mapping[str, int]) -> None:
    """Add the points of each tag that follow the first `counts` of them."""
    grown = {tag: column.series(counts.get(tag, 0)) for tag, column in scalars.items()
             if len(column) > counts.get(tag, 0)}
    numbers = _tag_numbers(database, grown)
    chunks = ((file, numbers[tag], b"".join(part.tobytes() for part in points[:3])) for tag, points in grown.items())
    database.executemany("INSERT INTO points (file, tag, data, crc) VALUES (?, ?, ?, ?)",
                         ((*chunk, crc32c(chunk[2])) for chunk in chunks))


def read_points(database: sqlite3.Connection, file: int, tags: Tags) -> dict[str, Column]:
    """Return the columns of a file, in the order they were first written."""
    chunks: dict[str, list[Series]] = {}
    for tag, data, crc in database.execute("SELECT tag, data, crc FROM points WHERE file = ? ORDER BY id", (file,)):
        size = len(_sound(data, crc)) // _POINT_BYTES
        steps, wall_times, values = (np.frombuffer(data, kind, size, part * size * 8)
                                     for part, kind in enumerate(("<i8", "<f8", "<f8")))
        chunks.setdefault(_tag(tags, tag), []).append(Series(steps, wall_times, values))
    return {tag: Column.joined(pieces) for tag, pieces in chunks.items()}


def add_media(database: sqlite3.Connection, file: int, entries: Sequence[MediaEntry]) -> None:
    """Add entries of a file's media."""
    if entries:
        numbers = _tag_numbers(database, {entry.tag for entry in entries})
        data = np.array([(MEDIA_KINDS.index(entry.kind), numbers[entry.tag], entry.step, entry.wall_time, entry.offset,
                          entry.length, entry.place) for entry in entries], _MEDIA).tobytes()
        database.execute("INSERT INTO media (file, data, crc) VALUES (?, ?, ?)", (file, data, crc32c(data)))


def read_media(database: sqlite3.Connection, file: int, tags: Tags, path: Path) -> list[MediaEntry]:
    """Return the media of a file that lies at `path` now."""
    found = database.execute("SELECT data, crc FROM media WHERE file = ? ORDER BY id", (file,)).fetchall()
    return [MediaEntry(MEDIA_KINDS[kind], _tag(tags, tag), step, wall_time, path, offset, length, place)
            for data, crc in found
            for kind, tag, step, wall_time, offset, length, place in np.frombuffer(_sound(data, crc), _MEDIA).tolist()]


def write_digests(database: sqlite3.Connection, stamp: str, digests: Mapping[str, Digest],
                  problems: list[str]) -> None:
    """Put the digests of a run in the place of earlier ones."""
    for table in ("digests", "digest"):
        database.execute(f"DELETE FROM {table}")
    data = json.dumps([problems, len(digests)]).encode()
    database.execute("INSERT INTO digests VALUES (?, ?, ?)", (stamp, data, crc32c(data)))
    numbers = _tag_numbers(database, digests)
    packed = ((numbers[tag], _packed(digest)) for tag, digest in digests.items())
    database.executemany("INSERT INTO digest (tag, data, crc) VALUES (?, ?, ?)",
                         ((tag, data, crc32c(data)) for tag, data in packed))


def read_digests(database: sqlite3.Connection, stamp: str) -> Optional[tuple[dict[str, Digest], list[str]]]:
    """Return the digests and problems kept for a stamp, None for another stamp."""
    kept = database.execute("SELECT stamp, problems, crc FROM digests").fetchone()
    if kept is None or kept[0] != stamp:
        return None
    problems, count = json.loads(_sound(kept[1], kept[2]))
    found = database.execute("SELECT name, data, digest.crc FROM digest JOIN tag ON tag.id = digest.tag "
                             "ORDER BY digest.id").fetchall()
    if len(found) != count:
        raise DamagedIndex("digests are missing")
    return {_text(name): _digest(_sound(data, crc)) for name, data, crc in found}, problems


def _packed(digest: Digest) -> bytes:
    numbers = _DIGEST.pack(*(getattr(digest, name) for name in _DIGEST_FIELDS))
    return numbers + digest.sparkline.tobytes() + digest.sparkline_steps.tobytes()


def _digest(data: bytes) -> Digest:
    line = np.frombuffer(data, "<f8", offset=_DIGEST.size)
    size = len(line) // 2
    numbers: dict[str, Any] = dict(zip(_DIGEST_FIELDS, _DIGEST.unpack_from(data)))
    return Digest(**numbers, sparkline=line[:size], sparkline_steps=line[size:].view("<i8"))


def _tag_numbers(database: sqlite3.Connection, tags: Iterable[str]) -> dict[str, int]:
    wanted = list(tags)
    database.executemany("INSERT OR IGNORE INTO tag (name) VALUES (?)", ((_blob(tag),) for tag in wanted))
    return dict(_numbers(database, wanted))


def _numbers(database: sqlite3.Connection, tags: Sequence[str]) -> Iterator[tuple[str, int]]:
    for tag in tags:
        yield tag, database.execute("SELECT id FROM tag WHERE name = ?", (_blob(tag),)).fetchone()[0]


def _tag(tags: Tags, number: int) -> str:
    if number not in tags:
        raise DamagedIndex("a tag is missing")
    return tags[number]


def _sound(data: bytes, crc: int) -> bytes:
    if crc32c(data) != crc:
        raise DamagedIndex("a row is damaged")
    return data


def _blob(tag: str) -> bytes:
    return tag.encode("utf-8", errors="surrogatepass")


def _text(name: bytes) -> str:
    try:
        return name.decode("utf-8", errors="surrogatepass")
    except (UnicodeDecodeError, AttributeError):    # damage also shows as a value of another type
        raise DamagedIndex("a tag is damaged") from None
