"""A writer killed at any moment, over and over: everything it reported is read, nothing half-written has its name."""

from __future__ import annotations

import json
import random
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from mytts_core.runs.reader import find_runs, open_run


def write_until_killed(repository: Path, folder: Path, resume_step: int | None, seconds: float) -> int:
    """Let a process write, kill it `seconds` after its first report, and return the last step it reported."""
    resume = [str(resume_step)] if resume_step else []
    words = [sys.executable, "-m", "tests.runs.killed_writer", str(folder), *resume]
    reports = folder.with_name("reports.txt")
    with open(reports, "w") as output:
        process = subprocess.Popen(words, cwd=repository, stdout=output)
    while not reports.read_text().endswith("\n"):
        assert process.poll() is None, "the writer ended by itself"
        time.sleep(0.01)
    time.sleep(seconds)
    process.kill()
    process.wait()
    return int(reports.read_text().rpartition("\n")[0].split()[-1])     # a torn last line is no report


@pytest.mark.slow
def test_everything_reported_before_kill_9_is_read_and_resumed(repository: Path, tmp_path: Path) -> None:
    folder = tmp_path / "run"
    pauses = random.Random(3)
    resumed_after: int | None = None
    for attempt in range(6):
        reported = write_until_killed(repository, folder, resumed_after, pauses.uniform(0.05, 0.4))
        run = open_run(folder)
        loss, attempts = run.scalars()["train/loss"], run.scalars()["train/attempt"]
        assert len(loss.steps) in (reported, reported + 1)
        assert loss.steps.tolist() == list(range(1, len(loss.steps) + 1))
        np.testing.assert_array_equal(loss.values, (1 / loss.steps).astype(np.float32))
        assert attempts.attempt == attempt
        assert (attempts.values[(resumed_after or 0):] == attempt).all() and (np.diff(attempts.values) >= 0).all()
        norms = run.gradient_norms()
        assert norms.steps[-1] in (reported, reported + 1) and (np.diff(norms.steps) == 1).all()
        np.testing.assert_array_equal(norms.norms[:, 0], norms.steps)
        assert norms.norms[-1, 1] == attempt
        check_samples(run, reported)
        assert run.problems == [] and run.status.state == "running"
        assert [summary.problem for summary in find_runs(tmp_path)] == [""]
        resumed_after = max(1, reported - 3)


def check_samples(run, reported: int) -> None:  # type: ignore[no-untyped-def]
    """Every reported sample is whole, and so is one that was about to be reported."""
    steps = [step for step in run.sample_steps() if run.samples(step)]
    assert set(range(5, reported + 1, 5)) <= set(steps)
    for step in steps[-3:]:
        sample = run.sample(step, "held/out")
        assert sample.summary.problem == "" and len(sample.summary.text) == step
        np.testing.assert_array_equal(sample.teacher_forced.attention, np.full((1, 2, 20, 30), step % 1_000))
        assert sample.target_audio is not None and json.loads((sample.summary.folder / "sample.json").read_text())
