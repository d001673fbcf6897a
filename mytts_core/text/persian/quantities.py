"""Amounts of money and measures inside Persian text, with Latin units and signs."""

from __future__ import annotations

import re

from mytts_core.text.persian.number_names import decimal
from mytts_core.text.persian.words import CURRENCIES, DECIMAL_BEFORE, UNITS

_NUMBER = r"(?:[۰-۹]{1,3}(?:[٬,،][۰-۹]{3})+(?![۰-۹])|[۰-۹]+)(?:[٫.][۰-۹]+)?"
_CURRENCY = "|".join(sorted(map(re.escape, CURRENCIES), key=len, reverse=True))
_MAGNITUDE = r"((?: (?:هزار|میلیون|میلیارد|تریلیون))*)"
_SIGN_FIRST = re.compile(rf"(?<![\w.])(-)?({_CURRENCY}) ?({_NUMBER}){_MAGNITUDE}")
_SIGN_LAST = re.compile(rf"(?<![\w.٫])({_NUMBER}){_MAGNITUDE} ?({_CURRENCY})(?![A-Za-z])")
_LONE_SIGN = re.compile("[" + "".join(re.escape(sign) for sign in CURRENCIES if len(sign) == 1) + "]")
_UNIT = "|".join(sorted(map(re.escape, UNITS), key=len, reverse=True))
_MEASURE = re.compile(rf"(?<![\w.٫/])([-+])?({_NUMBER}) ?({_UNIT})(?![A-Za-z²³/۰-۹])")
_RANGE_BEFORE_UNIT = re.compile(rf"(?<![\w.٫/])({_NUMBER}) ?[-–] ?(?={_NUMBER} ?(?:{_UNIT}|{_CURRENCY})(?![A-Za-z]))")
_SLASH_DECIMAL = re.compile(rf"(?<![\w/.٫])([۰-۹]+)/([۰-۹]+)(?= (?:{DECIMAL_BEFORE})(?![\w\u200c])| ?(?:{_UNIT}|"
                            rf"{_CURRENCY})(?![A-Za-z]))")
MONEY_TRIGGER = re.compile(f"(?:{_CURRENCY})")
MEASURE_TRIGGER = re.compile(r"[۰-۹] ?[A-Za-z°%٪]|[۰-۹]/[۰-۹]")


def read_money(text: str) -> str:
    """Read amounts with a currency's sign or code: «$۳٫۵» is «سه و نیم دلار»."""
    text = _RANGE_BEFORE_UNIT.sub(lambda match: decimal(match[1]) + " تا ", text)
    text = _SIGN_FIRST.sub(lambda match: f"{'منفی ' if match[1] else ''}{decimal(match[3])}{match[4]} "
                                         f"{CURRENCIES[match[2]]}", text)
    text = _SIGN_LAST.sub(lambda match: f"{decimal(match[1])}{match[2]} {CURRENCIES[match[3]]}", text)
    return _LONE_SIGN.sub(lambda match: f" {CURRENCIES[match[0]]} ", text)


def read_measures(text: str) -> str:
    """Read numbers with Latin units and the percent sign; a slash before a unit is the decimal sign."""
    text = _SLASH_DECIMAL.sub(r"\1٫\2", text)
    text = _RANGE_BEFORE_UNIT.sub(lambda match: decimal(match[1]) + " تا ", text)
    return _MEASURE.sub(_read_measure, text)


def _read_measure(match: re.Match[str]) -> str:
    sign = {"-": "منفی ", "+": "مثبت "}.get(match[1] or "", "")
    return f"{sign}{decimal(match[2])} {UNITS[match[3]]} "
