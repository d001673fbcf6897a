"""The results of stress tests in a run folder: `stress/step_000500/result.json`, a sound and attention a sentence.

A reader takes what a live or killed test leaves: files of sentences appear before the result that names them.
"""

from __future__ import annotations

import dataclasses
import os
import struct
import zipfile
import zlib
from collections.abc import Collection
from pathlib import Path
from typing import Optional

import numpy as np

from mytts_core.evaluation.stress_record import StressResult, outcome_to_dict, read_outcome
from mytts_core.evaluation.stress_verdict import SpokenArrays
from mytts_core.runs import schema
from mytts_core.runs.atomic_files import TEMPORARY_PREFIX, replacing, write_json
from mytts_core.runs.json_files import items, number, read_object, whole, words
from mytts_core.runs.sample_files import lies_in, step_folders

_UNREADABLE = (OSError, ValueError, EOFError, KeyError, RuntimeError, MemoryError, zipfile.BadZipFile, zlib.error,
               struct.error)


def step_folder(run: Path, step: int) -> Path:
    """Return where the result of a checkpoint lies."""
    return run / schema.STRESS_FOLDER / schema.step_name(step)


def sound_file(run: Path, step: int, identity: str) -> Path:
    """Return where the sound of a sentence lies; it need not be there."""
    return step_folder(run, step) / f"{identity}{schema.STRESS_AUDIO_SUFFIX}"


def arrays_file(run: Path, step: int, identity: str) -> Path:
    """Return where the attention of a sentence lies; it need not be there."""
    return step_folder(run, step) / f"{identity}{schema.STRESS_ARRAYS_SUFFIX}"


def write_result(run: Path, result: StressResult) -> None:
    """Write a result, whole or not at all.

    Raises:
        OSError: as the file system gives it.
    """
    folder = step_folder(run, result.step)
    folder.mkdir(parents=True, exist_ok=True)
    record = {name: getattr(result, name) for name in result.__dataclass_fields__
              if name not in ("outcomes", "problem")}
    write_json(folder / schema.STRESS_RESULT_FILE,
               {schema.SCHEMA_FIELD: schema.SCHEMA_VERSION, **record,
                "outcomes": [outcome_to_dict(outcome) for outcome in result.outcomes]})


def write_spoken(run: Path, step: int, identity: str, arrays: SpokenArrays, wav: Optional[np.ndarray],
                 sample_rate: int) -> None:
    """Write what is kept of a sentence: attention, and the sound where there is one.

    Args:
        wav: float32, (N,), range [-1, 1], at `sample_rate` Hz; None or empty for no sound.

    Raises:
        AudioError, OSError: if a file cannot be written.
    """
    from mytts_core.audio.waveform import write_audio

    folder = step_folder(run, step)
    folder.mkdir(parents=True, exist_ok=True)
    if wav is not None and len(wav):
        write_audio(sound_file(run, step, identity), wav, sample_rate)
    with replacing(arrays_file(run, step, identity)) as temporary:
        np.savez_compressed(temporary, **arrays._asdict())


def result_files(run: Path, root: Optional[Path] = None) -> dict[int, Path]:
    """Return step → result file of a run, by step; links out of `root` are left out."""
    files = {step: folder / schema.STRESS_RESULT_FILE
             for step, folder in step_folders(run / schema.STRESS_FOLDER, root).items()}
    return {step: path for step, path in files.items() if path.is_file() and lies_in(path, root)}


def read_results(run: Path, root: Optional[Path] = None) -> list[StressResult]:
    """Return the results of a run, by step; one that cannot be read has a `problem` and no outcomes."""
    return [read_result(step, path.parent) for step, path in result_files(run, root).items()]


def read_result(step: int, folder: Path) -> StressResult:
    """Return the result in a step's folder; whatever is missing or of another type is at its default."""
    record, problem = read_object(folder / schema.STRESS_RESULT_FILE)
    if problem:
        return StressResult(step, problem=problem)
    version = whole(record.get(schema.SCHEMA_FIELD), 1)
    if version > schema.SCHEMA_VERSION:
        return StressResult(step, problem=f"{schema.STRESS_RESULT_FILE} has version {version}, this MyTTS reads up to "
                                          f"{schema.SCHEMA_VERSION}: update MyTTS")
    outcomes = tuple(outcome for item in items(record.get("outcomes")) if (outcome := read_outcome(item)))
    temperature = number(record.get("temperature"))
    return StressResult(
        step, words(record.get("weights")), words(record.get("list_name")), words(record.get("list_digest")),
        words(record.get("language")), temperature if temperature > 0 else 1.0, whole(record.get("seed"), 0),
        words(record.get("created")), number(record.get("work_seconds")), record.get("complete") is True, outcomes)


def read_spoken(run: Path, step: int, identity: str) -> Optional[SpokenArrays]:
    """Return the attention of a sentence; None where it was not kept or cannot be read."""
    path = arrays_file(run, step, identity)
    try:
        with np.load(path, allow_pickle=False) as archive:
            arrays = SpokenArrays(*(archive[name] for name in SpokenArrays._fields))
    except _UNREADABLE:
        return None
    attention, tokens, numbers = arrays
    fits = (attention.ndim == 2 and attention.dtype == np.uint8 and tokens.dtype.kind == "U"
            and numbers.dtype.kind == "i" and tokens.shape == numbers.shape == attention.shape[1:])
    return arrays if fits and attention.size else None


def remove_others(run: Path, step: int, kept: Collection[str]) -> None:
    """Remove sounds and attention of sentences that are not in the list any more, and what a killed test left."""
    try:
        paths = list(step_folder(run, step).iterdir())
    except OSError:
        return
    for path in paths:
        ours = path.suffix in (schema.STRESS_AUDIO_SUFFIX, schema.STRESS_ARRAYS_SUFFIX)
        if path.name.startswith(TEMPORARY_PREFIX) or (ours and path.stem not in kept):
            path.unlink(missing_ok=True)


def without_files(run: Path, result: StressResult, with_sound: bool) -> StressResult:
    """Return a result without the spoken sentences whose files have gone; they are to be spoken again."""
    def is_there(identity: str) -> bool:
        files = [arrays_file(run, result.step, identity), sound_file(run, result.step, identity)]
        return all(map(os.path.isfile, files[:1 + with_sound]))

    return dataclasses.replace(result, outcomes=tuple(outcome for outcome in result.outcomes
                                                      if not outcome.spoken or is_there(outcome.id)))
