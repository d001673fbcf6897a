"""Dates, years, decades and eras."""

from __future__ import annotations

import re

from mytts_core.text.english.words import MONTH_SHORT, MONTHS, WEEKDAY_SHORT
from mytts_core.text.number_names import cardinal, ordinal, plural, year

_MONTH = rf"(?P<month>(?i:{'|'.join(MONTHS)})\b|(?i:{'|'.join(sorted(MONTH_SHORT, key=len, reverse=True))})\b\.?)"
_DAY = r"(?P<day>0?[1-9]|[12]\d|3[01])"
_SUFFIX = r"(?i:st|nd|rd|th)?"
_YEAR = r"(?P<year>[12]\d{3})(?!\d|[.,:/]\d|[%$€£]|-\d)"
_BEFORE, _AFTER = r"(?<![\w.,/:$€£-])", r"(?![\w]|[.,:/-]\d)"

_MONTH_DAY = re.compile(rf"\b{_MONTH}[ -]{_DAY}{_SUFFIX}(?:(?P<to> ?[-–] ?| to )(?P<last>0?[1-9]|[12]\d|3[01])"
                        rf"{_SUFFIX})?"
                        rf"(?!\w|[:/]\d|\.\d|,\d)(?:(?P<comma>,?)[ -]{_YEAR})?")
_DAY_MONTH = re.compile(rf"(?P<the>\b[Tt]he )?{_BEFORE}{_DAY}{_SUFFIX}(?P<of> of |[ -]){_MONTH}(?:(?P<comma>,?)"
                        rf"[ -]{_YEAR})?"
                        rf"(?!\w)")
_MONTH_YEAR = re.compile(rf"\b{_MONTH}(?P<comma>,?)[ -](?P<of>of )?{_YEAR}")
_YEAR_FIRST = re.compile(rf"{_BEFORE}(?P<year>[12]\d{{3}})(?P<mark>[-/.])(?P<month>\d{{1,2}})(?P=mark)"
                         rf"(?P<day>\d{{1,2}})"
                         rf"(?:T(?=\d))?(?!\d|[:/-]\d)")
_YEAR_LAST = re.compile(rf"{_BEFORE}(?P<first>\d{{1,2}})(?P<mark>[-/.])(?P<second>\d{{1,2}})(?P=mark)"
                        rf"(?P<year>[12]\d{{3}}|(?<!\.)\d{{2}}){_AFTER}")
_DECADE = re.compile(r"(?<![\w.,$€£'-])(?P<mid>(?i:mid|early|late|pre|post)-)?'?(?P<year>(?:[12]\d)?\d0|[1-9]00)'?s\b")
_DECADES = re.compile(r"(?<=\d0s) ?[-–] ?(?='?(?:[12]\d)?\d0s\b)")
_ERA = re.compile(r"(?<![\w.,$€£-])(?P<year>\d{1,4}) ?(?P<era>B\.?C\.?E\.?|B\.?C\.?|A\.?D\.?|C\.?E\.?|bce?|b\.c\.|"
                  r"a\.d\.)(?!\w)")
_ERA_FIRST = re.compile(r"\b(?P<era>A\.?D\.?) (?P<year>\d{1,4})\b(?![.,:/]\d)")
_YEARS = re.compile(r"(?<![\w.,/$€£-])(?P<first>1[1-9]\d\d|20\d\d) ?[-–] ?(?P<last>1[1-9]\d\d|20\d\d|\d\d)(?![\w%]|"
                    r"[.,:/-]\d)")
_YEAR_MONTH = re.compile(rf"{_BEFORE}(?:(?P<month>0[1-9]|1[0-2])/(?P<year>(?:19|20)\d\d)|(?P<first>(?:19|20)\d\d)"
                         rf"-(?P<last>0[1-9]))"
                         rf"{_AFTER}")
_MONTH_SHORT_YEAR = re.compile(rf"\b{_MONTH} (?='\d\d\b)")
_SHORT_YEAR = re.compile(r"(?<!\w)'(?P<year>\d\d)(?![\w']|[.,:/]\d)")
_BARE_YEAR = re.compile(r"(?<![\w.,/:$€£¥#+-])(?P<year>1[1-9]\d\d|10[1-9]\d|20\d\d)(?P<after>'s)?(?![\w%°]|[.,:/]\d|"
                        r" ?[-–+=*×x] ?\d)")
_WEEKDAY = re.compile(rf"\b({'|'.join(sorted((d.capitalize() for d in WEEKDAY_SHORT), key=len, reverse=True))})"
                      rf"\b\.?,? (?=(?i:{'|'.join([m[:3] for m in MONTHS])})[a-z]*\.? \d|\d{{1,2}}[ /.-])")
TRIGGER = re.compile(r"\d")


def read_dates(text: str, day_first: bool = False) -> str:
    """Read dates of all usual forms, decades, eras and years.

    Args:
        text: with its digits in ASCII.
        day_first: read 5/6/2024 as the fifth of June (British), else as May sixth; 15/6/2024 leaves no choice.
    """
    text = _WEEKDAY.sub(lambda match: WEEKDAY_SHORT[match[1].lower()] + ", ", text)
    text = _YEAR_FIRST.sub(lambda match: _numbers(match, match["month"], match["day"], False), text)
    text = _YEAR_LAST.sub(lambda match: _numbers(match, match["first"], match["second"], day_first), text)
    text = _MONTH_DAY.sub(_month_day, text)
    text = _DAY_MONTH.sub(_day_month, text)
    text = _MONTH_YEAR.sub(lambda match: f"{_month(match['month'])}{match['comma']} {match['of'] or ''}"
                                         f"{year(match['year'])}", text)
    text = _MONTH_SHORT_YEAR.sub(lambda match: _month(match["month"]) + " ", text)
    text = _DECADES.sub(" to ", text)
    text = _DECADE.sub(_decade, text)
    text = _ERA.sub(lambda match: f"{year(match['year'])} {match['era'].replace('.', '').upper()}", text)
    text = _ERA_FIRST.sub(lambda match: f"AD {year(match['year'])}", text)
    text = _YEAR_MONTH.sub(_year_month, text)
    text = _YEARS.sub(_years, text)
    return _SHORT_YEAR.sub(lambda match: year(match["year"]), text)


def read_years(text: str) -> str:
    """Read what is left of four digits as a year: after money, measures and the rest had their turn."""
    return _BARE_YEAR.sub(lambda match: year(match["year"]) + ("'s" if match["after"] else ""), text)


def _month(written: str) -> str:
    short = written.rstrip(".")
    if short.lower() not in MONTH_SHORT:
        return written
    name = MONTHS[MONTH_SHORT[short.lower()] - 1]
    return name if short[0].isupper() else name.lower()


def _month_day(match: re.Match[str]) -> str:
    words = f"{_month(match['month'])} {ordinal(match['day'])}"
    if match["last"]:
        words += f" to {ordinal(match['last'])}"
    return words + (f"{match['comma']} {year(match['year'])}" if match["year"] else "")


def _day_month(match: re.Match[str]) -> str:
    rest = match.string[match.end():]
    if match["month"] == "may" and not match["year"] and re.match(r" [a-z]", rest):
        return match[0]   # "12 may be enough"
    the = match["the"] or ("" if match["of"] == " of " else "the ")
    words = f"{the}{ordinal(match['day'])} of {_month(match['month'])}"
    return words + (f"{match['comma']} {year(match['year'])}" if match["year"] else "")


def _numbers(match: re.Match[str], first: str, second: str, day_first: bool) -> str:
    """Read a date of three numbers, or leave it where no order of day and month makes sense of it."""
    day_leads = day_first or int(first) > 12
    month, day = (second, first) if day_leads else (first, second)
    if day_leads and int(month) > 12:
        month, day, day_leads = first, second, False
    if not (1 <= int(month) <= 12 and 1 <= int(day) <= 31):
        return match[0]
    name = MONTHS[int(month) - 1]
    spoken = f"the {ordinal(day)} of {name}" if day_leads else f"{name} {ordinal(day)}"
    return f"{spoken} {year(match['year'])}" + (" " if match[0].endswith("T") else "")


def _decade(match: re.Match[str]) -> str:
    digits, mid = match["year"], match["mid"]
    if digits == "00":
        return match[0]
    spoken = year(digits) if len(digits) == 4 and digits != "2000" else cardinal(digits)
    head, _, last = spoken.rpartition(" ")
    return (f"{mid[:-1]} " if mid else "") + f"{head} {plural(last)}".strip()


def _year_month(match: re.Match[str]) -> str:
    if match["last"] and int(match["last"]) > int(match["first"][2:]):
        return match[0]     # 2001-05 are years
    return f"{MONTHS[int(match['month'] or match['last']) - 1]} {year(match['year'] or match['first'])}"


def _years(match: re.Match[str]) -> str:
    if int(match["first"][-len(match["last"]):]) >= int(match["last"]):
        return match[0]
    return f"{year(match['first'])} to {year(match['last'])}"
