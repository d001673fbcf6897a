"""A temporary folder that goes with its process, even with one that was killed: the next process removes it then."""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
import time
from pathlib import Path
from typing import Optional

try:
    import fcntl
except ImportError:     # Windows: folders of killed processes are left to the system's own cleaning
    fcntl = None        # type: ignore[assignment]

from mytts_core.errors import SynthesisError

PREFIX = "mytts-synthesis-"
LOCK_FILE = "lock"
_NEW_PREFIX = ".mytts-synthesis-new-"
_NEW_SECONDS = 3600.0


class PrivateFolder:
    """A new folder that this user alone can read; folders of dead processes are removed on the way.

    It holds a lock that the system lets go of when the process ends, however it does.

    Attributes:
        path: of the folder.

    Raises:
        SynthesisError: if there is no room for it.
    """

    def __init__(self) -> None:
        parent = Path(tempfile.gettempdir())
        remove_folders_of_the_dead(parent)
        self._lock: Optional[int] = None
        try:
            # Locked before it has the name that others look for.
            new = Path(tempfile.mkdtemp(prefix=_NEW_PREFIX, dir=parent))
            self._lock = os.open(new / LOCK_FILE, os.O_CREAT | os.O_RDWR, 0o600)
            if fcntl is not None:
                fcntl.flock(self._lock, fcntl.LOCK_EX)
            self.path = parent / new.name.replace(_NEW_PREFIX, PREFIX)
            os.rename(new, self.path)
        except OSError as error:
            raise SynthesisError(f"no room for the synthesis' temporary files ({error}): free some space, or set "
                                 "TMPDIR to another disk") from error

    def make(self, name: str) -> Path:
        """Make a folder in it; one that a system's cleaning has removed meanwhile is made again.

        Raises:
            SynthesisError: if there is no room for it.
        """
        folder = self.path / name
        try:
            self.path.mkdir(mode=0o700, exist_ok=True)
            folder.mkdir()
        except OSError as error:
            raise SynthesisError(f"no room for the synthesis' temporary files ({error}): free some space, or set "
                                 "TMPDIR to another disk") from error
        return folder

    def remove(self) -> None:
        """Remove it and all that is in it."""
        shutil.rmtree(self.path, ignore_errors=True)
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None


def remove_folders_of_the_dead(parent: Path) -> None:
    """Remove this user's folders whose process has ended without removing them."""
    if fcntl is None:
        return
    with contextlib.suppress(OSError), os.scandir(parent) as entries:
        for entry in entries:
            with contextlib.suppress(OSError):
                if not entry.is_dir(follow_symlinks=False) or entry.stat(follow_symlinks=False).st_uid != os.getuid():
                    continue
                if entry.name.startswith(PREFIX) and _is_left(Path(entry.path)):
                    shutil.rmtree(entry.path, ignore_errors=True)
                elif entry.name.startswith(_NEW_PREFIX) and time.time() - entry.stat().st_mtime > _NEW_SECONDS:
                    shutil.rmtree(entry.path, ignore_errors=True)


def _is_left(folder: Path) -> bool:
    """Tell whether nobody holds the folder's lock; a folder without one is not ours to judge."""
    try:
        lock = os.open(folder / LOCK_FILE, os.O_RDWR | os.O_NOFOLLOW)
    except OSError:
        return False
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    finally:
        os.close(lock)
    return True
