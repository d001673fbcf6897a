"""The lists of hard sentences: ours hold what they promise, and a user's is read or refused in a line."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mytts_core.errors import CorpusError
from mytts_core.evaluation.stress_sentences import (
    UNSORTED,
    StressList,
    StressSentence,
    parse_sentences,
    read_sentences,
    sentences_for,
)
from mytts_core.text.normalize import normalization_steps


@pytest.mark.parametrize("language", ["en-us", "en-gb", "fa"])
def test_our_lists_are_long_and_spread_over_categories(language: str) -> None:
    found = sentences_for(language)
    counts = Counter(sentence.category for sentence in found.sentences)
    assert len(found.sentences) >= 100 and len(counts) >= 15 and min(counts.values()) >= 5
    assert {"one word", "repeated words", "numbers", "lists", "very long", "consonant clusters"} <= set(counts)
    assert all(len(one.text.split()) == 1 for one in found.sentences if one.category == "one word")
    longest = [one.text for one in found.sentences if one.category == "very long"]
    assert all(len(text.split()) >= 60 and not set(text[:-1]) & set(".,;:!?،؛؟…") for text in longest)


def test_the_persian_list_is_written_as_the_normaliser_writes() -> None:
    spelling = {"letters", "spacing", "mi", "affixes"}
    wrong = [(one.text, step.name) for one in sentences_for("fa").sentences
             for step in normalization_steps(one.text, "fa") if step.name in spelling and step.changed]
    assert wrong == []


def test_a_language_without_a_list_says_what_to_do() -> None:
    with pytest.raises(CorpusError, match="--sentences FILE"):
        sentences_for("de")


def test_categories_comments_and_repetitions(tmp_path: Path) -> None:
    path = tmp_path / "mine.txt"
    path.write_text("\ufeff# mine\n\n names | Ann  and Bob. \nPlain.\n|Bare.\nnames|Plain.\n", encoding="utf-8")
    assert read_sentences(path) == (StressSentence("Ann and Bob.", "names"), StressSentence("Plain.", UNSORTED),
                                    StressSentence("Bare.", UNSORTED))


@pytest.mark.parametrize(("content", "told"), [
    (b"", "holds no sentence"), (b"# only\n\n", "holds no sentence"), (b"good\nbad \xff", "is not UTF-8"),
    (b"a|", "line 1: no text after"), (b"x\n" + b"y" * 5_001, "line 2: a text has 5,000 characters at most"),
    (b"c" * 41 + b"|text", "line 1"), ("\n".join(map(str, range(2_001))).encode(), "more than 2,000 sentences"),
])
def test_bad_lists(tmp_path: Path, content: bytes, told: str) -> None:
    (tmp_path / "list.txt").write_bytes(content)
    with pytest.raises(CorpusError, match=told) as caught:
        read_sentences(tmp_path / "list.txt")
    assert "\n" not in str(caught.value)


def test_a_list_that_is_not_there_or_a_folder(tmp_path: Path) -> None:
    for path in (tmp_path / "none.txt", tmp_path):
        with pytest.raises(CorpusError, match="cannot be read"):
            read_sentences(path)


@given(st.lists(st.text(st.characters(exclude_categories=("Cs",)), max_size=30), max_size=20))
def test_whatever_is_written_is_read_or_refused(lines: list[str]) -> None:
    try:
        found = parse_sentences(lines, "list")
    except CorpusError as error:
        assert "line" in str(error)
        return
    texts = [one.text for one in found]
    assert len(set(texts)) == len(texts) and all(text == " ".join(text.split()) != "" for text in texts)
    assert len({one.id for one in found}) == len(found)
    again = parse_sentences([f"{one.category}|{one.text}" for one in found], "list")
    assert again == found


def test_a_part_of_a_list_has_something_of_every_category() -> None:
    whole = sentences_for("en-us")
    part = whole.first(20)
    categories = {one.category for one in whole.sentences}
    assert len(part.sentences) == 20 and {one.category for one in part.sentences} == categories
    assert [one for one in whole.sentences if one in part.sentences] == list(part.sentences)
    assert whole.first(None) is whole.first(10_000) is whole


def test_the_digest_is_of_the_content() -> None:
    one, two = StressSentence("A.", "x"), StressSentence("B.", "y")
    assert StressList((one, two), "a").digest == StressList((two, one), "b").digest
    assert StressList((one,), "a").digest != StressList((one._replace(category="y"),), "a").digest
