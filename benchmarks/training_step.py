"""How long a training step of the CPU preset takes, what looking at the training adds, and the memory both need."""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.report import REPOSITORY, Table
from mytts_core.errors import CorpusError

PRESET = "modern_cpu"
PRECISIONS = ("float32", "mixed_bfloat16")
STEPS = 72          # three rounds of validation and samples; the first one compiles
ROUND = 24
COMPARED_STEPS = 5_000


def run() -> list[Table]:
    corpus = _corpus()
    rows = []
    for precision in PRECISIONS:
        code = ("import json\nfrom benchmarks.training_step import measure\n"
                f"print(json.dumps(measure({str(corpus)!r}, {precision!r})))")
        done = subprocess.run([sys.executable, "-c", code], cwd=REPOSITORY, capture_output=True, text=True, check=False)
        if done.returncode:
            raise CorpusError(f"the measured training failed: {done.stderr.strip().splitlines()[-1]}")
        found = json.loads(done.stdout.splitlines()[-1])
        rows.append((precision, found["step"], found["compile"], found["first_round"], found["round"],
                     f"{100 * found['share']:.1f} %", found["memory_gib"]))
    columns = ("precision", "s a step", "s to compile the steps", "s first look", "s each later look",
               f"share of {COMPARED_STEPS:,} steps", "peak memory, GiB")
    notes = (
        f"preset {PRESET}, characters, batches of 16 in three shapes of the corpus {corpus.name}; the first step of "
        "each shape compiles and is not in the seconds a step (mean over the shapes as they come)",
        "a look: 64 held-out sentences teacher-forced, the head chosen on training sentences, 4 synthesised freely, 8 "
        "samples written, 2 of them with audio; the first one compiles",
        "share: scalars every 10 steps, gradient norms every 100, a look every 500 (the default intervals), compile "
        "time included, from the seconds measured here; aim: under 3 %",
    )
    return [Table("Training step", columns, rows, notes), *_shipped()]


def measure(corpus: str, precision: str) -> dict[str, float]:
    """Train for `STEPS` steps in this process and return what they took."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    from mytts_core.runs.reader import open_run
    from mytts_core.training.session import resolve_config, train

    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder) / "run"
        settings = [f"max_steps={STEPS}", f"validation_interval={ROUND}", f"sample_interval={ROUND}", "log_interval=1",
                    f"gradient_interval={ROUND}", f"checkpoint_interval={STEPS}", f"mixed_precision={precision}",
                    "max_frames=420"]
        config = resolve_config(PRESET, settings, place, False, None)
        train(config, Path(corpus), place, quiet=True)
        scalars = open_run(place).scalars()
    seconds, looking = scalars["train/seconds_per_step"].values, scalars["train/monitoring_seconds"].values
    return _summary(seconds, np.diff(looking, prepend=0.0))


def _summary(seconds: np.ndarray, looking: np.ndarray) -> dict[str, float]:
    # A log line is written before the look of its step, so a look shows in the next line; the last one in none.
    steady = float(np.mean(seconds[seconds < 4 * np.median(seconds)]))
    rounds = [float(looking[step]) for step in range(ROUND, STEPS, ROUND)]
    line = float(np.median(looking))
    compiling = float(np.sum(seconds[seconds >= 4 * np.median(seconds)]))
    looks = COMPARED_STEPS // 500
    added = rounds[0] + (looks - 1) * rounds[-1] + COMPARED_STEPS / 10 * line
    return {"step": steady, "compile": compiling, "first_round": rounds[0], "round": rounds[-1],
            "share": added / (added + compiling + COMPARED_STEPS * steady),
            "memory_gib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20}


def _shipped() -> list[Table]:
    """What the shipped trainings themselves counted, from their logs."""
    from mytts_core.runs.reader import find_runs, open_run

    rows: list[tuple[Any, ...]] = []
    for found in find_runs(REPOSITORY / "sample_runs"):
        scalars = open_run(found.folder).scalars()
        seconds, looking = scalars.get("train/seconds_per_step"), scalars.get("train/monitoring_seconds")
        if seconds is None or looking is None or len(seconds.steps) < 2:
            continue
        training = float(np.nansum(seconds.values * np.diff(seconds.steps, prepend=0)))
        share = looking.values[-1] / (training + looking.values[-1])
        rows.append((found.name, int(looking.steps[-1]), training / looking.steps[-1], f"{100 * share:.1f} %"))
    return [Table("Looking, in the shipped trainings", ("run", "steps", "s a step", "share"), rows,
                  ("as each training counted it itself; other programs ran beside them",))] if rows else []


def _corpus() -> Path:
    given = os.environ.get("MYTTS_SHARED_DATA")
    data = Path(given) if given else REPOSITORY.parent / "shared" / "data"
    corpus = data / "speech" / "kathleen"
    if not corpus.is_dir():
        raise CorpusError(f"no corpus at {corpus}: set MYTTS_SHARED_DATA to the folder of the shared test data")
    return corpus
