"""Writes a run until it is killed; says on stdout what it has reported. Started by test_killed_writer.py.

python -m tests.runs.killed_writer FOLDER [RESUME_STEP]
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np

from mytts_core.config import RunConfig, get_model_preset
from mytts_core.runs.writer import RunWriter


def main(folder: Path, resume_step: int | None) -> None:
    if resume_step is None:
        writer = RunWriter.create(folder, RunConfig(get_model_preset("tiny")))
    else:
        writer = RunWriter.resume(folder, resume_step)
    writer.gradient_variables(["kernel", "bias"], [(3, 4), (4,)])
    for step in range((resume_step or 0) + 1, 1_000_000):
        writer.scalars(step, {"train/loss": 1 / step, "train/attempt": writer.attempt})
        writer.gradient_norms(step, [step, writer.attempt])
        if step % 5 == 0:
            writer.histogram(step, "gradients/log10_norm", np.arange(step))
            writer.sample(step, "held/out", {"text": "x" * step}, teacher_forced={
                "attention": np.full((1, 2, 20, 30), step % 1_000), "mel_target": np.zeros((40, 80))},
                target_audio=np.zeros(2_000), sample_rate=22_050)
        writer.status("running", step)
        print(step, flush=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else None)
