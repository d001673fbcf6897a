"""Samples on disk: folder names, sample.json, arrays. Reading never fails on what a crashed writer leaves."""

from __future__ import annotations

import hashlib
import os
import re
import struct
import zipfile
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Optional

import numpy as np
from numpy.typing import NDArray

from mytts_core.runs import schema
from mytts_core.runs.json_files import items, number, read_object, whole, words
from mytts_core.runs.types import AlignmentRecord, FaultRecord, FreeRunningRecord, SampleArrays, SampleSummary

MAX_FOLDER_NAME = 80
_SIMPLE_NAME = re.compile(rf"[A-Za-z0-9][A-Za-z0-9_-]{{0,{MAX_FOLDER_NAME - 1}}}")
# All that numpy.load raises on missing, torn or foreign files.
_UNREADABLE = (OSError, ValueError, EOFError, KeyError, RuntimeError, MemoryError, zipfile.BadZipFile, zlib.error,
               struct.error)
_WINDOWS_DEVICES = re.compile(r"(?i)(con|prn|aux|nul|com\d|lpt\d)")


def utterance_folder_name(utterance_id: str) -> str:
    """Return a folder name for any utterance id, the same for the same id and different for different ones.

    A plain id is its own name. Any other keeps its plain characters and gets the start of its SHA-256, so that
    slashes, dots, right-to-left or very long ids are harmless. The id itself is in `sample.json`.
    """
    if _SIMPLE_NAME.fullmatch(utterance_id) and not _WINDOWS_DEVICES.fullmatch(utterance_id):
        return utterance_id
    digest = hashlib.sha256(utterance_id.encode("utf-8", errors="surrogatepass")).hexdigest()[:16]
    plain = re.sub(r"[^A-Za-z0-9]+", "-", utterance_id).strip("-")[:40]
    return f"{plain or 'utterance'}__{digest}"


@dataclass(frozen=True)
class Sample:
    """One utterance at one step. Arrays are read when first asked for and kept.

    Attributes:
        summary: what `sample.json` says.
    """

    summary: SampleSummary

    @cached_property
    def teacher_forced(self) -> SampleArrays:
        """Attention, target mel and predicted mel of the teacher-forced pass."""
        return read_arrays(self.summary.folder / schema.TEACHER_FORCED_FILE)

    @cached_property
    def free_running(self) -> SampleArrays:
        """Attention, mel and stop probabilities of free-running synthesis."""
        return read_arrays(self.summary.folder / schema.FREE_RUNNING_FILE)

    @property
    def target_audio(self) -> Optional[Path]:
        """The recording, if it was kept."""
        return self._file(schema.TARGET_AUDIO_FILE)

    @property
    def free_running_audio(self) -> Optional[Path]:
        """The audio of free-running synthesis, if it was kept."""
        return self._file(schema.FREE_RUNNING_AUDIO_FILE)

    def _file(self, name: str) -> Optional[Path]:
        path = self.summary.folder / name
        return path if path.is_file() else None


def step_folders(folder: Path, root: Optional[Path] = None) -> dict[int, Path]:
    """Return step → folder for every `step_…` folder directly in `folder`, rising; links out of `root` are left out."""
    try:
        found = {int(match.group(1)): path for path in folder.iterdir()
                 if (match := schema.STEP_FOLDER_PATTERN.match(path.name)) and path.is_dir() and lies_in(path, root)}
    except OSError:
        return {}
    return dict(sorted(found.items()))


def lies_in(path: Path, root: Optional[Path]) -> bool:
    """Tell whether a path, links resolved, lies under `root`; None is everywhere."""
    return root is None or Path(os.path.realpath(path)).is_relative_to(os.path.realpath(root))


def read_samples(step: int, folder: Path, root: Optional[Path] = None) -> list[SampleSummary]:
    """Return the samples in a step's folder, by id; links out of `root` are left out."""
    try:
        folders = [path for path in folder.iterdir()
                   if path.is_dir() and not path.name.startswith(".") and lies_in(path, root)]
    except OSError:
        return []
    return sorted((read_summary(step, path) for path in folders), key=lambda sample: sample.id)


def read_summary(step: int, folder: Path) -> SampleSummary:
    """Read a sample's `sample.json`; whatever is missing or of another type is left at its default."""
    record, problem = read_object(folder / schema.SAMPLE_FILE)
    if problem:
        return SampleSummary(step, folder.name, folder, problem=problem)
    version = whole(record.get(schema.SCHEMA_FIELD), 1)
    if version > schema.SCHEMA_VERSION:
        problem = f"{schema.SAMPLE_FILE} has version {version}, this MyTTS reads up to {schema.SCHEMA_VERSION}"
        return SampleSummary(step, words(record.get("id")) or folder.name, folder, problem=problem)
    tokens = tuple(words(token) for token in items(record.get("tokens")))
    head = [whole(part) for part in items(record.get("head"))]
    return SampleSummary(
        step=step, id=words(record.get("id")) or folder.name, folder=folder, text=words(record.get("text")),
        tokens=tokens, spoken=tuple(bool(flag) for flag in items(record.get("spoken"))),
        reduction_factor=max(1, whole(record.get("reduction_factor"), 1)),
        frames_per_second=number(record.get("frames_per_second")),
        head=(head[0], head[1]) if len(head) == 2 and min(head) >= 0 else None,
        target_frames=whole(record.get("target_frames")),
        teacher_forced=_alignment(record.get("teacher_forced")), free_running=_free_running(record.get("free_running")))


def read_arrays(path: Path) -> SampleArrays:
    """Read an npz of float16 arrays as float32; a missing or damaged file, or array, is None."""
    found: dict[str, NDArray[np.float32]] = {}
    try:
        with np.load(path, allow_pickle=False) as archive:
            for key in SampleArrays._fields:
                if key in archive.files and archive[key].dtype.kind == "f":
                    found[key] = archive[key].astype(np.float32)
    except _UNREADABLE:
        pass
    return SampleArrays(**found)


def _alignment(record: Any) -> AlignmentRecord:
    record = record if isinstance(record, Mapping) else {}
    return AlignmentRecord(*(number(record.get(name)) for name in AlignmentRecord._fields))


def _free_running(record: Any) -> Optional[FreeRunningRecord]:
    if not isinstance(record, Mapping):
        return None
    faults = tuple(FaultRecord(words(fault.get("kind")), whole(fault.get("token_index")), words(fault.get("token")),
                               whole(fault.get("start_frame")), whole(fault.get("end_frame")))
                   for fault in items(record.get("faults")) if isinstance(fault, Mapping))
    return FreeRunningRecord(
        scores=_alignment(record), frames=whole(record.get("frames")), stop_reason=words(record.get("stop_reason")),
        skipped=whole(record.get("skipped")), repeated=whole(record.get("repeated")),
        stalled=whole(record.get("stalled")), faults=faults,
        words=tuple(words(line) for line in items(record.get("words"))))
