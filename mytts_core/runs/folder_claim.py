"""Take a folder for a run, or refuse it in one clear message with everything left as it was."""

from __future__ import annotations

import errno
import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from mytts_core.errors import RunError
from mytts_core.runs import schema
from mytts_core.runs.atomic_files import TEMPORARY_PREFIX, json_bytes, synchronize
from mytts_core.runs.json_files import read_object, whole

# Files that a file manager or a version control system leaves in an otherwise empty folder.
HARMLESS_FILES = {".DS_Store", "Thumbs.db", "desktop.ini", ".gitkeep", ".gitignore"}


@contextmanager
def in_words(folder: Path, starting: bool = False) -> Iterator[None]:
    """Turn what the file system refuses into one clear RunError; `starting` a run has nothing to go on with."""
    try:
        yield
    except OSError as error:
        raise RunError(_refusal(folder, error, starting)) from error


def _refusal(folder: Path, error: OSError, starting: bool) -> str:
    if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
        reason = f"no space left for run {folder} ({os.strerror(error.errno)})"
        if starting:
            return f"{reason}; nothing was left behind: free some space, or choose another disk with --run"
        return f"{reason}; what was written before is intact: free some space, then go on with --resume"
    if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        return (f"run folder {folder} cannot be written ({os.strerror(error.errno)}): change its permissions or "
                "choose another with --run")
    if error.errno in (errno.ENOTDIR, errno.EEXIST):
        return f"{error.filename or folder} is a file, not a folder: choose another folder with --run"
    return f"run folder {folder} cannot be written ({error}): choose another with --run"


def make_folder(folder: Path) -> list[Path]:
    """Make the folder and return what had to be made, outermost first."""
    missing = [path for path in [folder, *folder.parents] if not path.exists()]
    folder.mkdir(parents=True, exist_ok=True)
    return missing[::-1]


def refuse_occupied(folder: Path) -> None:
    names = sorted(set(os.listdir(folder)) - HARMLESS_FILES)
    if schema.RUN_FILE in names:
        raise RunError(f"{folder} already holds a run: go on with it by --resume, or choose another folder with --run")
    if names:
        shown = ", ".join(names[:3]) + (" …" if len(names) > 3 else "")
        raise RunError(f"{folder} is not empty ({shown}): a run needs a folder of its own; choose another with --run")


def claim(folder: Path, record: dict[str, Any], made: list[Path]) -> None:
    """Write run.json whole and only if it is not there: of two processes that start at once, one gets the folder."""
    path = folder / schema.RUN_FILE
    temporary = folder / f"{TEMPORARY_PREFIX}{secrets.token_hex(4)}-{schema.RUN_FILE}"
    try:
        temporary.write_bytes(json_bytes(record))
        synchronize(temporary)
        try:
            os.link(temporary, path)
        except FileExistsError:
            raise RunError(f"{folder} was just taken by another run: choose another folder with --run") from None
        except OSError as error:
            if error.errno not in (errno.EPERM, errno.ENOTSUP, errno.ENOSYS, errno.EMLINK):
                raise
            os.rename(temporary, path)      # a disk without hard links
        synchronize(folder)
    except OSError:
        temporary.unlink(missing_ok=True)
        undo(folder, made)
        raise
    finally:
        temporary.unlink(missing_ok=True)


def undo(folder: Path, made: list[Path]) -> None:
    """Leave the place as `create` found it."""
    for path in folder.iterdir():
        if path.name in (schema.RUN_FILE, schema.CONFIG_FILE, schema.STATUS_FILE) or schema.is_event_file(path.name):
            path.unlink(missing_ok=True)
    for path in reversed(made):
        try:
            path.rmdir()
        except OSError:
            return


def require_run(folder: Path) -> None:
    path = folder / schema.RUN_FILE
    if not path.is_file():
        raise RunError(f"{folder} holds no run to resume ({schema.RUN_FILE} is missing): start it without --resume")
    version = whole(read_object(path)[0].get(schema.SCHEMA_FIELD))
    if version < 1:
        raise RunError(f"{path} is damaged: restore it, or start anew in another folder")
    if version > schema.SCHEMA_VERSION:
        raise RunError(f"run {folder} has schema version {version}, this MyTTS writes version {schema.SCHEMA_VERSION}: "
                       "update MyTTS to go on with it")


def remove_leftovers(folder: Path) -> None:
    """Remove what a killed writer was in the middle of; it never had its final name."""
    for path in [*folder.glob(f"{TEMPORARY_PREFIX}*"), *folder.glob(f"*/{TEMPORARY_PREFIX}*"),
                 *folder.glob(f"{schema.SAMPLES_FOLDER}/*/{TEMPORARY_PREFIX}*")]:
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink(missing_ok=True)
