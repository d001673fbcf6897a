import json
import os
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mytts_core.audio.mel import log_mel_spectrogram
from mytts_core.audio.pitch import fundamental_frequency
from mytts_core.audio.waveform import read_audio
from mytts_core.config import AudioConfig
from mytts_core.data.corpora import read_corpus
from mytts_core.data.make_corpus import make_corpus
from mytts_core.data.sentences import Sentence, read_sentences
from mytts_core.errors import CorpusError

pytest.importorskip("espeakng_loader")
REPOSITORY = Path(__file__).resolve().parents[2]
SENTENCES = [Sentence("a", "The birch canoe slid on the smooth planks."),
             Sentence("b", "It's easy to tell | the depth."), Sentence("c", "Four hours of steady work faced us.")]


def test_a_corpus_that_reads_back(tmp_path) -> None:
    made = make_corpus(SENTENCES, tmp_path / "out")
    corpus = read_corpus(tmp_path / "out")
    assert (made.spoken, made.kept, made.problems) == (3, 0, [])
    assert [u.id for u in corpus.utterances] == ["a", "b", "c"]
    assert corpus.utterances[1].text == "It's easy to tell the depth." and corpus.utterances[0].speaker == ""
    assert made.seconds == pytest.approx(sum(u.seconds for u in corpus.utterances))
    for utterance in corpus.utterances:
        wav, rate = read_audio(utterance.audio_path)
        assert rate == 22050 and 1.0 < len(wav) / rate < 5
        assert np.abs(wav).max() == pytest.approx(0.95, abs=0.001)
        frames = log_mel_spectrogram(wav, AudioConfig()).mean(axis=1)
        assert frames.std() > 0.5    # speech is not a hum


def test_several_voices_have_speakers_and_differ_in_pitch(tmp_path) -> None:
    make_corpus(SENTENCES[:1], tmp_path / "out", ["en-us", "en-gb+f3"], audio_format="flac")
    corpus = read_corpus(tmp_path / "out")
    assert [(u.id, u.speaker) for u in corpus.utterances] == [("en-us_a", "en-us"), ("en-gb-f3_a", "en-gb+f3")]
    low, high = (np.nanmedian(fundamental_frequency(read_audio(u.audio_path)[0], AudioConfig()))
                 for u in corpus.utterances)
    assert 80 < low < 130 and 170 < high < 250


def test_speed_pitch_and_variation(tmp_path) -> None:
    def seconds_and_pitch(name: str, **settings) -> tuple[list[float], list[float]]:
        make_corpus(SENTENCES, tmp_path / name, **settings)
        wavs = [read_audio(u.audio_path)[0] for u in read_corpus(tmp_path / name).utterances]
        pitches = [float(np.nanmedian(fundamental_frequency(wav, AudioConfig()))) for wav in wavs]
        return [len(wav) / 22050 for wav in wavs], pitches

    plain, fast = seconds_and_pitch("plain"), seconds_and_pitch("fast", speed=260)
    high, varied = seconds_and_pitch("high", pitch=90), seconds_and_pitch("varied", variation=1.0)
    again = seconds_and_pitch("again", variation=1.0)
    assert sum(fast[0]) < 0.8 * sum(plain[0]) and sum(high[1]) > 1.2 * sum(plain[1])
    ratios = np.divide(varied[0], plain[0])
    assert ratios.max() - ratios.min() > 0.05
    np.testing.assert_allclose(varied, again, rtol=0.01)   # the voice's flutter goes on between calls


def test_an_interrupted_call_goes_on(tmp_path) -> None:
    class Stop(Exception):
        pass

    def stop(done: int, total: int) -> None:
        if done == 2:
            raise Stop

    with pytest.raises(Stop):
        make_corpus(SENTENCES, tmp_path / "out", progress=stop)
    assert not (tmp_path / "out/metadata.csv").exists()
    (tmp_path / "out/wavs/b.wav").write_bytes(b"RIFF")    # as if damaged
    made = make_corpus(SENTENCES, tmp_path / "out")
    assert (made.kept, made.spoken) == (1, 2)
    assert len(read_corpus(tmp_path / "out").utterances) == 3
    assert sorted(p.name for p in (tmp_path / "out").rglob("*") if p.is_file()) == [
        "a.wav", "b.wav", "c.wav", "corpus.json", "metadata.csv"]


def test_another_folder_or_other_settings_are_refused_and_left_alone(tmp_path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine/notes.txt").write_text("keep")
    with pytest.raises(CorpusError, match="did not write"):
        make_corpus(SENTENCES, tmp_path / "mine")
    assert [p.name for p in (tmp_path / "mine").iterdir()] == ["notes.txt"]
    make_corpus(SENTENCES, tmp_path / "out")
    before = (tmp_path / "out/metadata.csv").read_bytes()
    with pytest.raises(CorpusError, match=r"other settings \(speed differ\)"):
        make_corpus(SENTENCES, tmp_path / "out", speed=200)
    assert (tmp_path / "out/metadata.csv").read_bytes() == before
    (tmp_path / "out/corpus.json").write_text("{half")
    with pytest.raises(CorpusError, match="not readable JSON"):
        make_corpus(SENTENCES, tmp_path / "out")


@pytest.mark.parametrize("options, words", [
    (dict(voices=["xx-none"]), "no voice 'xx-none'"), (dict(voices=["en-us+zz"]), "no variant 'zz'"),
    (dict(voices=[]), "different voices"), (dict(voices=["fa", "fa"]), "different voices"), (dict(speed=5), "80–450"),
    (dict(pitch=500), "0–100"), (dict(limit=0), "at least 1"), (dict(audio_format="aac"), "wav, flac"),
    (dict(variation=float("nan")), "variation")])
def test_bad_settings(tmp_path, options: dict, words: str) -> None:
    with pytest.raises(CorpusError, match=words):
        make_corpus(SENTENCES, tmp_path / "out", **options)
    assert not (tmp_path / "out").exists()


def test_a_sentence_of_nothing_is_reported(tmp_path) -> None:
    made = make_corpus([*SENTENCES[:1], Sentence("x", "...")], tmp_path / "out")
    assert [p.id for p in made.problems] == ["x"] and made.spoken == 1
    with pytest.raises(CorpusError, match="says nothing for any"):
        make_corpus([Sentence("x", "...")], tmp_path / "none")


def test_the_same_command_gives_the_same_samples(tmp_path) -> None:
    (tmp_path / "s.txt").write_text("\n".join(s.text for s in SENTENCES))
    contents = []
    for name in ("one", "two"):
        command = [sys.executable, "-m", "mytts_core", "make-corpus", "--sentences", "s.txt", "--out", name]
        done = subprocess.run(command, cwd=tmp_path, env={**os.environ, "PYTHONPATH": str(REPOSITORY)}, text=True,
                              capture_output=True, timeout=60)
        assert done.returncode == 0, done.stderr
        assert "3 utterances" in done.stdout
        contents.append({p.name: p.read_bytes() for p in (tmp_path / name).rglob("*") if p.is_file()})
    assert contents[0] == contents[1] and len(contents[0]) == 5


def test_the_settings_are_written_beside_it(tmp_path) -> None:
    make_corpus(SENTENCES[:1], tmp_path / "out", ["fa"], speed=150)
    settings_found = json.loads((tmp_path / "out/corpus.json").read_text())
    assert settings_found["voices"] == ["fa"] and settings_found["speed"] == 150


@pytest.mark.parametrize("text, expected", [
    ("One two.\n\n Three \n", [("sentence_0001", "One two."), ("sentence_0003", "Three")]),
    ("x1|Text one\nx2|5|five\n", [("x1", "Text one"), ("x2", "five")]),
    ('( arctic_a0001 "He said "so", then." )\n( b "Two" )', [("arctic_a0001", 'He said "so", then.'), ("b", "Two")]),
])
def test_forms_of_sentence_files(tmp_path, text: str, expected: list) -> None:
    (tmp_path / "s.txt").write_text(text)
    assert [(s.id, s.text) for s in read_sentences(tmp_path / "s.txt")] == expected


@pytest.mark.parametrize("data, words", [
    (b"", "is empty"), (b"\n \n", "is empty"), (b"\xff\xfe\x00", "UTF-8"), (b"a|x\na|y", "second time"),
    (b"a|x\nno bar", "line 2"), (b"../a|x", "must be letters"), (b'( a "x" )\nb|y', "line 2"), (b"..|x", "must be")])
def test_bad_sentence_files(tmp_path, data: bytes, words: str) -> None:
    (tmp_path / "s.txt").write_bytes(data)
    with pytest.raises(CorpusError, match=words):
        read_sentences(tmp_path / "s.txt")
    with pytest.raises(CorpusError, match="does not exist"):
        read_sentences(tmp_path / "none.txt")


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.one_of(st.binary(max_size=100), st.text(alphabet='ab|()" \n./é', max_size=60).map(str.encode)))
def test_any_file_of_sentences_is_read_or_refused_in_words(tmp_path, data: bytes) -> None:
    (tmp_path / "s.txt").write_bytes(data)
    try:
        sentences = read_sentences(tmp_path / "s.txt")
    except CorpusError:
        return
    assert sentences and len({s.id for s in sentences}) == len(sentences)
    assert all("/" not in s.id and "\n" not in s.text for s in sentences)


def test_the_shared_lists(shared_data) -> None:
    text = shared_data / "text"
    counts = [len(read_sentences(text / name)) for name in
              ("harvard_sentences_en.txt", "cmu_arctic_prompts.data", "persian_prompts.csv")]
    assert counts[0] == 720 and counts[1] > 1100 and counts[2] == 2452


def test_speaking_is_far_faster_than_real_time(tmp_path) -> None:
    start = time.process_time()
    made = make_corpus(SENTENCES, tmp_path / "out")
    assert time.process_time() - start < made.seconds
