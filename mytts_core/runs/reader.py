"""Open a run folder and read it while it grows: `find_runs`, `open_run`, `Run`."""

from __future__ import annotations

import os
import threading
from pathlib import Path
from typing import NamedTuple, Optional

from mytts_core.config import RunConfig
from mytts_core.errors import RunError
from mytts_core.runs import schema
from mytts_core.runs.digest import Digest, digest_of
from mytts_core.runs.discovery import find_runs, foreign_log_files, run_kind
from mytts_core.runs.event_folder import EventFolder
from mytts_core.runs.foreign_logs import read_log
from mytts_core.runs.gradient_norms import read_gradient_norms
from mytts_core.runs.media import Media, read_media
from mytts_core.runs.reduction import reduce_series, window
from mytts_core.runs.run_files import read_checkpoints, read_config, read_run_info, read_status
from mytts_core.runs.sample_files import Sample, read_samples, step_folders
from mytts_core.runs.types import (
    CheckpointInfo,
    GradientNorms,
    MediaEntry,
    RunInfo,
    RunStatus,
    SampleSummary,
    Series,
)

__all__ = ["Run", "Sample", "find_runs", "open_run"]


def open_run(folder: Path | str, root: Optional[Path | str] = None) -> Run:
    """Open a run of ours or of another program.

    Args:
        folder: the run.
        root: when given, the run must lie at or under it, links resolved.

    Raises:
        RunError: when there is no run there, it lies outside `root`, or its schema is newer than this MyTTS.
    """
    folder = Path(folder)
    if root is not None and not Path(os.path.realpath(folder)).is_relative_to(os.path.realpath(root)):
        raise RunError(f"{folder} is outside {root}: open a run under the folder of runs")
    try:
        kind = run_kind(folder)
    except OSError as error:
        raise RunError(f"run folder {folder} cannot be read ({error.strerror or error})") from error
    if not kind:
        raise RunError(f"{folder} holds no run: no {schema.RUN_FILE}, TensorBoard event file, Keras CSV log or JSON "
                       "lines")
    return Run(folder, kind)


class Run:
    """A run folder. Every method looks at the disk anew, reading on where the last look ended; safe across threads.

    What is missing is empty, never an exception.

    Attributes:
        folder: where it is.
        kind: `mytts`, `tensorboard`, `keras_csv` or `json_lines`.
        run_info: who made it; schema 0 for runs of other programs.
        config: the configuration, None when the run is not ours or the file is missing or damaged.
    """

    def __init__(self, folder: Path, kind: str) -> None:
        """Use `open_run` instead."""
        self.folder = folder
        self.kind = kind
        self.run_info = RunInfo(schema=0)
        self.config: Optional[RunConfig] = None
        self._file_problems: list[str] = []
        self._logs: dict[Path, _Log] = {}
        self._log_problems: list[str] = []
        self._events = EventFolder(folder)
        self._lock = threading.Lock()
        if kind == "mytts":
            self.run_info, problem = read_run_info(folder)
            self.config, config_problem = read_config(folder)
            self._file_problems = [text for text in (problem, config_problem) if text]

    @property
    def status(self) -> RunStatus:
        """Where the run stands now."""
        return read_status(self.folder) if self.kind == "mytts" else RunStatus()

    @property
    def problems(self) -> list[str]:
        """What could not be read so far, in words."""
        with self._lock:
            return self._file_problems + self._log_problems + self._events.problems

    def refresh(self) -> int:
        """Read what is new in the event files and return how many events that were; the others call it themselves."""
        with self._lock:
            return self._events.refresh()

    def scalars(self) -> dict[str, Series]:
        """Return tag → series. After a restart the newest attempt wins; `attempts` has what it replaced."""
        if self.kind in ("keras_csv", "json_lines"):
            return self._log_scalars()
        with self._lock:
            self._events.refresh()
            return self._events.scalars()

    def digests(self) -> dict[str, Digest]:
        """Return tag → last and best values and a small line, without keeping the points."""
        return {tag: digest_of(series) for tag, series in self.scalars().items()}

    def series_window(self, tag: str, first: Optional[float] = None, last: Optional[float] = None,
                      max_points: int = 2_000, axis: str = "step") -> Series:
        """Return a tag's points between two places of an axis, reduced to `max_points` with extremes and NaN kept.

        Args:
            first, last: both inclusive, None for open; steps, or seconds since 1970 UTC where `axis` is `wall_time`.
                One neighbour on each side is in the answer, so that a line leaves the window.

        Returns:
            An empty series for a tag that is not there.
        """
        return reduce_series(window(self.scalars().get(tag, Series.empty()), first, last, axis), max_points)

    def attempts(self, tag: str) -> list[Series]:
        """Return every attempt's points of a tag as they were written, oldest first, `attempt` counting from 0."""
        if self.kind in ("keras_csv", "json_lines"):
            series = self._log_scalars().get(tag)
            return [series] if series else []
        with self._lock:
            self._events.refresh()
            return self._events.attempts(tag)

    def media_index(self, kind: Optional[str] = None) -> list[MediaEntry]:
        """Return where images, sounds, histograms, texts and tensors lie, all or of one `kind`, in written order."""
        with self._lock:
            self._events.refresh()
            return [entry for entry in self._events.media() if kind in (None, entry.kind)]

    def media(self, entry: MediaEntry) -> Media:
        """Decode one entry of `media_index`, or None when it cannot be."""
        return read_media(entry)

    def gradient_norms(self) -> GradientNorms:
        """Return the per-variable gradient norms, shape (N, V)."""
        return read_gradient_norms(self.folder / schema.GRADIENTS_FOLDER)

    def sample_steps(self) -> list[int]:
        """Return the steps with samples, rising."""
        return list(step_folders(self.folder / schema.SAMPLES_FOLDER))

    def samples(self, step: int) -> list[SampleSummary]:
        """Return the samples of a step, by id."""
        folder = step_folders(self.folder / schema.SAMPLES_FOLDER).get(step)
        return read_samples(step, folder) if folder else []

    def sample(self, step: int, utterance_id: str) -> Sample:
        """Return one sample; its arrays are read when asked for.

        Raises:
            RunError: when the run has no such sample.
        """
        for summary in self.samples(step):
            if summary.id == utterance_id:
                return Sample(summary)
        raise RunError(f"run {self.folder} has no sample {utterance_id!r} at step {step}")

    def checkpoints(self) -> list[CheckpointInfo]:
        """Return the kept checkpoints, by step."""
        return read_checkpoints(self.folder / schema.CHECKPOINTS_FOLDER)

    def _log_scalars(self) -> dict[str, Series]:
        with self._lock:
            logs = {path: self._read_log(path) for path in foreign_log_files(self.folder, self.kind)}
            self._logs = logs
            self._log_problems = [log.problem for log in logs.values() if log.problem]
        if len(logs) == 1:
            return dict(next(iter(logs.values())).scalars)
        return {f"{path.stem}/{tag}": series for path, log in logs.items() for tag, series in log.scalars.items()}

    def _read_log(self, path: Path) -> _Log:
        """Read a log in text form, or give what the last look gave when it has not changed."""
        try:
            state = path.stat()
        except OSError as error:
            return _Log((-1, -1), {}, f"{path.name}: {error.strerror or error}")
        version = (state.st_size, state.st_mtime_ns)
        known = self._logs.get(path)
        return known if known and known.version == version else _Log(version, *read_log(path, self.kind))


class _Log(NamedTuple):
    version: tuple[int, int]
    scalars: dict[str, Series]
    problem: str
