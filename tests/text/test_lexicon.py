import pytest

from mytts_core.errors import TextError
from mytts_core.text.lexicon import Lexicon, Piece, read_lexicon


def test_words_are_respelt_whole_whatever_their_case_the_longest_first() -> None:
    lexicon = Lexicon({"read": "red", "Read Me": "reed me", "C++": "see plus plus"}, "en-us")
    assert lexicon.respell("Read, reader: read me. READ") == "red, reader: reed me. red"


def test_phonemes_cut_the_text() -> None:
    lexicon = Lexicon({"Nguyen": "/wˈɪn/", "cat": "dog"}, "en-us")
    assert lexicon.pieces("Hi nguyen, cat") == [Piece("Hi "), Piece("nguyen", "wˈɪn"), Piece(", dog")]
    assert lexicon.respell("Hi nguyen") == "Hi nguyen"
    assert lexicon.pieces("") == []
    assert Lexicon({}, "en-us").pieces("Hi nguyen") == [Piece("Hi nguyen")]


def test_entries_are_found_in_normalised_text() -> None:
    lexicon = Lexicon({"كتاب من": "/ketˈɑbe mˈan/"}, "fa")           # typed with an Arabic kaf
    assert lexicon.pieces("این کتاب من است") == [Piece("این "), Piece("کتاب من", "ketˈɑbe mˈan"), Piece(" است")]
    assert Lexicon({"R2": "2 times"}, "en-us").respell("R two") == "two times"


@pytest.mark.parametrize("entries", [{"": "a"}, {"a": ""}, {"\u200b": "x"}, {"a": " "}])
def test_empty_entries_are_refused(entries: dict[str, str]) -> None:
    with pytest.raises(TextError, match="lexicon entry"):
        Lexicon(entries, "en-us")


def test_a_file_of_words(tmp_path) -> None:
    path = tmp_path / "words.tsv"
    path.write_text("\ufeff# names\nNguyen\twin\n\nکتاب من\t/ketˈɑbe mˈan/\n", encoding="utf-8")
    assert read_lexicon(path) == {"Nguyen": "win", "کتاب من": "/ketˈɑbe mˈan/"}
    path.write_text("one\tw\ntwo\n", encoding="utf-8")
    with pytest.raises(TextError, match="line 2: 'two'"):
        read_lexicon(path)
    with pytest.raises(TextError, match="cannot be read"):
        read_lexicon(tmp_path / "none.tsv")
