import pytest

from mytts_core.text.direction import html_direction, is_right_to_left, isolate


@pytest.mark.parametrize("text, right", [
    ("سلام", True), ("hello", False), ("", False), ("12 ?", False), ("گوشی iPhone خریدم", True),
    ("He said سلام to me", False),
    ("שלום", True), ("۱۲۳", False), ("ˈɑbe", False)])
def test_direction(text: str, right: bool) -> None:
    assert is_right_to_left(text) is right
    assert html_direction(text) == ("rtl" if right else "ltr")


def test_an_isolated_text_keeps_its_direction_to_itself() -> None:
    assert isolate("سلام") == "\u2068سلام\u2069" and isolate("") == ""
