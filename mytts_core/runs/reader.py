"""Open a run folder and read it while it grows: `find_runs`, `open_run`, `Run`."""

from __future__ import annotations

import os
import threading
from pathlib import Path
from typing import Optional

from mytts_core.config import RunConfig
from mytts_core.errors import RunError
from mytts_core.runs import residency, schema
from mytts_core.runs.digest import Digest
from mytts_core.runs.discovery import find_runs, run_kind
from mytts_core.runs.gradient_norms import read_gradient_norms
from mytts_core.runs.log_index import LogIndex
from mytts_core.runs.media import Media, read_media
from mytts_core.runs.reduction import reduce_series, window
from mytts_core.runs.run_files import read_checkpoints, read_config, read_run_info, read_status
from mytts_core.runs.run_logs import RunLogs
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


def open_run(folder: Path | str, root: Optional[Path | str] = None, index_folder: Optional[Path] = None) -> Run:
    """Open a run of ours or of another program.

    Args:
        folder: the run.
        root: when given, the run must lie at or under it, links resolved; logs and samples in it that are links to
            elsewhere are not read.
        index_folder: where to keep what was read of large logs for the next process (`default_index_folder`); None
            to keep nothing.

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
    index = LogIndex(folder, index_folder) if index_folder is not None else None
    within = Path(root) if root is not None else None
    return Run(folder, kind, RunLogs(folder, kind, index, within), within)


class Run:
    """A run folder. Every method looks at the disk anew, reading on where the last look ended; safe across threads.

    What is missing is empty, never an exception.

    Attributes:
        folder: where it is.
        kind: `mytts`, `tensorboard`, `keras_csv` or `json_lines`.
        root: what lies outside of it, links resolved, is not read; None reads everything.
        run_info: who made it; schema 0 for runs of other programs.
        config: the configuration, None when the run is not ours or the file is missing or damaged.
    """

    def __init__(self, folder: Path, kind: str, logs: RunLogs, root: Optional[Path] = None) -> None:
        """Use `open_run` instead."""
        self.folder = folder
        self.kind = kind
        self.root = root
        self.run_info = RunInfo(schema=0)
        self.config: Optional[RunConfig] = None
        self._file_problems: list[str] = []
        self._logs = logs
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
            return self._file_problems + self._logs.problems

    def refresh(self) -> int:
        """Read what is new in the logs and return how many events that were; the others call it themselves."""
        with self._lock:
            return self._refresh()

    def tags(self) -> list[str]:
        """Return the scalar tags in the order they first appear."""
        with self._lock:
            self._refresh()
            return self._logs.tags()

    def scalars(self) -> dict[str, Series]:
        """Return tag → series. After a restart the newest attempt wins; `attempts` has what it replaced."""
        with self._lock:
            self._refresh()
            return self._logs.scalars()

    def series(self, tag: str) -> Series:
        """Return one tag's series, an empty one for a tag that is not there."""
        with self._lock:
            self._refresh()
            return self._logs.series(tag)

    def digests(self) -> dict[str, Digest]:
        """Return tag → last and best values and a small line: from the index, without the points, where it can be."""
        with self._lock:
            digests = self._logs.digests()
            self._touch()
            return digests

    def series_window(self, tag: str, first: Optional[float] = None, last: Optional[float] = None,
                      max_points: int = 2_000, axis: str = "step") -> Series:
        """Return a tag's points between two places of an axis, reduced to `max_points` with extremes and NaN kept.

        Args:
            first, last: both inclusive, None for open; steps, or seconds since 1970 UTC where `axis` is `wall_time`.
                One neighbour on each side is in the answer, so that a line leaves the window.

        Returns:
            An empty series for a tag that is not there.
        """
        return reduce_series(window(self.series(tag), first, last, axis), max_points)

    def attempts(self, tag: str) -> list[Series]:
        """Return every attempt's points of a tag as they were written, oldest first, `attempt` counting from 0."""
        with self._lock:
            self._refresh()
            return self._logs.attempts(tag)

    def media_index(self, kind: Optional[str] = None) -> list[MediaEntry]:
        """Return where images, sounds, histograms, texts and tensors lie, all or of one `kind`, in written order."""
        with self._lock:
            self._refresh()
            return [entry for entry in self._logs.media() if kind in (None, entry.kind)]

    def media(self, entry: MediaEntry) -> Media:
        """Decode one entry of `media_index`, or None when it cannot be."""
        return read_media(entry)

    def gradient_norms(self) -> GradientNorms:
        """Return the per-variable gradient norms, shape (N, V)."""
        return read_gradient_norms(self.folder / schema.GRADIENTS_FOLDER)

    def sample_steps(self) -> list[int]:
        """Return the steps with samples, rising."""
        return list(step_folders(self.folder / schema.SAMPLES_FOLDER, self.root))

    def samples(self, step: int) -> list[SampleSummary]:
        """Return the samples of a step, by id."""
        folder = step_folders(self.folder / schema.SAMPLES_FOLDER, self.root).get(step)
        return read_samples(step, folder, self.root) if folder else []

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

    def _refresh(self) -> int:
        new = self._logs.refresh()
        self._touch()
        return new

    def _touch(self) -> None:
        if num_points := self._logs.num_points():
            residency.touch(self, num_points, self._let_go)

    def _let_go(self) -> bool:
        """Forget the points, which the next look reads again; False while another thread looks."""
        if not self._lock.acquire(blocking=False):
            return False
        try:
            self._logs.forget()
        finally:
            self._lock.release()
        return True
