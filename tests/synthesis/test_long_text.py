"""Texts of several sentences: what each piece is, how they are joined, and what cannot be said."""

from pathlib import Path

import numpy as np
import pytest

from mytts_core.errors import TextError
from mytts_core.synthesis.engine import Synthesizer
from mytts_core.synthesis.long_text import SpeechProgress, join_with_pauses, speak_text, text_pieces


@pytest.fixture(scope="module")
def synthesizer(tiny_run: Path) -> Synthesizer:
    return Synthesizer.from_run(tiny_run)


@pytest.mark.slow
def test_sentences_are_takes_of_their_own_joined_with_pauses(synthesizer: Synthesizer) -> None:
    text = "Hello, Dr. Who. It is 5 p.m. -- \n\n Bye!"
    speech = speak_text(synthesizer, text, 2.0, 7, max_seconds=0.3, pause_seconds=0.1)
    assert [take.text for take in speech.takes] == ["Hello, Dr. Who.", "It is 5 p.m. --", "Bye!"]
    assert [take.seed for take in speech.takes] == [7, 8, 9]
    lengths = [len(take.wav) for take in speech.takes]
    assert len(speech.wav) == sum(lengths) + 2 * round(0.1 * speech.sample_rate)
    alone = synthesizer.synthesize("Bye!", 2.0, 9, max_seconds=0.3)
    np.testing.assert_allclose(speech.takes[2].mel[:len(alone.mel)], alone.mel, atol=2e-3)


@pytest.mark.slow
def test_pieces_fit_the_model_and_have_something_to_say(synthesizer: Synthesizer) -> None:
    text = "He said, and so on, that it was all there, " * 12 + "the end. ... — !"
    pieces = text_pieces(synthesizer, text)
    assert all(len(piece) <= 200 for piece in pieces) and len(pieces) > 2
    assert not any(piece in ("...", "— !") for piece in pieces)
    assert max(map(len, text_pieces(synthesizer, text, 40))) <= 40
    with pytest.raises(TextError, match="nothing to speak"):
        text_pieces(synthesizer, " ... — !")
    with pytest.raises(ValueError, match="pause_seconds is -1"):
        speak_text(synthesizer, "Hello.", pause_seconds=-1)


@pytest.mark.slow
def test_progress_is_that_of_the_whole_text_across_batches(synthesizer: Synthesizer) -> None:
    told: list[SpeechProgress] = []
    text = " ".join(f"It is {word}." for word in "one two three four five six seven eight nine ten eleven twelve big "
                                                "red old new dry wet".split())
    speech = speak_text(synthesizer, text, max_seconds=0.1, progress=told.append)
    assert len(speech.takes) == 18 and {now.pieces for now in told} == {18}
    shares = [now.share for now in told]
    assert shares == sorted(shares) and 0 <= shares[0] and shares[-1] == pytest.approx(1)
    assert [now.spoken for now in told if now.stage == "waveform"] == [*range(1, 19)]
    assert {now.spoken for now in told if now.stage == "decoding"} == {0, 16}
    after_the_first_batch = shares[[now.spoken for now in told].index(16)]
    assert after_the_first_batch == pytest.approx(16 / 18, abs=0.1)
    assert told[-1].seconds_left == 0 and all(now.seconds_left is not None for now in told)
    pause = round(0.3 * speech.sample_rate)
    assert speech.starts[1] == pytest.approx((len(speech.takes[0].wav) + pause) / speech.sample_rate)


def test_joining() -> None:
    wavs = [np.ones(3, np.float32), np.full(2, 2, np.float32)]
    assert join_with_pauses(wavs, 2).tolist() == [1, 1, 1, 0, 0, 2, 2] and join_with_pauses(wavs, 2).dtype == np.float32
    assert join_with_pauses(wavs[:1], 2).tolist() == [1, 1, 1]
