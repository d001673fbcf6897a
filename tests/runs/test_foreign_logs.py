"""Keras CSV logs and JSON lines through the same types."""

from __future__ import annotations

import csv
import json
import math
from pathlib import Path

import numpy as np
import pytest

from mytts_core.runs import text_log
from mytts_core.runs.foreign_logs import json_points
from mytts_core.runs.reader import find_runs, open_run


def test_csv_log_with_nan_missing_values_and_a_line_in_the_making(tmp_path: Path) -> None:
    path = tmp_path / "training.csv"
    path.write_text("epoch,loss,val_loss\n0,1.5,NA\n1,nan,2.0\n2,inf,1.0\n3,0.2")
    run = open_run(tmp_path)
    assert run.kind == "keras_csv" and run.problems == []
    scalars = run.scalars()
    assert scalars["loss"].steps.tolist() == [0, 1, 2]
    np.testing.assert_array_equal(scalars["loss"].values, [1.5, math.nan, math.inf])
    assert scalars["val_loss"].steps.tolist() == [1, 2] and np.isnan(scalars["loss"].wall_times).all()
    path.write_text(path.read_text() + "5,0.5\n")
    assert run.scalars()["loss"].values[-1] == 0.25


def test_appended_csv_log_starts_anew_and_the_newest_attempt_wins(tmp_path: Path) -> None:
    (tmp_path / "log.csv").write_text("epoch;loss\r\n0;3\r\n1;2\r\n2;1\r\nepoch;loss\r\n1;20\r\n")
    series = open_run(tmp_path).scalars()["loss"]
    assert series.steps.tolist() == [0, 1] and series.values.tolist() == [3, 20] and series.attempt == 1


@pytest.mark.slow
def test_what_keras_writes_is_read(tmp_path: Path) -> None:
    import keras

    logger = keras.callbacks.CSVLogger(str(tmp_path / "keras.csv"))
    logger.set_model(keras.Sequential())
    logger.on_train_begin()
    for epoch in range(4):
        logger.on_epoch_end(epoch, {"loss": 1 / (epoch + 1), "val_loss": math.nan if epoch == 2 else np.float32(epoch)})
    logger.on_train_end()
    scalars = open_run(tmp_path).scalars()
    assert scalars["loss"].values.tolist() == [1, 1 / 2, 1 / 3, 1 / 4]
    assert scalars["loss"].steps.tolist() == [0, 1, 2, 3]
    np.testing.assert_array_equal(scalars["val_loss"].values, [0, 1, math.nan, 3])


def test_json_lines_with_times_nesting_and_noise_between(tmp_path: Path) -> None:
    lines = [json.dumps({"step": 0, "loss": 1.0, "wall_time": 1.7e9, "note": "started", "ok": True}),
             "WARNING: not JSON", json.dumps({"step": 10, "loss": math.nan, "time": 0.3, "validation": {"mel": 2.0}}),
             json.dumps([1, 2]), "{" * 5_000, '{"step": 20, "loss": 0.5']
    (tmp_path / "metrics.jsonl").write_text("\n".join(lines))
    run = open_run(tmp_path)
    scalars = run.scalars()
    assert run.kind == "json_lines" and set(scalars) == {"loss", "time", "validation/mel"}
    np.testing.assert_array_equal(scalars["loss"].values, [1.0, math.nan])
    np.testing.assert_array_equal(scalars["loss"].wall_times, [1.7e9, math.nan])
    assert scalars["time"].values.tolist() == [0.3]


def test_several_logs_in_one_folder_keep_their_names_apart(tmp_path: Path) -> None:
    for name in ("train", "test"):
        (tmp_path / f"{name}.jsonl").write_text('{"iteration": 3, "loss": 1}\n')
    assert set(open_run(tmp_path).scalars()) == {"train/loss", "test/loss"}


def test_tables_and_settings_are_not_logs(tmp_path: Path, shared_data: Path) -> None:
    (tmp_path / "settings.json").write_text('{"step": 3, "epoch": 5}\n')
    (tmp_path / "notes.txt").write_text("step 1: loss 3\n")
    with open(tmp_path / "table.csv", "w", newline="") as file:
        csv.writer(file).writerows([["id", "text"], ["1", "epoch, the"]])
    assert find_runs(tmp_path) == []
    assert find_runs(shared_data / "speech" / "ljspeech_24") == []


@pytest.mark.parametrize("kind", ["csv", "jsonl"])
def test_a_log_cut_anywhere_reads_on_and_gives_what_the_whole_gives(tmp_path: Path, kind: str) -> None:
    if kind == "csv":
        content = "\ufeffepoch,loss,سلام\r\n" + "".join(f"{epoch},{epoch / 3},nan\r\n" for epoch in (0, 1, 2, 3, 2, 3))
    else:
        content = "".join(json.dumps({"step": step, "loss": step / 3, "سلام": math.nan}, ensure_ascii=False) + "\n"
                          for step in (0, 1, 2, 3, 2, 3))
    whole = content.encode()
    path = tmp_path / f"log.{kind}"
    path.write_bytes(whole)
    expected = open_run(tmp_path).scalars()
    assert expected["loss"].steps.tolist() == [0, 1, 2, 3] and expected["loss"].attempt == 1
    for cut in range(60, len(whole), 3):
        path.write_bytes(whole[:cut])
        run = open_run(tmp_path)
        steps = [series.steps.tolist() for series in run.attempts("loss")]
        with open(path, "ab") as file:
            file.write(whole[cut:])
        for tag, series in run.scalars().items():
            np.testing.assert_array_equal(series.values, expected[tag].values)
        assert [series.steps.tolist() for series in run.attempts("loss")] == [[0, 1, 2, 3], [2, 3]]
        assert sum(steps, []) == [0, 1, 2, 3, 2, 3][:sum(map(len, steps))]


def test_only_new_lines_are_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "log.jsonl"
    path.write_text('{"step": 0, "loss": 1}\n' * 50)
    run = open_run(tmp_path)
    run.refresh()
    lines = []
    monkeypatch.setattr(text_log, "json_points", lambda content: lines.extend(content) or json_points(content))
    with open(path, "a") as file:
        file.write('{"step": 1, "loss": 2}\n')
    assert run.scalars()["loss"].values[-1] == 2.0 and [line for line in lines if line] == ['{"step": 1, "loss": 2}']


def test_a_line_without_end_stops_the_reading_with_a_note(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(text_log, "CHUNK_BYTES", 1 << 10)
    monkeypatch.setattr(text_log, "MAX_LINE_BYTES", 1 << 12)
    path = tmp_path / "log.jsonl"
    path.write_text('{"step": 0, "loss": 1}\n' + "{" * 20_000 + '\n{"step": 1, "loss": 2}\n')
    run = open_run(tmp_path)
    assert run.scalars()["loss"].values.tolist() == [1.0] and "a line of more than" in run.problems[0]


def test_many_names_in_json_lines_are_cut_off_with_a_note(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(text_log, "MAX_TAGS", 30)
    (tmp_path / "log.jsonl").write_text("".join(json.dumps({"step": step, f"name_{step}": 1}) + "\n"
                                                for step in range(100)))
    run = open_run(tmp_path)
    assert len(run.scalars()) == 30 and "70 values are left out" in run.problems[0]


def test_half_a_character_becomes_one_that_can_be_shown(tmp_path: Path) -> None:
    line = '{"step": 1, "loss\\ud800": 0.5, "\\ud83d\\ude00": NaN, "سلام": 1e400, "back\\\\ud800": 2}\n'
    (tmp_path / "log.jsonl").write_text(line, encoding="utf-8")
    scalars = open_run(tmp_path).scalars()
    assert list(scalars) == ["loss?", "😀", "سلام", "back\\ud800"]
    assert scalars["سلام"].values[0] == math.inf and math.isnan(scalars["😀"].values[0])
