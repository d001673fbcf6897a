"""Persian dates, Jalali and Gregorian, and times of day."""

from __future__ import annotations

import re

from mytts_core.text.persian.number_names import cardinal, ordinal
from mytts_core.text.persian.words import GREGORIAN_MONTHS, JALALI_MONTHS, OTHER_MONTHS

_BEFORE, _AFTER = r"(?<![\w./:\-٫٬])", r"(?![\w]|[./:٫٬\-][۰-۹])"
_YEAR_FIRST = re.compile(rf"{_BEFORE}([۱۲][۰-۹]{{3}})([/.\-])([۰-۹]{{1,2}})\2([۰-۹]{{1,2}}){_AFTER}")
_YEAR_LAST = re.compile(rf"{_BEFORE}([۰-۹]{{1,2}})([/.\-])([۰-۹]{{1,2}})\2([۱۲][۰-۹]{{3}}){_AFTER}")
_SHORT_YEAR = re.compile(rf"{_BEFORE}([۰-۹]{{2}})/([۰-۹]{{1,2}})/([۰-۹]{{1,2}}){_AFTER}")
_MONTH_NAMES = "|".join(sorted({*JALALI_MONTHS, *GREGORIAN_MONTHS, *OTHER_MONTHS} - {"می", "صفر", "مه"}, key=len,
                               reverse=True))
_DAY_MONTH = re.compile(rf"{_BEFORE}([۰-۹]{{1,2}})(?: ?(?:م|ام|اُم))? (?=(?:{_MONTH_NAMES})(?![\w\u200c])|(?:مه|می|"
                        rf"صفر) [۰-۹]{{4}})")
_CLOCK = re.compile(rf"(ساعت )?{_BEFORE}([۰-۹]{{1,2}}):([۰-۵][۰-۹])(?::([۰-۵][۰-۹]))?{_AFTER}")
_DATE_RANGE = re.compile(r"(?<![\w./:٫٬\-])([۱۲][۰-۹]{3}) ?[-–] ?(?=[۱۲][۰-۹]{3}(?![\w]|[./:٫\-][۰-۹]))")
_CLOCK_RANGE = re.compile(r"(?<=[۰-۹]:[۰-۵][۰-۹]) ?[-–] ?(?=[۰-۹]{1,2}:[۰-۵][۰-۹](?![۰-۹]))")
DATE_TRIGGER = re.compile(r"[۰-۹][/.\-–][۰-۹]|[۰-۹] ?(?:م|ام)? \w")
TIME_TRIGGER = re.compile(r"[۰-۹]:[۰-۹]")


def read_dates(text: str) -> str:
    """Read dates of figures: «۱۴۰۲/۰۵/۱۲» is the twelfth of Mordad, «2024-05-06» the sixth of May; years as numbers."""
    text = _YEAR_FIRST.sub(lambda match: _date(match, match[1], match[3], match[4]), text)
    text = _YEAR_LAST.sub(lambda match: _date(match, match[4], match[3], match[1]), text)
    text = _SHORT_YEAR.sub(lambda match: _date(match, match[1], match[2], match[3], "۱۳"), text)
    text = _DAY_MONTH.sub(lambda match: ordinal(match[1]) + " " if 1 <= int(match[1]) <= 31 else match[0], text)
    return _DATE_RANGE.sub(lambda match: cardinal(match[1]) + " تا ", text)


def _date(match: re.Match[str], year: str, month: str, day: str, century: str = "") -> str:
    """Read a date, or leave it where month and day make no sense, in this order or the other."""
    if int(month) > 12 >= int(day):
        month, day = day, month
    if not (1 <= int(month) <= 12 and 1 <= int(day) <= 31):
        return match[0]
    names = JALALI_MONTHS if int(century + year) < 1500 else GREGORIAN_MONTHS
    return f"{ordinal(day)} {names[int(month) - 1]} {cardinal(year)}"


def read_times(text: str) -> str:
    """Read times of day: «۱۸:۳۰» is «ساعت هجده و سی دقیقه»."""
    text = _CLOCK_RANGE.sub(" تا ", text)
    return _CLOCK.sub(_read_clock, text)


def _read_clock(match: re.Match[str]) -> str:
    clock, hour, minute, second = match.groups()
    if int(hour) > 24:
        return match[0]
    parts = [cardinal(hour)]
    if int(minute) or second:
        parts.append(f"{cardinal(minute)} دقیقه")
    if second:
        parts.append(f"{cardinal(second)} ثانیه")
    return (clock or "ساعت ") + " و ".join(parts)
