"""Persian telephone numbers, ranges, ordinals, fractions, decimals and whole numbers."""

from __future__ import annotations

import re

from mytts_core.text.persian.number_names import (
    add_ordinal_suffix,
    ascii_digits,
    cardinal,
    decimal,
    ordinal,
    signed,
    spell_digits,
)

_MOBILE = re.compile(r"(?<![\w.٫])(?:(\+۹۸|۰۰۹۸)[ -]?|۰)(۹[۰-۹]{2})[ -]?([۰-۹]{3})[ -]?([۰-۹]{2})[ -]?([۰-۹]{2})"
                     r"(?![\w٫]|[.-][۰-۹])")
_LANDLINE = re.compile(r"(?<![\w.٫])(?:(\+۹۸|۰۰۹۸)[ -]?|(?=۰))(۰?[۱-۸][۰-۹])[ -]?([۰-۹]{8})(?![\w٫]|[.-][۰-۹])")
_NAMED = re.compile(r"((?:تلفن|تماس|فکس|نمابر|شماره):? ?)([۰-۹]{8})(?![\w٫]|[.-][۰-۹])")
# Versions and network addresses, but no dates.
_DOTTED = re.compile(r"(?<![\w.])(?![۱۲][۰-۹]{3}\.|[۰-۹]{1,2}\.[۰-۹]{1,2}\.[۱۲][۰-۹]{3})[۰-۹]+(?:\.[۰-۹]+){2,}"
                     r"(?![\w]|\.[۰-۹])")
_PLUS = re.compile(r"(?<!\w)\+(?=[۰-۹]{8})")
_CARD = re.compile(r"(?<![\w.٫])([۰-۹]{4})([ -]?)([۰-۹]{4})\2([۰-۹]{4})\2([۰-۹]{4})(?![\w٫]|[.-][۰-۹])")
_RANGE = re.compile(r"(?<![\w./:٫٬\-])([۰-۹]{1,3}(?:[٬,][۰-۹]{3})+|[۰-۹]+(?:٫[۰-۹]+)?)(?:[-–]| – )"
                    r"([۰-۹]{1,3}(?:[٬,][۰-۹]{3})+|[۰-۹]+(?:٫[۰-۹]+)?)"
                    r"(?![\w]|[./:٫٬\-][۰-۹])")
_RATIO = re.compile(r"(?<![\w:])([۰-۹]+):(?=[۰-۹]+(?![\w:]))")
_ORDINAL = re.compile(r"(?<![\w٫.])([۰-۹]+)[ \u200c-]?(مین|امین|اُمین|م|ام|اُم)(?![\w\u200c])")
_FRACTION = re.compile(r"(?<![\w/.٫])(?:([۰-۹]+) )?([۰-۹]+)/([۰-۹]+)(?![\w/٫]|\.[۰-۹])")
_MIXED_DECIMAL = re.compile(r"(?<![\w.٫])([-+](?=[۰-۹]))?((?:[۰-۹]{1,3}(?:[٬,،][۰-۹]{3})+|[۰-۹]+)?[٫.][۰-۹]+)"
                            r"(?![٫.]?[۰-۹])")
_SIGNED = re.compile(r"(?<![\w)٪.٫])([-+±])(?=[۰-۹])")
_PLUS_BETWEEN = re.compile(r"(?<=[۰-۹]) ?\+ ?(?=[۰-۹])")
_MINUS_BETWEEN = re.compile(r"(?<=[۰-۹]) ?- ?(?=[۰-۹]+ ?=)")
_NUMBER_SIGN = re.compile(r"#(?=[۰-۹])")
_AFTER_LATIN = re.compile(r"(?<=[A-Za-z])[-_](?=[۰-۹])|(?<=[۰-۹])[-_](?=[A-Za-z])")
_WHOLE = re.compile(r"[۰-۹]{1,3}(?:[٬,،][۰-۹]{3})+(?![۰-۹])|[۰-۹]+")
TELEPHONE_TRIGGER = re.compile(r"[۰-۹]{4}|[۰-۹]\.[۰-۹]+\.[۰-۹]|\+[۰-۹]|[۰-۹]{3}[ -][۰-۹]{2}")
RANGE_TRIGGER = re.compile(r"[۰-۹](?:[-–]| – )[۰-۹]|[۰-۹]:")
ORDINAL_TRIGGER = re.compile(r"[۰-۹][ \u200c-]?(?:م|ا)")
FRACTION_TRIGGER = re.compile(r"[۰-۹]/[۰-۹]")
DECIMAL_TRIGGER = re.compile(r"[٫.][۰-۹]|[-+±#][۰-۹]|[۰-۹] ?[+-] ?[۰-۹]")
DIGIT = re.compile(r"[۰-۹]")


def read_telephone_numbers(text: str) -> str:
    """Read telephone numbers in the groups they are said in, card numbers digit by digit in fours."""
    text = _CARD.sub(lambda match: "، ".join(spell_digits(match[group]) for group in (1, 3, 4, 5)), text)
    text = _MOBILE.sub(lambda match: _prefix(match[1], "صفر ") + "، ".join(map(_group, match.groups()[1:])), text)
    text = _LANDLINE.sub(_read_landline, text)
    text = _NAMED.sub(lambda match: match[1] + "، ".join(map(_group, re.findall("..", match[2]))), text)
    text = _DOTTED.sub(lambda match: " نقطه ".join(map(_group, match[0].split("."))), text)
    return _PLUS.sub("مثبت ", text)


def _prefix(country: str | None, otherwise: str) -> str:
    if country is None:
        return otherwise
    return ("مثبت " if country[0] == "+" else "دو صفر ") + "نود و هشت، "


def _read_landline(match: re.Match[str]) -> str:
    country, area, number = match.groups()
    groups = [number[index:index + 2] for index in range(0, 8, 2)]
    return _prefix(country, "") + "، ".join(map(_group, [area, *groups]))


def _group(digits: str) -> str:
    """Return a group as it is said: zeros before it one by one, the rest as a number."""
    rest = digits.lstrip("۰")
    return " ".join(["صفر"] * (len(digits) - len(rest)) + ([cardinal(rest)] if rest else []))


def read_ranges(text: str) -> str:
    """Read «۵-۱۰» as «پنج تا ده» where the second number is the greater, «۳:۱» as «سه به یک»."""
    text = _RANGE.sub(_read_range, text)
    return _RATIO.sub(lambda match: cardinal(match[1]) + " به ", text)


def _read_range(match: re.Match[str]) -> str:
    first, last = (float(ascii_digits(part).replace("٫", ".")) for part in match.groups())
    return f"{match[1]} تا {match[2]}" if first < last else f"{match[1]} - {match[2]}"


def read_ordinals(text: str) -> str:
    """Read «۲۳م» and «۲۳ام» as «بیست و سوم», «۲۳مین» as «بیست و سومین»."""
    return _ORDINAL.sub(lambda match: ordinal(match[1]) + ("ین" if match[2].endswith("ین") else ""), text)


def read_fractions(text: str) -> str:
    """Read «۳/۴» as «سه چهارم»; where the first number is the greater the slash is the decimal sign."""
    return _FRACTION.sub(_read_fraction, text)


def _read_fraction(match: re.Match[str]) -> str:
    whole, top, bottom = match.groups()
    if whole is None and (_size(top) >= _size(bottom) or bottom[0] == "۰"):
        if top[0] == "۰" and len(top) > 1:
            return f"{cardinal(top)} اسلش {cardinal(bottom)}"
        return decimal(f"{top}٫{bottom}")
    if not bottom.strip("۰"):
        return f"{match[1] or ''} {cardinal(top)} اسلش {cardinal(bottom)}".strip()
    return (f"{cardinal(whole)} و " if whole else "") + f"{cardinal(top)} {add_ordinal_suffix(cardinal(bottom))}"


def _size(digits: str) -> tuple[int, str]:
    """Return what orders whole numbers of any length as their values."""
    digits = digits.lstrip("۰")
    return len(digits), digits


def read_decimals(text: str) -> str:
    """Read signs and decimals: «-۱۲٫۵» is «منفی دوازده و نیم»."""
    text = _MINUS_BETWEEN.sub(" منهای ", text)
    text = _PLUS_BETWEEN.sub(" به‌علاوه ", text)
    text = _MIXED_DECIMAL.sub(lambda match: signed((match[1] or "") + match[2]), text)
    text = _SIGNED.sub(lambda match: {"-": "منفی ", "+": "مثبت ", "±": "مثبت و منفی "}[match[1]], text)
    return _NUMBER_SIGN.sub("شماره ", text)


def read_cardinals(text: str) -> str:
    """Read every number that is left; one that begins with a zero digit by digit."""
    return _WHOLE.sub(_read_whole, _AFTER_LATIN.sub(" ", text))


def _read_whole(match: re.Match[str]) -> str:
    digits = match[0]
    spoken = spell_digits(digits) if digits[0] == "۰" and len(digits) > 1 else cardinal(digits)
    before, after = match.string[match.start() - 1:match.start()], match.string[match.end():match.end() + 1]
    return (" " if before.isalnum() or before == "\u200c" else "") + spoken + (" " if after.isalnum() or
                                                                               after == "\u200c" else "")
