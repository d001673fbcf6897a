"""Persian names of numbers, by num2words for what is below a thousand and by groups of three digits above."""

from __future__ import annotations

from functools import cache, lru_cache

_SCALES = ("", "هزار", "میلیون", "میلیارد", "تریلیون", "کوادریلیون", "کوینتیلیون", "سکستیلیون", "سپتیلیون", "اکتیلیون",
           "نونیلیون", "دسیلیون")
LONGEST_NUMBER = 3 * len(_SCALES)
_DIGITS = ("صفر", "یک", "دو", "سه", "چهار", "پنج", "شش", "هفت", "هشت", "نه")
_PARTS = ("", "دهم", "صدم", "هزارم", "ده‌هزارم", "صدهزارم", "میلیونیم")
_TO_ASCII = str.maketrans("۰۱۲۳۴۵۶۷۸۹٠١٢٣٤٥٦٧٨٩", "01234567890123456789", "٬,،")


def ascii_digits(text: str) -> str:
    """Return Persian and Arabic digits as ASCII, without separators of thousands."""
    return text.translate(_TO_ASCII)


@cache
def _below_thousand(number: int) -> str:
    from num2words import num2words  # imports every language it has: 0.2 s that `import mytts_core` need not pay

    return num2words(number, lang="fa")


@lru_cache(maxsize=8192)
def cardinal(digits: str) -> str:
    """Return the name of a whole number in digits of any of the three scripts; a thousand is «هزار» without «یک»."""
    digits = ascii_digits(digits).lstrip("0") or "0"
    if len(digits) > LONGEST_NUMBER:
        return spell_digits(digits)
    if len(digits) <= 3:
        return _below_thousand(int(digits))
    words: list[str] = []
    for scale in range((len(digits) - 1) // 3, -1, -1):
        group = int(digits[:-3 * scale or None][-3:])
        if group:
            name = "" if scale == 1 and group == 1 and not words else _below_thousand(group)
            words.append(f"{name} {_SCALES[scale]}".strip())
    return " و ".join(words)


@lru_cache(maxsize=4096)
def ordinal(digits: str) -> str:
    """Return the ordinal of a whole number: «بیست و سوم», «سی‌ام»."""
    return add_ordinal_suffix(cardinal(digits))


def add_ordinal_suffix(name: str) -> str:
    """Return the ordinal of a number that is written in words."""
    if name.endswith("سه"):
        return name[:-1] + "وم"
    return name + ("\u200cام" if name.endswith("ی") else "م")


def spell_digits(digits: str) -> str:
    """Return the digits one by one; what is not a digit is passed over."""
    return " ".join(_DIGITS[int(digit)] for digit in ascii_digits(digits) if digit in "0123456789")


def decimal(text: str) -> str:
    """Return a number with ٫ or a point: «۱۲٫۵» is «دوازده و نیم», «۱۲٫۵۱» «دوازده و پنجاه و یک صدم»."""
    whole, _, fraction = ascii_digits(text).replace("٫", ".").partition(".")
    kept = fraction.rstrip("0")
    if not kept:
        return cardinal(whole or "0")
    if len(kept) >= len(_PARTS):
        return f"{cardinal(whole or '0')} ممیز {spell_digits(kept)}"
    part = "نیم" if kept == "5" else f"{cardinal(kept)} {_PARTS[len(kept)]}"
    return f"{cardinal(whole)} و {part}" if whole.strip("0") else part


def signed(text: str) -> str:
    """Return any plain number, sign and decimals allowed, in words."""
    sign = {"-": "منفی ", "+": "مثبت "}.get(text[:1], "")
    return sign + decimal(text.lstrip("+-"))
