"""Ranges, ratios, sums and fractions."""

from __future__ import annotations

import re

from mytts_core.text.characters import SUPERSCRIPT_CLASS, superscript_value
from mytts_core.text.number_names import LONGEST_NUMBER, cardinal, ordinal, plural, signed, spell_digits

_NUMBER = r"(?:(?:\d{1,3}(?:,\d{3})+(?!\d)|\d+)(?:\.\d+)?|\.\d+)"
_OPERAND = rf"(?:{_NUMBER}|\b[A-Za-z]\b)"
_MIXED = re.compile(r"(?<![\w.,/-])(?:(?P<minus>-)?)(?:(?P<whole>\d{1,3}(?:,\d{3})+|\d+)(?: |-))?(?P<top>\d+)"
                    r"/(?P<bottom>\d+)"
                    r"(?P<suffix>(?i:ths?|rds?|nds?|sts?)\b)?(?![\w/]|[.,]\d| ?=)")
_FRACTION_RANGE = re.compile(r"(?<![\w.,/-])(\d+/\d+) ?[-–] ?(?=\d+/\d+(?![\w/]))")
_POWER = re.compile(rf"(?P<base>[\w)])(?:(?P<raised>{SUPERSCRIPT_CLASS}+)|\^(?P<written>-?[A-Za-z0-9]+))")
_EQUATION = re.compile(r"[=≠≈<>≤≥]|(?<=\d) ?\+ ?(?=[\d.])")
_MINUS = re.compile(rf"({_OPERAND}|\)) ?- ?(?={_OPERAND}|\()")
_RANGE = re.compile(r"(?<![\w.,/:$€£-])(?P<first>\d{1,3}(?:,\d{3})+|\d+)(?P<suffix>st|nd|rd|th)?(?P<mark>[-–]| – )"
                    r"(?P<last>\d{1,3}(?:,\d{3})+|\d+)(?P<suffix2>st|nd|rd|th)?(?![\w%/]|[.,:-]\d|-\w)")
_DECIMAL_RANGE = re.compile(r"(?<![\w.,/:-])(\d+\.\d+)[-–](?=\d+(?:\.\d+)?(?![\w.,:/-]))")
_RATIO = re.compile(r"(?<![\w.,:/])(\d+):(?=\d+(?![\w:]|[.,/]\d))")
_FACTORIAL = re.compile(r"(?<=\d)!(?= ?[=+*/])")
_OPERATORS = ((re.compile(r" ?× ?"), " times "), (re.compile(r" ?÷ ?"), " divided by "),
              (re.compile(r" ?(?<![<>])=+ ?"), " equals "), (re.compile(r" ?≠ ?"), " is not equal to "),
              (re.compile(r" ?≈ ?"), " is approximately "), (re.compile(r" ?(?:≤|<=) ?"), " is less than or equal to "),
              (re.compile(r" ?(?:≥|>=) ?"), " is greater than or equal to "), (re.compile(r" ?< ?"), " is less than "),
              (re.compile(r" ?> ?"), " is greater than "))
_PLUS = re.compile(rf"({_OPERAND}|\)) ?\+ ?(?={_OPERAND}|\()")
_TIMES = re.compile(rf"({_OPERAND}|\)) ?[*×] ?(?={_OPERAND}|\()")
_DIVIDED = re.compile(rf"({_OPERAND}|\)) ?÷ ?(?={_OPERAND}|\()")
_SIGNED = re.compile(rf"(?<![\w.,)%])(?P<sign>-(?=[\d.])|[+±~≈√] ?|(?<![\w)%] )[<>≤≥] ?)(?={_NUMBER})")
_ROOT = re.compile(r"√ ?")
TRIGGER = re.compile(r"[-–+*×÷=≠≈<>≤≥√±^~/:²³]|" + SUPERSCRIPT_CLASS)
FRACTION_TRIGGER = re.compile(r"\d/\d")

_SIGN_WORDS = {"-": "minus ", "+": "plus ", "±": "plus or minus ", "~": "about ", "≈": "approximately ",
               "<": "less than ", ">": "greater than ", "≤": "at most ", "≥": "at least ", "√": "square root of "}
_DENOMINATORS = {2: ("half", "halves"), 4: ("quarter", "quarters")}


def read_arithmetic(text: str) -> str:
    """Read sums, equations, powers and signs: "1-2=5" one minus two equals five."""
    text = _POWER.sub(_read_power, text)
    if _EQUATION.search(text) is not None:
        text = _MINUS.sub(r"\1 minus ", text)
        text = _DIVIDED.sub(r"\1 divided by ", text) if "÷" in text else text
        text = re.sub(rf"({_NUMBER}) ?/ ?(?={_NUMBER} ?=)", r"\1 divided by ", text)
    text = _FACTORIAL.sub(" factorial ", text)
    text = _PLUS.sub(r"\1 plus ", text)
    text = _TIMES.sub(r"\1 times ", text)
    text = _SIGNED.sub(lambda match: _SIGN_WORDS[match["sign"].strip()], text)
    text = _ROOT.sub("square root of ", text)
    for pattern, words in _OPERATORS:
        text = pattern.sub(words, text)
    return _RATIO.sub(lambda match: cardinal(match[1]) + " to ", text)


def _read_power(match: re.Match[str]) -> str:
    exponent = superscript_value(match["raised"]) if match["raised"] else match["written"]
    if exponent in ("2", "3"):
        return f"{match['base']} {'squared' if exponent == '2' else 'cubed'}"
    if not match["base"].isdigit() and match["raised"] and len(match["base"]) == 1 and match["base"].isalpha():
        before = match.string[match.start() - 1:match.start()]
        if before.isalpha():
            return match["base"]     # a footnote mark after a word
    if re.fullmatch(r"-?\d+|\w", exponent) is None:
        return f"{match['base']} to the {exponent.lstrip('+')}"
    words = signed(exponent) if exponent.lstrip("-").isdigit() else exponent
    return f"{match['base']} to the power of {words}"


def read_ranges(text: str) -> str:
    """Read "2-5" as "2 to 5" where the second number is the greater; spaced or falling pairs keep their dash."""
    text = _DECIMAL_RANGE.sub(lambda match: f"{signed(match[1])} to ", text)
    return _RANGE.sub(_read_range, text)


def _read_range(match: re.Match[str]) -> str:
    first, last = match["first"].replace(",", ""), match["last"].replace(",", "")
    if len(last) > LONGEST_NUMBER or len(first) > LONGEST_NUMBER or first[0] == "0" or last[0] == "0" \
            or int(first) >= int(last):
        return match[0].replace(match["mark"], " - ") if match["mark"] == "-" else match[0]
    return f"{match['first']}{match['suffix'] or ''} to {match['last']}{match['suffix2'] or ''}"


def read_fractions(text: str) -> str:
    """Read "3 2/4" as three and two quarters, "1/2007" as one two thousand seventh, "5/0" as five slash zero."""
    return _MIXED.sub(_read_fraction, _FRACTION_RANGE.sub(r"\1 to ", text))


def _read_fraction(match: re.Match[str]) -> str:
    whole, top, bottom = match["whole"], match["top"], match["bottom"]
    minus = "minus " if match["minus"] else ""
    lead = f"{minus}{cardinal(whole)} and " if whole else minus
    if top[0] == "0" or bottom[0] == "0" or bottom == "1" or max(len(top), len(bottom)) > LONGEST_NUMBER:
        return f"{lead}{_plain(top)} slash {_plain(bottom)}"
    return lead + fraction_name(top, bottom)


def fraction_name(top: str, bottom: str) -> str:
    """Return a fraction of two positive whole numbers in words."""
    one, many = _DENOMINATORS.get(int(bottom)) or _denominator(bottom)
    return f"{cardinal(top)} {one if int(top) == 1 else many}"


def _denominator(bottom: str) -> tuple[str, str]:
    name = ordinal(bottom)
    head, _, last = name.rpartition(" ")
    return name, f"{head} {plural(last)}".strip()


def _plain(digits: str) -> str:
    return spell_digits(digits) if digits[0] == "0" and len(digits) > 1 else cardinal(digits)
