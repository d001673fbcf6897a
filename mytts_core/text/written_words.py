"""Which written word each token comes from, so that what went wrong among phonemes can be shown in the text."""

from __future__ import annotations

from collections.abc import Sequence
from difflib import SequenceMatcher
from typing import NamedTuple

from mytts_core.text.symbols import is_spoken
from mytts_core.text.tokenizer import Tokenizer


class WrittenWords(NamedTuple):
    """A text in words, as it is said.

    Attributes:
        words: of the normalised text, in order, punctuation on them.
        of_token: for each token of `Tokenizer.tokens` the number of its word; -1 for start, end, spaces and marks.
    """

    words: tuple[str, ...]
    of_token: tuple[int, ...]


def written_words(tokenizer: Tokenizer, text: str, tokens: Sequence[str]) -> WrittenWords:
    """Find the written word of each token.

    A front end joins words ("of the" is one word to espeak-ng) and says them otherwise than alone, so every word is
    read alone too, and the two readings are laid along each other. A spoken token that fits nothing belongs to the
    word before it.

    Args:
        tokens: what `tokenizer.tokens(text)` gave, start and end included.
    """
    words = tuple(tokenizer.normalized(text).split())
    alone = [(symbol, number) for number, symbols in enumerate(tokenizer.split(words)) for symbol in symbols
             if is_spoken(symbol)]
    places = [place for place, token in enumerate(tokens) if is_spoken(token)]
    of_token = [-1] * len(tokens)
    read, spelt = [tokens[place] for place in places], [symbol for symbol, _ in alone]
    for kind, start, stop, first, last in SequenceMatcher(None, read, spelt, autojunk=False).get_opcodes():
        for place in range(start, stop):
            # Within a stretch that differs, tokens and letters are shared out evenly.
            share = (place - start) / max(stop - start, 1)
            index = first + (place - start if kind == "equal" else int(share * (last - first)))
            if alone:
                of_token[places[place]] = alone[min(index - (first == last and index > 0), len(alone) - 1)][1]
    return WrittenWords(words, tuple(of_token))
