"""What is left of symbols in Persian text, and the punctuation that speech follows."""

from __future__ import annotations

import re
import unicodedata

from mytts_core.text.persian.words import SYMBOLS

_ANY = re.compile("|".join(map(re.escape, SYMBOLS)))
_STRAY = re.compile(r"[^\w\s\u200c.,;:!?'\"()\[\]\-–—«»،؛؟…\u064b-\u0652]|_|[²³¹⁰⁴-⁹]")
_LATIN_MARK = re.compile(r"(?<=[\u0600-\u06ff\u200c»)]) ?([,;?])(?=\s|$|[\u0600-\u06ff»])")
_LATIN_WORD_MARK = re.compile(r"(?<=[A-Za-z])([,;?])(?= [\u0600-\u06ff])")
_REPEATED = re.compile(r"([،؛,;:])[،؛,;:]+|([!؟?])[!؟?]{2,}")
_DASHES = re.compile(r"--+")
_SPACE_BEFORE = re.compile(r"(?<=\w) +(?=[،؛!؟,;?:](?:\s|$)|\.(?:\s|$))")
_LEFT_SEPARATOR = re.compile("[٬٫]")
_SPACES = re.compile(r" {2,}")
_MARKS = {",": "،", ";": "؛", "?": "؟"}
SYMBOL_TRIGGER = re.compile(r"[^\w\s\u200c.,;:!?'\"()\[\]\-–—«»،؛؟…\u064b-\u0652]|[_²³¹⁰⁴-⁹]")
PUNCTUATION_TRIGGER = re.compile(r"[,;?]|[^\w\s]{2}| [،؛!؟.:]|  |^ | $|…")


def read_symbols(text: str) -> str:
    """Say the symbols that have a name; the others go."""
    text = _LEFT_SEPARATOR.sub("، ", text)
    text = _ANY.sub(lambda match: f" {SYMBOLS[match[0]]} ", text)
    return _SPACES.sub(" ", _STRAY.sub(_stray, text)).strip()


def tidy_punctuation(text: str) -> str:
    """Persian marks after Persian words, one where there were many, no space before, one between words."""
    text = _LATIN_WORD_MARK.sub(lambda match: _MARKS[match[1]], text)
    text = _LATIN_MARK.sub(lambda match: _MARKS[match[1]], text)
    text = _DASHES.sub("—", text)
    text = _REPEATED.sub(lambda match: match[1] or match[2], text)
    text = _SPACE_BEFORE.sub("", text)
    return _SPACES.sub(" ", text).strip(" \u200c")


def _stray(match: re.Match[str]) -> str:
    character = match[0]
    return character if unicodedata.category(character) in ("Mn", "Mc", "Lm") else " "
