"""Checkpoints that stay loaded: bounded, loaded anew where a file changed, and clear where one has vanished."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from mytts_core.errors import CheckpointError, RunError
from mytts_core.synthesis.kept_models import KeptModels

pytestmark = pytest.mark.slow


@pytest.fixture
def run(tiny_run: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(tiny_run, tmp_path / "run"))


def test_the_last_ones_used_stay_within_the_bounds(run: Path) -> None:
    models = KeptModels(most_models=2)
    first = models.get(run, 10)
    assert models.get(run, "best") is first is models.get(str(run), "10") and len(models) == 1
    second = models.get(run, 20)
    assert models.get(run, 10) is first
    other = Path(shutil.copytree(run, run.parent / "other"))
    models.get(other, 10)       # the second of the first run goes: it was used before the first
    assert len(models) == 2 and models.get(run, 10) is first and models.get(run, 20) is not second
    models.keep_last_only()
    assert len(models) == 1
    tight = KeptModels(most_bytes=first.num_bytes + 1)
    tight.get(run, 10)
    tight.get(run, 20)
    assert len(tight) == 1
    assert first.num_bytes == 8 * first.synthesizer.model.count_params()


def test_files_that_change_are_read_again(run: Path) -> None:
    models = KeptModels()
    first = models.get(run, 10)
    record = run / "checkpoints" / "step_000010.json"
    record.write_text(json.dumps({**json.loads(record.read_text()), "head": [0, 1]}))
    assert models.get(run, 10).synthesizer.head == (0, 1) and first.synthesizer.head == (1, 0)


def test_a_checkpoint_that_vanished_or_does_not_fit_is_named(run: Path, tmp_path: Path) -> None:
    models = KeptModels()
    models.get(run, 20)
    (run / "checkpoints" / "step_000020.weights.h5").unlink()
    with pytest.raises(CheckpointError, match=r"no checkpoint of step 20: its steps are 10"):
        models.get(run, 20)
    (run / "checkpoints" / "step_000010.weights.h5").write_bytes(b"torn")
    with pytest.raises(CheckpointError, match=r"step_000010.*damaged"):
        models.get(run, 10)
    shutil.rmtree(run / "checkpoints")
    with pytest.raises(CheckpointError, match="no checkpoint yet"):
        models.get(run, None)
    with pytest.raises(RunError, match="does not exist"):
        models.get(tmp_path / "none", None)
    (run / "config.json").unlink()
    with pytest.raises(RunError, match="config.json is missing"):
        models.get(run, None)
