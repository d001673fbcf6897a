"""Word errors against hand-counted cases."""

from __future__ import annotations

import pytest

from mytts_core.evaluation.intelligibility import HeardSentence, Intelligibility, derangement
from mytts_core.evaluation.word_errors import (
    WordErrors,
    count_word_errors,
    normalize_words,
    word_error_interval,
    word_error_rate,
)


@pytest.mark.parametrize(("said", "heard", "errors"), [
    ("the cat sat", "the cat sat", 0),
    ("the cat sat", "the cat", 1),                  # one left out
    ("the cat sat", "the black cat sat", 1),        # one put in
    ("the cat sat", "the dog sat", 1),              # one changed
    ("the cat sat", "", 3),
    ("the cat sat", "sat cat the", 2),              # the middle one stays
    ("a b c d", "b c d e", 2),
    ("kitten", "sitting here now", 3),
    ("The cat, sat!", "the CAT sat", 0),
])
def test_counted_by_hand(said: str, heard: str, errors: int) -> None:
    assert count_word_errors(said, heard) == WordErrors(errors, len(normalize_words(said)))


@pytest.mark.parametrize(("text", "words"), [
    ("It's a well-known café.", "it is a well known cafe"),
    ("I can't; they won't — cannot!", "i can not they will not can not"),
    ("Don't say it isn't ours.", "do not say it is not ours"),
    ("The dogs' bone, the boss's chair", "the dogs bone the boss's chair"),
    ("‘We’re’ off", "we are off"),
    ("the fit's end", "the fit's end"),             # no contraction begins within a word
    ("", ""),
])
def test_words_as_they_are_compared(text: str, words: str) -> None:
    assert normalize_words(text) == words.split()


def test_the_rate_is_over_all_words() -> None:
    assert word_error_rate([("a b c d", "a b c d"), ("e", "x y")]) == pytest.approx(100 * 2 / 5)
    assert word_error_rate([("a", "b c d")]) == 300
    with pytest.raises(ValueError, match="no words"):
        word_error_rate([("!", "a")])


def test_the_interval_holds_the_rate_and_narrows_with_more_sentences() -> None:
    few = [("a b c d", "a b c d"), ("e f g h", "e x y h"), ("i j", "i j"), ("k l m", "k")] * 3
    (low, high), (lower, higher) = word_error_interval(few), word_error_interval(few * 10)
    assert low < lower < word_error_rate(few) < higher < high
    assert word_error_interval([("a b", "a c")] * 5) == (50, 50)


@pytest.mark.parametrize("count", [2, 3, 30])
def test_a_derangement_leaves_nothing_in_its_place(count: int) -> None:
    for seed in range(20):
        order = derangement(count, seed)
        assert sorted(order) == list(range(count))
        assert all(place != index for index, place in enumerate(order))
    with pytest.raises(ValueError, match="at least two"):
        derangement(1, 0)


def heard(synthesis: list[str]) -> Intelligibility:
    texts = ["one two three four", "five six seven eight", "nine ten eleven twelve"]
    return Intelligibility([HeardSentence(f"s{i}", text, text, text.replace("four", "for"), said)
                            for i, (text, said) in enumerate(zip(texts, synthesis))])


def test_intelligible_synthesis_passes_and_its_shuffled_texts_fail() -> None:
    result = heard(["one two three four", "five six seven ate", "nine ten eleven twelve"])
    assert result.word_error("recording") == 0
    assert result.word_error("copy") == result.word_error("synthesis") == pytest.approx(100 / 12)
    assert result.word_error("shuffled") == 100
    assert [criterion.holds for criterion in result.criteria()] == [True, True]
    assert [item.id for item in result.worst(1)] == ["s1"]


def test_unintelligible_synthesis_fails() -> None:
    result = heard(["one two", "six", ""])
    assert [criterion.holds for criterion in result.criteria()] == [False, True]
    assert result.criteria()[0].bound == pytest.approx(23.3)
    assert result.to_dict()["word_error_percent"]["synthesis"] == pytest.approx(75)


def test_a_recogniser_that_always_hears_the_same_gains_nothing_from_it() -> None:
    result = heard(["one two three four"] * 3)
    assert result.word_error("shuffled") < 100      # it is right once, whatever the order
    assert not result.criteria()[0].holds
