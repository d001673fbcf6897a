"""A light copy of a run: what it keeps, what it leaves, what it refuses."""

import numpy as np
import pytest

from mytts_core.cli import main
from mytts_core.config import ModelConfig, RunConfig
from mytts_core.errors import RunError
from mytts_core.runs.atomic_files import write_json
from mytts_core.runs.reader import open_run
from mytts_core.runs.writer import RunWriter
from mytts_core.training.export import export_run

h5py = pytest.importorskip("h5py")


@pytest.fixture
def run_folder(tmp_path):
    config = RunConfig(ModelConfig(num_layers=1, d_model=16, num_heads=2, dff=16))
    random = np.random.default_rng(0)
    folder = tmp_path / "run"
    with RunWriter.create(folder, config, command=["test"]) as writer:
        for step in (10, 20):
            writer.scalars(step, {"train/loss": 1.0 / step})
            for name in ("a", "b"):
                arrays = {"attention": random.random((1, 2, 30, 20)), "mel_predicted": random.normal(size=(30, 80))}
                record = {"text": name, "free_running": {"frames": 30} if name == "b" else None}
                writer.sample(step, name, record, free_running=arrays, target_audio=np.zeros(100, np.float32),
                              sample_rate=22050)
            weights, info = writer.checkpoint_paths(step)
            _write_weights(weights, random)
            write_json(info, {"step": step, "head": [0, 1], "dtype": "float32"})
        writer.resume_folder.mkdir(exist_ok=True)
        (writer.resume_folder / "optimizer.bin").write_bytes(b"x" * 1000)
        writer.status("finished", 20)
    return folder


def _write_weights(path, random):
    with h5py.File(path, "w") as file:
        file.attrs.update(format="mytts-weights", version=1, model="{}")
        file.create_dataset("kernel", data=random.normal(size=(256, 256)).astype(np.float32))


def test_copy_keeps_logs_one_checkpoint_in_half_precision_and_audio_of_the_last_samples(run_folder, tmp_path):
    export_run(run_folder, tmp_path / "copy", sample_steps=[10, 20], utterances=1)
    original, copy = open_run(run_folder), open_run(tmp_path / "copy")
    assert copy.config == original.config and copy.status.state == "finished"
    np.testing.assert_array_equal(copy.scalars()["train/loss"].values, original.scalars()["train/loss"].values)
    assert [checkpoint.step for checkpoint in copy.checkpoints()] == [20]
    assert copy.checkpoints()[0].num_bytes < 0.7 * original.checkpoints()[1].num_bytes
    assert [sample.id for sample in copy.samples(20)] == ["b"], "the sample with a free-running take comes first"
    assert copy.sample(20, "b").target_audio is not None and copy.sample(10, "b").target_audio is None
    difference = copy.sample(20, "b").free_running.attention - original.sample(20, "b").free_running.attention
    assert 0 < np.abs(difference).max() <= 1 / 256
    assert not (tmp_path / "copy" / "resume").exists()


def test_evaluations_and_stress_results_go_with_the_copy_and_stress_sounds_stay(run_folder, tmp_path):
    for place in ("evaluation/step_000010.json", "stress/step_000010/result.json", "stress/step_000010/abc.ogg"):
        (run_folder / place).parent.mkdir(parents=True, exist_ok=True)
        (run_folder / place).write_text(place)
    export_run(run_folder, tmp_path / "copy")
    assert (tmp_path / "copy" / "evaluation" / "step_000010.json").read_text() == "evaluation/step_000010.json"
    assert [path.name for path in (tmp_path / "copy" / "stress").rglob("*") if path.is_file()] == ["result.json"]


@pytest.mark.parametrize(("kept", "is_best"), [([10], True), ([20], False), ([10, 20], True)])
def test_the_best_checkpoint_stays_the_best_where_it_is_kept(run_folder, tmp_path, kept, is_best):
    write_json(run_folder / "checkpoints" / "best.json", {"schema": 1, "step": 10})
    export_run(run_folder, tmp_path / "copy", checkpoints=kept)
    checkpoints = open_run(tmp_path / "copy").checkpoints()
    assert [checkpoint.step for checkpoint in checkpoints] == kept
    assert [checkpoint.step for checkpoint in checkpoints if checkpoint.is_best] == ([10] if is_best else [])


def test_copy_refuses_an_occupied_folder_a_missing_step_and_a_folder_without_a_run(run_folder, tmp_path):
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "letter.txt").write_text("mine")
    with pytest.raises(RunError, match="letter.txt.*choose another with --out"):
        export_run(run_folder, tmp_path / "full")
    with pytest.raises(RunError, match="cannot be written.*--out"):
        export_run(run_folder, tmp_path / "full" / "letter.txt" / "copy")
    assert (tmp_path / "full" / "letter.txt").read_text() == "mine"
    with pytest.raises(RunError, match="no checkpoint at step 15: there are 10, 20"):
        export_run(run_folder, tmp_path / "copy", checkpoints=[15])
    assert not (tmp_path / "copy").exists()
    with pytest.raises(RunError, match="holds no run"):
        export_run(tmp_path / "full", tmp_path / "copy")


def test_the_command_says_how_large_the_copy_is_and_what_is_wrong(run_folder, tmp_path, capsys):
    arguments = ["export", "--run", str(run_folder), "--out", str(tmp_path / "copy")]
    assert main([*arguments, "--utterances", "-1"]) == 2
    assert "--utterances is -1" in capsys.readouterr().err and not (tmp_path / "copy").exists()
    assert main(arguments) == 0
    assert capsys.readouterr().out.endswith(" MB\n")
    assert main(arguments) == 2
    assert "--out" in capsys.readouterr().err
