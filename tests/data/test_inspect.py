import json
from dataclasses import asdict

import numpy as np
import pytest

from mytts_core.audio.waveform import write_audio
from mytts_core.cli import main
from mytts_core.data.inspect import format_report, inspect_corpus
from mytts_core.data.measure import count_clipped, measure
from mytts_core.errors import CorpusError

RATE = 22050


def sine(amplitude: float, seconds: float = 1.0) -> np.ndarray:
    return (amplitude * np.sin(2 * np.pi * 220 * np.arange(int(seconds * RATE)) / RATE)).astype(np.float32)


def test_measures_of_known_sounds() -> None:
    wav = np.concatenate([np.zeros(RATE // 2), sine(0.5), np.zeros(RATE)]).astype(np.float32)
    found = measure("x", "", "a" * 15, wav, RATE)
    assert found.seconds == pytest.approx(2.5) and found.clipped == 0
    assert found.peak_db == pytest.approx(20 * np.log10(0.5), abs=0.01)
    assert found.level_db == pytest.approx(20 * np.log10(0.5 / np.sqrt(2)), abs=0.2)
    assert found.leading_seconds == pytest.approx(0.5, abs=0.03)
    assert found.trailing_seconds == pytest.approx(1.0, abs=0.03)
    assert found.characters_per_second == pytest.approx(15, rel=0.06)


def test_clipping_is_counted_at_full_scale_and_below() -> None:
    assert count_clipped(sine(0.5)) == 0
    clipped = np.clip(sine(0.8), -0.6, 0.6)
    assert count_clipped(clipped) == pytest.approx((np.abs(sine(0.8)) >= 0.6).sum(), abs=2)
    assert count_clipped(np.clip(sine(3.0), -1, 1)) > 0.5 * RATE
    assert count_clipped(np.zeros(100)) == 0


def test_a_corpus_with_every_trouble(make_small_corpus) -> None:
    folder = make_small_corpus(24)
    write_audio(folder / "wavs/clip_001.wav", np.clip(sine(2.0), -0.9, 0.9), RATE)
    write_audio(folder / "wavs/clip_002.wav", sine(0.4, 9.0), RATE)             # far too slow for its text
    write_audio(folder / "wavs/clip_006.wav", sine(0.4, 11.7), RATE)            # 1,007 frames
    silence = np.zeros(3 * RATE, dtype=np.float32)
    write_audio(folder / "wavs/clip_007.wav", np.concatenate([silence, sine(0.4, 11.0), silence]), RATE)
    write_audio(folder / "wavs/clip_003.wav", np.zeros(RATE, dtype=np.float32), RATE)
    write_audio(folder / "wavs/clip_004.wav", sine(0.4)[::2], RATE // 2)
    (folder / "wavs/clip_005.wav").write_bytes(b"RIFF")
    rows = (folder / "metadata.csv").read_text().splitlines()
    rows[2] = "clip_002|a"
    (folder / "metadata.csv").write_text("\n".join(rows))
    report = inspect_corpus(folder)
    assert len(report.recordings) == 22
    assert "clip_001" in report.clipped and report.outliers[0] == "clip_002"
    assert report.too_long == ["clip_006"], "trimmed, clip_007 is short enough"
    assert {p.id: p.row for p in report.problems} == {"clip_003": 4, "clip_005": 6}
    assert report.counts("sample_rate") == {RATE: 21, RATE // 2: 1}
    remarks = " ".join(report.remarks)
    assert "2 rows cannot be used" in remarks and "sample rates" in remarks and "clipped" in remarks
    assert "1 recordings are longer than 11.6 s" in remarks
    text = format_report(report)
    assert "clip_005" in text and "characters a second" in text and "22 utterances" in text
    assert all(len(line) < 2000 for line in text.splitlines())


def test_symbols_are_counted(make_small_corpus) -> None:
    folder = make_small_corpus(2)
    (folder / "metadata.csv").write_text("clip_000|Aa ب\u200cبé\nclip_001|b‘b\n", encoding="utf-8")
    report = inspect_corpus(folder)
    assert report.symbols == {"b": 2, "a": 2, "ب": 2, " ": 1, "\u200c": 1, "é": 1, "'": 1}
    assert "U+200C:1" in format_report(report) and "U+0020:1" in format_report(report)


def test_command_line_text_and_json(make_small_corpus, capsys) -> None:
    folder = make_small_corpus(5)
    assert main(["inspect", str(folder)]) == 0
    assert "5 utterances" in capsys.readouterr().out
    assert main(["inspect", str(folder), "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["utterances"] == 5 and len(found["recordings"]) == 5
    assert found["seconds"] == asdict(inspect_corpus(folder).spread("seconds"))
    assert main(["inspect", str(folder / "none")]) == 2
    assert "does not exist" in capsys.readouterr().err


def test_a_corpus_of_silence_is_refused(make_small_corpus) -> None:
    folder = make_small_corpus(2)
    for index in range(2):
        write_audio(folder / f"wavs/clip_{index:03d}.wav", np.zeros(RATE, dtype=np.float32), RATE)
    with pytest.raises(CorpusError, match="digital silence"):
        inspect_corpus(folder)


def test_real_corpora(shared_data) -> None:
    report = inspect_corpus(shared_data / "speech/persian_10", language="fa")
    assert len(report.recordings) == 10 and report.problems == [] and "\u200c" in report.symbols
    assert 55 < report.total_seconds < 65
