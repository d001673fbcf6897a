"""Which weights of a run to speak with."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Optional, Union

from mytts_core.config import RunConfig
from mytts_core.errors import CheckpointError, RunError
from mytts_core.runs import schema
from mytts_core.runs.json_files import read_object
from mytts_core.runs.run_files import read_checkpoints, read_config
from mytts_core.runs.types import CheckpointInfo

Choice = Optional[Union[int, str, os.PathLike]]


def read_run_config(folder: Path) -> RunConfig:
    """Return the configuration of a run.

    Raises:
        RunError: if there is no run, or its configuration is missing or damaged.
    """
    if not folder.is_dir():
        raise RunError(f"run folder {folder} does not exist: give the folder that `mytts train --run` wrote")
    config, problem = read_config(folder)
    if config is None:
        raise RunError(f"{folder} is not a run that can speak ({problem}): give the folder that `mytts train --run` "
                       "wrote")
    if not config.text.symbols or not config.corpus.mel_mean or not config.corpus.mel_std:
        raise RunError(f"{folder / schema.CONFIG_FILE} lacks text.symbols or the corpus' mel statistics: the training "
                       "was stopped before it began; start it again")
    return config


def choose_checkpoint(folder: Path, choice: Choice = None) -> CheckpointInfo:
    """Find the weights of a run.

    Args:
        folder: the run.
        choice: None or "last" for the newest; "best" for what training called best; a step number; or the path of a
            weights file inside the run, from the run folder or the working directory.

    Raises:
        CheckpointError: if there is no such checkpoint; the message lists those there are.
    """
    found = read_checkpoints(folder / schema.CHECKPOINTS_FOLDER)
    if choice is None or choice == "last":
        if not found:
            raise CheckpointError(f"{folder} holds no checkpoint yet: wait for the first, or train with a smaller "
                                  "training.checkpoint_interval")
        return found[-1]
    steps = ", ".join(str(checkpoint.step) for checkpoint in found) or "none"
    if choice == "best":
        best = [checkpoint for checkpoint in found if checkpoint.is_best]
        if not best:
            raise CheckpointError(f"{folder} has no checkpoint marked best: choose one of its steps ({steps})")
        return best[0]
    step = _as_step(choice)
    if step is not None:
        for checkpoint in found:
            if checkpoint.step == step:
                return checkpoint
        raise CheckpointError(f"{folder} has no checkpoint of step {step}: its steps are {steps}")
    return _by_path(folder, Path(os.fspath(choice)))  # type: ignore[arg-type]


def _as_step(choice: Choice) -> Optional[int]:
    if isinstance(choice, int) and not isinstance(choice, bool):
        return choice
    return int(choice) if isinstance(choice, str) and choice.isascii() and choice.isdigit() else None


def _by_path(folder: Path, given: Path) -> CheckpointInfo:
    for path in (folder / given, folder / schema.CHECKPOINTS_FOLDER / given, given):
        if path.is_file():
            if not Path(os.path.realpath(path)).is_relative_to(os.path.realpath(folder)):
                raise CheckpointError(f"{path} is outside the run {folder}: a checkpoint speaks with its own run's "
                                      "configuration only")
            match = schema.CHECKPOINT_PATTERN.match(path.name)
            stem = path.name.removesuffix(schema.CHECKPOINT_SUFFIX)
            state = path.stat()
            return CheckpointInfo(int(match.group(1)) if match else -1, path, state.st_size, state.st_mtime,
                                  read_object(path.with_name(f"{stem}.json"))[0])
    raise CheckpointError(f"{folder} has no weights file {given}: give a step number, best, last, or a file inside "
                          "the run")
