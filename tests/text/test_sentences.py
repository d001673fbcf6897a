import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mytts_core.errors import TextError
from mytts_core.text.sentences import split_sentences

ENGLISH = [
    ["Dr. Smith met Mr. J. R. Jones at 5 p.m.", "He said, \"Stop. Go now.\"", "Then he left!", "\"What?\" he asked."],
    ["It cost $3.50.", "See No. 5.", "The U.S. Army came.", "I live in the U.S.", "They left... maybe.", "Yes?", "No."],
    ["We went to St. Louis.", "He lives at 5 Baker St.", "Then we left.", "Acme Inc. is big.", "So am I.", "Go."],
    ["hi.", "how are you?", "fine!", "thanks"],
    ["She (yes. She!) came.", "Pi is 3.14.", "See e.g. page 5, etc. and so on."],
]
PERSIAN = [
    ["سلام.", "حال شما خوب است؟", "«بله. خوبم.»", "قیمت ۳.۵ تومان است."],
    ["سال ۴۴ ق.م بود.", "ص. ۱۲ را ببین!", "خب… باشد.", "دکتر احمدی آمد."],
]


@pytest.mark.parametrize("sentences", ENGLISH)
def test_english(sentences: list[str]) -> None:
    assert split_sentences("  " + "\n".join(sentences) + " ", "en-us") == sentences


@pytest.mark.parametrize("sentences", PERSIAN)
def test_persian(sentences: list[str]) -> None:
    assert split_sentences(" ".join(sentences), "fa") == sentences


def test_empty_lines_and_lists_begin_a_piece_and_other_line_ends_do_not() -> None:
    text = "A heading\n\nOne line that\ngoes on.\n1. First\n2. Second one\n- and a dash"
    assert split_sentences(text, "en") == ["A heading", "One line that goes on.", "1. First", "2. Second one",
                                           "- and a dash"]


def test_long_sentences_are_cut_where_a_reader_would_pause() -> None:
    text = "This is a long sentence, with commas because it must be cut somewhere, and it goes on until all are tired."
    pieces = split_sentences(text, "en", 40)
    assert pieces[0] == "This is a long sentence," and " ".join(pieces) == text
    assert all(len(piece) <= 40 for piece in pieces) and len(pieces[-1]) > 10     # no last word alone
    assert split_sentences("a" * 50, "en", 20) == ["a" * 20, "a" * 20, "a" * 10]
    with pytest.raises(TextError, match="at least 20"):
        split_sentences("a", "en", 19)


@settings(deadline=None)
@given(st.lists(st.sampled_from(["Dr.", "U.S.", "3.5", "…", "...", "?", "!", ".", ",", "\"", "«", "»", "(", ")", " ",
                                 "\n", "\n\n", "Ab",
                                 "cd", "و", "سلام", "ص.", "۵", "I", "1.", "x" * 30]), max_size=30).map("".join) |
                                 st.text(),
       st.sampled_from(["en-us", "fa", "de"]), st.sampled_from([None, 20, 50]))
def test_nothing_is_lost_and_no_piece_is_too_long(text: str, language: str, max_length: int | None) -> None:
    pieces = split_sentences(text, language, max_length)
    assert "".join("".join(pieces).split()) == "".join(text.split())
    assert all(piece and piece == piece.strip() for piece in pieces)
    assert max_length is None or all(len(piece) <= max_length for piece in pieces)
