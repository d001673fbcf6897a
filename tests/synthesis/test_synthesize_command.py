"""`mytts synthesize`: what it prints, the formats it writes, its exit codes, and what it leaves alone."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
import soundfile

from mytts_core.cli import main


def speak(run: Path, out: Path, *more: str, text: str = "Hello you.") -> int:
    return main(["synthesize", "--run", str(run), "--text", text, "--out", str(out), "--max-seconds", "0.5", *more])


@pytest.mark.slow
@pytest.mark.parametrize("suffix", [".wav", ".flac", ".ogg", ".mp3"])
def test_formats_by_suffix(tiny_run: Path, tmp_path: Path, suffix: str) -> None:
    out = tmp_path / f"take{suffix}"
    assert speak(tiny_run, out) == 0
    wav, rate = soundfile.read(out)
    assert rate == 22050 and 0.45 < len(wav) / rate < 0.65
    assert list(tmp_path.iterdir()) == [out]


@pytest.mark.slow
def test_what_was_done_is_printed(tiny_run: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert speak(tiny_run, tmp_path / "a.wav", "--temperature", "1.5", "--seed", "7", "--checkpoint", "best",
                 text="Olé, you.") == 0
    told = capsys.readouterr().out
    for part in ("a.wav: 0.50 s of audio", "cut at the length limit", "step_000010.weights.h5, temperature 1.5, seed 7 "
                 "(prosody)", "attention (layer 1, head 0): diagonality", "guessed at: é (1 tokens)",
                 "Ran into the length limit"):
        assert part in told


@pytest.mark.slow
def test_the_seed_and_standard_input(tiny_run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, seed in (("a", "1"), ("b", "1"), ("c", "2")):
        monkeypatch.setattr("sys.stdin", io.StringIO("Hello you.\n"))
        assert speak(tiny_run, tmp_path / f"{name}.wav", "--temperature", "2", "--seed", seed, text="-") == 0
    sounds = [soundfile.read(tmp_path / f"{name}.wav")[0] for name in "abc"]
    assert np.array_equal(sounds[0], sounds[1]) and not np.array_equal(sounds[0], sounds[2])


@pytest.mark.parametrize(("out", "text", "more", "told"), [
    ("a.aiff", "Hello.", (), "suffix must be one of .wav, .flac, .ogg, .mp3"),
    ("a.wav", "  ", (), "empty"),
    ("a.wav", "Hello.", ("--max-unknown", "2"), "--max-unknown is 2.0"),
    pytest.param("a.wav", "Hello é.", ("--max-unknown", "0.1"), "14% of its symbols", marks=pytest.mark.slow),
    pytest.param("a.wav", "سلام", (), "not trained on", marks=pytest.mark.slow),
    pytest.param("a.wav", "Hello.", ("--checkpoint", "15"), "no checkpoint of step 15", marks=pytest.mark.slow),
    pytest.param("a.wav", "Hello.", ("--temperature", "nan"), "temperature is nan", marks=pytest.mark.slow),
    pytest.param("a.wav", "Hello.", ("--temperature", "2", "--seed", "-1"), "seed is -1", marks=pytest.mark.slow),
])
def test_bad_input_is_one_line_and_leaves_the_old_file(tiny_run: Path, tmp_path: Path, out: str, text: str,
                                                       more: tuple[str, ...], told: str,
                                                       capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / out).write_bytes(b"an older take")
    assert speak(tiny_run, tmp_path / out, *more, text=text) == 2
    message = capsys.readouterr().err
    assert message.startswith("mytts: error: ") and told in message and message.count("\n") == 1
    assert (tmp_path / out).read_bytes() == b"an older take" and len(list(tmp_path.iterdir())) == 1


@pytest.mark.slow
def test_a_place_that_cannot_be_written(tiny_run: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "file").write_text("")
    assert speak(tiny_run, tmp_path / "file" / "a.wav") == 2
    assert "cannot write" in capsys.readouterr().err
    assert speak(tiny_run, tmp_path) == 2


def test_standard_input_that_is_no_text(tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
                                        capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(b"caf\xe9"), encoding="utf-8"))
    assert speak(tmp_path, tmp_path / "a.wav", text="-") == 2
    assert "standard input is not utf-8 text" in capsys.readouterr().err


def test_no_run(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert speak(tmp_path / "none", tmp_path / "a.wav") == 2
    assert "does not exist" in capsys.readouterr().err
