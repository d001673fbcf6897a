"""Telephone numbers, network addresses and other numbers that are read in groups of digits."""

from __future__ import annotations

import re

from mytts_core.text.number_names import spell_digits

_COUNTRY = r"(?:(\+?\d{1,3})[ .-]?)?"
_NORTH_AMERICAN = re.compile(
    rf"(?<![\w.+/-]){_COUNTRY}(?:\((\d{{3}})\)[ .-]?|(\d{{3}})[ .-])(\d{{3}})[ .-](\d{{4}})(?:-(\d{{1,5}}))?(?![\w/]|"
    rf"[.-]\d)")
_COMPACT = re.compile(r"(?<![\w.])(\+\d{1,3})[ -]?(\d{3})(\d{3})(\d{4})(?![\w]|[.-]\d)")
_LOCAL = re.compile(r"(?<![\w.+/$€£-])(\d{3})-(\d{4})(?![\w/]|[.-]\d)")
_INTERNATIONAL = re.compile(r"(?<![\w.])\+(\d{1,3})((?:[ .-]?\(\d{1,5}\)[ .-]?\d{1,8}|[ .-]\d{1,8}){2,6})(?![\w]|"
                            r"[.-]\d)")
_DASHED = re.compile(r"(?<![\w.+/$€£-])\d{1,4}(?:-\d{2,5}){2,5}(?![\w/]|[.-]\d|-)")
_VANITY = re.compile(r"(?<![\w.+-])(1-)?(8\d\d)-((?:[A-Z\d]+-)*[A-Z\d]*[A-Z][A-Z\d-]*)(?![\w])")
_SOCIAL = re.compile(r"(?<![\w.+-])(\d{3})-(\d{2})-(\d{4})(?![\w]|[.-]\d)")
_NETWORK = re.compile(r"(?<![\w.])(\d{1,3}(?:\.\d{1,3}){3})(:\d+)?(/\d{1,2})?(?!\w|\.\d)")
_CARD = re.compile(r"(?<![\w.-])(\d{4})([ -])(\d{4})\2(\d{4})\2(\d{4})(?![\w]|[.-]\d)")
_NAMED = re.compile(
    r"(?i)\b((?:(?:ends?|ending) (?:in|with)|last (?:four|4) digits(?: are| is)?|(?:pin|passcode|password|pin code|"
    r"verification code|security code|access code|area code|account(?: number)?|card(?: number)?|extension|ext|flight)"
    r"(?: is| number)?):? #?)(\d{3,})\b(?![.,:/-]\d)")
_EMERGENCY = re.compile(r"(?i)\b((?:call|dial)(?:s|ed|ing)? )([2-9]11|(?<=l )\d{3})(?!\w|[.,:/-]\d| [a-z]+s\b)")
TRIGGER = re.compile(r"\d\d\d|\+\d|\d\.\d+\.\d")


def read_telephone_numbers(text: str) -> str:
    """Read telephone, network, social security and card numbers digit by digit, a comma between the groups."""
    text = _NETWORK.sub(_read_network, text)
    text = _CARD.sub(lambda match: _groups(match[1], match[3], match[4], match[5]), text)
    text = _NORTH_AMERICAN.sub(lambda match: _groups(*match.groups()), text)
    text = _COMPACT.sub(lambda match: _groups(*match.groups()), text)
    text = _SOCIAL.sub(lambda match: _groups(*match.groups()), text)
    text = _INTERNATIONAL.sub(_read_international, text)
    text = _VANITY.sub(_read_vanity, text)
    text = _DASHED.sub(_read_dashed, text)
    text = _LOCAL.sub(lambda match: _groups(*match.groups()), text)
    text = _NAMED.sub(lambda match: match[1] + spell_digits(match[2]), text)
    return _EMERGENCY.sub(lambda match: match[1] + spell_digits(match[2]), text)


def _groups(*groups: str | None) -> str:
    return ", ".join(("plus " if group.startswith("+") else "") + _group(group.lstrip("+")) for group in groups
                     if group)


def _group(digits: str) -> str:
    return "eight hundred" if digits == "800" else spell_digits(digits)


def _read_international(match: re.Match[str]) -> str:
    return _groups("+" + match[1], *re.findall(r"\d+", match[2]))


def _read_dashed(match: re.Match[str]) -> str:
    groups = match[0].split("-")
    return _groups(*groups) if sum(map(len, groups)) >= 9 else match[0]     # fewer digits may be a date


def _read_vanity(match: re.Match[str]) -> str:
    parts = [" ".join(spell_digits(piece) if piece.isdigit() else piece for piece in re.findall(r"\d+|[A-Z]+", part))
             for part in match[3].split("-") if part]
    joined: list[str] = []
    for part in parts:   # "GO-2-HAUL": a digit between words belongs to the word before it
        if joined and part in ("zero", *(spell_digits(d) for d in "123456789")):
            joined[-1] += " " + part
        else:
            joined.append(part)
    return ", ".join((["one"] if match[1] else []) + [_group(match[2])] + joined)


def _read_network(match: re.Match[str]) -> str:
    words = " dot ".join(spell_digits(part) for part in match[1].split("."))
    if match[2]:
        words += " colon " + spell_digits(match[2])
    return words + (" slash " + spell_digits(match[3]) if match[3] else "")
