"""`mytts train` on bad input: one line that names the thing and the way out, exit code 2, nothing changed."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from mytts_core.cli import main
from mytts_core.config import RunConfig, TrainingConfig, get_model_preset


def refused(capsys: pytest.CaptureFixture[str], *arguments: object) -> str:
    """Run `mytts train`, which must end with code 2 and one line; return the line."""
    assert main(["train", *map(str, arguments)]) == 2
    lines = capsys.readouterr().err.strip().splitlines()
    assert lines[-1].startswith("mytts: error: ") and "Traceback" not in "\n".join(lines)
    return lines[-1]


def test_a_preset_brings_the_training_that_suits_it_and_set_has_the_last_word(tmp_path):
    from mytts_core.training.session import resolve_config

    settings = {preset: resolve_config(preset, ["learning_rate=0.5"], tmp_path, False, None).training
                for preset in ("modern_cpu", "normal")}
    assert settings["modern_cpu"].own_frames > 0 and settings["modern_cpu"].learning_rate == 0.5
    assert settings["normal"] == TrainingConfig(learning_rate=0.5)


@pytest.fixture
def old_run(tmp_path: Path) -> Path:
    """A run folder with a configuration, as a training leaves it before its first checkpoint."""
    folder = tmp_path / "old"
    folder.mkdir()
    config = RunConfig(get_model_preset("modern_cpu"), preset="modern_cpu")
    (folder / "run.json").write_text(json.dumps({"schema": 1, "id": "x"}))
    (folder / "config.json").write_text(json.dumps(config.to_dict()))
    return folder


@pytest.mark.parametrize(("arguments", "words"), [
    (["--preset", "modern_cpu", "--run", "new", "--set", "learning_rate=NaN"], "learning_rate"),
    (["--preset", "modern_cpu", "--run", "new", "--set", "learning_rate=Infinity"], "learning_rate"),
    (["--preset", "modern_cpu", "--run", "new", "--set", "mel_noise=abc"], "mel_noise is 'abc'"),
    (["--preset", "modern_cpu", "--run", "new", "--set", "d_model=17"], "divisible by num_heads"),
    (["--preset", "modern_cpu", "--run", "new", "--set", "learning"], "key=value"),
    (["--preset", "modern_cpu", "--run", "new", "--set", "lerning_rate=1"], "unknown"),
    (["--preset", "modern_cqu", "--run", "new"], "modern_cpu"),
    (["--run", "new"], "--preset is missing"),
    (["--preset", "modern_cpu"], "--run is missing"),
    (["--run", "new", "--resume"], "without --resume"),
    (["--run", "new", "--resume", "--init", "x"], "leave out --init"),
    (["--preset", "modern_cpu", "--run", "new", "--init", "nowhere"], "no such run"),
])
def test_arguments(arguments: list[str], words: str, tone_corpus: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
                   capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.chdir(tmp_path)
    assert words in refused(capsys, "--data", tone_corpus, *arguments)
    assert not list(tmp_path.iterdir())


def test_a_missing_corpus(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ("--preset", "modern_cpu", "--run", tmp_path / "run")
    assert "nowhere" in refused(capsys, "--data", tmp_path / "nowhere", *arguments)
    assert not list(tmp_path.iterdir())


def test_utterances_longer_than_the_model_takes(tone_corpus: Path, tmp_path: Path,
                                                capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ("--preset", "modern_cpu", "--run", tmp_path / "run", "--set", "model.max_length=20")
    assert "model.max_length (20)" in refused(capsys, "--data", tone_corpus, *arguments)
    assert not list(tmp_path.iterdir())


def test_another_configuration_on_resume(old_run: Path, tone_corpus: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = (old_run / "config.json").read_bytes()
    message = refused(capsys, "--data", tone_corpus, "--run", old_run, "--resume", "--set", "model.dff=64")
    assert "model.dff=512, not 64" in message
    message = refused(capsys, "--data", tone_corpus, "--run", old_run, "--resume", "--preset", "modern_small")
    assert "modern_cpu" in message
    assert (old_run / "config.json").read_bytes() == before


def test_weights_that_lie_in_no_run(tone_corpus: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "alone.weights.h5").write_bytes(b"x")
    message = refused(capsys, "--data", tone_corpus, "--run", tmp_path / "run", "--init", tmp_path / "alone.weights.h5")
    assert "alone.weights.h5 lies in no run" in message and "--init" in message


def test_a_damaged_configuration_on_resume(old_run: Path, tone_corpus: Path,
                                           capsys: pytest.CaptureFixture[str]) -> None:
    (old_run / "config.json").write_text('{"model": {"num_layers": ')
    assert "config.json" in refused(capsys, "--data", tone_corpus, "--run", old_run, "--resume")


def test_a_run_killed_before_it_began(old_run: Path, tone_corpus: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (old_run / "config.json").unlink()
    assert "remove the folder" in refused(capsys, "--data", tone_corpus, "--run", old_run, "--resume")


def test_a_folder_that_another_run_has_or_a_file_is(old_run: Path, tone_corpus: Path, tmp_path: Path,
                                                    capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ("--data", tone_corpus, "--preset", "modern_cpu")
    assert "already holds a run" in refused(capsys, *arguments, "--run", old_run)
    (tmp_path / "file").write_text("kept")
    assert "is a file" in refused(capsys, *arguments, "--run", tmp_path / "file" / "run")
    message = refused(capsys, "--data", "nowhere", *arguments[2:], "--run", tmp_path)
    assert "is not empty" in message, "told before the corpus is looked at"
    assert (tmp_path / "file").read_text() == "kept"


@pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="root may write everywhere")
def test_an_unwritable_folder(tone_corpus: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    tmp_path.chmod(0o500)
    try:
        arguments = ("--data", tone_corpus, "--preset", "modern_cpu")
        assert "cannot be written" in refused(capsys, *arguments, "--run", tmp_path / "new")
    finally:
        tmp_path.chmod(0o700)
