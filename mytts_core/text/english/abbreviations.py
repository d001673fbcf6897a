"""Titles, abbreviations and dotted acronyms."""

from __future__ import annotations

import re

from mytts_core.text.english.words import (
    ANYWHERE,
    ONLY_BEFORE_NUMBER,
    ONLY_CAPITALISED,
    PHRASES,
    TITLES,
    TITLES_WITH_STOP,
)


def _any_of(words) -> str:
    return "|".join(sorted(map(re.escape, words), key=len, reverse=True))


_PHRASE = re.compile(rf"(?<![\w/.])(?:{_any_of(PHRASES)})(?![\w/])", re.IGNORECASE)
_TITLE = re.compile(rf"(?<![\w.])((?:{_any_of(TITLES)})(?:\.(?=\s\S)|\b)|(?:{_any_of(TITLES_WITH_STOP)})\.)"
                    r"(?= ?[A-Z]|(?<!St\.) (?:and|or|&) )")
_TITLE_LOWER = re.compile(r"(?<![\w.])(dr|mr|mrs|prof)\.(?= [A-Za-z])")
_ANYWHERE = re.compile(rf"(?<![\w.])({_any_of(ANYWHERE)})\.(?![\w@])", re.IGNORECASE)
_DOTTED = re.compile(r"(?<![\w.])((?:[A-Z]\.){2,}[A-Z]?)(s?)(?!\w)")
_NUMBER_SIGN = re.compile(r"(?<![\w&#])#(?= ?\d)")
_DEGREE = re.compile(r"(?<=[a-z]), (?:Jr|Sr)\b\.?")

SPECIAL = (rf"\b(?:{_any_of(TITLES)})\b|\b(?:{_any_of(TITLES_WITH_STOP)})\.|\b(?i:{_any_of(ANYWHERE)})\.|"
           rf"\b[A-Z]\.[A-Z]|"
           r"(?i:\b(?:tvs?|dvd|aka|vs|wwii?|mr|dr)\b|\.[gemabs]\.|\.net\b|\bet al\.|\b(?:ph|m)\.d|\b[bm]\.sc)")
"""A pattern source: what makes a text without digits or symbols need these steps."""


def expand_abbreviations(text: str) -> str:
    """Write out titles, abbreviations and phrases; "U.S." becomes US. A full stop that ends a sentence stays."""
    text = _PHRASE.sub(_phrase, text)
    text = _NUMBER_SIGN.sub("number ", text)
    text = _DEGREE.sub(lambda match: " junior" if match[0][2] == "J" else " senior", text)
    text = _TITLE.sub(_title, text)
    text = _TITLE_LOWER.sub(lambda match: TITLES[match[1].capitalize()], text)
    text = _DOTTED.sub(_dotted, text)
    return _ANYWHERE.sub(_anywhere, text)


def _phrase(match: re.Match[str]) -> str:
    written = match[0]
    expanded = PHRASES[written.lower()]
    return expanded + _kept_stop(match) if written.endswith(".") else expanded


def _title(match: re.Match[str]) -> str:
    word = match[1].rstrip(".")
    expanded = TITLES.get(word) or TITLES_WITH_STOP[word]
    return expanded + ("" if match.string[match.end():match.end() + 1] == " " else " ")


def _dotted(match: re.Match[str]) -> str:
    letters = match[1].replace(".", "")
    stop = _kept_stop(match) if match[1].endswith(".") and not match[2] else ""
    return letters + match[2] + (stop if match.end() == len(match.string) else "")


def _anywhere(match: re.Match[str]) -> str:
    written, short = match[1], match[1].lower()
    rest = match.string[match.end():]
    if short in ONLY_BEFORE_NUMBER and re.match(r" ?#?\d", rest) is None:
        return match[0]
    if short in ONLY_CAPITALISED and not written[0].isupper():
        return match[0]
    if short == "co" and match.start() == 0:
        return match[0]
    expanded = ANYWHERE[short]
    spaced = " " if rest[:1].isdigit() else ""
    return (expanded.capitalize() if written[0].isupper() else expanded) + spaced + _kept_stop(match)


def _kept_stop(match: re.Match[str]) -> str:
    """Return "." where the abbreviation ends the sentence too: at the end of a longer text, or before a capital."""
    rest = match.string[match.end():]
    if not rest:
        return "." if match.start() > 0 else ""
    return "." if re.match(r" [A-Z][a-z]", rest) and match[0][0].islower() else ""
