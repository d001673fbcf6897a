"""Speak a list of hard sentences with the checkpoints of a run, and keep what is found in the run folder."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from pathlib import Path
from typing import NamedTuple, Optional

from mytts_core.errors import CheckpointError, RunError, SynthesisError
from mytts_core.evaluation.stress_checkpoint import CheckpointTest, StressOptions, StressTask
from mytts_core.evaluation.stress_hearing import Listeners
from mytts_core.evaluation.stress_reading import read_sentence
from mytts_core.evaluation.stress_record import StressResult
from mytts_core.evaluation.stress_sentences import StressList
from mytts_core.runs import schema
from mytts_core.runs.types import CheckpointInfo
from mytts_core.runs.write_lock import hold_run
from mytts_core.synthesis.checkpoint_choice import read_run_config
from mytts_core.text.tokenizer import tokenizer_from_config


class StressProgress(NamedTuple):
    """How far a test is: `done` of `most` sentences at `step`; seconds left for all checkpoints, NaN until known."""

    step: int
    done: int
    most: int
    seconds_left: float


class StressReport(NamedTuple):
    """What a test did.

    Attributes:
        results: of each checkpoint that could be judged, by step.
        kept: the steps of which everything had been there before.
        problems: why the others could not be judged, by step.
    """

    results: tuple[StressResult, ...]
    kept: tuple[int, ...]
    problems: dict[int, str]


Tell = Callable[[StressProgress], None]


def stress_run(run: Path, checkpoints: Sequence[CheckpointInfo], sentences: StressList, options: StressOptions,
               tell: Optional[Tell] = None) -> StressReport:
    """Speak every sentence with every checkpoint, free-running, and write a result for each.

    A sentence that the same weights have spoken with the same temperature and seed is not spoken again, so that an
    interrupted test goes on where it ended: whole batches of 16 sentences are kept.

    Args:
        checkpoints: of the run; one that has gone or cannot be loaded is a problem of the report.

    Raises:
        RunError: if the run or its folder is at fault, or another process tests it at the same time.
        TextError: if the run's text settings are at fault, or phonemes are not installed.
        ValueError: for a temperature or a seed out of range.
        MyTTSError: if the recogniser's processes end.
    """
    config = read_run_config(run)
    tokenizer = tokenizer_from_config(config.text)
    tokenizer.max_unknown_share = 1.0
    tokenizer.split(["a"])      # phonemes that are not installed are an error of all sentences, not of each
    readings = [read_sentence(sentence, tokenizer, config) for sentence in sentences.sentences]
    results, kept, problems = [], [], {}
    clock = _Clock(len(readings), len(checkpoints), tell)
    release = _hold(run)
    try:
        with Listeners() if options.hear else nullcontext() as listeners:
            task = StressTask(run, config, sentences, readings, options, listeners, clock.count)
            for checkpoint in checkpoints:
                spoken = clock.spoken
                try:
                    results.append(CheckpointTest(task, checkpoint).result())
                    kept += [checkpoint.step] if clock.spoken == spoken else []
                except (CheckpointError, SynthesisError) as error:
                    problems[checkpoint.step] = str(error)
                clock.next_checkpoint()
    finally:
        release()
    return StressReport(tuple(sorted(results, key=lambda result: result.step)), tuple(kept), problems)


class _Clock:
    """Counts sentences and tells how long the rest takes, from those spoken so far."""

    def __init__(self, sentences: int, checkpoints: int, tell: Optional[Tell]) -> None:
        self.spoken = 0
        self._seconds = 0.0
        self._sentences, self._waiting, self._tell = sentences, checkpoints - 1, tell

    def count(self, step: int, done: int, spoken: int, seconds: float) -> None:
        """Take note that `done` sentences of a step are there, `spoken` of them since the last time."""
        self.spoken, self._seconds = self.spoken + spoken, self._seconds + seconds
        left = self._sentences - done + self._waiting * self._sentences
        if self._tell is not None:
            each = self._seconds / self.spoken if self.spoken else math.nan
            self._tell(StressProgress(step, done, self._sentences, each * left))

    def next_checkpoint(self) -> None:
        self._waiting -= 1


def _hold(run: Path) -> Callable[[], None]:
    """Let one process test a run at a time; return what lets the next one."""
    folder = run / schema.STRESS_FOLDER
    try:
        folder.mkdir(exist_ok=True)
        return hold_run(folder)
    except OSError as error:
        raise RunError(f"{folder} cannot be written ({error.strerror or error}): change its permissions, or copy the "
                       "run to a folder of yours") from error
