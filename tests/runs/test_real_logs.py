"""Every real training log, point by point, against TensorBoard's own reader."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
import soundfile

from mytts_core.runs import log_index
from mytts_core.runs.media import AudioMedia, ImageMedia
from mytts_core.runs.reader import find_runs, open_run

pytestmark = pytest.mark.slow       # TensorBoard's reader loads TensorFlow


def tensorboard_points(folder: Path) -> dict[str, np.ndarray]:
    """Return tag → (N, 3) of step, wall time, value, in the order TensorBoard has them, none left out."""
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
    from tensorboard.util.tensor_util import make_ndarray

    everything = dict.fromkeys(("scalars", "tensors", "images", "audio", "histograms", "compressedHistograms"), 0)
    accumulator = EventAccumulator(str(folder), size_guidance=everything, purge_orphaned_data=False)
    accumulator.Reload()
    found = {tag: [(item.step, item.wall_time, item.value) for item in accumulator.Scalars(tag)]
             for tag in accumulator.Tags()["scalars"]}
    for tag in accumulator.Tags()["tensors"]:
        if accumulator.SummaryMetadata(tag).plugin_data.plugin_name == "scalars":
            found[tag] = [(item.step, item.wall_time, float(make_ndarray(item.tensor_proto)))
                          for item in accumulator.Tensors(tag)]
    return {tag: np.array(points, np.float64) for tag, points in found.items()}


def test_every_point_is_what_tensorboard_reads(shared_data: Path, tmp_path: Path,
                                               monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(log_index, "MIN_NEW_BYTES", 1)
    runs = find_runs(shared_data / "training_logs")
    folders = {path.parent for path in (shared_data / "training_logs").rglob("*tfevents*")}
    assert {run.folder for run in runs} == folders and len(folders) > 20
    num_points = 0
    for summary in runs:
        run = open_run(summary.folder, root=shared_data)
        reference = tensorboard_points(summary.folder)
        assert set(run.scalars()) == set(reference), summary.name
        for tag, expected in reference.items():
            written = [np.column_stack(attempt[:3]) for attempt in run.attempts(tag)]
            np.testing.assert_array_equal(np.concatenate(written), expected, err_msg=f"{summary.name} {tag}")
            num_points += len(expected)
        assert run.problems == []
        for _ in range(2):                  # written to the index, and taken from it
            kept = open_run(summary.folder, index_folder=tmp_path)
            assert repr(kept.scalars()) == repr(run.scalars()) and kept.media_index() == run.media_index()
    assert len(list(tmp_path.glob("*.sqlite"))) == len(folders)
    assert num_points > 15_000


def test_newest_attempt_of_the_restarted_training_wins(shared_data: Path) -> None:
    run = open_run(shared_data / "training_logs" / "grad_tts")
    for tag, series in run.scalars().items():
        attempts = run.attempts(tag)
        assert np.all(np.diff(series.steps) >= 0)
        newest = attempts[-1]
        np.testing.assert_array_equal(series.values[-len(newest.values):], newest.values)
        assert series.attempt == len(attempts) - 1
    assert max(len(run.attempts(tag)) for tag in run.scalars()) == 4


def test_images_and_audio_of_real_logs_are_found_and_decoded(shared_data: Path) -> None:
    logs = shared_data / "training_logs"
    images = open_run(logs / "grad_tts").media_index("image")
    assert len(images) == 68
    picture = open_run(logs / "grad_tts").media(images[0])
    assert isinstance(picture, ImageMedia) and picture.encoded.startswith(b"\x89PNG")
    assert int.from_bytes(picture.encoded[16:20], "big") == picture.width > 0      # PNG's own header
    run = open_run(logs / "fastspeech2" / "MandAndEng" / "train")
    sounds = run.media_index("audio")
    assert len(sounds) == 4
    sound = run.media(sounds[0])
    assert isinstance(sound, AudioMedia)
    wav, sample_rate = soundfile.read(io.BytesIO(sound.encoded))
    assert sample_rate == sound.sample_rate and len(wav) > sample_rate / 2
