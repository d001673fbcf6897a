"""Numbers with a unit: temperature, percent, rates, powers, ranges and dimensions."""

from __future__ import annotations

import re

from mytts_core.text.english.units import AMBIGUOUS_UNITS, RATE_UNITS, UNITS
from mytts_core.text.number_names import cardinal, decimal

_UNITS = "|".join(sorted(map(re.escape, UNITS), key=len, reverse=True))
_PER = "|".join(sorted(map(re.escape, {*RATE_UNITS, "mL", "ml", "dL", "cm", "mm", "in", "ft"}), key=len, reverse=True))
_NUMBER = r"(?:(?:\d{1,3}(?:,\d{3})+(?!\d)|\d+)(?:\.\d+)?|\.\d+)"
_FRACTION = r"(?:\d+ )?\d+/\d+"
_QUANTITY = rf"(?:{_FRACTION}|{_NUMBER})"
_POWER = r"(?P<power>[²³]|\^?[23](?=$|[^\w.]))?"
_UNIT = (rf"(?P<unit>{_UNITS}){_POWER}(?:/(?P<per>{_PER})(?P<per_power>[²³]|\^?[23](?=$|[^\w.]))?)?"
         r"(?P<stop>\.(?= [a-z0-9]))?(?![\w°]|['’]\w)")
_MAGNITUDE = r"(?: (?P<magnitude>thousand|million|billion|trillion))?"
_BEFORE = r"(?<![\w.,/:$€£])"
_MEASURE = re.compile(rf"{_BEFORE}(?P<sign>(?<!\d )[-+±])?(?P<number>{_QUANTITY}){_MAGNITUDE}(?P<gap>[ -]?){_UNIT}")
_RANGE = re.compile(rf"{_BEFORE}(?P<first>-?{_NUMBER})(?P<unit1>%|°)? ?(?P<mark>[-–x×]) ?(?=(?P<second>{_NUMBER})"
                    rf"(?P<gap>[ -]?)"
                    rf"(?:{_UNITS})(?:[²³]|\^?[23](?=$|[^\w.]))?(?:/(?:{_PER}))?(?!\w))")
_BARE_PER = re.compile(rf"{_BEFORE}(?P<number>{_NUMBER}) ?/ ?(?P<per>{_PER})(?P<per_power>[²³])?(?!\w)")
_FEET = re.compile(r"(?<![\w.,])(\d{1,2})(?:' ?(\d{1,2}(?:\.\d+)?)(?:\"|'')|[ -]?(?:ft|feet|foot)"
                   r"\.?[ -](\d{1,2}(?:\.\d+)?)[ -]?in\b\.?)(?!\w)")
_INCHES = re.compile(r"(?<![\w.,\"])(\d+(?:\.\d+)?)\"(?=[ -][a-z]|$|[,.;)])")
_BY = re.compile(rf"(?<![\w.,])({_NUMBER})(?: ?x ?|×)(?={_NUMBER}(?![\w]|\.\d))")
_UNIT_BY = re.compile(rf"(?<=\d)( ?(?:{_UNITS})) ?[x×] ?(?=\d)")
_FEET_BY = re.compile(r"(?<![\w.])(\d+)' ?[x×] ?(\d+)'(?!\w)")
_FEET_ALONE = re.compile(r"(?<![\w.'])(\d{1,4})'(?=$|[ ,.;)])")
_TIMES = re.compile(rf"(?<![\w.,])({_NUMBER})([x×])(?!\w)")
_SPELT_UNIT = re.compile(r"(?<![\w.,/:])(?P<sign>-)?(?P<number>\d+(?:\.\d+)?)-(?=(?:milli|centi|kilo|deci|micro|nano)"
                         r"?(?:met(?:er|re)|gram|lit(?:er|re)|"
                         r"inch|foot|feet|mile|pound|ounce|volt|watt|gallon|acre|percent|degree|byte|pixel)e?s?\b)")
TRIGGER = re.compile(r"\d ?[A-Za-z°'\"/%‰×µμΩ]|\d-[a-z]|%|‰|\d ?[-–] ?\d|\d [A-Za-z%°]")


def read_measures(text: str) -> str:
    """Read measures: "12kg" twelve kilograms, "2°C" two degrees Celsius, "2x8 m2" two by eight square meters."""
    text = _FEET.sub(_read_feet, text)
    text = _FEET_BY.sub(lambda match: f"{cardinal(match[1])} feet by {cardinal(match[2])} feet", text)
    if text.count("'") == 1:      # not the end of a quotation
        text = _FEET_ALONE.sub(lambda match: f"{cardinal(match[1])} {'foot' if match[1] == '1' else 'feet'}", text)
    text = _UNIT_BY.sub(r"\1 by ", text)
    text = _RANGE.sub(_read_range, text)
    text = _MEASURE.sub(_read_measure, text)
    text = _SPELT_UNIT.sub(lambda match: ("minus " if match["sign"] else "") + decimal(match["number"]) + " ", text)
    text = _BARE_PER.sub(lambda match: f"{_quantity(match['number'])} per {_per(match['per'], match['per_power'])}",
                         text)
    text = _INCHES.sub(lambda match: f"{decimal(match[1])} {'inch' if match[1] == '1' else 'inches'}", text)
    text = _BY.sub(lambda match: f"{decimal(match[1])} by ", text)
    return _TIMES.sub(lambda match: f"{decimal(match[1])} x", text)


def _read_measure(match: re.Match[str]) -> str:
    unit, number, gap = match["unit"], match["number"], match["gap"]
    simple = not (match["power"] or match["per"])
    last = unit == "in" and match.end() == len(match.string)
    if simple and gap and unit in AMBIGUOUS_UNITS and not match["stop"] and not last:
        return match[0]
    one, many = UNITS[unit]
    power = {"2": "square ", "²": "square ", "3": "cubic ", "³": "cubic "}.get((match["power"] or "").lstrip("^"), "")
    attributive = gap == "-" or match["magnitude"] is None and _before_noun(match)
    name = one if _is_one(number) or attributive else many
    if "/" in number and not _is_one(number):
        name = many if " " in number else one
    spoken = _signs(match["sign"]) + _quantity(number) + (f" {match['magnitude']}" if match["magnitude"] else "")
    return f"{spoken} {power}{name}" + (f" per {_per(match['per'], match['per_power'])}" if match["per"] else "")


def _before_noun(match: re.Match[str]) -> bool:
    return match.string[match.end():match.end() + 1] == "-" and match.string[match.end() + 1:match.end() + 2].isalpha()


def _signs(sign: str | None) -> str:
    return {"-": "minus ", "+": "plus ", "±": "plus or minus "}.get(sign or "", "")


def _quantity(number: str) -> str:
    return number if "/" in number else decimal(number)


def _is_one(number: str) -> bool:
    return number == "1"


def _per(unit: str, power: str | None) -> str:
    known = {"mL": "milliliter", "ml": "milliliter", "dL": "deciliter", "cm": "centimeter", "mm": "millimeter",
             "in": "inch", "ft": "foot"}
    name = RATE_UNITS.get(unit) or known[unit]
    marks = {"²": " squared", "³": " cubed", "2": " squared", "3": " cubed"}
    if power and unit in ("s", "h", "min", "hr"):
        return name + marks[power.lstrip("^")]
    return ({"²": "square ", "³": "cubic ", "2": "square ", "3": "cubic "}[power.lstrip("^")] if power else "") + name


def _read_range(match: re.Match[str]) -> str:
    first = match["first"]
    words = ("minus " if first.startswith("-") else "") + decimal(first.lstrip("-"))
    unit = {"%": " percent", "°": " degrees"}.get(match["unit1"] or "", "")
    return f"{words}{unit} {'by' if match['mark'] in 'x×' else 'to'} "


def _read_feet(match: re.Match[str]) -> str:
    feet = f"{cardinal(match[1])} {'foot' if match[1] == '1' else 'feet'}"
    inches = match[2] or match[3]
    return f"{feet} {decimal(inches)} {'inch' if inches == '1' else 'inches'}"
