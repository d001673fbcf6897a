"""Street addresses and state abbreviations."""

from __future__ import annotations

import re

from mytts_core.text.english.words import DIRECTIONS, STATES, STATES_THAT_ARE_WORDS, STREETS
from mytts_core.text.number_names import cardinal, in_pairs, spell_digits

_DIRECTION = "|".join(sorted(DIRECTIONS, key=len, reverse=True))
_STREET = "|".join(sorted(STREETS, key=len, reverse=True))
_ADDRESS = re.compile(
    rf"(?<![\w.,$€£#/:-])(\d{{1,5}})([A-Z]?) ((?:{_DIRECTION})\.? )?"
    rf"((?:[A-Z][A-Za-z']+ |[a-z]+ (?=(?:St|Ave|Rd|Blvd)\b)|\d{{1,3}}(?:st|nd|rd|th) ){{1,4}}?)((?i:{_STREET}))\b"
    rf"(\.?)(?: ({_DIRECTION})\b\.?)?")
_NUMBERED_STREET = re.compile(r"(?<![\w.])(\d{1,3}(?:st|nd|rd|th)) (St|Ave|Rd|Blvd|Dr|Ln|Pl|Ct)\b\.?(?!\w)")
_STATE = re.compile(rf"(?<=[a-z.]), ({'|'.join(STATES)})(?: (\d{{5}})(?:-(\d{{4}}))?)?(?![\w])(?!\.\w)")
_ZIP = re.compile(r"(?i)\b((?:zip|postal)(?: code)?(?: is)?:?) (\d{5})(?:-(\d{4}))?\b")
TRIGGER = re.compile(rf"\d[A-Z]? [A-Za-z0-9]|\d(?:st|nd|rd|th) |, (?:{'|'.join(STATES)})\b|(?i:zip|postal)")


def read_addresses(text: str) -> str:
    """Read house numbers in pairs, and write streets, directions and states out."""
    found_address = False

    def read(match: re.Match[str]) -> str:
        nonlocal found_address
        found_address = True
        return _read_address(match)

    text = _ADDRESS.sub(read, text)
    text = _NUMBERED_STREET.sub(lambda match: f"{match[1]} {STREETS[match[2].lower()]}", text)
    text = _STATE.sub(lambda match: _read_state(match, found_address), text)
    return _ZIP.sub(lambda match: f"{match[1]} {_read_zip(match[2], match[3])}", text)


def _read_address(match: re.Match[str]) -> str:
    number, letter, direction, name, street, stop, suffix = match.groups()
    words = [house_number(number) + (f" {letter}" if letter else "")]
    if direction:
        words.append(DIRECTIONS[direction.strip(". ")])
    words += [name.strip(), STREETS[street.lower()]]
    if suffix:
        words.append(DIRECTIONS[suffix])
    rest = match.string[match.end():]
    return " ".join(words) + (stop if not rest or re.match(r" [A-Z]", rest) else "")


def house_number(digits: str) -> str:
    """Return a house number as it is said: "2788" twenty seven eighty eight, "51234" digit by digit."""
    if len(digits) <= 2:
        return cardinal(digits)
    return in_pairs(digits) if len(digits) <= 4 and digits[0] != "0" else spell_digits(digits)


def _read_state(match: re.Match[str], in_address: bool) -> str:
    state, code, extension = match.groups()
    if state in STATES_THAT_ARE_WORDS and not code and not in_address:
        return match[0]
    return f", {STATES[state]}" + (f" {_read_zip(code, extension)}" if code else "")


def _read_zip(code: str, extension: str | None) -> str:
    return spell_digits(code) + (f" dash {spell_digits(extension)}" if extension else "")
