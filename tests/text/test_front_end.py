import dataclasses

import pytest

from mytts_core.config import TextConfig
from mytts_core.errors import TextError
from mytts_core.text.front_end import explain
from mytts_core.text.normalize import step_names
from mytts_core.text.symbols import SPECIALS
from mytts_core.text.tokenizer import build_tokenizer

CONFIG = build_tokenizer(["the quick brown fox jumps over a lazy dog. doctor, 'd n a'!"], "characters",
                         "en-us").to_config()


def test_every_step_is_there_and_the_last_is_what_is_read() -> None:
    told = explain("Dr. Fox paid 5 DNA", dataclasses.replace(CONFIG, lexicon={"paid": "payed"}))
    assert [step.name for step in told.steps if step.text_pass == 1] == [*step_names("en-us"), "lexicon", "letters"]
    assert [(step.name, step.text) for step in told.changes] == [
        ("abbreviations", "doctor Fox paid 5 DNA"), ("cardinal", "doctor Fox paid five DNA"),
        ("lexicon", "doctor Fox payed five DNA"), ("letters", "doctor fox payed five d n a")]
    assert told.normalized == "doctor Fox paid five DNA"
    assert "".join(told.tokens[1:-1]) == told.steps[-1].text
    assert (told.unknown, told.unknown_share, told.problem, told.right_to_left) == ((), 0.0, "", False)


def test_a_text_that_is_refused_says_why_and_shows_its_unknown_symbols() -> None:
    told = explain("fox سلام", CONFIG)
    assert told.tokens == () and told.unknown == tuple("سلام") and told.unknown_share == pytest.approx(4 / 7)
    assert "57%" in told.problem and "س ل ا م" in told.problem and told.right_to_left
    assert "is empty" in explain("", CONFIG).problem


def test_phonemes_are_the_last_step() -> None:
    pytest.importorskip("phonemizer")
    config = build_tokenizer(["یک کتاب و سلام"], "phonemes", "fa").to_config()
    told = explain("۱ كتاب", config)
    assert told.normalized == "یک کتاب" and told.right_to_left
    assert told.steps[-1].name == "phonemes" and told.steps[-1].text == "jˈek kˈetɑb"


def test_a_run_of_the_first_version_is_explained_by_its_own_front_end() -> None:
    told = explain("Dr. Fox “5”", dataclasses.replace(CONFIG, normalizer_version=1, max_unknown_share=1.0))
    assert [step.name for step in told.steps] == ["characters", "lexicon", "letters"]
    assert told.normalized == 'Dr. Fox "5"' and told.unknown == ('"', "5")


def test_a_configuration_at_fault_is_an_error() -> None:
    with pytest.raises(TextError, match="version 7"):
        explain("a", TextConfig(symbols=list(SPECIALS), normalizer_version=7))
