"""Numbers by themselves: ordinals, Roman numerals, decimals, mixtures of letters and digits, whole numbers."""

from __future__ import annotations

import re

from mytts_core.text.english.words import FIRST_NAMES, ROMAN_AFTER
from mytts_core.text.number_names import cardinal, decimal, ordinal, spell_digits, year

_ORDINAL = re.compile(r"(?<![\w.,])(?P<number>\d{1,3}(?:,\d{3})+|\d+)(?P<suffix>(?i:st|nd|rd|th))(?P<s>s?)(?!\w)")
_ROMAN = r"(?:M{0,3}(?:CM|CD|D?C{0,3})(?:XC|XL|L?X{0,3})(?:IX|IV|V?I{0,3}))"
_ROMAN_AFTER = re.compile(rf"\b((?i:{'|'.join(ROMAN_AFTER)})s?) (?=[IVXLCDM])({_ROMAN})\b(?!['.][A-Za-z])")
_ROMAN_NAME = re.compile(rf"\b([A-Z][a-z]+) (?=[IVXL])({_ROMAN})\b(?!['.](?!s\b)[A-Za-z])")
_ROMAN_SMALL = re.compile(rf"\b((?i:{'|'.join(ROMAN_AFTER)})s?) (?=[ivx]{{2}})(x{{0,3}}(?:ix|iv|v?i{{0,3}}))\b")
_ROMAN_AFTER_OTHER = re.compile(r"(?<![\w'.-])(?=[IVX])(?=[IVX]{2,})(X{0,3}(?:IX|IV|V?I{0,3}))(?![\w'.-])"
                                r"( [Cc]entur(?:y|ies)\b| [Dd]ynasty\b)?")
ROMAN_SPECIAL = (rf"\b[IVXLCDM]+\b(?<!\bI)| [ivx]{{2,5}}\b|\b(?i:{'|'.join(ROMAN_AFTER)}) I\b"
                 r"|[a-z] I(?=$|[.,;!?]| (?:of|was|had)\b|'s)")
_DECIMAL = re.compile(r"(?<![\w.])(?P<number>(?:\d{1,3}(?:,\d{3})+|\d+)?\.\d+)(?![\d.]*\.\d)(?!\d)"
                      r"(?P<letter>(?=[A-Za-z]))?")
_VERSION = re.compile(r"(?<![\w.])[vV]?\d+(?:\.\d+){2,}(?!\w)|(?<![\w.])[vV]\d+\.\d+(?!\w|\.\d)")
_MAGNITUDE = re.compile(r"(?<![\w.,])(?P<number>(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?)(?= (?:hundred|thousand|million|"
                        r"billion|trillion)\b)")
_SERIAL = re.compile(r"(?=[A-Za-z0-9_-]*[0-9])(?=[A-Za-z0-9_-]*[A-Za-z])[A-Za-z0-9]+(?:[-_][A-Za-z0-9]+)*")
_PIECES = re.compile(r"[A-Za-z]+|[0-9]+")
_LONG = re.compile(r"(?<![\w.,])\d{5,7}(?= [a-z]{2,})(?! (?:is|was|are|and|or|in|to|for|at|on|of|from|by|as|with|if|"
                   r"has|will|the)\b)"
                   r"|(?<=[a-z] )[1-9]\d{2,4}00(?![\w]|[.,]\d)")
_WHOLE = re.compile(r"\d{1,3}(?:,\d{3})+(?![\d])|\d+")
ROMAN_TRIGGER = re.compile(r"\b[IVXLCDM]+\b| [ivx]{2,5}\b")
DIGIT = re.compile(r"\d")
ORDINAL_TRIGGER = re.compile(r"\d(?:st|nd|rd|th)", re.IGNORECASE)
DECIMAL_TRIGGER = re.compile(r"\.\d|\d [hmbt]|[vV]\d")
SERIAL_TRIGGER = re.compile(r"[A-Za-z][-_]?\d|\d[-_]?[A-Za-z]")

_ROMAN_VALUES = {"I": 1, "V": 5, "X": 10, "L": 50, "C": 100, "D": 500, "M": 1000}


def read_ordinals(text: str) -> str:
    """Read well-formed ordinals: "23rd" twenty third; "1th" and "11st" are left to the steps that follow."""
    return _ORDINAL.sub(_read_ordinal, text)


def _read_ordinal(match: re.Match[str]) -> str:
    digits = match["number"].replace(",", "")
    if match["suffix"].lower() != ordinal_suffix(digits):
        return match[0]
    return ordinal(digits) + match["s"]


def ordinal_suffix(digits: str) -> str:
    """Return "st", "nd", "rd" or "th", as English writes after these digits."""
    if digits[-2:-1] == "1":
        return "th"
    return {"1": "st", "2": "nd", "3": "rd"}.get(digits[-1], "th")


def roman_value(numeral: str) -> int:
    """Return the value of a well-formed Roman numeral."""
    values = [_ROMAN_VALUES[letter] for letter in numeral]
    return sum(-value if value < following else value for value, following in zip(values, [*values[1:], 0]))


def read_roman(text: str) -> str:
    """Read Roman numerals after words that count ("Part XL") and names of rulers ("Henry VIII"), and any from II on."""
    text = _ROMAN_AFTER.sub(lambda match: f"{match[1]} {cardinal(str(roman_value(match[2])))}", text)
    text = _ROMAN_SMALL.sub(lambda match: f"{match[1]} {cardinal(str(roman_value(match[2].upper())))}", text)
    text = _ROMAN_NAME.sub(_read_regnal, text)
    return _ROMAN_AFTER_OTHER.sub(_read_other_roman, text)


def _read_other_roman(match: re.Match[str]) -> str:
    value = str(roman_value(match[1]))
    return ordinal(value) + match[2] if match[2] else cardinal(value)


def _read_regnal(match: re.Match[str]) -> str:
    name, numeral = match[1], match[2]
    if name not in FIRST_NAMES or numeral in ("L", "C"):
        return match[0]
    if numeral == "I" and re.match(r"$|[.,;!?]| (?:of|was|had)\b|'s", match.string[match.end():]) is None:
        return match[0]     # "Mary I love you"
    return f"{name} the {ordinal(str(roman_value(numeral)))}"


def read_decimals(text: str) -> str:
    """Read decimals and versions: ".1665" point one six six five, "1.2.3" one point two point three."""
    text = _VERSION.sub(_read_version, text)
    text = _DECIMAL.sub(lambda match: decimal(match["number"]) + (" " if match["letter"] is not None else ""), text)
    return _MAGNITUDE.sub(lambda match: decimal(match["number"]).replace(" and ", " "), text)


def _read_version(match: re.Match[str]) -> str:
    parts = match[0].lstrip("vV").split(".")
    return ("version " if match[0][0] in "vV" else "") + " point ".join(_serial_number(part) for part in parts)


def read_serials(text: str) -> str:
    """Read letters and digits that stand together: "c325b" c three two five b, "covid-19" covid nineteen."""
    return _SERIAL.sub(_read_serial, text)


def _read_serial(match: re.Match[str]) -> str:
    words = []
    for part in re.split(r"[-_]", match[0]):
        for piece in _PIECES.findall(part):
            words.append(_serial_number(piece) if piece.isdigit() else piece)
    return " ".join(words)


def _serial_number(digits: str) -> str:
    if len(digits) <= 2 and (digits[0] != "0" or len(digits) == 1):
        return cardinal(digits)
    if len(digits) == 4 and digits[:2] in ("19", "20"):
        return year(digits)
    return spell_digits(digits)


def read_cardinals(text: str) -> str:
    """Read every number that is left: long ones without commas and those with leading zeros digit by digit.

    "13000 people" counts something and is thirteen thousand; "13000" alone may be any code and is spelt.
    """
    text = _LONG.sub(lambda match: cardinal(match[0]), text)
    return _WHOLE.sub(_read_whole, text)


def _read_whole(match: re.Match[str]) -> str:
    written = match[0]
    digits = written.replace(",", "")
    if (len(digits) >= 5 and written == digits) or (digits[0] == "0" and len(digits) > 1):
        spoken = spell_digits(digits)
    else:
        spoken = cardinal(digits)
    before, after = match.string[match.start() - 1:match.start()], match.string[match.end():match.end() + 1]
    return (" " if before.isalnum() else "") + spoken + (" " if after.isalnum() else "")
