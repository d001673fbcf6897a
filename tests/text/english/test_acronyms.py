import pytest

from mytts_core.text.english.acronyms import spell_acronyms


@pytest.mark.parametrize("text, read", [
    ("the DNA of NASA", "the D N A of NASA"), ("five PM EST", "five P M E S T"),
    ("CDs and an MP three", "C D's and an M P three"),
    ("HTML", "H T M L"), ("MAY I COME IN", "MAY I COME IN"), ("I am OK", "I am O K"), ("A-OK", "A-OK"),
    ("PIN and RAM", "PIN and RAM")])
def test_acronyms_are_spelt_and_words_in_capitals_are_not(text: str, read: str) -> None:
    assert spell_acronyms(text) == read
    assert spell_acronyms(read) == read
