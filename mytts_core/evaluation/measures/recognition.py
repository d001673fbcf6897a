"""Character and word errors of an offline recogniser, where there is one for the language. An optional package."""

from __future__ import annotations

import importlib.util
from typing import Optional

from mytts_core.errors import AudioError
from mytts_core.evaluation.measures.protocol import SILENT_PEAK, Pair, Score
from mytts_core.evaluation.recognizer import Recognizer
from mytts_core.evaluation.word_errors import count_character_errors, count_word_errors, normalize_words
from mytts_core.text.normalize import normalize

INSTALL = 'pip install "mytts[metrics]"'


class Recognition:
    """Errors of pocketsphinx against the text, in percent. The mean of several sentences is the rate over all of them.

    Args:
        language: of the run; texts are read out by its normaliser first.
    """

    keys = ("cer", "wer")

    def __init__(self, language: str) -> None:
        self.language = language
        self._recognizer: Optional[Recognizer] = None

    def missing(self) -> str:
        """Return how to install the package, or that no recogniser hears the language."""
        if not self.language.startswith("en"):
            return f"no offline recogniser for {self.language!r} is known here: pocketsphinx hears US English"
        return "" if importlib.util.find_spec("pocketsphinx") is not None else INSTALL

    def score(self, pair: Pair) -> dict[str, Score]:
        """Return both rates of one sentence, weighted by what was said.

        Raises:
            AudioError: where nothing is said that one could hear wrong.
        """
        said = normalize(pair.clip.text, self.language)
        if not normalize_words(said):
            raise AudioError("the text holds no word in Latin letters")
        heard = self._heard(pair)
        return {key: Score(100 * counted[0] / counted[1], counted[1]) for key, counted in
                (("cer", count_character_errors(said, heard)), ("wer", count_word_errors(said, heard)))}

    def _heard(self, pair: Pair) -> str:
        wav = pair.clip.wav
        if not len(wav) or abs(wav).max() < SILENT_PEAK:
            return ""                                   # silence is heard as nothing: every character is missing
        if self._recognizer is None:
            self._recognizer = Recognizer()
        return self._recognizer.hear(wav, pair.clip.audio.sample_rate)
