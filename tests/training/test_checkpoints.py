import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from mytts_core.errors import CheckpointError, RunError
from mytts_core.training.checkpoints import SavedState, checkpoint_steps, load_state, remove_old_checkpoints, save_state


def state(value: float) -> SavedState:
    return SavedState({"weights/000": np.full((3, 2), value, np.float32), "updates": np.array(int(value))},
                      np.array([value, 2.0]), {"step": int(value), "best_score": float("nan")})


@pytest.fixture
def run(tmp_path: Path) -> Path:
    (tmp_path / "resume").mkdir()
    (tmp_path / "checkpoints").mkdir()
    return tmp_path


def test_the_last_state_comes_back_whole_and_alone(run: Path) -> None:
    for value in (5.0, 10.0):
        save_state(run / "resume", int(value), state(value))
    loaded = load_state(run)
    assert loaded is not None
    assert np.array_equal(loaded.arrays["weights/000"], np.full((3, 2), 10.0))
    assert loaded.arrays["updates"] == 10 and loaded.norm_history.tolist() == [10.0, 2.0]
    assert loaded.host["step"] == 10 and np.isnan(loaded.host["best_score"])
    assert len(list((run / "resume").iterdir())) == 2


def test_a_full_disk_leaves_the_last_state(run: Path) -> None:
    """A file size limit stands for the full disk; it is set in a process of its own."""
    save_state(run / "resume", 5, state(5.0))
    code = f"""
import resource, sys
import numpy as np
from pathlib import Path
from mytts_core.errors import RunError
from mytts_core.training.checkpoints import SavedState, save_state
resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))
try:
    save_state(Path({str(run / "resume")!r}), 6, SavedState({{"weights/000": np.zeros(100_000)}}, np.zeros(1), {{}}))
except RunError as error:
    print(error)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "intact" in done.stdout and "resume" in done.stdout
    loaded = load_state(run)
    assert loaded is not None and loaded.host["step"] == 5
    assert len(list((run / "resume").iterdir())) == 2


def test_a_run_killed_before_its_first_checkpoint_starts_over(run: Path) -> None:
    assert load_state(run) is None


def test_a_shared_run_without_its_state_is_not_started_over(run: Path) -> None:
    (run / "resume").rmdir()
    (run / "checkpoints" / "step_000005.weights.h5").write_bytes(b"x")
    with pytest.raises(RunError, match="--init"):
        load_state(run)


@pytest.mark.parametrize("damage", ["pointer", "arrays", "host", "folder"])
def test_damage_is_one_clear_error(run: Path, damage: str) -> None:
    save_state(run / "resume", 5, state(5.0))
    pointer = run / "resume" / "latest.json"
    folder = run / "resume" / json.loads(pointer.read_text())["folder"]
    if damage == "pointer":
        pointer.write_text("{")
    elif damage == "folder":
        pointer.write_text(json.dumps({"folder": "step_000009-gone"}))
    else:
        path = folder / ("state.npz" if damage == "arrays" else "host.json")
        path.write_bytes(path.read_bytes()[:20])
    with pytest.raises(CheckpointError, match="--init"):
        load_state(run)


def test_old_checkpoints_go_and_the_best_stays(run: Path) -> None:
    for step in (5, 10, 15, 20):
        (run / "checkpoints" / f"step_{step:06d}.weights.h5").write_bytes(b"x")
        (run / "checkpoints" / f"step_{step:06d}.json").write_text("{}")
    remove_old_checkpoints(run, keep=2, best=5)
    assert checkpoint_steps(run) == [5, 15, 20]
    assert len(list((run / "checkpoints").iterdir())) == 6
