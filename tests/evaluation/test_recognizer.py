"""The recogniser hears real speech, and copies of it; it needs pocketsphinx and the shared recordings."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from mytts_core.audio.waveform import read_audio

pytest.importorskip("pocketsphinx", reason="pocketsphinx is not installed: pip install 'mytts[metrics]'")

SENTENCE = ("arctic_a0007", "And you always want to see it in the superlative degree.")


@pytest.mark.slow
def test_words_of_real_speech_are_heard_and_noise_is_not(shared_data: Path) -> None:
    from mytts_core.evaluation.recognizer import Recognizer
    from mytts_core.evaluation.word_errors import word_error_rate

    recognizer, (name, text) = Recognizer(), SENTENCE
    wav, rate = read_audio(shared_data / "speech" / "kathleen" / "wavs" / f"{name}.flac")
    heard = recognizer.hear(wav, rate)
    assert word_error_rate([(text, heard)]) < 40
    assert heard == recognizer.hear(0.2 * wav, rate)    # neither the level matters, nor what was heard before
    noise = np.random.default_rng(0).normal(0, 0.1, 11025).astype(np.float32)
    assert len(recognizer.hear(noise, 22050).split()) < 4
