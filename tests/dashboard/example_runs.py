"""Small run folders written by the real RunWriter: a healthy one, a failing one, an empty one, and a foreign log.

Look at them by hand: python -m tests.dashboard.example_runs FOLDER && streamlit run dashboard/app.py -- FOLDER
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import numpy as np

from mytts_core.config import AudioConfig, RunConfig, TrainingConfig, get_model_preset
from mytts_core.monitoring.alignment import score_alignment
from mytts_core.runs import schema
from mytts_core.runs.writer import RunWriter

HEALTHY, FAILING, EMPTY, FOREIGN = "healthy", "failing", "new/empty", "someone_elses"
SAMPLE_STEPS = (500, 1_000, 1_500)
TEXTS = {
    "arctic_a0001": "Author of the danger trail.",
    "arctic_a0020": "<b>Not bold</b> & [no link](http://example.com) $x$",
    "fa/01": "سلام، خوبی؟ مَن",
    "arctic_a0040": "Gad, do I remember it.",
}
LAYERS, HEADS, REDUCTION = 3, 4, 4
AUDIO = AudioConfig()
VARIABLES = [f"{part}_{layer}/{kind}/{name}" for part in ("encoder", "decoder") for layer in range(3)
             for kind in ("self_attention", "cross_attention", "feed_forward") for name in ("kernel", "bias")]


def write_example_runs(root: Path) -> Path:
    """Write the four runs under `root` and return it."""
    _write_run(root / HEALTHY, healthy=True)
    _write_run(root / FAILING, healthy=False)
    RunWriter.create(root / EMPTY, _config()).close()
    (root / FOREIGN).mkdir(parents=True)
    lines = [json.dumps({"step": step, "accuracy": 1 - 1 / (step + 1)}) for step in range(20)]
    (root / FOREIGN / "metrics.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return root


def _config() -> RunConfig:
    return RunConfig(model=get_model_preset("modern_cpu"), audio=AUDIO, preset="modern_cpu",
                     training=TrainingConfig(max_steps=1_500))


def _write_run(folder: Path, healthy: bool) -> None:
    random = np.random.default_rng(7)
    with RunWriter.create(folder, _config(), command=["mytts", "train"], device="example") as writer:
        writer.gradient_variables(VARIABLES, [(16, 16) if name.endswith("kernel") else (16,) for name in VARIABLES])
        for step in range(10, 1_501, 10):
            writer.scalars(step, _train_scalars(step, healthy, random))
            if step % 100 == 0:
                writer.gradient_norms(step, _norms(step, healthy, random))
            if step % 500 == 0:
                writer.scalars(step, _validation_scalars(step, healthy))
                for number, (utterance, text) in enumerate(TEXTS.items()):
                    _write_sample(writer, step, utterance, text, number, healthy, random)
        if healthy:
            writer.status("finished", 1_500)
        else:
            writer.status("failed", 1_500, "stopped after 51 steps in a row whose gradients were *not* finite "
                                           "<script>alert(1)</script>: lower training.learning_rate")


def _train_scalars(step: int, healthy: bool, random: np.random.Generator) -> dict[str, float]:
    loss = 0.35 + 1.6 * np.exp(-step / 300) + 0.03 * random.standard_normal()
    if not healthy:
        loss = float("nan") if step > 1_200 else 1.9 + 0.1 * random.standard_normal() + (30 if step == 700 else 0)
    norm = float("inf") if not healthy and step > 1_200 else 0.4 + 2 * np.exp(-step / 200) * random.random()
    return {schema.TRAIN_LOSS: loss, schema.TRAIN_MEL_PRE: loss * 0.5, schema.TRAIN_MEL_POST: loss * 0.45,
            schema.TRAIN_STOP: loss * 0.05, schema.TRAIN_GUIDED: 0.2 * np.exp(-step / 200),
            schema.LEARNING_RATE: 1e-3 * min(step / 500, (500 / step) ** 0.5), schema.GRADIENT_NORM: norm,
            schema.CLIP_THRESHOLD: 1.0, schema.CLIPPED_SHARE: 0.1 if healthy else 1.0,
            schema.SKIPPED_STEPS: 0 if healthy else max(0, step - 1_200) // 10, schema.SECONDS_PER_STEP: 0.35}


def _validation_scalars(step: int, healthy: bool) -> dict[str, float]:
    share = step / 1_500 if healthy else 0.0
    names = {"loss": 1.8 - 1.3 * share, "mel_loss_post": 0.9 - 0.6 * share, "diagonality": 0.42 + 0.5 * share,
             "focus": 0.1 + 0.7 * share, "coverage": 0.1 + 0.7 * share}
    scalars = {schema.VALIDATION_PREFIX + name: value for name, value in names.items()}
    scalars[schema.FREE_RUNNING_PREFIX + "diagonality"] = 0.42 + 0.45 * share
    scalars[schema.FREE_RUNNING_PREFIX + "stop_rate"] = share
    return scalars


def _norms(step: int, healthy: bool, random: np.random.Generator) -> np.ndarray:
    norms = 10 ** random.normal(-2, 0.8, len(VARIABLES))
    if not healthy:
        norms[3] = 0.0
        norms[5:8] = np.nan if step > 1_200 else norms[5:8]
    return norms


def _attention(num_groups: int, num_tokens: int, width: float, random: np.random.Generator) -> np.ndarray:
    """Heads from blurred to sharp along the diagonal; width 1 and above is near uniform."""
    place = np.arange(num_groups)[:, None] / num_groups - np.arange(num_tokens)[None] / num_tokens
    widths = width * 10 ** random.uniform(0, 1.2, (LAYERS, HEADS, 1, 1))
    widths[-1, 1] = width
    scores = np.exp(-np.square(place) / (2 * widths**2)) + 1e-3 * random.random((LAYERS, HEADS, num_groups, num_tokens))
    return scores / scores.sum(axis=-1, keepdims=True)


def _mel(num_frames: int, random: np.random.Generator) -> np.ndarray:
    time, band = np.arange(num_frames)[:, None], np.arange(AUDIO.n_mels)[None]
    voiced = np.sin(time / 9) * np.cos((band - 20 * np.sin(time / 30)) / 6)
    return -6 + 3 * voiced - band / 30 + 0.3 * random.standard_normal((num_frames, AUDIO.n_mels))


def _write_sample(writer: RunWriter, step: int, utterance: str, text: str, number: int, healthy: bool,
                  random: np.random.Generator) -> None:
    tokens = ["<start>", *text, "<end>"]
    spoken = [False, *(letter.isalpha() for letter in text), False]
    groups = max(20, 2 * len(tokens))
    width = 0.03 * 1_500 / step if healthy else 2.0
    attention = _attention(groups, len(tokens), width, random)
    frames = groups * REDUCTION
    head = (LAYERS - 1, 1)
    scores = score_alignment(attention[head], spoken)._asdict()
    seconds = np.arange(AUDIO.sample_rate) / AUDIO.sample_rate
    wav = 0.3 * np.sin(2 * np.pi * (180 + 40 * number) * seconds)
    record = {"text": text, "tokens": tokens, "spoken": spoken, "reduction_factor": REDUCTION,
              "frames_per_second": AUDIO.frames_per_second, "head": list(head), "target_frames": frames,
              "teacher_forced": scores, "free_running": None}
    free_arrays = None
    if number != 3:
        faults = [] if healthy and number else [
            {"kind": "skipped", "token_index": 5, "token": tokens[5], "start_frame": 40, "end_frame": 60},
            {"kind": "stalled", "token_index": 9, "token": tokens[9], "start_frame": 80, "end_frame": 150}]
        record["free_running"] = {
            **scores, "frames": int(frames * (1.05 if healthy else 2)),
            "stop_reason": "stop_token" if healthy else "limit",
            "skipped": len(faults) // 2, "repeated": 0, "stalled": len(faults) // 2, "faults": faults,
            "words": ["skips 'o' at 0.46 s", "stalls on 't' from 0.93 s to 1.74 s"] if faults else []}
        free_arrays = {schema.ATTENTION_KEY: attention, schema.MEL_PREDICTED_KEY: _mel(frames, random),
                       schema.STOP_PROBABILITIES_KEY: 1 / (1 + np.exp(-(np.arange(frames) - frames * 0.95)))}
    writer.sample(step, utterance, record, teacher_forced={
        schema.ATTENTION_KEY: attention, schema.MEL_TARGET_KEY: _mel(frames, random),
        schema.MEL_PREDICTED_KEY: _mel(frames, random)}, free_running=free_arrays, target_audio=wav,
        free_running_audio=wav if free_arrays else None, sample_rate=AUDIO.sample_rate)


if __name__ == "__main__":
    write_example_runs(Path(sys.argv[1]))
