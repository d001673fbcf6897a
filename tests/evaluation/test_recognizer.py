"""The recogniser hears real speech, and copies of it; it needs pocketsphinx and the shared recordings."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from mytts_core.audio.waveform import read_audio

pytest.importorskip("pocketsphinx", reason="pocketsphinx is not installed: pip install 'mytts[metrics]'")

SENTENCES = {"arctic_a0007": "And you always want to see it in the superlative degree.",
             "arctic_a0012": "Gregson shoved back his chair and rose to his feet."}


@pytest.mark.slow
def test_words_of_real_speech_are_heard_and_noise_is_not(shared_data: Path) -> None:
    from mytts_core.evaluation.recognizer import Recognizer
    from mytts_core.evaluation.word_errors import word_error_rate

    recognizer, pairs = Recognizer(), []
    for name, text in SENTENCES.items():
        wav, rate = read_audio(shared_data / "speech" / "kathleen" / "wavs" / f"{name}.flac")
        heard = recognizer.hear(wav, rate)
        assert heard == recognizer.hear(0.2 * wav, rate) == recognizer.hear(wav, rate)     # level does not matter
        pairs.append((text, heard))
    assert word_error_rate(pairs) < 40
    noise = np.random.default_rng(0).normal(0, 0.1, 22050).astype(np.float32)
    assert len(recognizer.hear(noise, 22050).split()) < 4
