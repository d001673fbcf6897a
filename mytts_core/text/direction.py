"""Right-to-left text beside left-to-right text."""

from __future__ import annotations

import unicodedata

FIRST_STRONG_ISOLATE, POP_ISOLATE = "\u2068", "\u2069"


def is_right_to_left(text: str) -> bool:
    """Tell whether a text is read from the right: most of its letters are of Arabic or Hebrew script.

    Latin words inside a Persian sentence do not turn it; a text without letters is read from the left.
    """
    strong = [unicodedata.bidirectional(character) for character in text]
    right = sum(kind in ("R", "AL") for kind in strong)
    return right > 0 and right >= strong.count("L")


def isolate(text: str) -> str:
    """Return `text` between marks that keep its direction to itself, for a label or a table cell (UAX 9)."""
    return f"{FIRST_STRONG_ISOLATE}{text}{POP_ISOLATE}" if text else text


def html_direction(text: str) -> str:
    """Return "rtl" or "ltr", for the `dir` of an element."""
    return "rtl" if is_right_to_left(text) else "ltr"
