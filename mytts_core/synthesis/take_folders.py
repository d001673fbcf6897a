"""The folders of a take store on disk: those there are, what they occupy, and how they go."""

from __future__ import annotations

import contextlib
import os
import re
import secrets
import shutil
import time
from pathlib import Path

from mytts_core.runs.atomic_files import TEMPORARY_PREFIX

LEFTOVER_SECONDS = 3600.0
"""What was being written or removed so long ago was left by a process that was killed."""


def take_folders(place: Path, name: re.Pattern[str]) -> list[Path]:
    """Return the folders in `place` with such a name; links are left out, and nothing is there where it is missing."""
    try:
        with os.scandir(place) as entries:
            return [place / entry.name for entry in entries
                    if name.fullmatch(entry.name) and entry.is_dir(follow_symlinks=False)]
    except OSError:
        return []


def folder_bytes(folder: Path) -> int:
    """Return the bytes of the files in a folder; links count as themselves.

    Raises:
        OSError: if it cannot be looked at.
    """
    with os.scandir(folder) as entries:
        return sum(entry.stat(follow_symlinks=False).st_size for entry in entries)


def remove_folder(folder: Path) -> bool:
    """Remove a folder so that no reader sees half of it; return whether it is gone from its place."""
    hidden = folder if folder.name.startswith(TEMPORARY_PREFIX) else \
        folder.with_name(f"{TEMPORARY_PREFIX}{secrets.token_hex(8)}")
    try:
        os.replace(folder, hidden)
    except FileNotFoundError:
        return True
    except OSError:
        return False
    shutil.rmtree(hidden, ignore_errors=True)
    return True


def remove_leftovers(place: Path) -> None:
    """Remove what killed processes have left half written or half removed; what cannot be looked at stays."""
    before = time.time() - LEFTOVER_SECONDS
    with contextlib.suppress(OSError), os.scandir(place) as entries:
        for entry in entries:
            # An old take that another thread is deleting just now has such a name too, and may be gone.
            with contextlib.suppress(OSError):
                if entry.name.startswith(TEMPORARY_PREFIX) and entry.stat(follow_symlinks=False).st_mtime < before:
                    shutil.rmtree(entry.path, ignore_errors=True)
