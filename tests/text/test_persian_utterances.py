"""Ten real Persian utterances pass through text and mel without loss of a word."""

import csv
import re

import numpy as np
import pytest

from mytts_core.audio.mel import log_mel_spectrogram
from mytts_core.audio.waveform import read_audio, resample
from mytts_core.config import AudioConfig
from mytts_core.text.normalize import normalize
from mytts_core.text.tokenizer import build_tokenizer


@pytest.fixture(scope="module")
def utterances(shared_data) -> list[dict[str, str]]:
    with open(shared_data / "speech" / "persian_10" / "metadata.csv", encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def words(text: str) -> list[str]:
    return re.findall(r"[^\W\d_]+", text)


def test_no_word_is_lost_in_the_text(utterances) -> None:
    assert len(utterances) == 10
    texts = [row["transcript"] for row in utterances]
    for text in texts:
        assert words(normalize(text, "fa")) == words(text), text
    for kind in ("characters", "phonemes"):
        if kind == "phonemes":
            pytest.importorskip("phonemizer")
        tokenizer = build_tokenizer(texts, kind, "fa")
        for text in texts:
            said = "".join(tokenizer.tokens(text)[1:-1])
            assert not tokenizer.unknown(text)
            # espeak-ng joins no words and drops none: as many as are written apart
            assert len(re.findall(r"[^\s،.:()؟]+", said)) == len(re.findall(r"[^\s،.:()؟]+",
                                                                            normalize(text, "fa"))), text


def test_every_recording_has_a_mel_of_its_length(utterances, shared_data) -> None:
    config = AudioConfig()
    for row in utterances:
        wav, rate = read_audio(shared_data / "speech" / "persian_10" / row["file name"])
        mel = log_mel_spectrogram(resample(wav, rate, config.sample_rate), config)
        assert np.isfinite(mel).all() and mel.shape[1] == config.n_mels
        assert len(mel) / config.frames_per_second == pytest.approx(float(row["duration"]), abs=0.15)
