"""The list of steps that turn written English into what is said."""

from __future__ import annotations

import re
from functools import partial

from mytts_core.text.characters import canonical_characters
from mytts_core.text.english import (
    abbreviations,
    address,
    arithmetic,
    dates,
    electronic,
    measures,
    money,
    numbers,
    symbols,
    telephone,
    times,
)
from mytts_core.text.steps import Step

SPECIAL = re.compile(rf"[^A-Za-z ,.;:!?'\"()-]|[^\w\s]{{2}}| [,;!?.]|[A-Za-z]\.[a-z]|[,;][A-Za-z]|"
                     rf"{abbreviations.SPECIAL}|{numbers.ROMAN_SPECIAL}")
"""Where this finds nothing the text is words and simple punctuation, and the first step was all it needed."""


def english_steps(day_first: bool) -> tuple[Step, ...]:
    """Return the steps; `day_first` reads 5/6/2024 as the fifth of June."""
    return (
        Step("characters", canonical_characters),
        Step("electronic", electronic.read_electronic, electronic.TRIGGER),
        Step("address", address.read_addresses, address.TRIGGER),
        Step("abbreviations", abbreviations.expand_abbreviations, re.compile(rf"{abbreviations.SPECIAL}|[/(#+]")),
        Step("telephone", telephone.read_telephone_numbers, telephone.TRIGGER),
        Step("date", partial(dates.read_dates, day_first=day_first), dates.TRIGGER),
        Step("time", times.read_times, times.TRIGGER),
        Step("money", money.read_money, money.TRIGGER),
        Step("measure", measures.read_measures, measures.TRIGGER),
        Step("fraction", arithmetic.read_fractions, arithmetic.FRACTION_TRIGGER),
        Step("arithmetic", arithmetic.read_arithmetic, arithmetic.TRIGGER),
        Step("range", arithmetic.read_ranges, re.compile(r"\d(?:st|nd|rd|th)?(?:[-–]| – )\d")),
        Step("ordinal", numbers.read_ordinals, numbers.ORDINAL_TRIGGER),
        Step("roman", numbers.read_roman, numbers.ROMAN_TRIGGER),
        Step("decimal", numbers.read_decimals, numbers.DECIMAL_TRIGGER),
        Step("year", dates.read_years, re.compile(r"\d{4}")),
        Step("serial", numbers.read_serials, numbers.SERIAL_TRIGGER),
        Step("cardinal", numbers.read_cardinals, numbers.DIGIT),
        Step("symbols", symbols.read_symbols, symbols.SYMBOL_TRIGGER),
        Step("punctuation", symbols.tidy_punctuation, symbols.PUNCTUATION_TRIGGER),
    )
