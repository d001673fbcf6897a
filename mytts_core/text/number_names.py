"""English names of numbers, by num2words for what is below a thousand and by groups of three digits above.

The style is one for all: no hyphens, "and" in the last three digits of what is below a million, "oh" in years.
"""

from __future__ import annotations

from functools import cache, lru_cache

_SCALES = ("", "thousand", "million", "billion", "trillion", "quadrillion", "quintillion", "sextillion", "septillion",
           "octillion", "nonillion", "decillion")
LONGEST_NUMBER = 3 * len(_SCALES)
"""In digits: what is longer is read digit by digit."""

_DIGITS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")


@cache
def _below_thousand(number: int, with_and: bool) -> str:
    from num2words import num2words  # imports every language it has: 0.2 s that `import mytts_core` need not pay

    name = num2words(number, lang="en").replace("-", " ")
    return name if with_and else name.replace(" and ", " ")


@lru_cache(maxsize=8192)
def cardinal(digits: str, with_and: bool = True) -> str:
    """Return the name of a whole number written in ASCII digits; commas are ignored."""
    digits = digits.replace(",", "").lstrip("0") or "0"
    if len(digits) > LONGEST_NUMBER:
        return spell_digits(digits)
    if len(digits) <= 3:
        return _below_thousand(int(digits), with_and)
    words = []
    for scale in range((len(digits) - 1) // 3, -1, -1):
        group = int(digits[:-3 * scale or None][-3:])
        if group:
            words.append(_group(group, scale, with_and and len(digits) <= 6))
    return " ".join(words)


def _group(group: int, scale: int, with_and: bool) -> str:
    if scale:
        return f"{_below_thousand(group, False)} {_SCALES[scale]}"
    return ("and " if with_and and group < 100 else "") + _below_thousand(group, with_and)


@lru_cache(maxsize=4096)
def ordinal(digits: str) -> str:
    """Return the ordinal name of a whole number: "21" is "twenty first"."""
    name = cardinal(digits, False)
    head, _, last = name.rpartition(" ")
    return f"{head} {_ordinal_word(last)}".strip()


@cache
def _ordinal_word(word: str) -> str:
    irregular = {"one": "first", "two": "second", "three": "third", "five": "fifth", "eight": "eighth",
                 "nine": "ninth", "twelve": "twelfth"}
    return irregular.get(word) or (word[:-1] + "ieth" if word.endswith("y") else word + "th")


def plural(word: str) -> str:
    """Return the plural of a number word: eighty, six, ten → eighties, sixes, tens."""
    if word.endswith("y"):
        return word[:-1] + "ies"
    return word + ("es" if word.endswith(("x", "s")) else "s")


def spell_digits(digits: str, zero: str = "zero") -> str:
    """Return the digits one by one; what is not a digit is passed over."""
    return " ".join(zero if digit == "0" else _DIGITS[int(digit)] for digit in digits if digit in "0123456789")


@lru_cache(maxsize=4096)
def year(digits: str) -> str:
    """Return a year of up to four digits as it is said: "1905" nineteen oh five, "2012" twenty twelve."""
    if len(digits) == 2 and digits[0] == "0":
        return spell_digits(digits, "oh")
    if len(digits) < 3 or len(digits) > 4:
        return cardinal(digits)
    if digits[0] == "0":
        return spell_digits(digits)
    century, rest = digits[:-2], digits[-2:]
    if len(digits) == 4 and century[1] == "0" and (rest[0] == "0" or century[0] != "1"):
        return cardinal(digits, False) if rest[0] == "0" else f"{cardinal(century)} {cardinal(rest)}"
    return in_pairs(digits)


@lru_cache(maxsize=4096)
def in_pairs(digits: str) -> str:
    """Return three or four digits as house numbers are said: "2788" twenty seven eighty eight, "105" one oh five."""
    century, rest = digits[:-2], digits[-2:]
    if rest == "00":
        return cardinal(digits) if century[-1] == "0" or len(digits) == 3 else f"{cardinal(century)} hundred"
    return f"{cardinal(century)} {spell_digits(rest, 'oh') if rest[0] == '0' else cardinal(rest)}"


def decimal(text: str) -> str:
    """Return a number with a decimal point: ".05" point zero five, "1,234.5" … point five; a sign is not read."""
    whole, _, fraction = text.partition(".")
    name = cardinal(whole) if whole.strip(",") else ""
    return f"{name} point {spell_digits(fraction)}".strip() if fraction else name


def signed(text: str) -> str:
    """Return any plain number — sign, commas and decimals allowed — in words."""
    sign = {"-": "minus ", "+": "plus "}.get(text[:1], "")
    return sign + decimal(text.lstrip("+-"))
