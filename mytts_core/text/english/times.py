"""Times of day, with or without seconds, a. m., p. m. and time zones."""

from __future__ import annotations

import re

from mytts_core.text.number_names import cardinal, spell_digits

_ZONE = (r"(?P<zone>(?i:(?:[ecmp][sd]t|gmt|utc|cet|cest|bst|ist|jst|hst|akst|eet|msk)\b|"
         r"(?:[ecmp]\.[sd]\.t|g\.m\.t|u\.t\.c)\b\.?)|[ECMP]T\b)")
_HALF = r"(?P<half>(?i:[ap]\.m\.?|[ap]m\b\.?|[ap]\. m\.))"
_END = r"(?![\w%]|[:/]\d|\.\d)"
_BEFORE = r"(?<![\w.,:/$€£-])"
_CLOCK = re.compile(rf"{_BEFORE}(?P<hour>[01]?\d|2[0-4]):(?P<minute>[0-5]\d)(?::(?P<second>[0-5]\d)(?:\.\d+)?)?"
                    rf"(?: ?{_HALF})?(?: ?{_ZONE})?{_END}")
_DOTTED = re.compile(rf"{_BEFORE}(?P<hour>0?\d|1[0-2])\.(?P<minute>[0-5]\d) ?{_HALF}(?: ?{_ZONE})?{_END}")
_HOUR = re.compile(rf"{_BEFORE}(?P<hour>0?\d|1[0-2]) ?{_HALF}(?: ?{_ZONE})?{_END}")
_RANGE = re.compile(rf"{_BEFORE}(?P<first>(?:[01]?\d|2[0-4])(?::[0-5]\d)?(?: ?(?:[ap]\.?m\b\.?))?) ?[-–] ?"
                    r"(?P<last>(?:[01]?\d|2[0-4])(?::[0-5]\d)?(?: ?(?:[ap]\.?m\b\.?)))(?!\w)", re.IGNORECASE)
_CLOCK_RANGE = re.compile(rf"{_BEFORE}((?:[01]?\d|2[0-4]):[0-5]\d) ?[-–] ?(?=(?:[01]?\d|2[0-4])(?::[0-5]\d)"
                          rf"?(?![\d:.%]))")
_MILITARY = re.compile(rf"{_BEFORE}(?P<hour>[01]\d|2[0-4])(?P<minute>[0-5]\d) ?(?P<hours>hours|hrs)\b")
TRIGGER = re.compile(r"\d[:.]\d|\d ?[ap]\.? ?m\b|\d{4} ?h", re.IGNORECASE)


def read_times(text: str) -> str:
    """Read times of day: "1:05 p.m. EST" one oh five PM EST, "01:00" one o'clock, "14:10:30" in hours and so on."""
    text = _RANGE.sub(_read_range, text)
    text = _CLOCK_RANGE.sub(r"\1 to ", text)
    text = _CLOCK.sub(_read_clock, text)
    text = _DOTTED.sub(_read_clock, text)
    text = _HOUR.sub(_read_clock, text)
    return _MILITARY.sub(_read_military, text)


def _read_range(match: re.Match[str]) -> str:
    first = match["first"]
    if first.removesuffix(":00").isdigit():     # "5-7pm": the hour alone, not "five o'clock"
        first = cardinal(first.removesuffix(":00"))
    return f"{first} to {match['last']}"


def _read_clock(match: re.Match[str]) -> str:
    groups = match.groupdict()
    hour, minute, second = groups["hour"], groups.get("minute"), groups.get("second")
    half, zone = groups.get("half") or "", groups.get("zone") or ""
    spoken = _with_seconds(hour, minute or "0", second) if second else _hour_and_minute(hour, minute, bool(half))
    if half:
        spoken += " " + half[0].upper() + "M"
    if zone:
        spoken += " " + zone.replace(".", "").upper()
    return spoken + _sentence_stop(match)


def _hour_and_minute(hour: str, minute: str | None, has_half: bool) -> str:
    if minute is None or (int(minute) == 0 and has_half):
        return cardinal(hour)
    if int(minute) == 0:
        return f"{cardinal(hour)} o'clock"
    return f"{cardinal(hour)} {spell_digits(minute, 'oh') if minute[0] == '0' else cardinal(minute)}"


def _with_seconds(hour: str, minute: str, second: str) -> str:
    parts = [_counted(int(value), unit) for value, unit in ((hour, "hour"), (minute, "minute"), (second, "second"))]
    return f"{parts[0]} {parts[1]} and {parts[2]}"


def _counted(number: int, unit: str) -> str:
    return f"{cardinal(str(number))} {unit}{'' if number == 1 else 's'}"


def _read_military(match: re.Match[str]) -> str:
    hour = match["hour"]
    spoken = ("zero " if hour[0] == "0" and hour != "00" else "") + cardinal(hour)
    minute = "hundred" if match["minute"] == "00" else cardinal(match["minute"])
    return f"{spoken} {minute} {match['hours'].replace('hrs', 'hours')}"


def _sentence_stop(match: re.Match[str]) -> str:
    """Return the full stop of "5 p.m." where it ends a sentence too."""
    if not match[0].endswith("."):
        return ""
    rest = match.string[match.end():]
    return "." if re.match(r" [A-Z]", rest) or (not rest and match.start() > 0) else ""
