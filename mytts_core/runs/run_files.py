"""Read the small JSON files of a run folder. A missing or torn one is an empty record; a future one is refused."""

from __future__ import annotations

from pathlib import Path
from typing import Optional

from mytts_core.config import RunConfig
from mytts_core.errors import ConfigError, RunError
from mytts_core.runs import schema
from mytts_core.runs.json_files import items, number, read_object, whole, words
from mytts_core.runs.types import CheckpointInfo, RunInfo, RunStatus


def read_run_info(folder: Path) -> tuple[RunInfo, str]:
    """Return `run.json` and what is wrong with it, '' when nothing is.

    Raises:
        RunError: when the run was written by a MyTTS with a newer schema; both versions are named.
    """
    record, problem = read_object(folder / schema.RUN_FILE)
    version = whole(record.get(schema.SCHEMA_FIELD), schema.SCHEMA_VERSION)
    if version > schema.SCHEMA_VERSION:
        raise RunError(f"run {folder} has schema version {version}, this MyTTS reads up to version "
                       f"{schema.SCHEMA_VERSION}: update MyTTS to open it")
    libraries = record.get("libraries")
    libraries = libraries if isinstance(libraries, dict) else {}
    info = RunInfo(
        schema=version, id=words(record.get("id")), created=words(record.get("created")),
        command=tuple(words(word) for word in items(record.get("command"))), device=words(record.get("device")),
        git_commit=words(record.get("git_commit")), python=words(record.get("python")),
        platform=words(record.get("platform")),
        libraries={key: words(value) for key, value in libraries.items()})
    return info, problem


def read_config(folder: Path) -> tuple[Optional[RunConfig], str]:
    """Return `config.json`, None when it is missing or breaks a rule, and what is wrong with it."""
    record, problem = read_object(folder / schema.CONFIG_FILE)
    if problem:
        return None, problem
    try:
        return RunConfig.from_dict(record), ""
    except (ConfigError, TypeError, ValueError, AttributeError) as error:
        return None, f"{schema.CONFIG_FILE}: {error}"


def read_status(folder: Path) -> RunStatus:
    """Return `status.json`; unknown parts stay at their defaults."""
    record, _ = read_object(folder / schema.STATUS_FILE)
    state = words(record.get("state"))
    return RunStatus(state if state in schema.STATES else "", whole(record.get("step")),
                     number(record.get("heartbeat")), words(record.get("message")))


def read_checkpoints(folder: Path) -> list[CheckpointInfo]:
    """Return the checkpoints in `<run>/checkpoints`, by step."""
    best = whole(read_object(folder / schema.BEST_CHECKPOINT_FILE)[0].get("step"))
    found = []
    try:
        for path in folder.iterdir():
            match = schema.CHECKPOINT_PATTERN.match(path.name)
            if match and path.is_file():
                state = path.stat()
                step = int(match.group(1))
                info = read_object(folder / f"{schema.step_name(step)}.json")[0]
                found.append(CheckpointInfo(step, path, state.st_size, state.st_mtime, info, step == best))
    except OSError:
        pass                                # pruned by the trainer while we looked
    return sorted(found, key=lambda checkpoint: checkpoint.step)
