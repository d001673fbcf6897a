"""Are the words understood? Word errors of an offline recogniser on synthesis, beside copies of the recordings."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple, Optional

import numpy as np

from mytts_core.audio.waveform import read_audio
from mytts_core.data.corpora import read_corpus
from mytts_core.data.features import Example
from mytts_core.errors import ConfigError, CorpusError
from mytts_core.evaluation.criteria import Criterion
from mytts_core.evaluation.held_out import Evaluated
from mytts_core.evaluation.recognizer import Recognizer
from mytts_core.evaluation.word_errors import count_word_errors, word_error_interval, word_error_rate
from mytts_core.synthesis.take import Progress

ALLOWED_POINTS = 15.0
"""How many points of word error synthesis may lie above copies, through the same vocoder, of the same recordings."""

SHUFFLING_SEED = 0


class HeardSentence(NamedTuple):
    """One held-out sentence: what was heard of the recording, of its copy through the vocoder, and of the synthesis."""

    id: str
    text: str
    recording: str
    copy: str
    synthesis: str


@dataclass
class Intelligibility:
    """What a recogniser heard of held-out sentences; word errors in percent."""

    sentences: list[HeardSentence]

    def pairs(self, kind: str) -> list[tuple[str, str]]:
        """Return (said, heard) of `recording`, `copy` or `synthesis`; of `shuffled`: synthesis against other texts."""
        if kind == "shuffled":
            others = derangement(len(self.sentences), SHUFFLING_SEED)
            return [(self.sentences[other].text, item.synthesis) for other, item in zip(others, self.sentences)]
        return [(item.text, getattr(item, kind)) for item in self.sentences]

    def word_error(self, kind: str) -> float:
        """Return the word error rate of a kind, see `pairs`."""
        return word_error_rate(self.pairs(kind))

    def criteria(self) -> list[Criterion]:
        """Return what intelligible synthesis must reach, and whether it does."""
        bound = round(self.word_error("copy") + ALLOWED_POINTS, 1)
        return [Criterion(f"word error of synthesis, at most {ALLOWED_POINTS:g} points above that of copies",
                          self.word_error("synthesis"), bound, at_most=True, unit=" %"),
                Criterion("word error of the same takes against shuffled texts: above that bound",
                          self.word_error("shuffled"), bound, unit=" %")]

    def table(self) -> list[str]:
        """Return the word errors with their 95 % intervals over sentences, a line a kind."""
        names = {"recording": "recordings", "copy": "copies of them through the vocoder",
                 "synthesis": "free-running synthesis", "shuffled": "synthesis against shuffled texts"}
        lines = []
        for kind, name in names.items():
            low, high = word_error_interval(self.pairs(kind))
            lines.append(f"{self.word_error(kind):7.1f} %  ({low:.0f}–{high:.0f})  {name}")
        return lines

    def worst(self, count: int = 5) -> list[HeardSentence]:
        """Return the sentences whose synthesis has the highest share of word errors, worst first."""
        def share(item: HeardSentence) -> float:
            errors = count_word_errors(item.text, item.synthesis)
            return errors.errors / max(errors.words, 1)
        return sorted(self.sentences, key=share, reverse=True)[:count]

    def to_dict(self) -> dict[str, Any]:
        """Return everything as JSON types."""
        kinds = ("recording", "copy", "synthesis", "shuffled")
        return {"word_error_percent": {kind: self.word_error(kind) for kind in kinds},
                "interval_percent": {kind: word_error_interval(self.pairs(kind)) for kind in kinds},
                "criteria": [criterion.to_dict() for criterion in self.criteria()],
                "sentences": [item._asdict() for item in self.sentences]}


def evaluate_intelligibility(evaluated: Evaluated, progress: Optional[Progress] = None) -> Intelligibility:
    """Listen to the held-out sentences: recordings, their mels through the vocoder, and free-running synthesis.

    Raises:
        MyTTSError: if pocketsphinx is not installed.
        ConfigError: if the run does not speak English.
        CorpusError: if a recording has gone, or there are fewer than two sentences to shuffle.
    """
    examples, language = evaluated.held_out, evaluated.synthesizer.config.text.language
    if not language.startswith("en"):
        raise ConfigError(f"the recogniser hears US English, and this run speaks {language!r}: leave out --words")
    if len(examples) < 2:
        raise CorpusError("one sentence cannot be scored against shuffled texts: look at two or more")
    recognizer = Recognizer()
    rate = evaluated.synthesizer.config.audio.sample_rate
    recordings = _recordings(evaluated.features.folder, examples)
    takes = evaluated.synthesizer.synthesize_batch([example.text for example in examples], progress=progress)
    heard = []
    for done, (example, take) in enumerate(zip(examples, takes), 1):
        copy = evaluated.synthesizer.vocoder(np.array(example.mel))
        heard.append(HeardSentence(example.id, example.text, recognizer.hear(*read_audio(recordings[example.id])),
                                   recognizer.hear(copy, rate), recognizer.hear(take.wav, take.sample_rate)))
        if progress is not None:
            progress("listening", done, len(examples))
    return Intelligibility(heard)


def derangement(count: int, seed: int) -> list[int]:
    """Return a random order of 0 … count − 1 in which nothing is in its own place: one random cycle.

    Raises:
        ValueError: for fewer than two.
    """
    if count < 2:
        raise ValueError(f"{count} item(s) cannot change places; give at least two")
    cycle = np.random.default_rng(seed).permutation(count)
    order = np.empty(count, int)
    order[cycle] = np.roll(cycle, 1)
    return [int(place) for place in order]


def _recordings(folder: Path, examples: Sequence[Example]) -> dict[str, Path]:
    paths = {utterance.id: utterance.audio_path for utterance in read_corpus(folder).utterances}
    for example in examples:
        if example.id not in paths:
            raise CorpusError(f"the recording of {example.id} has gone from {folder}: restore it, or name the corpus")
    return paths
