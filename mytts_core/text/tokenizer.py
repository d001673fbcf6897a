"""Tokenizers: text to token ids and to tokens that people can read.

Ids 0 start, 1 pad, 2 end, 3 unknown; an encoded text is [0, …, 2].
"""

from __future__ import annotations

import dataclasses
import unicodedata
from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Optional

from mytts_core.config import TextConfig
from mytts_core.errors import TextError
from mytts_core.text.lexicon import Lexicon, Piece, phonemes_of, read_lexicon
from mytts_core.text.normalize import NORMALIZER_VERSION, language_family, normalize
from mytts_core.text.phoneme_cache import cached_phonemes
from mytts_core.text.phonemes import phonemize
from mytts_core.text.symbols import END, END_ID, SPECIALS, START, START_ID, UNKNOWN_ID, is_spoken, split_symbols

__all__ = ["CharacterTokenizer", "PhonemeTokenizer", "Tokenizer", "build_tokenizer", "is_spoken",
           "tokenizer_from_config"]


class Tokenizer(ABC):
    """Base of the tokenizers: the whole front end of a run, from what is typed to token ids.

    Args:
        symbols: the vocabulary in id order, the four specials first, without repetition.
        language: espeak language code.
        normalizer_version: of the normaliser the texts are read with; a run keeps the one it was trained with.
        lexicon: word to spelling or /phonemes/, see `mytts_core.text.lexicon`.
        lexicon_file: kept for `to_config`, never read; see `with_lexicon_file`.
        max_unknown_share: of a text's symbols (spaces apart) that may be unknown before it is refused, 0 to 1.

    Attributes:
        symbols: as given; `len(tokenizer)` is their number.
    """

    kind = ""
    keeps_vowels = False

    def __init__(self, symbols: Sequence[str], language: str = "en-us", *,
                 normalizer_version: int = NORMALIZER_VERSION, lexicon: Optional[Mapping[str, str]] = None,
                 max_unknown_share: float = TextConfig.max_unknown_share, lexicon_file: str = "") -> None:
        self.symbols = list(symbols)
        self.language = language
        self.normalizer_version = normalizer_version
        self.max_unknown_share = max_unknown_share
        self.lexicon = Lexicon(lexicon or {}, language)
        self.lexicon_file = lexicon_file
        normalize("", language, normalizer_version)      # refuses a version of the future at once
        if tuple(self.symbols[:4]) != SPECIALS:
            raise TextError(f"symbols start with {self.symbols[:4]}; the first four must be {', '.join(SPECIALS)}")
        self._ids = {symbol: index for index, symbol in enumerate(self.symbols)}
        if len(self._ids) != len(self.symbols):
            raise TextError("symbols hold a repetition; each must be there once")

    def __len__(self) -> int:
        return len(self.symbols)

    def normalized(self, text: str) -> str:
        """Return what this tokenizer's normaliser makes of a text."""
        return normalize(text, self.language, self.normalizer_version, self.keeps_vowels)

    @abstractmethod
    def split(self, texts: Iterable[str]) -> list[list[str]]:
        """Return the symbols of each text, known or not, without start and end."""

    def encode(self, text: str) -> list[int]:
        """Return the token ids of a text, start and end included; unknown symbols are id 3.

        Raises:
            TextError: for an empty text, one of which no letter or phoneme is known, or one with more unknown symbols
                than `max_unknown_share` allows.
        """
        return self.encode_symbols(self.split([text])[0], text)

    def encode_symbols(self, symbols: Sequence[str], text: str = "") -> list[int]:
        """Return the ids of what `split` gave; `text` is for the message of a TextError."""
        if not symbols:
            raise TextError(f"text {_shown(text)} is empty: write at least one word")
        unknown = [symbol for symbol in dict.fromkeys(symbols) if symbol not in self._ids]
        if not any(symbol in self._ids and is_spoken(symbol) for symbol in symbols):
            reason = f"only symbols this model was not trained on ({' '.join(unknown[:12])})" if unknown else \
                "no letter to speak"
            raise TextError(f"text {_shown(text)} holds {reason}: use the symbols it knows: {self._known()}")
        share = self.unknown_share(symbols)
        if share > self.max_unknown_share:
            raise TextError(f"text {_shown(text)}: {share:.0%} of its symbols are not among those this model was "
                            f"trained "
                            f"on ({' '.join(unknown[:12])}), more than text.max_unknown_share allows "
                            f"({self.max_unknown_share:.0%}): use the symbols it knows: {self._known()}")
        return [START_ID, *(self._ids.get(symbol, UNKNOWN_ID) for symbol in symbols), END_ID]

    def tokens(self, text: str) -> list[str]:
        """Return one readable token for each id of `encode(text)`; an unknown symbol shows as itself."""
        symbols = self.split([text])[0]
        self.encode_symbols(symbols, text)
        return [START, *symbols, END]

    def unknown(self, text: str) -> list[str]:
        """Return the symbols of a text that are not in the vocabulary, each once, in order of appearance."""
        return [symbol for symbol in dict.fromkeys(self.split([text])[0]) if symbol not in self._ids]

    def unknown_share(self, symbols: Sequence[str]) -> float:
        """Return the share of unknown symbols among those that are not spaces, 0 to 1; 0 for none."""
        written = [symbol for symbol in symbols if symbol != " "]
        return sum(symbol not in self._ids for symbol in written) / len(written) if written else 0.0

    def with_symbols(self, symbols: Sequence[str]) -> Tokenizer:
        """Return a tokenizer with the same settings and another vocabulary."""
        return tokenizer_from_config(dataclasses.replace(self.to_config(), symbols=list(symbols)))

    def to_config(self) -> TextConfig:
        """Return what `tokenizer_from_config` needs to build this tokenizer again."""
        return TextConfig(tokenizer=self.kind, language=self.language, normalizer_version=self.normalizer_version,
                          symbols=list(self.symbols), lexicon=dict(self.lexicon.entries),
                          lexicon_file=self.lexicon_file, max_unknown_share=self.max_unknown_share)

    def _known(self) -> str:
        return " ".join(symbol for symbol in self.symbols if is_spoken(symbol))


class CharacterTokenizer(Tokenizer):
    """Lower-case characters, one code point a symbol; English acronyms are spelt, "DNA" as "d n a" (version 2)."""

    kind = "characters"

    def __init__(self, symbols: Sequence[str], language: str = "en-us", **settings) -> None:
        super().__init__(symbols, language, **settings)
        for word, said in self.lexicon.entries.items():
            if phonemes_of(said):
                raise TextError(f"lexicon entry {word!r} gives phonemes ({said}), but tokenizer=characters reads "
                                "letters: give another spelling, or use tokenizer=phonemes")

    def split(self, texts: Iterable[str]) -> list[list[str]]:
        """Return the lower-case characters of each text."""
        return [split_symbols(self.letters(text)) for text in texts]

    def letters(self, text: str) -> str:
        """Return a text as its characters are read: normalised, acronyms spelt, in lower case."""
        text = self.lexicon.respell(self.normalized(text))
        if self.normalizer_version == 1:
            return normalize(text.lower(), self.language, 1)
        if language_family(self.language) == "en":
            from mytts_core.text.english.acronyms import spell_acronyms

            text = spell_acronyms(text)
        return unicodedata.normalize("NFC", text.lower())


class PhonemeTokenizer(Tokenizer):
    """IPA phonemes of espeak-ng with stress, word boundaries and punctuation; a combining mark stays on its base.

    Attributes:
        cache_folder: where phonemes are kept on disk; None asks espeak-ng each time.
    """

    kind = "phonemes"
    keeps_vowels = True
    cache_folder: Optional[Path] = None

    def split(self, texts: Iterable[str]) -> list[list[str]]:
        """Return the phonemes of each text."""
        return [split_symbols(ipa, attach_marks=True) for ipa in self.phonemes(texts)]

    def phonemes(self, texts: Iterable[str]) -> list[str]:
        """Return the IPA of each text; words that the lexicon has phonemes for are said so.

        Raises:
            TextError: if phonemizer is not installed or does not know the language.
        """
        texts = [self.normalized(text) for text in texts]
        if not len(self.lexicon):
            return self._phonemize(texts)
        cut = [self.lexicon.pieces(text) for text in texts]
        spoken = iter(self._phonemize([piece.text for pieces in cut for piece in pieces if not piece.phonemes]))
        return [_joined(pieces, spoken) for pieces in cut]

    def _phonemize(self, texts: list[str]) -> list[str]:
        if self.cache_folder is None:
            return phonemize(texts, self.language)
        return cached_phonemes(texts, self.language, self.cache_folder)


_KINDS: dict[str, type[Tokenizer]] = {"characters": CharacterTokenizer, "phonemes": PhonemeTokenizer}


def build_tokenizer(texts: Iterable[str], kind: str, language: str) -> Tokenizer:
    """Build a tokenizer whose vocabulary is the symbols of `texts`, in code point order.

    Raises:
        TextError: for an unknown `kind`, texts without any symbol, or missing phonemizer.
    """
    empty = _kind(kind)(SPECIALS, language)
    return with_vocabulary(empty, empty.split(texts))


def with_vocabulary(tokenizer: Tokenizer, split_texts: Iterable[Sequence[str]]) -> Tokenizer:
    """Return a tokenizer of the same settings with the symbols of texts already split."""
    found = sorted({symbol for symbols in split_texts for symbol in symbols} - set(SPECIALS))
    if not any(is_spoken(symbol) for symbol in found):
        raise TextError("the texts hold no letter to build a vocabulary from: check the corpus' text column")
    return tokenizer.with_symbols([*SPECIALS, *found])


def tokenizer_from_config(text_config: TextConfig) -> Tokenizer:
    """Build the tokenizer that a configuration describes.

    Raises:
        TextError: if its symbols are missing or do not start with the specials, its normaliser is of a newer program,
            or its lexicon is at fault.
    """
    return _kind(text_config.tokenizer)(
        text_config.symbols, text_config.language, normalizer_version=text_config.normalizer_version,
        lexicon=text_config.lexicon, lexicon_file=text_config.lexicon_file,
        max_unknown_share=text_config.max_unknown_share)


def with_lexicon_file(text_config: TextConfig) -> TextConfig:
    """Return a configuration with the entries of its lexicon file, where it has none yet.

    For trainings alone: the configuration of a run may come from anybody, and could name any file of this machine.

    Raises:
        TextError: if the file cannot be read.
    """
    if text_config.lexicon or not text_config.lexicon_file:
        return text_config
    return dataclasses.replace(text_config, lexicon=read_lexicon(text_config.lexicon_file))


def empty_tokenizer(text_config: TextConfig) -> Tokenizer:
    """Return a tokenizer of the configuration's settings with only the special symbols."""
    return tokenizer_from_config(dataclasses.replace(text_config, symbols=list(SPECIALS)))


def _kind(kind: str) -> type[Tokenizer]:
    if kind not in _KINDS:
        raise TextError(f"unknown tokenizer {kind!r}: choose one of {', '.join(_KINDS)}")
    return _KINDS[kind]


def _joined(pieces: Sequence[Piece], spoken: Iterator[str]) -> str:
    """Join the phonemes of pieces, a space where the text has one between them."""
    result, gap = "", False
    for piece in pieces:
        ipa = piece.phonemes or next(spoken)
        gap = gap or piece.text[0].isspace()
        result += (" " if gap and result and ipa else "") + ipa
        gap = piece.text[-1].isspace() or (gap and not ipa)
    return result


def _shown(text: str) -> str:
    return repr(text if len(text) <= 60 else text[:57] + "…")
