import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mytts_core.text.normalize import normalize

CASES = [
    ("  Hello,\t world!\r\n", "Hello, world!"),
    ("“It’s” ‘fine’", "\"It's\" 'fine'"),
    ("cafe\u0301", "café"),
    ("soft\u00adhyphen\u200b and\ufeff mark", "softhyphen and mark"),
    ("می\u200cنویسم", "می\u200cنویسم"),
    ("bell\x07 and \x00 nul", "bell and nul"),
    ("a\u00a0b\u2003c", "a b c"),
    ("\u200e\u200f", ""),
    ("", ""),
]


@pytest.mark.parametrize("text, expected", CASES)
def test_cases(text: str, expected: str) -> None:
    assert normalize(text, "en-us") == expected


@given(st.text())
def test_twice_is_once_and_the_result_is_clean(text: str) -> None:
    once = normalize(text, "en-us")
    assert normalize(once, "en-us") == once
    assert unicodedata.is_normalized("NFC", once)
    assert "  " not in once and once == once.strip() and "\n" not in once
