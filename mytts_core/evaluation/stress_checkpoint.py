"""The stress test of one checkpoint: what is missing is spoken batch by batch, and written after each."""

from __future__ import annotations

import dataclasses
import datetime
import hashlib
import time
import zlib
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from pathlib import Path
from typing import NamedTuple, Optional

import numpy as np

from mytts_core.config import RunConfig
from mytts_core.errors import CheckpointError
from mytts_core.evaluation import stress_files
from mytts_core.evaluation.stress_hearing import Listeners, result_of
from mytts_core.evaluation.stress_reading import Reading
from mytts_core.evaluation.stress_record import Hearing, StressOutcome, StressResult
from mytts_core.evaluation.stress_sentences import StressList
from mytts_core.evaluation.stress_verdict import judge, spoken_arrays
from mytts_core.runs.types import CheckpointInfo
from mytts_core.synthesis.engine import BATCH_SIZE, Synthesizer
from mytts_core.synthesis.take import Take
from mytts_core.training.quiet_start import quiet_start


class StressOptions(NamedTuple):
    """How to speak: temperature and seed as in `Synthesizer`; are sounds kept, and does a recogniser listen."""

    temperature: float = 1.0
    seed: int = 0
    with_sound: bool = True
    hear: bool = False


class StressTask(NamedTuple):
    """What the tests of all checkpoints have in common.

    Attributes:
        readings: a sentence of the list each, as the run reads it.
        listeners: None where no recogniser listens.
        tell: called when sentences are done, with the step, how many of it are, how many were spoken for that, and the
            seconds that took.
    """

    run: Path
    config: RunConfig
    sentences: StressList
    readings: Sequence[Reading]
    options: StressOptions
    listeners: Optional[Listeners]
    tell: Callable[[int, int, int, float], None]


class _Spoken(NamedTuple):
    """A sentence that was spoken and is perhaps still listened to."""

    reading: Reading
    takes: list[Take]
    hearing: Optional[Future[Hearing]]


class CheckpointTest:
    """One checkpoint's test; `result` makes it."""

    def __init__(self, task: StressTask, checkpoint: CheckpointInfo) -> None:
        self._task, self._checkpoint = task, checkpoint
        self._outcomes: dict[str, StressOutcome] = {}

    @property
    def num_done(self) -> int:
        """Sentences whose outcome is there."""
        return len(self._outcomes)

    def result(self) -> StressResult:
        """Return the result: what the same weights have spoken before in the same way, and the rest spoken now.

        Raises:
            CheckpointError: if the weights have gone or cannot be loaded.
            SynthesisError: if they yield values that are not finite.
        """
        started = time.perf_counter()
        run, step = self._task.run, self._checkpoint.step
        weights = weights_digest(self._checkpoint.path)
        earlier = stress_files.read_result(step, stress_files.step_folder(run, step))
        self._take_over(earlier, weights)
        self._task.tell(step, self.num_done, 0, 0.0)
        missing = [reading for reading in self._task.readings if reading.sentence.id not in self._outcomes]
        if not missing and (earlier.complete, earlier.list_digest) == (True, self._task.sentences.digest):
            return earlier
        result = self._so_far(weights)
        for _ in self._speak(missing):
            result = dataclasses.replace(self._so_far(weights), work_seconds=time.perf_counter() - started)
            stress_files.write_result(run, result)
        stress_files.remove_others(run, step, set(self._outcomes))
        return result

    def _take_over(self, earlier: StressResult, weights: str) -> None:
        """Keep what the same weights have spoken before in the same way, under the category it has now."""
        options = self._task.options
        if (earlier.weights, earlier.temperature, earlier.seed) != (weights, options.temperature, options.seed):
            return
        known = stress_files.without_files(self._task.run, earlier, options.with_sound).by_id
        for reading in self._task.readings:
            outcome = known.get(reading.sentence.id)
            if outcome and (outcome.heard or not options.hear or not outcome.spoken):
                self._outcomes[outcome.id] = dataclasses.replace(outcome, category=reading.sentence.category)

    def _so_far(self, weights: str) -> StressResult:
        task = self._task
        ids = [reading.sentence.id for reading in task.readings]
        return StressResult(
            self._checkpoint.step, weights, task.sentences.name, task.sentences.digest, task.config.text.language,
            task.options.temperature, task.options.seed,
            datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"), complete=self.num_done == len(ids),
            outcomes=tuple(self._outcomes[identity] for identity in ids if identity in self._outcomes))

    def _speak(self, missing: Sequence[Reading]) -> Iterator[None]:
        """Speak what is missing, the shortest first, and come back after each batch; the last time all is judged."""
        self._judge([_Spoken(reading, [], None) for reading in missing if reading.problem])
        speakable = sorted((reading for reading in missing if not reading.problem), key=lambda one: one.num_tokens)
        waiting: list[_Spoken] = []
        if speakable:
            with quiet_start():
                synthesizer = Synthesizer.from_run(self._task.run, self._checkpoint.path)
            synthesizer.tokenizer.max_unknown_share = 1.0
        for start in range(0, len(speakable), BATCH_SIZE):
            began = time.perf_counter()
            batch = self._speak_batch(synthesizer, speakable[start:start + BATCH_SIZE])
            # The recogniser has heard the batch before while this one was spoken; without it there is no need to wait.
            self._judge(waiting if self._task.listeners else batch)
            waiting = batch if self._task.listeners else []
            self._task.tell(self._checkpoint.step, self.num_done, len(batch), time.perf_counter() - began)
            yield
        self._judge(waiting)
        self._task.tell(self._checkpoint.step, self.num_done, 0, 0.0)
        yield

    def _speak_batch(self, synthesizer: Synthesizer, readings: Sequence[Reading]) -> list[_Spoken]:
        options, listeners = self._task.options, self._task.listeners
        pieces = [(reading, piece) for reading in readings for piece in reading.pieces]
        takes = synthesizer.synthesize_batch(
            [piece for _, piece in pieces], options.temperature,
            [seed_of(reading.sentence.text, options.seed) for reading, _ in pieces],
            with_audio=options.with_sound or listeners is not None)
        spoken = []
        for reading in readings:
            own = [take for (of, _), take in zip(pieces, takes) if of is reading]
            wav, rate = np.concatenate([take.wav for take in own]), own[0].sample_rate
            stress_files.write_spoken(self._task.run, self._checkpoint.step, reading.sentence.id,
                                      spoken_arrays(reading, own), wav if options.with_sound else None, rate)
            spoken.append(_Spoken(reading, own, listeners.listen(reading.said, wav, rate) if listeners else None))
        return spoken

    def _judge(self, spoken: Sequence[_Spoken]) -> None:
        for reading, takes, hearing in spoken:
            outcome = judge(reading, takes, self._task.config, seed_of(reading.sentence.text, self._task.options.seed),
                            None if hearing is None else result_of(hearing))
            self._outcomes[outcome.id] = outcome


def seed_of(text: str, seed: int) -> int:
    """Return the seed of a sentence: another for each text, the same in every list and for every checkpoint."""
    return int(np.random.SeedSequence([seed, zlib.crc32(text.encode("utf-8"))]).generate_state(1)[0])


def weights_digest(path: Path) -> str:
    """Return the start of the SHA-256 of a weights file.

    Raises:
        CheckpointError: if it has gone or cannot be read.
    """
    try:
        with open(path, "rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()[:16]
    except OSError as error:
        raise CheckpointError(f"checkpoint {path} cannot be read ({error.strerror or error}): its training may have "
                              "pruned it") from error
