"""Finding and opening runs that are live, crashed, foreign, hostile or from the future."""

from __future__ import annotations

import json
import os
import random
import shutil
import subprocess
import sys
import threading
import time
from pathlib import Path

import numpy as np
import pytest

from mytts_core.config import RunConfig, get_model_preset
from mytts_core.errors import RunError
from mytts_core.runs import schema
from mytts_core.runs.reader import find_runs, open_run
from mytts_core.runs.types import RunStatus
from mytts_core.runs.writer import RunWriter
from tests.runs.event_bytes import scalar, write_events


def make_run(folder: Path) -> Path:
    """A small run with every part."""
    with RunWriter.create(folder, RunConfig(get_model_preset("tiny"), preset="tiny")) as writer:
        writer.gradient_variables(["kernel"], [(3, 4)])
        for step in range(1, 6):
            writer.scalars(step, {"loss": 1 / step})
            writer.gradient_norms(step, [step])
        writer.sample(5, "a", {"text": "hello", "tokens": ["a"], "head": [0, 1]},
                      teacher_forced={"attention": np.ones((1, 1, 2, 1))})
        paths = writer.checkpoint_paths(5)
        paths.weights.write_bytes(b"weights")
        paths.info.write_text("{}")
        writer.mark_best(5)
        writer.status("finished", 5)
    return folder


def look_at_everything(folder: Path) -> None:
    """Call all that a dashboard calls; nothing may raise but RunError of open_run and of a missing sample."""
    for summary in find_runs(folder.parent):
        summary.status.shown_state()
    try:
        run = open_run(folder)
    except RunError:
        return
    for series in run.scalars().values():
        assert len(series.steps) == len(series.values) == len(series.wall_times)
    norms = run.gradient_norms()
    assert norms.norms.shape == (len(norms.steps), len(norms.names))
    for step in run.sample_steps():
        for summary in run.samples(step):
            sample = run.sample(step, summary.id)
            assert sample.teacher_forced.attention is None or sample.teacher_forced.attention.ndim
    assert isinstance(run.checkpoints() + run.problems + [run.status, run.config], list)
    for entry in run.media_index():
        run.media(entry)


def test_any_file_missing_empty_torn_or_replaced_by_noise(tmp_path: Path) -> None:
    folder = make_run(tmp_path / "run")
    paths = sorted(path for path in folder.rglob("*") if path.is_file())
    assert len(paths) == 11
    noise = random.Random(0)
    for path in paths:
        data = path.read_bytes()
        damages = [None, b"", data[:len(data) // 2], bytes(len(data)), noise.randbytes(len(data)), b"[]", b"null",
                   b'{"schema": "x", "step": [], "head": {}, "tokens": 5, "names": 3, "shapes": [[["a"]]]}',
                   b"\xff\xfe{", b"[" * 100_000,
                   b'{"schema": 1, "step": 1%b, "heartbeat": 1%b, "target_frames": 1e999}' % (b"0" * 400, b"0" * 400)]
        for damage in damages:
            if damage is None:
                path.unlink()
            else:
                path.write_bytes(damage)
            look_at_everything(folder)
        path.write_bytes(data)


def test_files_and_folders_in_each_others_place(tmp_path: Path) -> None:
    folder = make_run(tmp_path / "run")
    for name in (schema.STATUS_FILE, schema.CONFIG_FILE):
        (folder / name).unlink()
        (folder / name).mkdir()
    for name in (schema.SAMPLES_FOLDER, schema.CHECKPOINTS_FOLDER, schema.GRADIENTS_FOLDER):
        shutil.rmtree(folder / name)
        (folder / name).write_bytes(b"")
    look_at_everything(folder)
    run = open_run(folder)
    assert run.config is None and len(run.problems) == 1 and len(run.scalars()["loss"].steps) == 5
    assert run.sample_steps() == [] and run.checkpoints() == [] and len(run.gradient_norms().steps) == 0


def test_missing_config_is_told_and_the_rest_is_read(tmp_path: Path) -> None:
    folder = make_run(tmp_path / "run")
    (folder / schema.CONFIG_FILE).unlink()
    run = open_run(folder)
    assert run.config is None and run.problems == ["config.json is missing"] and len(run.scalars()) == 1
    assert find_runs(tmp_path)[0].problem == "config.json is missing"


def test_future_version_is_refused_with_both_versions_named(tmp_path: Path) -> None:
    folder = make_run(tmp_path / "run")
    record = json.loads((folder / schema.RUN_FILE).read_text())
    (folder / schema.RUN_FILE).write_text(json.dumps({**record, "schema": 12}))
    with pytest.raises(RunError, match="version 12.*version 1"):
        open_run(folder)
    assert "version 12" in find_runs(tmp_path)[0].problem


def test_sample_of_a_future_version_says_so(tmp_path: Path) -> None:
    folder = make_run(tmp_path / "run")
    (folder / "samples" / "step_000005" / "a" / schema.SAMPLE_FILE).write_text('{"schema": 9, "id": "a"}')
    summary = open_run(folder).samples(5)[0]
    assert "version 9" in summary.problem and "up to 1" in summary.problem


def test_no_run_there(tmp_path: Path) -> None:
    with pytest.raises(RunError, match="cannot be read"):
        open_run(tmp_path / "absent")
    with pytest.raises(RunError, match="holds no run"):
        open_run(tmp_path)
    folder = make_run(tmp_path / "run")
    with pytest.raises(RunError, match="no sample 'b' at step 5"):
        open_run(folder).sample(5, "b")
    assert "not a folder" in find_runs(tmp_path / "absent")[0].problem


def test_a_running_run_that_fell_silent_is_stalled() -> None:
    status = RunStatus("running", 100, heartbeat=1_000.0)
    assert not status.is_stalled(now=1_299.0) and status.is_stalled(now=1_301.0)
    assert status.is_stalled(now=1_011.0, after_seconds=10)
    assert (status.shown_state(now=1_001.0), status.shown_state(now=2_000.0)) == ("running", "stalled")
    assert not RunStatus("finished", 100, heartbeat=1_000.0).is_stalled(now=1e9)
    assert not RunStatus("running").is_stalled() and RunStatus().shown_state() == "unknown"


def test_runs_of_all_kinds_at_any_depth_by_name(tmp_path: Path) -> None:
    make_run(tmp_path / "b" / "deep" / "er" / "run")
    write_events(tmp_path / "a" / "train" / "events.out.tfevents.1.host", [scalar(1, "loss", 1.0)])
    write_events(tmp_path / "a" / "events.out.tfevents.1.host", [])
    (tmp_path / "c").mkdir()
    (tmp_path / "c" / "log.csv").write_text("epoch,loss\n0,1\n")
    (tmp_path / ".hidden").mkdir()
    shutil.copytree(tmp_path / "c", tmp_path / ".hidden" / "c")
    found = find_runs(tmp_path)
    assert [(run.name, run.kind) for run in found] == [("a", "tensorboard"), ("a/train", "tensorboard"),
                                                       ("b/deep/er/run", "mytts"), ("c", "keras_csv")]
    ours = found[2]
    assert ours.status.state == "finished" and ours.preset == "tiny" and ours.problem == ""
    assert abs(ours.modified - time.time()) < 60
    assert [run.name for run in find_runs(ours.folder)] == ["."]
    assert [run.name for run in find_runs(tmp_path, max_depth=1)] == ["a", "c"]


def test_links_inside_the_root_are_followed_once_and_out_of_it_never(tmp_path: Path) -> None:
    make_run(tmp_path / "outside" / "secret")
    root = tmp_path / "root"
    make_run(root / "runs" / "one")
    (root / "runs" / "again").symlink_to(root / "runs")
    (root / "away").symlink_to(tmp_path / "outside")
    (root / "dangling").symlink_to(tmp_path / "nowhere")
    assert len(find_runs(root)) == 1
    with pytest.raises(RunError, match="outside"):
        open_run(root / "away" / "secret", root=root)
    with pytest.raises(RunError, match="outside"):
        open_run(root / ".." / "outside" / "secret", root=root)
    link_to_root = tmp_path / "link"
    link_to_root.symlink_to(root)
    assert len(find_runs(link_to_root)) == 1 and open_run(link_to_root / "runs" / "one", root=root).config


def test_folder_that_may_not_be_read_is_an_entry_with_a_problem(repository: Path, tmp_path: Path) -> None:
    make_run(tmp_path / "open")
    (tmp_path / "closed").mkdir()
    (tmp_path / "closed").chmod(0)
    for folder in [tmp_path, *tmp_path.parents][:3]:
        folder.chmod(folder.stat().st_mode | 0o055)
    code = ("import os, sys\nfrom mytts_core.runs.reader import find_runs\n"
            "if os.getuid() == 0:\n    os.setuid(65534)\n"
            "for run in find_runs(sys.argv[1]):\n    print(run.name, run.kind, run.problem, sep='|')\n")
    done = subprocess.run([sys.executable, "-c", code, str(tmp_path)], cwd=repository, text=True, capture_output=True,
                          timeout=60)
    (tmp_path / "closed").chmod(0o755)
    assert done.returncode == 0, done.stderr
    closed, opened = done.stdout.splitlines()
    assert closed.startswith("closed||") and "Permission denied" in closed and opened == "open|mytts|"


def test_names_from_logs_are_data(tmp_path: Path) -> None:
    tags = ["<script>alert(1)</script>", "../../etc/passwd", "a\x00b", "\u202edesrever", "", "x" * 10_000]
    write_events(tmp_path / "events.out.tfevents.1.host", [scalar(1, tag, number) for number, tag in enumerate(tags)])
    scalars = open_run(tmp_path).scalars()
    assert list(scalars) == tags and [series.values[0] for series in scalars.values()] == list(range(len(tags)))


def test_reading_while_writing_from_several_threads(tmp_path: Path) -> None:
    with RunWriter.create(tmp_path / "run", RunConfig(get_model_preset("tiny"))) as writer:
        run = open_run(tmp_path / "run")
        failures: list[str] = []

        def watch() -> None:
            last = 0
            while last < 300:
                series = run.scalars().get("loss")
                steps = series.steps if series else np.empty(0, np.int64)
                if len(steps) < last or not np.array_equal(steps, np.arange(len(steps))):
                    failures.append(f"{len(steps)} points after {last}")
                    return
                last = len(steps)

        watchers = [threading.Thread(target=watch) for _ in range(3)]
        for watcher in watchers:
            watcher.start()
        for step in range(300):
            writer.scalars(step, {"loss": step})
        for watcher in watchers:
            watcher.join(timeout=30)
        assert failures == [] and not any(watcher.is_alive() for watcher in watchers)


def test_importing_the_reader_is_light(repository: Path) -> None:
    code = ("import sys, mytts_core.runs.reader\n"
            "print({'tensorflow', 'keras', 'jax', 'librosa', 'pandas', 'scipy', 'tensorboard', 'streamlit'}"
            " & set(sys.modules))")
    done = subprocess.run([sys.executable, "-c", code], cwd=repository, text=True, capture_output=True, timeout=60,
                          env={**os.environ, "PYTHONPATH": str(repository)})
    assert done.stdout == "set()\n", done.stderr
