"""Killed at any moment, a training goes on as if nothing had happened.

MYTTS_KILLS=20 kills as often as the issue asks for; three times are enough for every day.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from mytts_core.runs.reader import open_run

pytestmark = [pytest.mark.slow, pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")]

KILLS = int(os.environ.get("MYTTS_KILLS", "3"))
TIMED = ("train/seconds_per_step", "train/monitoring_seconds")


def drive(corpus: Path, run: Path, kills: int, settings: list[str], repository: Path) -> dict:
    script = Path(__file__).with_name("killed_training.py")
    done = subprocess.run([sys.executable, script, corpus, run, str(kills), "1", *settings], capture_output=True,
                          text=True, env={**os.environ, "PYTHONPATH": str(repository)})
    assert done.returncode == 0, done.stderr[-3000:]
    return json.loads(done.stdout.splitlines()[-1])


def test_losses_after_kills_equal_those_of_an_uninterrupted_training(tone_corpus: Path, tmp_path: Path,
                                                                     repository: Path) -> None:
    settings = ["num_layers=1", "d_model=16", "num_heads=2", "dff=16", "use_postnet=false", "droppath_rate=0.1",
                "batch_size=4", "length_buckets=1", "warmup_steps=4", "held_out_every=5", "held_out_minimum=1",
                "log_interval=1", "gradient_interval=3", "validation_interval=50", "sample_interval=100000",
                "checkpoint_interval=4", f"max_steps={8 * KILLS + 20}", "ema_decay=0.9", "clip_strategy=percentile",
                "max_norm=50"]
    assert drive(tone_corpus, tmp_path / "whole", 0, settings, repository) == {"kills": 0, "exit": 0}
    result = drive(tone_corpus, tmp_path / "killed", KILLS, settings, repository)
    assert result == {"kills": KILLS, "exit": 0}
    whole, killed = open_run(tmp_path / "whole"), open_run(tmp_path / "killed")
    assert killed.status.state == "finished" and killed.status.step == whole.status.step
    expected, found = whole.scalars(), killed.scalars()
    assert set(found) == set(expected) and len(expected["train/loss"].steps) == 8 * KILLS + 20
    for tag in set(expected) - set(TIMED):
        assert found[tag].steps.tolist() == expected[tag].steps.tolist(), tag
        np.testing.assert_allclose(found[tag].values, expected[tag].values, atol=1e-5, rtol=1e-5, err_msg=tag)
    norms, wanted = killed.gradient_norms(), whole.gradient_norms()
    assert norms.steps.tolist() == wanted.steps.tolist()
    np.testing.assert_allclose(norms.norms, wanted.norms, atol=1e-5, rtol=1e-4)
