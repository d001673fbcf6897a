"""Names of numbers against num2words, whose style is brought to ours."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from num2words import num2words

from mytts_core.text import number_names


def without_style(text: str) -> str:
    return " ".join(re.sub(r"-|,|\band\b", " ", text).split())


@settings(deadline=None)
@given(st.integers(0, 10 ** 36 - 1))
def test_cardinals_and_ordinals_are_those_of_num2words(number: int) -> None:
    assert without_style(number_names.cardinal(str(number))) == without_style(num2words(number))
    assert without_style(number_names.cardinal(f"{number:,}")) == without_style(num2words(number))
    assert without_style(number_names.ordinal(str(number))) == without_style(num2words(number, to="ordinal"))


@given(st.integers(0, 999_999))
def test_and_stands_before_the_last_two_digits_alone(number: int) -> None:
    assert number_names.cardinal(str(number)).count(" and ") == (number > 100 and number % 100 > 0)


@pytest.mark.parametrize("year", range(1010, 2100))
def test_years_are_those_of_num2words(year: int) -> None:
    assert without_style(number_names.year(str(year))) == without_style(num2words(year, to="year"))


@pytest.mark.parametrize("digits, said", [("105", "one oh five"), ("100", "one hundred"), ("1200", "twelve hundred"),
                                          ("2000", "two thousand"), ("2788", "twenty seven eighty eight")])
def test_house_numbers_in_pairs(digits: str, said: str) -> None:
    assert number_names.in_pairs(digits) == said


def test_too_long_a_number_is_spelt() -> None:
    assert number_names.cardinal("1" * 37) == " ".join(["one"] * 37)
    assert number_names.decimal("1,000.05") == "one thousand point zero five"
    assert number_names.signed("-.5") == "minus point five"
