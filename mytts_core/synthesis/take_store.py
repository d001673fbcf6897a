"""Takes that are kept: `<root>/.mytts/takes/<id>/`, or the user's data folder where the root cannot be written.

    store = TakeStore("runs")
    stored = store.save(job.result())       # or client.submit_takes(requests, store=store)
    store.takes(limit=20)                   # newest first, without audio and arrays
    store.open(stored.id).pieces[0].mel     # all of it again

A take appears whole: it is written beside its place and renamed. The store is bounded in number and bytes; where a new
take does not fit, the oldest go. All methods may be called from any thread and any process.
"""

from __future__ import annotations

import errno
import os
import re
import secrets
import threading
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Optional

from mytts_core.errors import SynthesisError
from mytts_core.runs.atomic_files import TEMPORARY_PREFIX, synchronize, write_json
from mytts_core.runs.json_files import read_object
from mytts_core.runs.local_database import data_folders
from mytts_core.synthesis.result_files import AUDIO_FILE, plain_file, read_speech, write_result
from mytts_core.synthesis.spoken import SynthesisResult
from mytts_core.synthesis.stored_take import StoredTake, describe_result, request_of, stored_take
from mytts_core.synthesis.take_folders import folder_bytes, remove_folder, remove_leftovers, take_folders

FOLDER = "takes"
TAKE_FILE = "take.json"
MOST_TAKES = 1_000
MOST_BYTES = 2 * 2**30
_ID = re.compile(r"[0-9a-f]{16}")

__all__ = ["MOST_BYTES", "MOST_TAKES", "StoredTake", "TakeStore"]


class TakeStore:
    """The takes of a folder of runs; see the module's beginning.

    Args:
        root: the folder of runs.
        most_takes, most_bytes: what is kept at most.

    Attributes:
        dropped: how many old takes this object has removed to make room.
    """

    def __init__(self, root: str | os.PathLike, most_takes: int = MOST_TAKES, most_bytes: int = MOST_BYTES) -> None:
        self.root = Path(os.path.realpath(root))
        self.most_takes = most_takes
        self.most_bytes = most_bytes
        self.dropped = 0
        self._known: dict[Path, tuple[int, StoredTake]] = {}
        self._lock = threading.Lock()

    def save(self, result: SynthesisResult) -> StoredTake:
        """Keep a take, and remove the oldest where there are too many.

        Raises:
            SynthesisError: if it can be written neither beside the runs nor in the user's data folder.
        """
        folder, identity = self._writable_folder(), secrets.token_hex(8)
        temporary = folder / f"{TEMPORARY_PREFIX}{identity}"
        try:
            temporary.mkdir()
            told = write_result(result, temporary)
            record = describe_result(result, told, self.root, time.time())
            write_json(temporary / TAKE_FILE, {**record, "num_bytes": folder_bytes(temporary)})
            synchronize(temporary)
            os.rename(temporary, folder / identity)
            synchronize(folder)
        except OSError as error:
            remove_folder(temporary)
            raise SynthesisError(_refusal(folder, error)) from error
        self._make_room(keep=identity)
        stored = self._read(folder / identity)
        if stored is None:
            raise SynthesisError(f"take {identity} was removed from {folder} while it was saved: save it again")
        return stored

    def takes(self, limit: Optional[int] = None) -> list[StoredTake]:
        """Return the takes there are, newest first, at most `limit`; damaged ones are left out."""
        folders = self._take_folders()
        found = [stored for folder in folders if (stored := self._read(folder)) is not None]
        with self._lock:        # what has been removed is remembered no longer
            for gone in self._known.keys() - set(folders):
                del self._known[gone]
        found.sort(key=lambda stored: (stored.created, stored.id), reverse=True)
        return found[:limit]

    def open(self, identity: str) -> SynthesisResult:
        """Return all of a take.

        Raises:
            SynthesisError: if there is no such take, or it is damaged.
        """
        folder = self._folder_of(identity)
        record, problem = read_object(folder / TAKE_FILE)
        stored = self._read(folder)
        if stored is None:
            raise SynthesisError(f"take {identity} is damaged ({problem or f'{TAKE_FILE} lacks fields'}): delete it")
        return read_speech(record, folder, request_of(record, self.root), stored.device)

    def audio(self, identity: str) -> bytes:
        """Return a take's WAV file.

        Raises:
            SynthesisError: if there is no such take, or its audio cannot be read.
        """
        folder = self._folder_of(identity)
        try:
            return plain_file(folder / AUDIO_FILE).read_bytes()
        except (OSError, ValueError) as error:
            raise SynthesisError(f"the audio of take {identity} cannot be read ({error}): delete the take") from error

    def delete(self, identities: Iterable[str]) -> None:
        """Remove takes; those that are not there are no mistake.

        Raises:
            SynthesisError: if one cannot be removed.
        """
        wanted = {identity for identity in identities if _ID.fullmatch(identity)}
        for folder in self._take_folders():
            if folder.name in wanted and not remove_folder(folder):
                raise SynthesisError(f"take {folder.name} cannot be removed: make {folder} writable")

    def num_bytes(self) -> int:
        """Return the bytes that the takes occupy."""
        return sum(self._age_and_bytes(folder)[1] for folder in self._take_folders())

    def _make_room(self, keep: str) -> None:
        oldest = sorted((self._age_and_bytes(folder), folder) for folder in self._take_folders())
        count, total = len(oldest), sum(size for (_, size), _ in oldest)
        for (_, size), folder in oldest:
            if count <= self.most_takes and total <= self.most_bytes:
                return
            if folder.name != keep and remove_folder(folder):
                count, total, self.dropped = count - 1, total - size, self.dropped + 1

    def _age_and_bytes(self, folder: Path) -> tuple[float, int]:
        stored = self._read(folder)
        if stored is not None:
            return stored.created, stored.num_bytes
        try:
            return folder.stat().st_mtime, folder_bytes(folder)
        except OSError:     # removed meanwhile
            return 0.0, 0

    def _read(self, folder: Path) -> Optional[StoredTake]:
        """Return a take's description, remembered while its file stays the same; None for a damaged one."""
        path = folder / TAKE_FILE
        try:
            modified = path.lstat().st_mtime_ns
        except OSError:
            modified = -1
        with self._lock:
            known = self._known.get(folder)
            if known is not None and known[0] == modified:
                return known[1]
            self._known.pop(folder, None)
        if modified < 0 or path.is_symlink():
            return None
        stored = stored_take(folder.name, read_object(path)[0])
        if stored is not None:
            with self._lock:
                self._known[folder] = (modified, stored)
        return stored

    def _take_folders(self) -> list[Path]:
        return [folder for place in self._places() for folder in take_folders(place, _ID)]

    def _folder_of(self, identity: str) -> Path:
        if _ID.fullmatch(identity):
            for folder in self._take_folders():
                if folder.name == identity:
                    return folder
        raise SynthesisError(f"there is no take {identity[:40]!r}: it was deleted, or made room for newer ones")

    def _places(self) -> list[Path]:
        """Return where takes may lie, the preferred place first; one that leads elsewhere by a link is left out."""
        places = [(folder / FOLDER, within) for folder, within in data_folders(self.root)]
        return [folder for folder, within in places
                if Path(os.path.realpath(folder)).is_relative_to(os.path.realpath(within))]

    def _writable_folder(self) -> Path:
        for place in self._places():
            try:
                place.mkdir(parents=True, exist_ok=True)
            except OSError:
                continue
            if os.access(place, os.W_OK | os.X_OK):
                remove_leftovers(place)
                return place
        tried = " nor in ".join(str(folder / FOLDER) for folder, _ in data_folders(self.root))
        raise SynthesisError(f"takes can be kept neither in {tried}: make one of them writable")


def _refusal(folder: Path, error: OSError) -> str:
    if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
        return f"no space left to keep the take in {folder}: free some space, or delete old takes"
    return f"the take cannot be kept in {folder} ({error}): check its permissions and the disk"
