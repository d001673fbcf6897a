"""Persian names of numbers against num2words."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from num2words import num2words

from mytts_core.text.persian import number_names


@settings(deadline=None)
@given(st.integers(0, 10 ** 12 - 1))
def test_cardinals_are_those_of_num2words(number: int) -> None:
    assert number_names.cardinal(str(number)) == num2words(number, lang="fa")
    persian = f"{number:,}".translate(str.maketrans("0123456789,", "۰۱۲۳۴۵۶۷۸۹٬"))
    assert number_names.cardinal(persian) == num2words(number, lang="fa")


@settings(deadline=None)
@given(st.integers(0, 999), st.integers(1, 999).filter(lambda number: number not in (5, 50)))
def test_decimals_are_those_of_num2words(whole: int, thousandths: int) -> None:
    text = f"{whole}.{thousandths:03}"     # 5 and 50 apart, where num2words says «نیم» for 0.05 too
    expected = num2words(float(text), lang="fa").removeprefix("صفر و ")
    assert number_names.decimal(text) == expected


@pytest.mark.parametrize("digits, name", [("3", "سوم"), ("23", "بیست و سوم"), ("30", "سی\u200cام"), ("100", "صدم"),
                                          ("1", "یکم")])
def test_ordinals(digits: str, name: str) -> None:
    assert number_names.ordinal(digits) == name


def test_a_half_is_five_tenths_alone() -> None:
    assert [number_names.decimal(text) for text in ("2.5", "2.50", "2.05", "0.5", "2.0")] == [
        "دو و نیم", "دو و نیم", "دو و پنج صدم", "نیم", "دو"]


def test_long_numbers_and_long_decimals_are_spelt() -> None:
    assert number_names.cardinal("1" * 37) == " ".join(["یک"] * 37)
    assert number_names.decimal("۳٫۱۴۱۵۹۲۶") == "سه ممیز یک چهار یک پنج نه دو شش"
