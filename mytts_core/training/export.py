"""Copy a run without what only its own training needs, small enough to send or to keep in git."""

from __future__ import annotations

import dataclasses
import secrets
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Optional

import numpy as np

from mytts_core.config import TextConfig
from mytts_core.errors import CheckpointError, RunError
from mytts_core.model.weights import convert_weights
from mytts_core.runs import schema
from mytts_core.runs.atomic_files import TEMPORARY_PREFIX, write_json
from mytts_core.runs.folder_claim import HARMLESS_FILES
from mytts_core.runs.json_files import read_object
from mytts_core.runs.reader import Run, open_run
from mytts_core.runs.types import SampleSummary

# Resolution of what is kept: far below what a picture or a score shows, and it compresses to a third.
_RESOLUTION = {schema.ATTENTION_KEY: 1 / 256, schema.STOP_PROBABILITIES_KEY: 1 / 256,
               schema.MEL_TARGET_KEY: 1 / 32, schema.MEL_PREDICTED_KEY: 1 / 32}


def export_run(source: Path, target: Path, *, checkpoints: Sequence[int] = (), sample_steps: Sequence[int] = (),
               utterances: int = 4, text: Optional[TextConfig] = None) -> None:
    """Write a light copy of a run: its logs, evaluations, a few samples, and checkpoints in half precision.

    Args:
        source: folder of a run.
        target: new or empty folder.
        checkpoints: steps whose checkpoints to keep; none keeps the last.
        sample_steps: steps whose samples to keep; none keeps the last. Audio is kept of the last alone.
        utterances: most samples a step, those with a free-running take first, then the shortest.
        text: in place of the run's, with the same symbols (see `renew_text`).

    Raises:
        RunError: if `source` holds no run, a step is not there, or `target` cannot be written.
        CheckpointError: if a checkpoint is damaged.
    """
    run = open_run(source)
    if not (source / schema.RUN_FILE).is_file():
        raise RunError(f"{source} holds no run of MyTTS ({schema.RUN_FILE} is missing): give a run folder")
    steps = _choose(list(sample_steps), run.sample_steps(), "samples", source)
    kept = _choose(list(checkpoints), [checkpoint.step for checkpoint in run.checkpoints()], "a checkpoint", source)
    if target.is_dir() and (names := sorted({path.name for path in target.iterdir()} - HARMLESS_FILES)):
        raise RunError(f"{target} is not empty ({names[0]}): a copy needs a folder of its own; choose another with "
                       "--out")
    try:
        target.mkdir(parents=True, exist_ok=True)
        temporary = target.with_name(f"{TEMPORARY_PREFIX}{secrets.token_hex(4)}-{target.name}")
        try:
            _copy(run, source, temporary, kept, steps, utterances)
            if text is not None:
                config = {**read_object(temporary / schema.CONFIG_FILE)[0], "text": dataclasses.asdict(text)}
                write_json(temporary / schema.CONFIG_FILE, config)
            shutil.rmtree(target)       # empty but for what a file manager leaves
            temporary.rename(target)
        except BaseException:
            shutil.rmtree(temporary, ignore_errors=True)
            raise
    except OSError as error:
        raise RunError(f"{target} cannot be written ({error.strerror or error}); nothing of the copy was left behind: "
                       "free some space, or choose another folder with --out") from error


def _choose(wanted: list[int], there: list[int], what: str, source: Path) -> list[int]:
    if not wanted:
        return there[-1:]
    for step in wanted:
        if step not in there:
            shown = ", ".join(map(str, there)) or "none"
            raise RunError(f"{source} has no {what.removeprefix('a ')} at step {step}: there are {shown}")
    return sorted(set(wanted))


def _copy(run: Run, source: Path, target: Path, checkpoints: list[int], steps: list[int], utterances: int) -> None:
    target.mkdir()
    for name in (schema.RUN_FILE, schema.CONFIG_FILE, schema.STATUS_FILE):
        if (source / name).is_file():
            shutil.copy2(source / name, target / name)
    for path in sorted(source.iterdir()):
        if schema.is_event_file(path.name) and path.is_file():
            shutil.copy2(path, target / path.name)
    if (source / schema.GRADIENTS_FOLDER).is_dir():
        shutil.copytree(source / schema.GRADIENTS_FOLDER, target / schema.GRADIENTS_FOLDER)
    for step in steps:
        samples = sorted(run.samples(step), key=_kept_first)
        for sample in samples[:utterances]:
            folder = target / schema.SAMPLES_FOLDER / schema.step_name(step) / sample.folder.name
            _copy_sample(sample.folder, folder, with_audio=step == steps[-1])
    _copy_judgements(source, target)
    best = [checkpoint.step for checkpoint in run.checkpoints() if checkpoint.is_best]
    for step in checkpoints:
        if step in best:
            (target / schema.CHECKPOINTS_FOLDER).mkdir(exist_ok=True)
            shutil.copy2(source / schema.CHECKPOINTS_FOLDER / schema.BEST_CHECKPOINT_FILE,
                         target / schema.CHECKPOINTS_FOLDER / schema.BEST_CHECKPOINT_FILE)
        _copy_checkpoint(source / schema.CHECKPOINTS_FOLDER, target / schema.CHECKPOINTS_FOLDER, step)


def _copy_judgements(source: Path, target: Path) -> None:
    """Copy what `mytts evaluate` and `mytts stress` found at every checkpoint, without the sounds of the latter."""
    for path in (*sorted(source.glob(f"{schema.EVALUATION_FOLDER}/*.json")),
                 *sorted(source.glob(f"{schema.STRESS_FOLDER}/*/{schema.STRESS_RESULT_FILE}"))):
        place = target / path.relative_to(source)
        place.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(path, place)


def _kept_first(sample: SampleSummary) -> tuple[bool, int, str]:
    return sample.free_running is None, sample.target_frames, sample.id


def _copy_sample(source: Path, target: Path, with_audio: bool) -> None:
    target.mkdir(parents=True)
    shutil.copy2(source / schema.SAMPLE_FILE, target / schema.SAMPLE_FILE)
    for name in (schema.TEACHER_FORCED_FILE, schema.FREE_RUNNING_FILE):
        if (source / name).is_file():
            with np.load(source / name, allow_pickle=False) as archive:
                arrays = {key: _coarse(key, archive[key]) for key in archive.files}
            np.savez_compressed(target / name, allow_pickle=False, **arrays)
    for name in (schema.TARGET_AUDIO_FILE, schema.FREE_RUNNING_AUDIO_FILE) if with_audio else ():
        if (source / name).is_file():
            shutil.copy2(source / name, target / name)


def _coarse(key: str, array: np.ndarray) -> np.ndarray:
    resolution = _RESOLUTION.get(key)
    if resolution is None:
        return array
    return (np.round(array.astype(np.float32) / resolution) * resolution).astype(array.dtype)


def _copy_checkpoint(source: Path, target: Path, step: int) -> None:
    target.mkdir(exist_ok=True)
    name = schema.step_name(step)
    convert_weights(source / (name + schema.CHECKPOINT_SUFFIX), target / (name + schema.CHECKPOINT_SUFFIX), "float16")
    info, problem = read_object(source / f"{name}.json")
    if problem:
        raise CheckpointError(f"{source / name}.json: {problem}")
    write_json(target / f"{name}.json", {**info, "dtype": "float16"})
