"""Every measure of every held-out sentence, for each kind of speech that it means something for."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Optional

import numpy as np

from mytts_core.config import AudioConfig
from mytts_core.data.corpora import read_corpus
from mytts_core.data.feature_cache import prepare_recording
from mytts_core.errors import AudioError
from mytts_core.evaluation.alignment import AlignmentEvaluation
from mytts_core.evaluation.held_out import Evaluated
from mytts_core.evaluation.mean_interval import mean_interval
from mytts_core.evaluation.measures.catalogue import BY_KEY, COPY, FREE_RUNNING, RECORDING, TEACHER_FORCED, keys_of
from mytts_core.evaluation.measures.protocol import Clip, Measure, Pair, Score
from mytts_core.evaluation.performance import Performance
from mytts_core.runs.evaluation_files import EvaluationColumn
from mytts_core.synthesis.take import Progress

Scores = dict[tuple[str, str], list[Score]]
"""(measure, mode) → a score a sentence."""

_FIXED = (RECORDING, COPY)


class ObjectiveMeasures:
    """Measures the held-out sentences of a run; what recordings and their copies yield is kept for every checkpoint.

    Args:
        evaluated: the run; its corpus and audio configuration hold for all of its checkpoints.
        measures: those that miss a package yield columns that say so.
    """

    def __init__(self, evaluated: Evaluated, measures: Sequence[Measure]) -> None:
        self.examples = evaluated.held_out
        self.missing = {measure.keys: reason for measure in measures if (reason := measure.missing())}
        self._measures = [measure for measure in measures if measure.keys not in self.missing]
        paths = {utterance.id: utterance.audio_path for utterance in read_corpus(evaluated.features.folder).utterances}
        audio, self._vocoder = evaluated.synthesizer.config.audio, evaluated.synthesizer.vocoder
        self._audio = audio
        self._recordings = [Clip(example.text, audio, _reading(paths.get(example.id), audio), np.array(example.mel))
                            for example in self.examples]
        self._fixed: dict[int, dict[tuple[str, str], Score]] = {}

    def columns(self, performance: Performance, alignment: AlignmentEvaluation,
                progress: Optional[Progress] = None) -> list[EvaluationColumn]:
        """Measure what a checkpoint made of the sentences.

        Args:
            alignment: its attention scores, which become columns too.
            progress: called with ("measuring", sentences done, sentences in all).
        """
        found: Scores = {}
        for place in range(len(self.examples)):
            for key, score in self._sentence(place, performance).items():
                found.setdefault(key, []).append(score)
            if progress is not None:
                progress("measuring", place + 1, len(self.examples))
        left_out = [EvaluationColumn(key, mode, reason=reason) for keys, reason in self.missing.items()
                    for key in keys for mode in BY_KEY[key].modes]
        return [*(_column(*key, scores) for key, scores in (found | _attention(alignment)).items()), *left_out]

    def _sentence(self, place: int, performance: Performance) -> dict[tuple[str, str], Score]:
        """All scores of one sentence."""
        made = {TEACHER_FORCED: performance.teacher_forced[place].mel, FREE_RUNNING: performance.takes[place].mel}
        text = self.examples[place].text
        clips = {mode: Clip(text, self._audio, self._vocoded(mel), mel) for mode, mel in made.items()}
        if place not in self._fixed:
            mel = np.array(self.examples[place].mel)
            self._fixed[place] = self._score(place, {RECORDING: self._recordings[place],
                                                     COPY: Clip(text, self._audio, self._vocoded(mel))})
        return {**self._fixed[place], **self._score(place, clips)}

    def _score(self, place: int, clips: Mapping[str, Clip]) -> dict[tuple[str, str], Score]:
        found: dict[tuple[str, str], Score] = {}
        for mode, clip in clips.items():
            pair = Pair(self._recordings[place], clip)
            for measure in self._measures:
                if mode in BY_KEY[measure.keys[0]].modes:
                    found |= {(key, mode): score for key, score in _scores(measure, pair).items()}
        return found

    def _vocoded(self, mel: np.ndarray) -> Callable[[], np.ndarray]:
        return lambda: self._vocoder(mel)


def _reading(path: Optional[Path], audio: AudioConfig) -> Callable[[], np.ndarray]:
    def read() -> np.ndarray:
        if path is None:
            raise AudioError("the recording has gone from the corpus")
        return prepare_recording(path, audio)
    return read


def _scores(measure: Measure, pair: Pair) -> dict[str, Score]:
    """The scores of a pair; where there are none, the reason for each key."""
    try:
        return measure.score(pair)
    except AudioError as error:
        return {key: Score(reason=str(error)) for key in measure.keys}


def _attention(alignment: AlignmentEvaluation) -> Scores:
    return {(key, mode): [Score(getattr(getattr(item, mode), key)) for item in alignment.sentences]
            for key in keys_of("alignment") for mode in BY_KEY[key].modes}


def _column(key: str, mode: str, scores: Sequence[Score]) -> EvaluationColumn:
    mean, low, high = mean_interval([score.value for score in scores], [score.weight for score in scores])
    reasons = {place: score.reason for place, score in enumerate(scores) if score.reason}
    commonest = Counter(reasons.values()).most_common(1)[0][0] if reasons and math.isnan(mean) else ""
    return EvaluationColumn(key, mode, mean, low, high, tuple(score.value for score in scores),
                            f"no sentence has a value: {commonest}" if commonest else "", reasons)
