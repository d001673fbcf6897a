"""Persian abbreviations, and e-mail and web addresses inside Persian text."""

from __future__ import annotations

import re

from mytts_core.text.english.electronic import EMAIL, URL, read_address
from mytts_core.text.persian.letters import LETTER
from mytts_core.text.persian.number_names import ascii_digits, spell_digits
from mytts_core.text.persian.words import ABBREVIATIONS, BEFORE_NUMBER, ERAS, HONORIFICS, MARKS_IN_ADDRESSES

_START, _END = r"(?<![\w\u200c.])", r"(?![\w\u200c])"


def _alternatives(words) -> str:
    return "|".join(sorted(map(re.escape, words), key=len, reverse=True))


_ABBREVIATION = re.compile(rf"{_START}({_alternatives(ABBREVIATIONS)})\.?{_END}(?!\.{LETTER})")
_HONORIFIC = re.compile(rf" ?\(({_alternatives(HONORIFICS)})\)")
_BEFORE_NUMBER = re.compile(rf"{_START}({_alternatives(BEFORE_NUMBER)})\.? ?(?=[۰-۹])")
_ERA = re.compile(rf"(?<=[۰-۹])( ?)({_alternatives(ERAS)})\.?(?![\w\u200c.])")
_DOTTED = re.compile(rf"{_START}((?:{LETTER}\.){{2,}})({LETTER}{_END})?")
_LATIN_DIGITS = re.compile(r"[۰-۹]+")
TRIGGER = re.compile(rf"{LETTER}\.|\({LETTER}{{1,3}}\)|[۰-۹] ?[مشقه]\.?(?![\w\u200c])|"
                     rf"{_START}(?:{_alternatives(BEFORE_NUMBER)})\.? ?[۰-۹]")
ELECTRONIC_TRIGGER = re.compile(r"@|://|[Ww]{3}\.|#\w|[A-Za-z۰-۹]\.[a-z]{2}")
_HASHTAG = re.compile(r"(?<!\w)#(?=[^\W\d_])(\w+)")


def read_electronic(text: str) -> str:
    """Spell out e-mail and web addresses with Persian names of their marks; #word is «هشتگ word»."""
    if "@" in text or "." in text:
        latin = _LATIN_DIGITS.sub(lambda match: ascii_digits(match[0]), text)   # the patterns read ASCII digits
        spans = sorted((match.span() for pattern in (EMAIL, URL) for match in pattern.finditer(latin)), reverse=True)
        last = len(text) + 1
        for start, end in spans:
            if end <= last:      # an e-mail address holds what looks like a web address
                text = text[:start] + read_address(latin[start:end], MARKS_IN_ADDRESSES, spell_digits) + text[end:]
                last = start
    return _HASHTAG.sub(lambda match: "هشتگ " + match[1].replace("_", " "), text)


def expand_abbreviations(text: str) -> str:
    """Write out abbreviations with stops, honorifics in brackets, «ص ۱۲», and eras after years."""
    text = _ABBREVIATION.sub(lambda match: ABBREVIATIONS[match[1]], text)
    text = _HONORIFIC.sub(lambda match: " " + HONORIFICS[match[1]], text)
    text = _BEFORE_NUMBER.sub(lambda match: BEFORE_NUMBER[match[1]] + " ", text)
    text = _ERA.sub(_read_era, text)
    return _DOTTED.sub(lambda match: " ".join(match[1].replace(".", " ").split() + ([match[2]] if match[2] else [])),
                       text)


def _read_era(match: re.Match[str]) -> str:
    year = re.search(r"[۰-۹]+$", match.string[:match.start()])
    if match[2] == "م" and (year is None or len(year[0]) < 3):
        return match[0]     # «۵م» is the fifth
    return " " + ERAS[match[2]]
