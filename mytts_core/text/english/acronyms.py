"""Acronyms, for a reader of letters: "DNA" is spelt "D N A", "NASA" is a word."""

from __future__ import annotations

import re

_ACRONYM = re.compile(r"(?<![\w'.-])([A-Z]{2,6})(s?)(?![\w-])")
_VOWEL = re.compile(r"[AEIOUY]")
_LOWER = re.compile(r"[a-z]")
_WORDS = frozenset(("AIDS", "RAM", "ROM", "PIN", "SIM", "GIF", "ZIP", "LAN", "WAN", "NASA", "NATO", "OPEC", "SARS",
                    "MERS",
                    "SWAT", "UNESCO", "UNICEF", "LASER", "RADAR", "COVID", "MIDI", "JPEG", "OK"))


def spell_acronyms(text: str) -> str:
    """Set apart the letters of words in capitals that are not said as words, unless the whole text is in capitals.

    Two or three letters are spelt; four and more only without a vowel among them, because they could not be said.
    """
    if _LOWER.search(text) is None and " " in text:
        return text
    return _ACRONYM.sub(_spelt, text)


def _spelt(match: re.Match[str]) -> str:
    letters, plural = match.groups()
    said = letters in _WORDS - {"OK"} or (len(letters) >= 4 and _VOWEL.search(letters) is not None)
    return match[0] if said else " ".join(letters) + ("'s" if plural else "")
