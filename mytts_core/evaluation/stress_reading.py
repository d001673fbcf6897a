"""How a run reads the sentences of a stress test: in one piece where its model takes it. No model is loaded."""

from __future__ import annotations

import math
from typing import NamedTuple

from mytts_core.config import RunConfig
from mytts_core.errors import TextError
from mytts_core.evaluation.stress_sentences import StressSentence
from mytts_core.text.sentences import split_sentences
from mytts_core.text.tokenizer import Tokenizer
from mytts_core.text.written_words import WrittenWords, written_words

_DEFAULT_FRAMES_PER_TOKEN = 8.0
_ROOM = 1.5
"""How much slower than the corpus a sentence may be spoken without meeting the frames that a model has room for."""

_SHORTEST_PIECE = 20


class Reading(NamedTuple):
    """How a run reads a sentence.

    Attributes:
        pieces: the texts it is spoken in; one unless the model's `max_length` is too short for it.
        written: for each piece its written words and which of them each token belongs to.
        num_tokens: of all pieces, start and end of each included.
        unknown: symbols the run was not trained on, each once.
        problem: why it cannot be spoken; there are no pieces then.
    """

    sentence: StressSentence
    pieces: tuple[str, ...] = ()
    written: tuple[WrittenWords, ...] = ()
    num_tokens: int = 0
    unknown: tuple[str, ...] = ()
    problem: str = ""

    @property
    def said(self) -> str:
        """What is said, in words, numbers read out."""
        return " ".join(word for one in self.written for word in one.words)


def read_sentence(sentence: StressSentence, tokenizer: Tokenizer, config: RunConfig) -> Reading:
    """Read a sentence as a run does; unknown symbols are passed over, however many, and a text of nothing else has a
    `problem`.

    Args:
        tokenizer: of the run, with a `max_unknown_share` of 1.
    """
    try:
        unknown = tuple(tokenizer.unknown(sentence.text))
        pieces = _pieces(sentence.text, tokenizer, config)
        tokens = [tokenizer.tokens(piece) for piece in pieces]
    except TextError as error:
        return Reading(sentence, problem=str(error))
    return Reading(sentence, tuple(pieces),
                   tuple(written_words(tokenizer, piece, row) for piece, row in zip(pieces, tokens)),
                   sum(map(len, tokens)), unknown)


def expected_frames(num_tokens: int, config: RunConfig) -> float:
    """Return the mel frames that the corpus' speaking rate gives `num_tokens`, start and end left out."""
    mean = config.corpus.prosody_mean       # its first dimension is ln of frames per token
    return num_tokens * (math.exp(mean[0]) if mean else _DEFAULT_FRAMES_PER_TOKEN)


def _pieces(text: str, tokenizer: Tokenizer, config: RunConfig) -> list[str]:
    """Return the text as it is where the model takes it, else the longest pieces that it takes."""
    limit = config.model.max_length

    def fits(piece: str) -> bool:
        num_tokens = len(tokenizer.encode(piece))
        return num_tokens <= limit and _ROOM * expected_frames(num_tokens, config) <= limit

    longest = len(text)
    pieces = [text]
    while not all(map(fits, pieces)):
        if longest <= _SHORTEST_PIECE:
            raise TextError(f"text of {len(text)} characters does not fit this model's max_length ({limit}) even in "
                            "short pieces: leave it out")
        longest = max(longest * 2 // 3, _SHORTEST_PIECE)
        # Punctuation alone is no piece: nothing could be spoken of it.
        pieces = [piece for piece in split_sentences(text, config.text.language, longest)
                  if any(character.isalnum() for character in piece)]
    return pieces
