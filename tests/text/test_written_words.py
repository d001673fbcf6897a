"""Each token has the written word it comes from, also where a front end joins words."""

from __future__ import annotations

import pytest

from mytts_core.text.symbols import is_spoken
from mytts_core.text.tokenizer import build_tokenizer
from mytts_core.text.written_words import written_words


def told(text: str, kind: str, language: str = "en-us") -> dict[str, str]:
    tokenizer = build_tokenizer([text], kind, language)
    tokens = tokenizer.tokens(text)
    found = written_words(tokenizer, text, tokens)
    assert len(found.of_token) == len(tokens)
    assert all((number >= 0) == is_spoken(token) for token, number in zip(tokens, found.of_token))
    return {word: "".join(token for token, number in zip(tokens, found.of_token) if number == place)
            for place, word in enumerate(found.words)}


def test_letters() -> None:
    assert told("It cost $5, no?", "characters") == {"It": "it", "cost": "cost", "five": "five", "dollars,": "dollars",
                                                     "no?": "no"}


def test_joined_and_reduced_phonemes() -> None:
    pytest.importorskip("phonemizer")
    found = told("The end of the long road is in the fog.", "phonemes")
    assert found["end"] == "ɛnd" and found["road"] == "ɹoʊd" and found["fog."] in ("fɑɡ", "fɔɡ")
    assert all(found.values())


def test_persian() -> None:
    pytest.importorskip("phonemizer")
    assert told("این را ببین.", "phonemes", "fa") == {"این": "in", "را": "rɑ", "ببین.": "bebin"}


def test_marks_belong_to_no_word() -> None:
    tokenizer = build_tokenizer(["abc, d!"], "characters", "en-us")
    found = written_words(tokenizer, "a!", tokenizer.tokens("a!"))
    assert found.words == ("a!",) and found.of_token == (-1, 0, -1, -1)
