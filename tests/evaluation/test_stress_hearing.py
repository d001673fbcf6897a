"""What a recogniser hears is counted in words and characters; when it can listen."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mytts_core.errors import ConfigError
from mytts_core.evaluation.stress_hearing import Listeners, compare, result_of, wants_hearing, why_not_heard
from mytts_core.evaluation.word_errors import count_word_errors, edit_distance
from tests.evaluation.stress_examples import CONFIG


def edits_by_definition(first: str, second: str) -> int:
    if not first or not second:
        return len(first) + len(second)
    changed = edits_by_definition(first[1:], second[1:]) + (first[0] != second[0])
    return min(changed, edits_by_definition(first[1:], second) + 1, edits_by_definition(first, second[1:]) + 1)


@given(st.text("abc", max_size=5), st.text("abc", max_size=5))
def test_edits_are_those_of_the_definition(first: str, second: str) -> None:
    assert edit_distance(first, second) == edits_by_definition(first, second)


@pytest.mark.parametrize(("said", "heard", "characters"), [
    ("The cat sat.", "the cat sat", 0), ("The cat sat.", "the cats at", 0), ("cat", "bat", 1), ("cat", "", 3),
    ("Café", "cafe", 0), ("won't", "will not", 0)])
def test_characters_do_not_mind_where_words_begin(said: str, heard: str, characters: int) -> None:
    found = compare(said, heard)
    assert found.character_errors == characters
    assert (found.word_errors, found.words) == count_word_errors(said, heard)


def test_who_can_be_heard() -> None:
    persian = dataclasses.replace(CONFIG, text=dataclasses.replace(CONFIG.text, language="fa"))
    assert "'fa'" in why_not_heard(persian) and not wants_hearing(None, persian) and not wants_hearing(False, CONFIG)
    with pytest.raises(ConfigError, match="leave out --words"):
        wants_hearing(True, persian)


def test_a_recogniser_that_is_not_installed_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    assert "pip install 'mytts[metrics]'" in why_not_heard(CONFIG)
    assert not wants_hearing(None, CONFIG)


@pytest.mark.slow
def test_processes_listen_to_speech(shared_data) -> None:
    pytest.importorskip("pocketsphinx")
    from mytts_core.audio.waveform import read_audio

    wav, rate = read_audio(shared_data / "speech" / "kathleen" / "wavs" / "arctic_a0007.flac")
    said = "And you always want to see it in the superlative degree."
    with Listeners(1) as listeners:
        speech, silence = listeners.listen(said, wav, rate), listeners.listen(said, np.zeros(rate, np.float32), rate)
        heard, nothing = result_of(speech), result_of(silence)
    assert heard.word_errors <= 4 and heard.character_errors < 0.4 * heard.characters
    assert nothing.word_errors >= 9
