"""Write a run folder (docs/RUN_FOLDER.md): each file whole or not at all, one writer at a time, clear refusals."""

from __future__ import annotations

import os
import secrets
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple, Optional

from numpy.typing import ArrayLike

from mytts_core.config import RunConfig
from mytts_core.runs import provenance, schema
from mytts_core.runs.atomic_files import write_json
from mytts_core.runs.event_writer import EventWriter
from mytts_core.runs.folder_claim import (
    claim,
    in_words,
    make_folder,
    refuse_occupied,
    remove_leftovers,
    require_run,
    undo,
)
from mytts_core.runs.gradient_norms import GradientNormWriter
from mytts_core.runs.sample_writer import write_sample
from mytts_core.runs.write_lock import hold_run

STATUS_INTERVAL_SECONDS = 1.0


class CheckpointPaths(NamedTuple):
    """Where a checkpoint belongs. Both files are to be written through `mytts_core.runs.atomic_files.replacing`."""

    weights: Path
    info: Path


class RunWriter:
    """The one writer of a run folder. Make it with `create` or `resume`; close it, or use it in a `with`.

    Every method raises RunError when the disk is full or the folder cannot be written; what was there stays whole.

    Attributes:
        folder: the run folder.
        attempt: 0 for the first process that writes the run, one more for each resume.
    """

    def __init__(self, folder: Path, lock: Callable[[], None], attempt: int, restart_step: Optional[int]) -> None:
        """Use `create` or `resume` instead."""
        self.folder = folder
        self.attempt = attempt
        self._unlock = lock
        self._norms: Optional[GradientNormWriter] = None
        self._last_status = ("", float("-inf"))
        self._events = EventWriter(_new_event_path(folder, attempt), restart_step)

    @classmethod
    def create(cls, folder: Path | str, config: RunConfig, *, command: Sequence[str] = (),
               device: str = "") -> RunWriter:
        """Start a run in a folder that is new or empty.

        Args:
            folder: is made, with its parents, where it does not exist.
            config: the whole resolved configuration, held-out ids and statistics included.
            command: the command line, a word an item.
            device: what it trains on, in words.

        Raises:
            RunError: if the folder holds a run or other files, cannot be written, or the disk is full.
        """
        folder = Path(folder)
        with in_words(folder, starting=True):
            made = make_folder(folder)
            refuse_occupied(folder)
            record = {schema.SCHEMA_FIELD: schema.SCHEMA_VERSION, "id": _new_id(),
                      "created": provenance.created_now(), "command": list(command), "device": device,
                      "git_commit": provenance.git_commit(), **provenance.machine(),
                      "libraries": provenance.library_versions()}
            claim(folder, record, made)
            unlock = hold_run(folder / schema.RUN_FILE)
            try:
                write_json(folder / schema.CONFIG_FILE, config.to_dict())
                writer = cls(folder, unlock, attempt=0, restart_step=None)
                writer.status("running", 0)
            except BaseException:
                unlock()
                undo(folder, made)
                raise
            return writer

    @classmethod
    def resume(cls, folder: Path | str, step: int) -> RunWriter:
        """Go on with a run after `step`: what was written for later steps no longer counts.

        Raises:
            RunError: if there is no run, another process is writing it, it is of a newer MyTTS, or cannot be written.
        """
        folder = Path(folder)
        with in_words(folder):
            require_run(folder)
            unlock = hold_run(folder / schema.RUN_FILE)
            try:
                remove_leftovers(folder)
                attempt = sum(schema.is_event_file(name) for name in os.listdir(folder))
                writer = cls(folder, unlock, attempt, restart_step=step + 1)
                writer.status("running", step)
            except BaseException:
                unlock()
                raise
            return writer

    def scalars(self, step: int, values: Mapping[str, float]) -> None:
        """Write the scalars of a step, NaN and infinity included; a reader gets all of them or none."""
        with in_words(self.folder):
            self._events.scalars(step, values)

    def histogram(self, step: int, tag: str, values: ArrayLike) -> None:
        """Write the distribution of the finite ones of `values`."""
        with in_words(self.folder):
            self._events.histogram(step, tag, values)

    def text(self, step: int, tag: str, text: str) -> None:
        """Write a text for people, for example what a trainer decided at this step."""
        with in_words(self.folder):
            self._events.text(step, tag, text)

    def gradient_variables(self, names: Sequence[str], shapes: Sequence[Sequence[int]]) -> None:
        """Name the V variables whose gradient norms follow, in column order.

        Raises:
            RunError: if the run already has norms of other variables.
        """
        with in_words(self.folder):
            if self._norms:
                self._norms.close()
            self._norms = GradientNormWriter(self.folder / schema.GRADIENTS_FOLDER, names, shapes)

    def gradient_norms(self, step: int, norms: Sequence[float]) -> None:
        """Append the L2 norms, shape (V,), of a step's gradients before clipping; call `gradient_variables` first."""
        if self._norms is None:
            raise ValueError("gradient_variables() must name the variables before gradient_norms()")
        with in_words(self.folder):
            self._norms.append(step, norms)

    def sample(self, step: int, utterance_id: str, record: Mapping[str, Any], *,
               teacher_forced: Optional[Mapping[str, ArrayLike]] = None,
               free_running: Optional[Mapping[str, ArrayLike]] = None,
               target_audio: Optional[ArrayLike] = None, free_running_audio: Optional[ArrayLike] = None,
               sample_rate: Optional[int] = None) -> Path:
        """Write one utterance at one step; it appears under its name when it is whole.

        Args:
            step: optimizer updates so far.
            utterance_id: any text; the folder's name is made from it.
            record: fields of `sample.json` apart from schema, id and step (docs/RUN_FOLDER.md).
            teacher_forced, free_running: arrays by the keys of `schema` (attention (layers, heads, groups, tokens),
                mel_target and mel_predicted (frames, bands) ln-magnitude, stop_probabilities (frames,)).
            target_audio, free_running_audio: float, shape (num_samples,), range [-1, 1]; need `sample_rate` in Hz.

        Returns:
            The sample's folder.
        """
        parts = {schema.TEACHER_FORCED_FILE: teacher_forced, schema.FREE_RUNNING_FILE: free_running}
        sounds = {schema.TARGET_AUDIO_FILE: target_audio, schema.FREE_RUNNING_AUDIO_FILE: free_running_audio}
        with in_words(self.folder):
            return write_sample(self.folder / schema.SAMPLES_FOLDER / schema.step_name(step), utterance_id,
                                {**record, "step": step}, parts, sounds, sample_rate)

    def checkpoint_paths(self, step: int) -> CheckpointPaths:
        """Return where the weights of a step and the JSON beside them belong; the folder exists afterwards."""
        folder = self.folder / schema.CHECKPOINTS_FOLDER
        with in_words(self.folder):
            folder.mkdir(exist_ok=True)
        name = schema.step_name(step)
        return CheckpointPaths(folder / f"{name}{schema.CHECKPOINT_SUFFIX}", folder / f"{name}.json")

    def mark_best(self, step: int) -> None:
        """Say which checkpoint is the best so far."""
        paths = self.checkpoint_paths(step)
        with in_words(self.folder):
            write_json(paths.weights.parent / schema.BEST_CHECKPOINT_FILE,
                       {schema.SCHEMA_FIELD: schema.SCHEMA_VERSION, "step": step})

    @property
    def resume_folder(self) -> Path:
        """Where the trainer keeps what `--resume` needs; the folder exists."""
        folder = self.folder / schema.RESUME_FOLDER
        with in_words(self.folder):
            folder.mkdir(exist_ok=True)
        return folder

    def status(self, state: str, step: int, message: Optional[str] = None) -> None:
        """Report where the run stands. Cheap enough for every step: unchanged states are written once a second.

        Args:
            state: `running`, `finished`, `failed` or `interrupted`.
            step: last step done.
            message: for people; why it failed, for example.
        """
        if state not in schema.STATES:
            raise ValueError(f"state is {state!r}; it must be one of {', '.join(schema.STATES)}")
        now = time.monotonic()
        last_state, last_time = self._last_status
        if message is None and state == last_state == "running" and now - last_time < STATUS_INTERVAL_SECONDS:
            return
        with in_words(self.folder):
            if state != "running":
                self._events.synchronize()
            write_json(self.folder / schema.STATUS_FILE, {
                schema.SCHEMA_FIELD: schema.SCHEMA_VERSION, "state": state, "step": int(step),
                "heartbeat": time.time(), "message": message or ""})
        self._last_status = (state, now)

    def close(self) -> None:
        """Put everything on disk and let go of the folder. The status stays as last reported."""
        try:
            with in_words(self.folder):
                self._events.close()
                if self._norms:
                    self._norms.close()
        finally:
            self._unlock()

    def __enter__(self) -> RunWriter:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _new_id() -> str:
    return f"{int(time.time()):010d}-{secrets.token_hex(4)}"


def _new_event_path(folder: Path, attempt: int) -> Path:
    """Return a name that sorts after every event file in the folder, whatever the clock says."""
    stamps = [int(name.split("tfevents.")[1].split(".")[0]) for name in os.listdir(folder)
              if name.endswith(schema.EVENT_FILE_SUFFIX) and schema.is_event_file(name)]
    return folder / schema.event_file_name(max([int(time.time()), *stamps]), attempt)
