"""Takes that can be clips of a listening test, and those that cannot."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
import soundfile

from mytts_core.errors import SynthesisError
from mytts_core.listening.take_check import check_take
from mytts_core.synthesis.job import SpokenPiece, SynthesisResult, TakeRequest

RATE = 22_050


def take(wav: np.ndarray, *stop_reasons: str) -> SynthesisResult:
    file = io.BytesIO()
    soundfile.write(file, wav, RATE, format="WAV", subtype="PCM_16")
    empty = np.empty(0, np.float32)
    pieces = tuple(SpokenPiece(0.0, empty, empty, empty, {"stop_reason": reason}) for reason in stop_reasons)
    return SynthesisResult(TakeRequest(Path("run"), 1, "hello"), file.getvalue(), len(wav) / RATE, 0.1, RATE, pieces,
                           "CPU")


def tone(seconds: float) -> np.ndarray:
    return 0.3 * np.sin(2 * np.pi * 440 * np.arange(int(seconds * RATE)) / RATE)


def test_a_take_that_stops_is_used_as_it_is():
    checked = check_take(take(tone(1.0), "stop_token", "end_of_text"))
    assert checked.fault == "" and checked.sample_rate == RATE
    np.testing.assert_allclose(checked.wav, tone(1.0), atol=1e-4)


def test_a_take_that_does_not_stop_is_named_and_can_be_heard():
    checked = check_take(take(tone(1.5), "stop_token", "limit"))
    assert "does not stop by itself, and was cut at 1.5 s" in checked.fault and checked.is_usable


@pytest.mark.parametrize("outcome, words", [
    (take(tone(0.39), "stop_token"), "lasts 0.39 s, and 0.4 s is the least"),
    (take(np.zeros(RATE), "stop_token"), "silent"),
    (take(1e-5 * tone(1.0), "stop_token"), "silent"),
    (SynthesisError("the worker ended"), "was not spoken: the worker ended"),
])
def test_what_cannot_be_heard_has_no_waveform_and_a_reason(outcome, words):
    checked = check_take(outcome)
    assert words in checked.fault and not checked.is_usable


def test_the_shortest_length_is_long_enough():
    assert check_take(take(tone(0.4), "stop_token")).fault == ""
