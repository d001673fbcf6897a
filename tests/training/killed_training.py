"""Kills a training again and again with SIGKILL and lets it go on; run by test_killed_training.py in its own process.

    python killed_training.py CORPUS RUN KILLS SEED key=value …

The libraries are imported once; each attempt is a fork that has computed nothing before.
"""

from __future__ import annotations

import json
import os
import random
import signal
import sys
import time
import traceback
from pathlib import Path

os.environ.update(TF_CPP_MIN_LOG_LEVEL="3", CUDA_VISIBLE_DEVICES="-1")

import numpy as np

import mytts_core.model.transformer_tts
import mytts_core.training.step_tensorflow
import mytts_core.training.trainer  # noqa: F401
from mytts_core.config import RunConfig, apply_overrides, get_model_preset
from mytts_core.model.weights import read_weights
from mytts_core.training.checkpoints import load_state
from mytts_core.training.session import resolve_config, train


def main() -> None:
    corpus, run = Path(sys.argv[1]), Path(sys.argv[2])
    kills, chance, settings = int(sys.argv[3]), random.Random(sys.argv[4]), sys.argv[5:]
    done = 0
    while True:
        child = start(corpus, run, settings)
        if done < kills and wait_and_kill(child, run, chance):
            done += 1
            check_files(run)
            continue
        _, status = os.waitpid(child, 0) if done >= kills else (child, 0)
        print(json.dumps({"kills": done, "exit": os.waitstatus_to_exitcode(status)}))
        return


def start(corpus: Path, run: Path, settings: list[str]) -> int:
    """Fork a training: a new one, or one that goes on."""
    child = os.fork()
    if child:
        return child
    code = 1
    try:
        resumes = (run / "config.json").exists()
        config = resolve_config(None, [], run, True, None) if resumes else \
            apply_overrides(RunConfig(get_model_preset("modern_cpu"), preset="modern_cpu"), settings)
        code = 0 if train(config, corpus, run, resume=resumes, quiet=True) == "finished" else 3
    except BaseException:
        traceback.print_exc()
    finally:
        os._exit(code)


def wait_and_kill(child: int, run: Path, chance: random.Random) -> bool:
    """Kill the child after a random number of log lines and a random moment more; False if it ended before."""
    before, lines, moment = log_bytes(run), chance.choice([-1, 0, 1, 2, 3, 5, 8]), chance.uniform(0, 0.06)
    while True:
        ended, status = os.waitpid(child, os.WNOHANG)
        if ended:
            if status:
                raise SystemExit(f"a training ended by itself with {os.waitstatus_to_exitcode(status)}")
            return False
        begun = (run / "config.json").exists()
        if begun and (log_bytes(run) - before > 150 + 500 * lines if lines >= 0 else chance.random() < 0.002):
            break
        time.sleep(0.002)
    time.sleep(moment)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    return True


def log_bytes(run: Path) -> int:
    return sum(path.stat().st_size for path in run.glob("events.*"))


def check_files(run: Path) -> None:
    """Whatever has its final name must be whole."""
    for path in run.rglob("*"):
        if any(part.startswith(".tmp-") for part in path.relative_to(run).parts):
            continue
        if path.suffix == ".h5":
            read_weights(path)
        elif path.suffix == ".json":
            json.loads(path.read_bytes())
        elif path.suffix == ".npz":
            with np.load(path, allow_pickle=False) as archive:
                assert all(archive[name] is not None for name in archive.files)
    load_state(run)


if __name__ == "__main__":
    main()
