"""Symbols: the special ones, how a text is cut into them, and which of them are spoken."""

from __future__ import annotations

import unicodedata

START, PAD, END, UNKNOWN = "<start>", "<pad>", "<end>", "<unknown>"
SPECIALS = (START, PAD, END, UNKNOWN)
START_ID, PAD_ID, END_ID, UNKNOWN_ID = range(4)


def split_symbols(text: str, attach_marks: bool = False) -> list[str]:
    """Cut a text into symbols of one code point each; with `attach_marks`, a combining mark stays with its base."""
    symbols: list[str] = []
    for character in text:
        if attach_marks and symbols and unicodedata.category(character) == "Mn" and symbols[-1] != " ":
            symbols[-1] += character
        else:
            symbols.append(character)
    return symbols


def is_spoken(symbol: str) -> bool:
    """Tell whether a symbol is a letter, digit or phoneme: not special, punctuation, space, stress or length mark."""
    if not symbol or symbol in SPECIALS:
        return False
    base = symbol[0]
    if "\u02b0" <= base <= "\u02ff" or base == "\u0640":   # spacing modifiers (stress, length), Arabic tatweel
        return False
    return unicodedata.category(base)[0] in "LN"
