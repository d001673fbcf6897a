"""Write a run folder (docs/RUN_FOLDER.md): each file whole or not at all, one writer at a time, clear refusals."""

from __future__ import annotations

import errno
import json
import os
import secrets
import shutil
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple, Optional

import numpy as np
from numpy.typing import ArrayLike

from mytts_core.config import RunConfig
from mytts_core.errors import RunError
from mytts_core.runs import provenance, schema
from mytts_core.runs.atomic_files import TEMPORARY_PREFIX, json_bytes, replacing, synchronize, write_json
from mytts_core.runs.event_writer import EventWriter
from mytts_core.runs.gradient_norms import GradientNormWriter
from mytts_core.runs.sample_files import utterance_folder_name
from mytts_core.runs.write_lock import hold_run

# Files that a file manager or a version control system leaves in an otherwise empty folder.
HARMLESS_FILES = {".DS_Store", "Thumbs.db", "desktop.ini", ".gitkeep", ".gitignore"}
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
        with _in_words(folder):
            made = _make_folder(folder)
            _refuse_occupied(folder)
            record = {schema.SCHEMA_FIELD: schema.SCHEMA_VERSION, "id": f"{int(time.time()):010d}-{secrets.token_hex(4)}",
                      "created": provenance.created_now(), "command": list(command), "device": device,
                      "git_commit": provenance.git_commit(), **provenance.machine(),
                      "libraries": provenance.library_versions()}
            _claim(folder, record, made)
            unlock = hold_run(folder / schema.RUN_FILE)
            try:
                write_json(folder / schema.CONFIG_FILE, config.to_dict())
                writer = cls(folder, unlock, attempt=0, restart_step=None)
                writer.status("running", 0)
            except BaseException:
                unlock()
                _undo(folder, made)
                raise
            return writer

    @classmethod
    def resume(cls, folder: Path | str, step: int) -> RunWriter:
        """Go on with a run after `step`: what was written for later steps no longer counts.

        Raises:
            RunError: if there is no run, another process is writing it, it is of a newer MyTTS, or cannot be written.
        """
        folder = Path(folder)
        with _in_words(folder):
            _require_run(folder)
            unlock = hold_run(folder / schema.RUN_FILE)
            try:
                _remove_leftovers(folder)
                attempt = sum(schema.is_event_file(name) for name in os.listdir(folder))
                writer = cls(folder, unlock, attempt, restart_step=step + 1)
                writer.status("running", step)
            except BaseException:
                unlock()
                raise
            return writer

    def scalars(self, step: int, values: Mapping[str, float]) -> None:
        """Write the scalars of a step, NaN and infinity included; a reader gets all of them or none."""
        with _in_words(self.folder):
            self._events.scalars(step, values)

    def histogram(self, step: int, tag: str, values: ArrayLike) -> None:
        """Write the distribution of the finite ones of `values`."""
        with _in_words(self.folder):
            self._events.histogram(step, tag, values)

    def text(self, step: int, tag: str, text: str) -> None:
        """Write a text for people, for example what a trainer decided at this step."""
        with _in_words(self.folder):
            self._events.text(step, tag, text)

    def gradient_variables(self, names: Sequence[str], shapes: Sequence[Sequence[int]]) -> None:
        """Name the V variables whose gradient norms follow, in column order.

        Raises:
            RunError: if the run already has norms of other variables.
        """
        with _in_words(self.folder):
            if self._norms:
                self._norms.close()
            self._norms = GradientNormWriter(self.folder / schema.GRADIENTS_FOLDER, names, shapes)

    def gradient_norms(self, step: int, norms: Sequence[float]) -> None:
        """Append the L2 norms, shape (V,), of a step's gradients before clipping; call `gradient_variables` first."""
        if self._norms is None:
            raise ValueError("gradient_variables() must name the variables before gradient_norms()")
        with _in_words(self.folder):
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
        parent = self.folder / schema.SAMPLES_FOLDER / schema.step_name(step)
        final = parent / utterance_folder_name(utterance_id)
        with _in_words(self.folder):
            parent.mkdir(parents=True, exist_ok=True)
            temporary = parent / f"{TEMPORARY_PREFIX}{secrets.token_hex(4)}"
            temporary.mkdir()
            try:
                _write_arrays(temporary / schema.TEACHER_FORCED_FILE, teacher_forced)
                _write_arrays(temporary / schema.FREE_RUNNING_FILE, free_running)
                _write_audio(temporary / schema.TARGET_AUDIO_FILE, target_audio, sample_rate)
                _write_audio(temporary / schema.FREE_RUNNING_AUDIO_FILE, free_running_audio, sample_rate)
                write_json(temporary / schema.SAMPLE_FILE, {**record, schema.SCHEMA_FIELD: schema.SCHEMA_VERSION,
                                                            "id": utterance_id, "step": step})
                _put_in_place(temporary, final)
            except BaseException:
                shutil.rmtree(temporary, ignore_errors=True)
                raise
        return final

    def checkpoint_paths(self, step: int) -> CheckpointPaths:
        """Return where the weights of a step and the JSON beside them belong; the folder exists afterwards."""
        folder = self.folder / schema.CHECKPOINTS_FOLDER
        with _in_words(self.folder):
            folder.mkdir(exist_ok=True)
        name = schema.step_name(step)
        return CheckpointPaths(folder / f"{name}{schema.CHECKPOINT_SUFFIX}", folder / f"{name}.json")

    def mark_best(self, step: int) -> None:
        """Say which checkpoint is the best so far."""
        paths = self.checkpoint_paths(step)
        with _in_words(self.folder):
            write_json(paths.weights.parent / schema.BEST_CHECKPOINT_FILE,
                       {schema.SCHEMA_FIELD: schema.SCHEMA_VERSION, "step": step})

    @property
    def resume_folder(self) -> Path:
        """Where the trainer keeps what `--resume` needs; the folder exists."""
        folder = self.folder / schema.RESUME_FOLDER
        with _in_words(self.folder):
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
        with _in_words(self.folder):
            if state != "running":
                self._events.synchronize()
            write_json(self.folder / schema.STATUS_FILE, {
                schema.SCHEMA_FIELD: schema.SCHEMA_VERSION, "state": state, "step": int(step),
                "heartbeat": time.time(), "message": message or ""})
        self._last_status = (state, now)

    def close(self) -> None:
        """Put everything on disk and let go of the folder. The status stays as last reported."""
        try:
            with _in_words(self.folder):
                self._events.close()
                if self._norms:
                    self._norms.close()
        finally:
            self._unlock()

    def __enter__(self) -> RunWriter:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


@contextmanager
def _in_words(folder: Path) -> Iterator[None]:
    """Turn what the file system refuses into one clear RunError."""
    try:
        yield
    except OSError as error:
        raise RunError(_refusal(folder, error)) from error


def _refusal(folder: Path, error: OSError) -> str:
    if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
        return (f"no space left for run {folder} ({os.strerror(error.errno)}); what was written before is intact: "
                "free some space, then go on with --resume")
    if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        return f"run folder {folder} cannot be written ({os.strerror(error.errno)}): change its permissions or choose " \
               "another with --run"
    if error.errno in (errno.ENOTDIR, errno.EEXIST):
        return f"{error.filename or folder} is a file, not a folder: choose another folder with --run"
    return f"run folder {folder} cannot be written ({error}): choose another with --run"


def _make_folder(folder: Path) -> list[Path]:
    """Make the folder and return what had to be made, outermost first."""
    missing = [path for path in [folder, *folder.parents] if not path.exists()]
    folder.mkdir(parents=True, exist_ok=True)
    return missing[::-1]


def _refuse_occupied(folder: Path) -> None:
    names = sorted(set(os.listdir(folder)) - HARMLESS_FILES)
    if schema.RUN_FILE in names:
        raise RunError(f"{folder} already holds a run: go on with it by --resume, or choose another folder with --run")
    if names:
        shown = ", ".join(names[:3]) + (" …" if len(names) > 3 else "")
        raise RunError(f"{folder} is not empty ({shown}): a run needs a folder of its own; choose another with --run")


def _claim(folder: Path, record: dict[str, Any], made: list[Path]) -> None:
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
        _undo(folder, made)
        raise
    finally:
        temporary.unlink(missing_ok=True)


def _undo(folder: Path, made: list[Path]) -> None:
    """Leave the place as `create` found it."""
    for path in folder.iterdir():
        if path.name in (schema.RUN_FILE, schema.CONFIG_FILE, schema.STATUS_FILE) or schema.is_event_file(path.name):
            path.unlink(missing_ok=True)
    for path in reversed(made):
        try:
            path.rmdir()
        except OSError:
            return


def _require_run(folder: Path) -> None:
    path = folder / schema.RUN_FILE
    if not path.is_file():
        raise RunError(f"{folder} holds no run to resume ({schema.RUN_FILE} is missing): start it without --resume")
    try:
        version = json.loads(path.read_bytes())[schema.SCHEMA_FIELD]
    except (ValueError, KeyError, TypeError):
        raise RunError(f"{path} is damaged: restore it, or start anew in another folder") from None
    if not isinstance(version, int) or version > schema.SCHEMA_VERSION:
        raise RunError(f"run {folder} has schema version {version}, this MyTTS writes version {schema.SCHEMA_VERSION}: "
                       "update MyTTS to go on with it")


def _remove_leftovers(folder: Path) -> None:
    """Remove what a killed writer was in the middle of; it never had its final name."""
    for path in [*folder.glob(f"{TEMPORARY_PREFIX}*"), *folder.glob(f"*/{TEMPORARY_PREFIX}*"),
                 *folder.glob(f"{schema.SAMPLES_FOLDER}/*/{TEMPORARY_PREFIX}*")]:
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink(missing_ok=True)


def _new_event_path(folder: Path, attempt: int) -> Path:
    """Return a name that sorts after every event file in the folder, whatever the clock says."""
    stamps = [int(name.split("tfevents.")[1].split(".")[0]) for name in os.listdir(folder)
              if name.endswith(schema.EVENT_FILE_SUFFIX) and schema.is_event_file(name)]
    return folder / schema.event_file_name(max([int(time.time()), *stamps]), attempt)


def _write_arrays(path: Path, arrays: Optional[Mapping[str, ArrayLike]]) -> None:
    if arrays is None:
        return
    known = {schema.ATTENTION_KEY, schema.MEL_TARGET_KEY, schema.MEL_PREDICTED_KEY, schema.STOP_PROBABILITIES_KEY}
    if set(arrays) - known:
        raise ValueError(f"unknown sample array {sorted(set(arrays) - known)[0]!r}; known are {', '.join(sorted(known))}")
    np.savez_compressed(path, **{key: _half(value) for key, value in arrays.items()})  # type: ignore[arg-type]
    synchronize(path)


def _half(value: ArrayLike) -> np.ndarray:
    array = np.asarray(value, np.float32)
    with np.errstate(over="ignore"):        # beyond 65,504 half precision says infinity, which is data to show
        return array.astype(np.float16)


def _write_audio(path: Path, wav: Optional[ArrayLike], sample_rate: Optional[int]) -> None:
    if wav is None:
        return
    if sample_rate is None:
        raise ValueError("audio needs its sample_rate")
    import soundfile

    clipped = np.clip(np.nan_to_num(np.asarray(wav, np.float32)), -1.0, 1.0)
    try:
        soundfile.write(path, clipped, sample_rate, format="FLAC", subtype="PCM_16")
    except soundfile.LibsndfileError as error:
        raise OSError(errno.EIO, f"audio could not be written: {error}", str(path)) from error
    synchronize(path)


def _put_in_place(temporary: Path, final: Path) -> None:
    """Rename a finished folder; one written by an earlier attempt steps aside first."""
    synchronize(temporary)
    if final.exists():
        old = final.with_name(f"{TEMPORARY_PREFIX}{secrets.token_hex(4)}-old")
        os.rename(final, old)
        os.rename(temporary, final)
        shutil.rmtree(old, ignore_errors=True)
    else:
        os.rename(temporary, final)
    synchronize(final.parent)
