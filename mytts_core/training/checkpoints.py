"""Checkpoints for synthesis, and the state that `--resume` goes on from; both appear whole or not at all.

    resume/latest.json           names the folder that counts
    resume/step_000500/state.npz, host.json
"""

from __future__ import annotations

import json
import os
import secrets
import shutil
import zipfile
from pathlib import Path
from typing import Any, NamedTuple, Optional

import numpy as np

from mytts_core.errors import CheckpointError, RunError
from mytts_core.model.weights import save_weights
from mytts_core.runs import schema
from mytts_core.runs.atomic_files import TEMPORARY_PREFIX, synchronize, write_json
from mytts_core.runs.writer import RunWriter

POINTER_FILE = "latest.json"
ARRAYS_FILE = "state.npz"
HOST_FILE = "host.json"


class SavedState(NamedTuple):
    """What a training goes on from: the step's arrays, the clipping history, and the loop's own state."""

    arrays: dict[str, np.ndarray]
    norm_history: np.ndarray
    host: dict[str, Any]


def save_checkpoint(writer: RunWriter, model: Any, step: int, info: dict[str, Any]) -> None:
    """Write `checkpoints/step_…weights.h5` and its JSON; the JSON last, so that a checkpoint that has one is whole.

    Raises:
        RunError: if the disk is full or the folder cannot be written.
        CheckpointError: if a weight is not finite.
    """
    paths = writer.checkpoint_paths(step)
    try:
        save_weights(model, paths.weights)
        write_json(paths.info, {schema.SCHEMA_FIELD: schema.SCHEMA_VERSION, "step": step, **info})
    except OSError as error:
        raise _refusal(paths.weights, error) from error


def remove_old_checkpoints(folder: Path, keep: int, best: int | None) -> None:
    """Keep the newest `keep` checkpoints and the best one."""
    for step in checkpoint_steps(folder)[:-keep]:
        if step != best:
            name = folder / schema.CHECKPOINTS_FOLDER / schema.step_name(step)
            name.with_name(name.name + schema.CHECKPOINT_SUFFIX).unlink(missing_ok=True)
            name.with_name(name.name + ".json").unlink(missing_ok=True)


def checkpoint_steps(folder: Path) -> list[int]:
    """Return the steps of the checkpoints of a run, rising."""
    try:
        names = os.listdir(folder / schema.CHECKPOINTS_FOLDER)
    except OSError:
        return []
    return sorted(int(match.group(1)) for name in names if (match := schema.CHECKPOINT_PATTERN.match(name)))


def save_state(folder: Path, step: int, state: SavedState) -> None:
    """Write the state of a step beside the last one, point to it, then remove the last one.

    Args:
        folder: the run's `resume/`, which exists.

    Raises:
        RunError: if the disk is full or the folder cannot be written; the last state is then still there.
    """
    temporary = folder / f"{TEMPORARY_PREFIX}{secrets.token_hex(4)}"
    final = folder / f"{schema.step_name(step)}-{secrets.token_hex(3)}"
    try:
        temporary.mkdir()
        _write_arrays(temporary / ARRAYS_FILE, {**state.arrays, "norm_history": state.norm_history})
        synchronize(temporary / ARRAYS_FILE)
        (temporary / HOST_FILE).write_text(json.dumps(state.host), encoding="utf-8")
        synchronize(temporary / HOST_FILE)
        synchronize(temporary)
        os.rename(temporary, final)
        synchronize(folder)
        write_json(folder / POINTER_FILE, {schema.SCHEMA_FIELD: schema.SCHEMA_VERSION, "step": step,
                                           "folder": final.name})
    except OSError as error:
        raise _refusal(folder, error) from error
    finally:
        shutil.rmtree(temporary, ignore_errors=True)
    for path in folder.iterdir():
        if path.is_dir() and path != final:
            shutil.rmtree(path, ignore_errors=True)


def load_state(run: Path) -> Optional[SavedState]:
    """Read what `save_state` wrote last; None for a run that was killed before it had written anything.

    Raises:
        RunError: if the run has checkpoints but no state to go on from, as shared runs have.
        CheckpointError: if the state is damaged.
    """
    folder = run / schema.RESUME_FOLDER
    try:
        pointer = json.loads((folder / POINTER_FILE).read_bytes())
    except FileNotFoundError:
        if folder.is_dir() or not checkpoint_steps(run):
            return None
        raise RunError(f"{run} holds checkpoints but no training state ({schema.RESUME_FOLDER}/ is not copied with a "
                       f"run): start another run from its weights with --init {run}") from None
    except (OSError, ValueError) as error:
        raise CheckpointError(f"{folder / POINTER_FILE} cannot be read ({error}): start another run with "
                              f"--init {run}") from error
    try:
        place = folder / str(pointer["folder"])
        with np.load(place / ARRAYS_FILE, allow_pickle=False) as archive:
            arrays = {name.replace(".", "/"): archive[name] for name in archive.files}
        host = json.loads((place / HOST_FILE).read_text(encoding="utf-8"))
    except (OSError, ValueError, KeyError, TypeError, EOFError, zipfile.BadZipFile) as error:
        raise CheckpointError(f"the training state in {folder} is damaged ({error}): start another run with "
                              f"--init {run}") from error
    history = arrays.pop("norm_history", np.zeros(0))
    return SavedState(arrays, history, host)


def _write_arrays(path: Path, arrays: dict[str, np.ndarray]) -> None:
    """Write an npz; a slash in a name becomes a dot, because names are files within the archive."""
    named: dict[str, Any] = {name.replace("/", "."): array for name, array in arrays.items()}
    np.savez(path, **named)


def _refusal(path: Path, error: OSError) -> RunError:
    return RunError(f"{path} cannot be written ({error.strerror or error}); what was written before is intact: make "
                    "room or change its permissions, then go on with --resume")
