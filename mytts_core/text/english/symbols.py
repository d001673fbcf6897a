"""What is left of symbols, and the punctuation that speech follows."""

from __future__ import annotations

import re
import unicodedata

_WORDS = {"&": "and", "%": "percent", "@": "at", "+": "plus", "=": "equals", "°": "degrees", "§": "section",
          "№": "number", "×": "times", "÷": "divided by", "±": "plus or minus", "≈": "approximately",
          "≠": "not equal to",
          "≤": "at most", "≥": "at least", "√": "square root of", "∞": "infinity", "<": "less than",
          ">": "greater than",
          "π": "pi", "∑": "sum", "∆": "delta", "‰": "per mille", "¢": "cents"}
_ALONE = {"#": "hash", "*": "asterisk", "~": "tilde", "_": "underscore", "^": "caret", "|": "pipe", "\\": "backslash",
          "/": "slash",
          "-": "dash"}
_MINUS_SIGN = re.compile(r"(?<![\w.,)])-(?=[\d.])")
_ANY = re.compile("|".join(map(re.escape, _WORDS)))
_SLASH = re.compile(r"(?<=\w) ?/ ?(?=\w)")
_NOT_SAID = re.compile(r"[#*_|\\^~`{}<>/=+²³¹⁰⁴-⁹]")
_STRAY = re.compile(r"[^\w\s\u200c.,;:!?'\"()\[\]\-–—¡¿،؛؟\u0300-\u036f]")
_TIGHT = re.compile(r"(?<=\w)([,;])(?=\w)")
_DASHES = re.compile(r"--+")
_STOPS = re.compile(r"\.{4,}|(?<=[?!])\.{2,}|…")
_REPEATED = re.compile(r"([,;:])[,;:]+|([!?])[!?]{2,}")
_SPACE_BEFORE = re.compile(r"(?<=\w) +(?=[,;]|[!?](?:\s|$)|\.(?:\s|$))")
_SPACES = re.compile(r" {2,}")
_KEPT_CATEGORIES = frozenset(("Mn", "Mc", "Lm"))
SYMBOL_TRIGGER = re.compile(r"[^\w\s.,;:!?'\"()\[\]\-–—]|[_²³¹⁰⁴-⁹]|-[\d.]")
PUNCTUATION_TRIGGER = re.compile(r"[^\w\s]{2}| [ ,;!?.]|^ | $|…|[,;]\w")


def read_symbols(text: str) -> str:
    """Say the symbols that have a name; the others go, unless nothing else is there."""
    if text in _ALONE:
        return _ALONE[text]
    text = _MINUS_SIGN.sub("minus ", text)
    text = _SLASH.sub(" slash ", text)
    text = _ANY.sub(lambda match: f" {_WORDS[match[0]]} ", text)
    text = _STRAY.sub(_stray, _NOT_SAID.sub(" ", text))
    return _SPACES.sub(" ", text).strip()


def tidy_punctuation(text: str) -> str:
    """One mark where there were many, no space before it, one space between words."""
    text = _DASHES.sub("—", text)
    text = _STOPS.sub("...", text)
    text = _REPEATED.sub(lambda match: match[1] or match[2], text)
    text = _TIGHT.sub(r"\1 ", text)
    text = _SPACE_BEFORE.sub("", text)
    return _SPACES.sub(" ", text).strip()


def _stray(match: re.Match[str]) -> str:
    character = match[0]
    return character if unicodedata.category(character) in _KEPT_CATEGORIES or character.isalnum() else " "
