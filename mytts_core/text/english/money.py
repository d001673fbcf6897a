"""Amounts of money: sign or code before or after the number, cents, magnitudes, rates and ranges."""

from __future__ import annotations

import re

from mytts_core.text.english.currencies import CURRENCIES, MAGNITUDES
from mytts_core.text.english.units import RATE_UNITS
from mytts_core.text.number_names import cardinal, decimal


def _alternatives(words) -> str:
    return "|".join(sorted(map(re.escape, words), key=len, reverse=True))


_IS_CODE = {name: name[0].isalpha() and not name.endswith("$") for name in CURRENCIES}
_CODES = _alternatives(name for name, code in _IS_CODE.items() if code)
_SIGNS = _alternatives(name for name, code in _IS_CODE.items() if not code)
_SIGN_CHARACTERS = "".join(name for name in CURRENCIES if len(name) == 1)
_NUMBER = r"(?:(?:\d{1,3}(?:,\d{3})+(?!\d)|\d+)(?:\.\d+)?|\.\d+)"
_SHORT = r"(?:[kKmMbBtT]|mn|mm|mil|bn|Bn|tn)"
_MAGNITUDE = (r"(?P<magnitude>[ -]?(?i:thousand|million|billion|trillion|quadrillion|hundred|lakh|crore)\b"
              rf"| ?{_SHORT}\b(?!'))?")
_RATE = rf"(?: ?/ ?(?P<rate>{_alternatives(RATE_UNITS)})\b)?"
_SIGN_FIRST = re.compile(rf"(?P<minus>(?<![\w.)-])-)?(?<![A-Za-z])(?P<currency>{_SIGNS}|(?:{_CODES})(?= ?[\d.])) ?"
                         rf"(?P<negative>-)?(?P<number>{_NUMBER}){_MAGNITUDE}(?:(?<=\d) USD\b)?{_RATE}")
_SIGN_LAST = re.compile(rf"(?<![\w.,])(?P<number>{_NUMBER}){_MAGNITUDE} ?(?P<currency>["
                        rf"{_SIGN_CHARACTERS.replace('$', '')}]|\$(?! ?[-.\d])|"
                        rf"(?:{_CODES})(?!\w)){_RATE}(?!\w)")
_CENTS = re.compile(rf"(?<![\w.,])(?P<number>{_NUMBER}) ?¢{_RATE}")
_RANGE = re.compile(rf"(?P<sign>{_SIGNS})(?P<first>{_NUMBER})(?P<size> ?{_SHORT}(?=[ –-])| (?:thousand|million|"
                    rf"billion|trillion))? ?[-–] ?(?P<second>(?:{_SIGNS})?)"
                    rf"(?={_NUMBER}{_MAGNITUDE})")
_LONE_SIGN = re.compile(rf"(?<!\w)({_SIGNS})(?! ?[-.]?\d)")
_LEFT_SIGN = re.compile(rf"[{re.escape(_SIGN_CHARACTERS)}¢]")
TRIGGER = re.compile(rf"[{re.escape(_SIGN_CHARACTERS)}¢]|\b(?:{_CODES}) ?\d|\d ?(?:{_CODES})(?!\w)")


def read_money(text: str) -> str:
    """Read amounts: "$20.50" twenty dollars fifty cents, "¥30B" thirty billion yen, "£10/wk" ten pounds per week."""
    text = _RANGE.sub(_read_range, text)
    text = _SIGN_FIRST.sub(_read_amount, text)
    text = _SIGN_LAST.sub(_read_amount, text)
    text = _CENTS.sub(_read_cents, text)
    text = _LONE_SIGN.sub(lambda match: CURRENCIES[match[1]][0], text)
    return _LEFT_SIGN.sub(lambda match: f" {CURRENCIES.get(match[0], ('cent',))[0]} ", text)


def _read_range(match: re.Match[str]) -> str:
    """"$20-30" is "twenty to $30": the sign goes with both only where it is written twice."""
    if match["second"] or match["size"]:
        sign = match["second"] or match["sign"]
        return f"{match['sign']}{match['first']}{match['size'] or ''} to {sign}"
    return f"{decimal(match['first'])} to {match['sign']}"


def _read_amount(match: re.Match[str]) -> str:
    groups = match.groupdict()
    number, written = groups["number"], groups["magnitude"] or ""
    minus = "minus " if groups.get("minus") or groups.get("negative") else ""
    rate = f" per {RATE_UNITS[groups['rate']]}" if groups["rate"] else ""
    currency = CURRENCIES[groups["currency"]]
    if written:
        magnitude = MAGNITUDES[written.strip(" -").lower()]
        following = _attributive(match)
        return f"{minus}{decimal(number)} {magnitude} {currency[0 if following else 1]}{rate}"
    return minus + _amount(number, currency, _attributive(match)) + rate


def _attributive(match: re.Match[str]) -> bool:
    """Tell whether the amount stands before a noun it is tied to: "a $5-note", "the $3 million-a-year deal"."""
    return match.string[match.end():match.end() + 1] == "-" and match.string[match.end() + 1:match.end() + 2].isalpha()


def _amount(number: str, currency: tuple[str, str, str, str], attributive: bool) -> str:
    one, many, small, smalls = currency
    whole, _, fraction = number.replace(",", "").partition(".")
    fraction = fraction.rstrip("0")
    if fraction and (len(fraction) > 2 or not small):
        return f"{decimal(number)} {many}"
    cents = int((fraction + "0")[:2]) if fraction else 0
    parts = []
    units = whole.lstrip("0")
    if units or not cents:
        parts.append(f"{cardinal(units)} {one if units == '1' or attributive else many}")
    if cents:
        parts.append(f"{cardinal(str(cents))} {small if cents == 1 else smalls}")
    return " ".join(parts)


def _read_cents(match: re.Match[str]) -> str:
    rate = f" per {RATE_UNITS[match['rate']]}" if match["rate"] else ""
    return f"{decimal(match['number'])} {'cent' if match['number'] == '1' else 'cents'}{rate}"
