"""All that the rules look at, read from a run once."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple, Optional

from mytts_core.config import RunConfig
from mytts_core.monitoring.metrics import direction_of
from mytts_core.runs import schema
from mytts_core.runs.reader import Run
from mytts_core.runs.sample_files import read_samples, step_folders
from mytts_core.runs.types import CheckpointInfo, GradientNorms, RunStatus, SampleSummary, Series

SAMPLE_STEPS_READ = 12
"""Steps whose samples are read, the newest: what failed long ago and works now is no trouble."""

MAX_TAGS = 200
"""Scalar tags that are read; our own runs have some thirty."""

SETTLED_SECONDS = 2.0
"""Age from which a folder's time of change tells whether it has changed since."""


class RunFacts(NamedTuple):
    """A run at one moment.

    Attributes:
        kind: one of `mytts_core.runs.types.RUN_KINDS`.
        config: None where the run is not ours or its file cannot be read.
        command: the words of the command line, empty where unknown.
        scalars: tag → series, the newest attempt; only tags that some rule looks at.
        gradients: per-variable norms, shape (N, V).
        samples: step → samples, of the last `SAMPLE_STEPS_READ` steps that have some, rising.
        checkpoints: those kept, by step.
        free_bytes: on the disk of the run, None where it cannot be told.
        now: seconds since 1970 UTC.
    """

    kind: str
    config: Optional[RunConfig] = None
    status: RunStatus = RunStatus()
    command: tuple[str, ...] = ()
    scalars: dict[str, Series] = {}
    gradients: GradientNorms = GradientNorms.empty()
    samples: dict[int, list[SampleSummary]] = {}
    checkpoints: list[CheckpointInfo] = []
    free_bytes: Optional[int] = None
    now: float = 0.0

    @property
    def is_ours(self) -> bool:
        """True for a run that MyTTS wrote: its tags mean what `schema` says."""
        return self.kind == "mytts"

    @property
    def has_ended(self) -> bool:
        """True when the run says that it is over."""
        return self.status.state in ("finished", "failed", "interrupted")

    def series(self, tag: str) -> Series:
        """Return a tag's series, empty where there is none."""
        return self.scalars.get(tag, Series.empty())

    def validation(self, name: str) -> Series:
        """Return `validation/<name>`."""
        return self.series(schema.VALIDATION_PREFIX + name)

    def free_running(self, name: str) -> Series:
        """Return `free_running/<name>`."""
        return self.series(schema.FREE_RUNNING_PREFIX + name)

    @property
    def last_step(self) -> int:
        """The last step that anything was logged at, -1 when nothing was."""
        logged = [int(series.steps[-1]) for series in self.scalars.values() if len(series.steps)]
        return max([self.status.step, *logged])


def free_space(folder: Path) -> Optional[int]:
    """Return the free bytes of a folder's disk, None where it cannot be told."""
    try:
        return shutil.disk_usage(folder).free
    except OSError:
        return None


def read_facts(run: Run, now: Optional[float] = None,
               free_bytes: Callable[[Path], Optional[int]] = free_space) -> RunFacts:
    """Read a run's facts.

    Args:
        run: open; what is missing from it is empty in the facts.
        now: seconds since 1970 UTC; the current time by default.
        free_bytes: returns the free bytes of a folder's disk.
    """
    return RunFacts(run.kind, run.config, run.status, run.run_info.command, _scalars(run), run.gradient_norms(),
                    _samples(run.folder / schema.SAMPLES_FOLDER, run.root), run.checkpoints(), free_bytes(run.folder),
                    time.time() if now is None else now)


def _scalars(run: Run) -> dict[str, Series]:
    """Return what the rules know how to judge: our own tags that they name, and losses of any program.

    Other tags stay unread: a log may have a million of them.
    """
    wanted = [tag for tag in run.tags() if tag in _OUR_TAGS or direction_of(tag) == "falls"]
    return {tag: run.series(tag) for tag in sorted(wanted, key=lambda tag: tag not in _OUR_TAGS)[:MAX_TAGS]}


_OUR_TAGS = {schema.TRAIN_LOSS, schema.TRAIN_MEL_POST, schema.LEARNING_RATE, schema.GRADIENT_NORM,
             schema.CLIP_THRESHOLD, schema.SKIPPED_STEPS,
             *(schema.VALIDATION_PREFIX + name for name in ("loss", "mel_loss_post", "diagonality")),
             *(schema.FREE_RUNNING_PREFIX + name for name in ("diagonality", "stop_rate", "length_ratio", "skipped",
                                                              "repeated", "stalled"))}


def _samples(folder: Path, root: Optional[Path]) -> dict[int, list[SampleSummary]]:
    found = {}
    for step, place in list(step_folders(folder, root).items())[-SAMPLE_STEPS_READ:]:
        try:
            changed = place.stat().st_mtime_ns
        except OSError:
            continue                                    # it has gone since it was listed
        settled = time.time() - changed / 1e9 > SETTLED_SECONDS
        found[step] = list((_kept_samples if settled else _read_samples)(step, place, root, changed))
    return found


def _read_samples(step: int, folder: Path, root: Optional[Path], _changed: int) -> tuple[SampleSummary, ...]:
    return tuple(read_samples(step, folder, root))


# A sample appears under its name when it is whole, which changes its step's folder: what was read once stays true.
_kept_samples = lru_cache(maxsize=4_096)(_read_samples)
