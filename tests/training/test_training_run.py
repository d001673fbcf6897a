"""A whole training of a tiny model: what it writes, what it refuses, what it skips, and where it goes on."""

from __future__ import annotations

import dataclasses
import json
import os
import signal
from pathlib import Path

import numpy as np
import pytest

from mytts_core.config import RunConfig, apply_overrides
from mytts_core.errors import CheckpointError, CorpusError, RunError, TrainingError
from mytts_core.runs.reader import Run, open_run
from mytts_core.training.session import read_run_config, resolve_config, train

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def finished(tone_corpus: Path, tiny_config: RunConfig, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A training of 16 steps, never interrupted."""
    folder = tmp_path_factory.mktemp("runs") / "finished"
    settings = ["ema_decay=0.9", "clip_strategy=percentile", "max_norm=50", "keep_checkpoints=2"]
    config = apply_overrides(tiny_config, settings)
    assert train(config, tone_corpus, folder, quiet=True) == "finished"
    return folder


def test_scalars_gradients_samples_and_checkpoints_are_written(finished: Path) -> None:
    run = open_run(finished)
    scalars = run.scalars()
    assert run.status.state == "finished" and run.status.step == 16
    assert scalars["train/loss"].steps.tolist() == list(range(1, 17))
    assert scalars["validation/diagonality"].steps.tolist() == [8, 16]
    assert scalars["free_running/length_ratio"].steps.tolist() == [8, 16]
    assert scalars["train/clip_threshold"].values.min() < 50
    norms = run.gradient_norms()
    assert norms.steps.tolist() == [4, 8, 12, 16] and np.isfinite(norms.norms).all()
    total = np.sqrt((norms.norms.astype(float)**2).sum(axis=1))
    largest = dict(zip(scalars["train/gradient_norm"].steps, scalars["train/gradient_norm"].values))
    assert total == pytest.approx([largest[step] for step in norms.steps], rel=1e-4)
    assert run.sample_steps() == [8, 16]


def test_a_sample_holds_what_the_model_did(finished: Path) -> None:
    run = open_run(finished)
    with_audio, without = sorted(run.samples(16), key=lambda summary: summary.free_running is None)
    sample = run.sample(16, with_audio.id)
    groups = -(-with_audio.target_frames // 4)
    assert sample.teacher_forced.attention.shape == (1, 2, groups, len(with_audio.tokens))
    assert sample.teacher_forced.attention.sum(axis=-1) == pytest.approx(1.0, abs=0.01)
    assert sample.teacher_forced.mel_target.shape == sample.teacher_forced.mel_predicted.shape
    assert sample.free_running.mel_predicted.shape[0] == with_audio.free_running.frames
    assert sample.free_running_audio is not None and sample.target_audio is not None
    assert without.free_running is None
    assert with_audio.head == tuple(_info(finished, 16)["head"])


def test_checkpoints_hold_the_averages_and_say_what_they_are(finished: Path, tmp_path: Path) -> None:
    from mytts_core.model.weights import read_weights
    from mytts_core.training.checkpoints import load_state

    info = _info(finished, 16)
    assert info["step"] == 16 and info["weights"] == "averaged" and info["validation"]["loss"] > 0
    stored, state = read_weights(_checkpoint(finished, 16))[0], load_state(finished)
    kernels = [array for array in state.arrays.values() if array.shape == stored["mel_dense/kernel"].shape]
    assert kernels and not any(np.allclose(kernel, stored["mel_dense/kernel"], atol=1e-7) for kernel in kernels)
    assert any(np.isin(stored["mel_dense/kernel"].ravel()[:5], array).all()
               for name, array in state.arrays.items() if name.startswith("averages"))
    assert len(list((finished / "checkpoints").glob("*.h5"))) <= 3


def test_a_resumed_training_equals_one_that_was_never_stopped(finished: Path, tone_corpus: Path, tmp_path: Path,
                                                              monkeypatch: pytest.MonkeyPatch) -> None:
    """Stopped by a signal between checkpoints, then resumed: percentile clipping, averages and noise included."""
    from mytts_core.training import trainer

    config = read_run_config(finished)
    folder, one_step = tmp_path / "stopped", trainer.Trainer._one_step

    def with_signal(self: trainer.Trainer) -> None:
        one_step(self)
        if self.host.step == 7:
            os.kill(os.getpid(), signal.SIGTERM)

    monkeypatch.setattr(trainer.Trainer, "_one_step", with_signal)
    assert train(_fresh(config), tone_corpus, folder, quiet=True) == "interrupted"
    assert open_run(folder).status.state == "interrupted" and open_run(folder).status.step == 7
    config = resolve_config(None, [], folder, True, None)
    assert train(config, tone_corpus, folder, resume=True, quiet=True) == "finished"
    _assert_same_series(open_run(folder), open_run(finished))


def test_what_is_not_finite_is_skipped_then_stops_the_training(tone_corpus: Path, tiny_config: RunConfig,
                                                               tmp_path: Path) -> None:
    settings = ["learning_rate=1e30", "schedule=constant", "warmup_steps=2", "max_nonfinite_steps=3",
                "checkpoint_interval=1", "validation_interval=100", "sample_interval=100", "use_postnet=false"]
    with pytest.raises(TrainingError, match="3 steps in a row"):
        train(apply_overrides(tiny_config, settings), tone_corpus, tmp_path / "run", quiet=True)
    run = open_run(tmp_path / "run")
    assert run.status.state == "failed" and "not finite" in run.status.message
    assert run.scalars()["train/skipped_steps"].values[-1] >= 2
    assert np.isnan(run.scalars()["train/gradient_norm"].values[-1])
    assert run.checkpoints()


def test_starting_from_another_run(finished: Path, tone_corpus: Path, tmp_path: Path) -> None:
    from mytts_core.model.weights import read_weights

    settings = ["max_steps=1", "learning_rate=1e-12", "ema_decay=0", "checkpoint_interval=1"]
    config = resolve_config(None, settings, tmp_path / "tuned", False, finished)
    train(config, tone_corpus, tmp_path / "tuned", init_from=finished, quiet=True)
    assert open_run(tmp_path / "tuned").sample_steps() == [1], "the last step is looked at, due or not"
    assert _info(tmp_path / "tuned", 1)["head"] and _info(tmp_path / "tuned", 1)["validation"]["loss"] > 0
    source, tuned = read_weights(_checkpoint(finished, 16))[0], read_weights(_checkpoint(tmp_path / "tuned", 1))[0]
    moved = [name for name in source if not np.allclose(source[name], tuned[name], atol=1e-6)]
    assert all("moving" in name for name in moved)      # batch statistics follow the first batch


def test_dry_run_writes_no_run(tone_corpus: Path, tiny_config: RunConfig, tmp_path: Path,
                               monkeypatch: pytest.MonkeyPatch) -> None:
    from mytts_core.training.dry_run import dry_run

    monkeypatch.chdir(tmp_path)
    estimate = dry_run(tiny_config, tone_corpus, quiet=True)
    assert estimate.batches_per_epoch == 3 and sum(shape.share for shape in estimate.shapes) == pytest.approx(1.0)
    assert estimate.seconds > 0 and estimate.memory_bytes > 2**20 and not list(tmp_path.iterdir())
    assert "time: about" in "\n".join(estimate.in_words())


def test_another_corpus_is_refused_on_resume(finished: Path, tone_corpus: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    (other / "wavs").mkdir(parents=True)
    for wav in list((tone_corpus / "wavs").iterdir())[:12]:
        (other / "wavs" / wav.name).write_bytes(wav.read_bytes())
    (other / "metadata.csv").write_text((tone_corpus / "metadata.csv").read_text())
    with pytest.raises(CorpusError, match="not the corpus"):
        train(resolve_config(None, [], finished, True, None), other, finished, resume=True, quiet=True)


def test_weights_of_another_shape_and_an_occupied_folder_are_refused(finished: Path, tone_corpus: Path,
                                                                     tiny_config: RunConfig, tmp_path: Path) -> None:
    wider = apply_overrides(tiny_config, ["model.d_model=32"])
    with pytest.raises(CheckpointError, match="another configuration"):
        train(wider, tone_corpus, tmp_path / "wider", init_from=finished, quiet=True)
    with pytest.raises(RunError, match="already holds a run"):
        train(tiny_config, tone_corpus, finished, quiet=True)


def _fresh(config: RunConfig) -> RunConfig:
    return dataclasses.replace(config, corpus=RunConfig(config.model).corpus)


def _info(folder: Path, step: int) -> dict:
    return json.loads((folder / "checkpoints" / f"step_{step:06d}.json").read_text())


def _checkpoint(folder: Path, step: int) -> Path:
    return folder / "checkpoints" / f"step_{step:06d}.weights.h5"


def _assert_same_series(run: Run, reference: Run) -> None:
    found, wanted = run.scalars(), reference.scalars()
    assert set(found) == set(wanted)
    for tag in wanted:
        if "seconds" not in tag:
            assert found[tag].steps.tolist() == wanted[tag].steps.tolist(), tag
            np.testing.assert_allclose(found[tag].values, wanted[tag].values, atol=1e-5, rtol=1e-5, err_msg=tag)
