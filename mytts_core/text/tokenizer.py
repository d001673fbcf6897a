"""Tokenizers: text to token ids and to tokens that people can read.

Ids 0 start, 1 pad, 2 end, 3 unknown; an encoded text is [0, …, 2].
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from mytts_core.config import TextConfig
from mytts_core.errors import TextError
from mytts_core.text.normalize import NORMALIZER_VERSION, normalize
from mytts_core.text.phonemes import phonemize
from mytts_core.text.symbols import END, END_ID, SPECIALS, START, START_ID, UNKNOWN_ID, is_spoken, split_symbols

__all__ = ["CharacterTokenizer", "PhonemeTokenizer", "Tokenizer", "build_tokenizer", "is_spoken",
           "tokenizer_from_config"]


class Tokenizer:
    """Base of the tokenizers.

    Args:
        symbols: the vocabulary in id order, the four specials first, without repetition.
        language: espeak language code.

    Attributes:
        symbols: as given; `len(tokenizer)` is their number.
    """

    kind = ""

    def __init__(self, symbols: Sequence[str], language: str = "en-us") -> None:
        self.symbols = list(symbols)
        self.language = language
        if tuple(self.symbols[:4]) != SPECIALS:
            raise TextError(f"symbols start with {self.symbols[:4]}; the first four must be {', '.join(SPECIALS)}")
        self._ids = {symbol: index for index, symbol in enumerate(self.symbols)}
        if len(self._ids) != len(self.symbols):
            raise TextError("symbols hold a repetition; each must be there once")

    def __len__(self) -> int:
        return len(self.symbols)

    def split(self, texts: Iterable[str]) -> list[list[str]]:
        """Return the symbols of each text, known or not, without start and end."""
        raise NotImplementedError

    def encode(self, text: str) -> list[int]:
        """Return the token ids of a text, start and end included; unknown symbols are id 3.

        Raises:
            TextError: for an empty text, or one of which no letter or phoneme is known.
        """
        return self.encode_symbols(self.split([text])[0], text)

    def encode_symbols(self, symbols: Sequence[str], text: str = "") -> list[int]:
        """Return the ids of what `split` gave; `text` is for the message of a TextError."""
        if not symbols:
            raise TextError(f"text {_shown(text)} is empty: write at least one word")
        if not any(symbol in self._ids and is_spoken(symbol) for symbol in symbols):
            unknown = [symbol for symbol in dict.fromkeys(symbols) if symbol not in self._ids]
            reason = f"only symbols this model was not trained on ({' '.join(unknown[:12])})" if unknown else \
                "no letter to speak"
            known = " ".join(symbol for symbol in self.symbols if is_spoken(symbol))
            raise TextError(f"text {_shown(text)} holds {reason}: use the symbols it knows: {known}")
        return [START_ID, *(self._ids.get(symbol, UNKNOWN_ID) for symbol in symbols), END_ID]

    def tokens(self, text: str) -> list[str]:
        """Return one readable token for each id of `encode(text)`; an unknown symbol shows as itself."""
        symbols = self.split([text])[0]
        self.encode_symbols(symbols, text)
        return [START, *symbols, END]

    def unknown(self, text: str) -> list[str]:
        """Return the symbols of a text that are not in the vocabulary, each once, in order of appearance."""
        return [symbol for symbol in dict.fromkeys(self.split([text])[0]) if symbol not in self._ids]

    def to_config(self) -> TextConfig:
        """Return what `tokenizer_from_config` needs to build this tokenizer again."""
        return TextConfig(tokenizer=self.kind, language=self.language, normalizer_version=NORMALIZER_VERSION,
                          symbols=list(self.symbols))


class CharacterTokenizer(Tokenizer):
    """Lower-case characters, one code point a symbol."""

    kind = "characters"

    def split(self, texts: Iterable[str]) -> list[list[str]]:
        """Return the lower-case characters of each text."""
        return [split_symbols(normalize(normalize(text, self.language).lower(), self.language)) for text in texts]


class PhonemeTokenizer(Tokenizer):
    """IPA phonemes of espeak-ng with stress, word boundaries and punctuation; a combining mark stays on its base."""

    kind = "phonemes"

    def split(self, texts: Iterable[str]) -> list[list[str]]:
        """Return the phonemes of each text."""
        return [split_symbols(ipa, attach_marks=True) for ipa in self.phonemes(texts)]

    def phonemes(self, texts: Iterable[str]) -> list[str]:
        """Return the IPA of each text.

        Raises:
            TextError: if phonemizer is not installed or does not know the language.
        """
        return phonemize([normalize(text, self.language) for text in texts], self.language)


_KINDS: dict[str, type[Tokenizer]] = {"characters": CharacterTokenizer, "phonemes": PhonemeTokenizer}


def build_tokenizer(texts: Iterable[str], kind: str, language: str) -> Tokenizer:
    """Build a tokenizer whose vocabulary is the symbols of `texts`, in code point order.

    Raises:
        TextError: for an unknown `kind`, texts without any symbol, or missing phonemizer.
    """
    empty = _kind(kind)(SPECIALS, language)
    return with_vocabulary(empty, empty.split(texts))


def with_vocabulary(tokenizer: Tokenizer, split_texts: Iterable[Sequence[str]]) -> Tokenizer:
    """Return a tokenizer of the same kind and language with the symbols of texts already split."""
    found = sorted({symbol for symbols in split_texts for symbol in symbols} - set(SPECIALS))
    if not any(is_spoken(symbol) for symbol in found):
        raise TextError("the texts hold no letter to build a vocabulary from: check the corpus' text column")
    return type(tokenizer)([*SPECIALS, *found], tokenizer.language)


def tokenizer_from_config(text_config: TextConfig) -> Tokenizer:
    """Build the tokenizer that a configuration describes.

    Raises:
        TextError: if its symbols are missing or do not start with the specials.
    """
    return _kind(text_config.tokenizer)(text_config.symbols, text_config.language)


def empty_tokenizer(text_config: TextConfig) -> Tokenizer:
    """Return a tokenizer of the configuration's kind and language with only the special symbols."""
    return _kind(text_config.tokenizer)(SPECIALS, text_config.language)


def _kind(kind: str) -> type[Tokenizer]:
    if kind not in _KINDS:
        raise TextError(f"unknown tokenizer {kind!r}: choose one of {', '.join(_KINDS)}")
    return _KINDS[kind]


def _shown(text: str) -> str:
    return repr(text if len(text) <= 60 else text[:57] + "…")
