"""A user's own words: how a word is to be said, whatever the normaliser and espeak-ng would make of it.

A file of a lexicon has a word and how it is said on each line, a tab between; "#" begins a comment:

    Nguyen	win
    کتاب من	/ketˈɑbe mˈan/

Between slashes stand phonemes (IPA, as espeak-ng writes them); anything else is another spelling.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from mytts_core.errors import TextError
from mytts_core.text.normalize import normalize


class Piece(NamedTuple):
    """A part of a text: `phonemes` says it, where it is not empty."""

    text: str
    phonemes: str = ""


class Lexicon:
    """Replacements of whole words or phrases; case does not matter, the longest wins.

    Args:
        entries: word to spelling, or to /phonemes/.
        language: of the words: they are looked for in normalised text, so they are normalised as it is.

    Raises:
        TextError: for an entry without a word or without a way to say it.
    """

    def __init__(self, entries: Mapping[str, str], language: str) -> None:
        self.entries = dict(entries)
        self._said: dict[str, str] = {}
        for word, said in self.entries.items():
            key = normalize(word, language).lower()
            phonemes = phonemes_of(said)
            spelling = "" if phonemes else normalize(said, language)
            if not key or not (phonemes or spelling):
                raise TextError(f"lexicon entry {word!r}: {said!r} is empty: give a word, and a spelling or /phonemes/")
            self._said[key] = said.strip() if phonemes else spelling
        words = "|".join(sorted(map(re.escape, self._said), key=len, reverse=True))
        self._pattern = re.compile(rf"(?<![\w\u200c])(?:{words})(?![\w\u200c])", re.IGNORECASE) if words else None

    def __len__(self) -> int:
        return len(self._said)

    def pieces(self, text: str) -> list[Piece]:
        """Cut a normalised text where phonemes are given; other spellings are already in the texts of the pieces."""
        if self._pattern is None:
            return [Piece(text)]
        pieces, start = [], 0
        respelt = self._pattern.sub(self._spelling, text)
        for match in self._pattern.finditer(respelt):
            phonemes = phonemes_of(self._said.get(match[0].lower(), ""))
            if phonemes:
                pieces += [Piece(respelt[start:match.start()]), Piece(match[0], phonemes)]
                start = match.end()
        return [piece for piece in [*pieces, Piece(respelt[start:])] if piece.text]

    def respell(self, text: str) -> str:
        """Return a normalised text with the words that have another spelling replaced; phonemes are left out."""
        return text if self._pattern is None else self._pattern.sub(self._spelling, text)

    def _spelling(self, match: re.Match[str]) -> str:
        said = self._said.get(match[0].lower(), match[0])
        return match[0] if phonemes_of(said) else said


def phonemes_of(said: str) -> str:
    """Return what stands between slashes, or an empty string."""
    said = said.strip()
    return said[1:-1].strip() if len(said) > 2 and said[0] == said[-1] == "/" else ""


def read_lexicon(path: str | os.PathLike) -> dict[str, str]:
    """Read a lexicon from a file.

    Raises:
        TextError: if it cannot be read, or a line does not have a word, a tab and how it is said.
    """
    try:
        lines = Path(path).read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise TextError(f"lexicon {path} cannot be read ({error}): give a UTF-8 text file") from error
    entries: dict[str, str] = {}
    for number, line in enumerate(lines, 1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        word, tab, said = line.partition("\t")
        if not tab or not word.strip() or not said.strip():
            raise TextError(f"lexicon {path}, line {number}: {line[:60]!r} is not a word, a tab and how it is said")
        entries[word.strip()] = said.strip()
    return entries
