"""What RunWriter writes is what the reader and TensorBoard read back."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import soundfile
from hypothesis import given, settings
from hypothesis import strategies as st

from mytts_core.config import RunConfig
from mytts_core.errors import RunError
from mytts_core.runs import schema
from mytts_core.runs.media import Histogram
from mytts_core.runs.reader import open_run
from mytts_core.runs.sample_files import utterance_folder_name
from mytts_core.runs.writer import RunWriter


def test_a_new_run_tells_who_made_it_and_with_what(writer: RunWriter, config: RunConfig) -> None:
    run = open_run(writer.folder)
    assert run.config == config and run.kind == "mytts" and run.problems == []
    assert run.run_info.schema == schema.SCHEMA_VERSION and run.run_info.id
    assert run.run_info.command == ("mytts", "train") and run.run_info.device == "2 cores"
    assert run.run_info.created.endswith("+00:00") and run.run_info.libraries["numpy"] == np.__version__
    assert (run.status.state, run.status.step) == ("running", 0) and not run.status.is_stalled()
    assert run.scalars() == {} and run.sample_steps() == [] and run.checkpoints() == []
    assert run.gradient_norms().norms.shape == (0, 0)


def test_scalars_are_seen_at_once_nan_and_infinity_included(writer: RunWriter) -> None:
    run = open_run(writer.folder)
    for step, value in enumerate([1.5, float("nan"), float("inf"), -2.0]):
        writer.scalars(step, {"train/loss": value, "train/stop_loss": step})
        np.testing.assert_array_equal(run.scalars()["train/loss"].values[-1], value)
    series = run.scalars()["train/stop_loss"]
    assert series.steps.tolist() == series.values.tolist() == [0, 1, 2, 3]
    assert abs(series.wall_times[-1] - os.stat(writer.folder).st_mtime) < 60


def test_histogram_counts_what_is_finite(writer: RunWriter) -> None:
    values = np.concatenate([np.linspace(-3, 1, 100), [np.nan, np.inf, -np.inf]])
    writer.histogram(7, schema.GRADIENT_HISTOGRAM, values)
    writer.histogram(8, schema.GRADIENT_HISTOGRAM, [np.nan])
    run = open_run(writer.folder)
    entries = run.media_index("histogram")
    histogram, empty = (run.media(entry) for entry in entries)
    assert isinstance(histogram, Histogram) and isinstance(empty, Histogram)
    assert [entry.step for entry in entries] == [7, 8] and len(empty.counts) == 0
    expected, _ = np.histogram(values[:100], histogram.edges)
    np.testing.assert_array_equal(histogram.counts, expected)
    assert (histogram.edges[0], histogram.edges[-1]) == (-3, 1) and histogram.counts.sum() == 100


def test_text_is_read_back(writer: RunWriter) -> None:
    writer.text(3, "trainer", "head (2, 1) chosen — سلام")
    run = open_run(writer.folder)
    assert [run.media(entry) for entry in run.media_index("text")] == [["head (2, 1) chosen — سلام"]]


def test_gradient_norms_by_variable(writer: RunWriter) -> None:
    with pytest.raises(ValueError, match="gradient_variables"):
        writer.gradient_norms(1, [1.0])
    writer.gradient_variables(["kernel", "bias"], [(3, 4), (4,)])
    writer.gradient_norms(100, [1.0, float("nan")])
    writer.gradient_norms(200, [float("inf"), 0.0])
    norms = open_run(writer.folder).gradient_norms()
    assert norms.names == ("kernel", "bias") and norms.shapes == ((3, 4), (4,))
    assert norms.steps.tolist() == [100, 200]
    np.testing.assert_array_equal(norms.norms, np.float32([[1, np.nan], [np.inf, 0]]))
    with pytest.raises(ValueError, match="shape"):
        writer.gradient_norms(300, [1.0])


def test_torn_row_of_norms_is_ignored_and_cut_off_on_resume(writer: RunWriter) -> None:
    writer.gradient_variables(["kernel", "bias"], [(3, 4), (4,)])
    for step in (1, 2, 3):
        writer.gradient_norms(step, [step, step])
    writer.close()
    path = writer.folder / schema.GRADIENTS_FOLDER / schema.GRADIENT_NORMS_FILE
    path.write_bytes(path.read_bytes() + b"torn")
    assert open_run(writer.folder).gradient_norms().steps.tolist() == [1, 2, 3]
    with RunWriter.resume(writer.folder, 1) as resumed:
        with pytest.raises(RunError, match="other variables"):
            resumed.gradient_variables(["kernel"], [(3, 4)])
        resumed.gradient_variables(["kernel", "bias"], [(3, 4), (4,)])
        resumed.gradient_norms(2, [20, 20])
    norms = open_run(writer.folder).gradient_norms()
    assert norms.steps.tolist() == [1, 2] and norms.norms[:, 0].tolist() == [1, 20]


def sample_record() -> dict:
    return {"text": "Hi there", "tokens": ["<start>", "h", "i", "<end>"], "spoken": [False, True, True, False],
            "reduction_factor": 4, "frames_per_second": 86.1, "head": [2, 1], "target_frames": 40,
            "teacher_forced": {"diagonality": 0.9, "focus": 0.8, "coverage": float("nan"), "monotonicity": 1.0},
            "free_running": {"diagonality": 0.5, "focus": 0.4, "coverage": 0.3, "monotonicity": 0.2, "frames": 44,
                             "stop_reason": "stop_token", "skipped": 1, "repeated": 0, "stalled": 0, "faults": [{
                                 "kind": "skipped", "token_index": 2, "token": "i", "start_frame": 8, "end_frame": 12}],
                             "words": ["skips 'i' at 0.09 s"]}}


def test_sample_round_trip(writer: RunWriter) -> None:
    generator = np.random.default_rng(0)
    attention = generator.random((3, 4, 10, 4))
    mel = generator.normal(-4, 2, (40, 80))
    wav = 0.5 * np.sin(np.arange(2_000) / 9)
    folder = writer.sample(500, "LJ001-0001", sample_record(), teacher_forced={
        "attention": attention, "mel_target": mel, "mel_predicted": mel + 1}, free_running={
        "attention": attention[:, :, :3], "mel_predicted": mel[:12], "stop_probabilities": np.linspace(0, 1, 12)},
        target_audio=wav, sample_rate=22_050)
    assert folder == writer.folder / "samples" / "step_000500" / "LJ001-0001"
    run = open_run(writer.folder)
    assert run.sample_steps() == [500]
    sample = run.sample(500, "LJ001-0001")
    summary = run.samples(500)[0]
    assert repr(sample.summary) == repr(summary) and summary.text == "Hi there" and summary.head == (2, 1)
    assert summary.spoken == (False, True, True, False) and summary.teacher_forced.diagonality == 0.9
    assert np.isnan(summary.teacher_forced.coverage)
    assert summary.free_running and summary.free_running.faults[0].token == "i"
    assert summary.free_running.words == ("skips 'i' at 0.09 s",) and summary.free_running.scores.monotonicity == 0.2
    assert sample.teacher_forced.attention is not None and sample.free_running.stop_probabilities is not None
    np.testing.assert_allclose(sample.teacher_forced.attention, attention, atol=5e-4)
    np.testing.assert_allclose(sample.teacher_forced.mel_target, mel, atol=1e-2)
    assert sample.free_running.mel_target is None and sample.free_running.attention.shape == (3, 4, 3, 4)
    assert sample.free_running_audio is None and sample.target_audio
    kept, sample_rate = soundfile.read(sample.target_audio)
    assert sample_rate == 22_050 and np.abs(kept - wav).max() < 1 / 32_000


def test_sample_of_a_later_attempt_replaces_the_earlier_one(writer: RunWriter) -> None:
    for text in ("first", "second"):
        writer.sample(5, "a", {"text": text}, target_audio=np.zeros(9) if text == "first" else None, sample_rate=8_000)
    run = open_run(writer.folder)
    assert [summary.text for summary in run.samples(5)] == ["second"] and run.sample(5, "a").target_audio is None
    assert os.listdir(writer.folder / "samples" / "step_000005") == ["a"]


def test_failed_sample_leaves_nothing_behind(writer: RunWriter) -> None:
    with pytest.raises(ValueError, match="unknown sample array 'attn'"):
        writer.sample(5, "a", {}, teacher_forced={"attn": np.zeros(3)})
    assert open_run(writer.folder).samples(5) == [] and os.listdir(writer.folder / "samples" / "step_000005") == []


@pytest.mark.parametrize("utterance_id", ["../../../etc/passwd", "a/b", "..", ".hidden", "سلام‏", "x" * 5_000, "", "nul",
                                          "tab\tnew\nline", "e\u0301", "\udc80", "C:\\x", "name."])
def test_any_utterance_id_is_a_harmless_folder_and_comes_back(writer: RunWriter, utterance_id: str) -> None:
    folder = writer.sample(1, utterance_id, {"text": utterance_id})
    assert folder.parent == writer.folder / "samples" / "step_000001" and len(folder.name) <= 80
    assert folder.name.isascii() and not folder.name.startswith(".")
    shown = utterance_id.encode("utf-8", "replace").decode()        # half a surrogate pair comes back as "?"
    expected = shown or folder.name
    assert [summary.id for summary in open_run(writer.folder).samples(1)] == [expected]
    assert open_run(writer.folder).sample(1, expected).summary.text == shown


@settings(deadline=None)
@given(st.text(), st.text())
def test_different_ids_have_different_folders(first: str, second: str) -> None:
    assert (utterance_folder_name(first) == utterance_folder_name(second)) == (first == second)


def test_checkpoints_are_listed_with_what_was_noted(writer: RunWriter) -> None:
    for step in (1_000, 500):
        paths = writer.checkpoint_paths(step)
        paths.weights.write_bytes(b"x" * step)
        paths.info.write_text(json.dumps({"validation_loss": step / 1_000}))
    writer.mark_best(500)
    found = open_run(writer.folder).checkpoints()
    assert [(item.step, item.num_bytes, item.is_best) for item in found] == [(500, 500, True), (1_000, 1_000, False)]
    assert found[1].info == {"validation_loss": 1.0} and found[0].path.name == "step_000500.weights.h5"


def test_status_is_throttled_but_never_a_change_of_state(writer: RunWriter, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mytts_core.runs.writer.STATUS_INTERVAL_SECONDS", 3_600.0)      # however busy the machine is
    run = open_run(writer.folder)
    for step in range(1, 50):
        writer.status("running", step)
    assert run.status.step == 0
    monkeypatch.setattr("mytts_core.runs.writer.STATUS_INTERVAL_SECONDS", 0.0)
    writer.status("running", 50)
    assert run.status.step == 50
    writer.status("failed", 51, "gradients were not finite 50 times in a row")
    assert (run.status.state, run.status.step) == ("failed", 51) and "finite" in run.status.message
    with pytest.raises(ValueError, match="running, finished"):
        writer.status("done", 52)


def test_resume_goes_on_and_newest_attempt_wins(writer: RunWriter) -> None:
    for step in range(1, 11):
        writer.scalars(step, {"loss": 1.0})
    writer.close()
    with RunWriter.resume(writer.folder, 6) as resumed:
        resumed.scalars(7, {"loss": 2.0})
        assert resumed.attempt == 1
    run = open_run(writer.folder)
    assert run.scalars()["loss"].steps.tolist() == [1, 2, 3, 4, 5, 6, 7]
    assert run.scalars()["loss"].values[-1] == 2.0 and run.scalars()["loss"].attempt == 1
    assert [len(attempt.steps) for attempt in run.attempts("loss")] == [10, 1]
    assert run.status.step == 6


@pytest.mark.slow
def test_tensorboard_opens_the_folder_and_purges_what_was_resumed(writer: RunWriter) -> None:
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    for step in range(1, 11):
        writer.scalars(step, {"train/loss": 1 / step, "train/stop_loss": step})
    writer.histogram(5, schema.GRADIENT_HISTOGRAM, np.arange(50))
    writer.text(6, "trainer", "note")
    writer.close()
    with RunWriter.resume(writer.folder, 6) as resumed:
        resumed.scalars(7, {"train/loss": -1.0})
    accumulator = EventAccumulator(str(writer.folder), size_guidance={"scalars": 0, "histograms": 0, "tensors": 0})
    accumulator.Reload()
    run = open_run(writer.folder)
    for tag, series in run.scalars().items():
        shown = accumulator.Scalars(tag)
        np.testing.assert_array_equal([item.step for item in shown], series.steps)
        np.testing.assert_array_equal([item.value for item in shown], series.values)
        np.testing.assert_array_equal([item.wall_time for item in shown], series.wall_times)
    histogram = accumulator.Histograms(schema.GRADIENT_HISTOGRAM)[0].histogram_value
    assert (histogram.min, histogram.max, histogram.num, histogram.sum) == (0, 49, 50, 1_225)
    assert accumulator.Tensors("trainer")[0].tensor_proto.string_val[0] == b"note"


def test_writing_needs_no_tensorflow(repository: Path, tmp_path: Path) -> None:
    code = ("import sys\nfrom mytts_core.config import RunConfig, get_model_preset\n"
            "from mytts_core.runs.writer import RunWriter\n"
            "with RunWriter.create(sys.argv[1], RunConfig(get_model_preset('tiny'))) as writer:\n"
            "    writer.scalars(1, {'loss': 1.0})\n    writer.histogram(1, 'h', [1.0])\n"
            "print({'tensorflow', 'keras', 'jax', 'librosa', 'pandas', 'streamlit'} & set(sys.modules))\n")
    done = subprocess.run([sys.executable, "-c", code, str(tmp_path / "run")], cwd=repository, text=True,
                          capture_output=True, timeout=60)
    assert done.stdout == "set()\n", done.stdout + done.stderr
