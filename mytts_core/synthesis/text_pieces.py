"""The pieces a text is spoken in, and what the front end makes of each: all that is known before a model is loaded."""

from __future__ import annotations

from typing import NamedTuple, Optional

from mytts_core.config import RunConfig
from mytts_core.errors import TextError
from mytts_core.text.front_end import Explanation, explain
from mytts_core.text.sentences import split_sentences
from mytts_core.text.symbols import is_spoken
from mytts_core.text.tokenizer import Tokenizer, tokenizer_from_config

LONGEST_PIECE = 200
"""Characters of a piece at most; half of what a run was trained on, in tokens, where that is less."""


class TextReading(NamedTuple):
    """A text as a run reads it.

    Attributes:
        pieces: what is made of each piece, in order; of the text as a whole where it cannot be cut; none where it is
            empty, or the run's configuration at fault.
        problem: why nothing can be spoken, or an empty string.
    """

    pieces: tuple[Explanation, ...]
    problem: str = ""

    @property
    def unknown(self) -> list[str]:
        """The symbols that the run was not trained on, each once, in order of appearance."""
        return list(dict.fromkeys(symbol for piece in self.pieces for symbol in piece.unknown))

    @property
    def num_tokens(self) -> int:
        """Tokens of all pieces, start and end of each included."""
        return sum(len(piece.tokens) for piece in self.pieces)

    @property
    def num_unknown(self) -> int:
        """How many tokens are unknown, in the pieces that are not refused."""
        return sum(token in piece.unknown for piece in self.pieces for token in piece.tokens)


def cut_text(text: str, config: RunConfig, tokenizer: Tokenizer, max_characters: Optional[int] = None) -> list[str]:
    """Cut a text into pieces for a run; those without anything to speak, a dash alone for example, are left out.

    Args:
        max_characters: of a piece, at least 20; None chooses by what the run was trained on.

    Raises:
        TextError: for `max_characters` below 20, a text without anything to speak, or phonemes that are not installed.
    """
    longest = max_characters or max(20, min(LONGEST_PIECE, config.training.max_tokens // 2))
    pieces = split_sentences(text, config.text.language, longest)
    symbols = tokenizer.split(pieces)
    spoken = [piece for piece, split in zip(pieces, symbols) if any(map(is_spoken, split))]
    if not spoken:
        raise TextError(f"text {text[:60]!r} has nothing to speak: write at least one word")
    return spoken


def read_text(text: str, config: RunConfig) -> TextReading:
    """Return the pieces that a run of this configuration speaks a text in, and what it makes of each.

    Whatever is wrong with text or configuration is the `problem`; nothing is raised.
    """
    if not text.strip():
        return TextReading((), "the text is empty: write at least one word")
    try:
        tokenizer = tokenizer_from_config(config.text)
    except TextError as error:      # symbols, lexicon or normaliser version of the run
        return TextReading((), str(error))
    try:
        cut = cut_text(text, config, tokenizer)
    except TextError as error:
        return TextReading((explain(text, config.text),), str(error))
    pieces = tuple(explain(piece, config.text) for piece in cut)
    return TextReading(pieces, next((piece.problem for piece in pieces if piece.problem), ""))
