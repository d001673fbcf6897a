"""The list of steps that turn written Persian into what is said: first the spelling, then the reading."""

from __future__ import annotations

from mytts_core.text.persian import dates, letters, numbers, quantities, short_forms, spacing, symbols
from mytts_core.text.steps import Step

SPELLING = ("characters", "letters", "diacritics", "repeats", "style", "spacing", "mi", "affixes")
"""Names of the steps that keep the text written, in one spelling; the others turn figures and signs into words."""


def persian_steps(keep_vowels: bool) -> tuple[Step, ...]:
    """Return the steps; with `keep_vowels` short vowels that are written stay, for a reader that knows them."""
    diacritics = letters.remove_marks_but_vowels if keep_vowels else letters.remove_marks
    return (
        Step("characters", letters.read_characters),
        Step("letters", letters.unify_letters, letters.LETTERS_TRIGGER),
        Step("diacritics", diacritics, letters.MARKS_TRIGGER),
        Step("repeats", letters.shorten_repeats, letters.REPEATED_TRIGGER),
        Step("style", spacing.style_punctuation, spacing.STYLE_TRIGGER),
        Step("spacing", spacing.correct_spacing),
        Step("mi", spacing.separate_mi, spacing.MI_TRIGGER),
        Step("affixes", spacing.join_affixes),
        Step("electronic", short_forms.read_electronic, short_forms.ELECTRONIC_TRIGGER),
        Step("abbreviations", short_forms.expand_abbreviations, short_forms.TRIGGER),
        Step("telephone", numbers.read_telephone_numbers, numbers.TELEPHONE_TRIGGER),
        Step("date", dates.read_dates, dates.DATE_TRIGGER),
        Step("time", dates.read_times, dates.TIME_TRIGGER),
        Step("money", quantities.read_money, quantities.MONEY_TRIGGER),
        Step("measure", quantities.read_measures, quantities.MEASURE_TRIGGER),
        Step("range", numbers.read_ranges, numbers.RANGE_TRIGGER),
        Step("ordinal", numbers.read_ordinals, numbers.ORDINAL_TRIGGER),
        Step("fraction", numbers.read_fractions, numbers.FRACTION_TRIGGER),
        Step("decimal", numbers.read_decimals, numbers.DECIMAL_TRIGGER),
        Step("cardinal", numbers.read_cardinals, numbers.DIGIT),
        Step("symbols", symbols.read_symbols, symbols.SYMBOL_TRIGGER),
        Step("punctuation", symbols.tidy_punctuation, symbols.PUNCTUATION_TRIGGER),
    )
