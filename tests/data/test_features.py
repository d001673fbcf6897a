import json
import os
import shutil
import time

import numpy as np
import pytest

from mytts_core.audio.mel import log_mel_spectrogram
from mytts_core.audio.silence import trim_silence
from mytts_core.audio.waveform import normalise_peak, read_audio, write_audio
from mytts_core.config import AudioConfig, TextConfig, TrainingConfig
from mytts_core.data import feature_cache
from mytts_core.data.features import Example, prepare_features
from mytts_core.errors import CorpusError, TextError

AUDIO, TEXT, TRAINING = AudioConfig(), TextConfig(), TrainingConfig()


def prepare(folder, cache, text: TextConfig = TEXT, training: TrainingConfig = TRAINING, **options):
    return prepare_features(folder, AUDIO, text, training, cache=cache, **options)


def test_examples_are_the_recordings(make_small_corpus, tmp_path) -> None:
    folder = make_small_corpus()
    features = prepare(folder, tmp_path / "cache")
    assert len(features.examples) == 24 and features.problems == []
    assert [e.id for e in features.examples] == sorted(features.by_id)
    example = features.by_id["clip_007"]
    wav, _ = read_audio(folder / "wavs/clip_007.wav")
    expected = log_mel_spectrogram(normalise_peak(trim_silence(wav, 22050), 0.95), AUDIO)
    np.testing.assert_array_equal(example.mel, expected)
    assert example.token_ids == features.tokenizer.encode(example.text)
    assert example.tokens == features.tokenizer.tokens(example.text)
    assert example.prosody[0] == pytest.approx(np.log(len(example.mel) / (len(example.token_ids) - 2)), abs=1e-5)
    assert 95 < np.exp(example.prosody[1]) < 205
    assert features.total_seconds == pytest.approx(sum(len(e.mel) for e in features.examples) * 256 / 22050)


def test_letters_are_spoken_and_special_tokens_spaces_and_punctuation_are_not() -> None:
    tokens = ["<start>", "o", "h", ",", " ", "a", "!", "<end>"]
    example = Example("a", "Oh, a!", [], tokens, np.zeros((1, 80)), np.zeros(4))
    assert example.spoken.tolist() == [False, True, True, False, False, True, False, False]


def test_statistics_are_of_the_training_examples_alone(make_small_corpus, tmp_path) -> None:
    features = prepare(make_small_corpus(), tmp_path / "cache", training=TrainingConfig(held_out_every=3))
    assert features.held_out == [f"clip_{i:03d}" for i in range(2, 24, 3)]
    assert sorted(features.train_ids + features.held_out) == sorted(features.by_id)
    frames = np.concatenate([features.by_id[i].mel for i in features.train_ids]).astype(np.float64)
    np.testing.assert_allclose(features.mel_mean, frames.mean(axis=0), atol=1e-4)
    np.testing.assert_allclose(features.mel_std, frames.std(axis=0), rtol=1e-3)
    prosody = np.stack([features.by_id[i].prosody for i in features.train_ids])
    np.testing.assert_allclose(features.prosody_mean, prosody.mean(axis=0), atol=1e-4)
    scores = np.stack([features.normalised_prosody(features.by_id[i]) for i in features.train_ids])
    assert np.abs(scores).max() <= 3
    info = features.corpus_info()
    assert info.held_out == features.held_out and len(info.mel_mean) == 80 and info.num_utterances == 24


def test_the_second_call_reads_the_cache(make_small_corpus, tmp_path) -> None:
    folder, calls = make_small_corpus(), []
    first = prepare(folder, tmp_path / "cache", progress=lambda done, total: calls.append((done, total)))
    assert calls[-1] == (24, 24)
    second = prepare(folder, tmp_path / "cache", progress=lambda *_: pytest.fail("computed again"))
    assert first.fingerprint == second.fingerprint
    for a, b in zip(first.examples, second.examples):
        assert a.token_ids == b.token_ids
        np.testing.assert_array_equal(a.mel, b.mel)
        np.testing.assert_array_equal(a.prosody, b.prosody)


def test_a_changed_recording_is_analysed_again(make_small_corpus, tmp_path) -> None:
    folder = make_small_corpus()
    first = prepare(folder, tmp_path / "cache")
    write_audio(folder / "wavs/clip_000.wav", 0.3 * np.sin(np.arange(30000) * 0.05).astype(np.float32), 22050)
    os.utime(folder / "wavs/clip_000.wav", (time.time() + 5, time.time() + 5))
    second = prepare(folder, tmp_path / "cache")
    assert len(second.by_id["clip_000"].mel) == 30000 // 256 != len(first.by_id["clip_000"].mel)
    assert first.fingerprint != second.fingerprint


def test_a_copy_elsewhere_has_the_same_fingerprint_and_a_changed_text_another(make_small_corpus, tmp_path) -> None:
    folder = make_small_corpus()
    first = prepare(folder, tmp_path / "cache")
    shutil.copytree(folder, tmp_path / "copy")
    assert prepare(tmp_path / "copy", tmp_path / "cache").fingerprint == first.fingerprint
    metadata = (folder / "metadata.csv").read_text()
    (folder / "metadata.csv").write_text(metadata.replace("|", "|nine ", 2).replace("nine nine", "nine"))
    assert prepare(folder, tmp_path / "cache").fingerprint != first.fingerprint


@pytest.mark.parametrize("damage", ["mels.bin", "features.json", "statistics.npz"])
def test_a_damaged_cache_is_made_again(make_small_corpus, tmp_path, damage: str) -> None:
    folder = make_small_corpus(6)
    first = prepare(folder, tmp_path / "cache")
    (path,) = (tmp_path / "cache").glob(f"features_*/{damage}")
    expected = np.array(first.examples[0].mel)
    path.write_bytes(path.read_bytes()[:-20])
    np.testing.assert_array_equal(prepare(folder, tmp_path / "cache").examples[0].mel, expected)


def test_what_is_too_long_silent_or_unreadable_is_reported(make_small_corpus, tmp_path) -> None:
    folder = make_small_corpus(12)
    write_audio(folder / "wavs/clip_003.wav", np.full(22050 * 4, 0.1, dtype=np.float32), 22050)
    write_audio(folder / "wavs/clip_004.wav", np.zeros(22050, dtype=np.float32), 22050)
    write_audio(folder / "wavs/clip_006.wav", np.full(22050 * 121, 0.1, dtype=np.float32), 22050)
    rows = (folder / "metadata.csv").read_text().splitlines()
    rows[7] = "clip_007|" + "word " * 30
    rows[8] = "clip_008|...!"
    (folder / "metadata.csv").write_text("\n".join(rows))
    features = prepare(folder, tmp_path / "cache", training=TrainingConfig(max_frames=200, max_tokens=100))
    reasons = {problem.id: (problem.row, problem.reason) for problem in features.problems}
    assert sorted(reasons) == [f"clip_{i:03d}" for i in (3, 4, 6, 7, 8)]
    assert reasons["clip_003"][0] == 4 and "344 mel frames" in reasons["clip_003"][1]
    assert "digital silence" in reasons["clip_004"][1] and "cut it into sentences" in reasons["clip_006"][1]
    assert "max_tokens (100)" in reasons["clip_007"][1] and "no letter" in reasons["clip_008"][1]
    assert len(features.examples) == 7


def test_nothing_left_and_an_unwritable_cache(make_small_corpus, tmp_path) -> None:
    folder = make_small_corpus(3)
    with pytest.raises(CorpusError, match="max_frames"):
        prepare(folder, tmp_path / "cache", training=TrainingConfig(max_frames=5))
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(CorpusError, match="cannot be written"):
        prepare(folder, tmp_path / "file")


def test_a_given_vocabulary_is_kept(make_small_corpus, tmp_path) -> None:
    folder = make_small_corpus(6)
    symbols = ["<start>", "<pad>", "<end>", "<unknown>", "e", "n", "o"]
    features = prepare(folder, tmp_path / "cache", text=TextConfig(symbols=symbols))
    assert features.tokenizer.symbols == symbols
    assert any(3 in example.token_ids for example in features.examples)
    with pytest.raises(TextError):
        prepare(folder, tmp_path / "cache", text=TextConfig(symbols=["a"]))


def test_phonemes_are_cached_by_text(make_small_corpus, tmp_path) -> None:
    pytest.importorskip("phonemizer")
    folder = make_small_corpus(6)
    text = TextConfig(tokenizer="phonemes")
    first = prepare(folder, tmp_path / "cache", text=text)
    (path,) = (tmp_path / "cache").glob("phonemes_*.json")
    known = json.loads(path.read_text())
    assert all(first.tokenizer.encode(e.text) == e.token_ids for e in first.examples)
    assert set(known) == {e.text for e in first.examples}
    key = first.examples[0].text
    path.write_text(json.dumps({**known, key: "tˈɛst"}))     # shows that the cache is what is read
    assert prepare(folder, tmp_path / "cache", text=text).examples[0].tokens[1:-1] == ["t", "ˈ", "ɛ", "s", "t"]


def test_of_two_that_build_at_once_the_second_takes_the_first_ones_work(make_small_corpus, tmp_path,
                                                                        monkeypatch) -> None:
    folder, cache, build, first = make_small_corpus(4), tmp_path / "cache", feature_cache._build, []

    def build_while_another_finishes(corpus, audio, place, progress) -> None:
        build(corpus, audio, place, progress)
        with monkeypatch.context() as other_process:
            other_process.setattr(feature_cache, "_build", build)
            other_process.setattr(feature_cache.os, "getpid", lambda: 1)
            prepare(folder, cache)
        first.extend(path.stat().st_ino for path in cache.glob("features_*"))

    monkeypatch.setattr(feature_cache, "_build", build_while_another_finishes)
    assert len(prepare(folder, cache).examples) == 4
    assert [path.stat().st_ino for path in cache.glob("features_*")] == first and len(first) == 1
    assert not list(cache.glob(".building_*"))


def test_an_abandoned_build_is_removed_after_a_day(make_small_corpus, tmp_path) -> None:
    old, young = (tmp_path / "cache" / f".building_{name}" for name in ("old", "young"))
    old.mkdir(parents=True)
    young.mkdir()
    os.utime(old, (0, 0))
    prepare(make_small_corpus(3), tmp_path / "cache")
    assert not old.exists() and young.exists()


@pytest.mark.slow
def test_the_kathleen_corpus_holds_out_every_twentieth(shared_data, tmp_path) -> None:
    folder = tmp_path / "part"
    (folder / "wavs").mkdir(parents=True)
    rows = (shared_data / "speech/kathleen/metadata.csv").read_text(encoding="utf-8").splitlines()[:40]
    for row in rows:
        name = row.split("|")[0] + ".flac"
        (folder / "wavs" / name).symlink_to(shared_data / "speech/kathleen/wavs" / name)
    (folder / "metadata.csv").write_text("\n".join(rows), encoding="utf-8")
    features = prepare(folder, tmp_path / "cache")
    assert features.problems == [] and len(features.held_out) == 2
    assert 120 < np.exp(features.prosody_mean[1]) < 200       # a woman's voice, rather low
    assert -6 < features.mel_mean.mean() < -4
