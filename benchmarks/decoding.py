"""How fast the `normal` shape decodes, against reading its weights from memory once a frame, and without the cache."""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np

from benchmarks.report import REPOSITORY, Table
from mytts_core.errors import MyTTSError

PRESET = "normal"
NUM_TOKENS, NUM_SYMBOLS, NUM_BANDS = 60, 60, 80
LENGTHS = (200, 600)        # frames
REPETITIONS = 5
UNCACHED_FRAMES = 100
BATCHES = (2, 4, 8, 16)
# What is decoded: its name, utterances, frames, options of `generate`; the first two are the issue's.
DECODINGS: tuple[tuple[str, int, int, dict[str, str]], ...] = (
    *((f"{frames} frames", 1, frames, {}) for frames in LENGTHS),
    *((f"{LENGTHS[0]} frames, {batch} texts at once", batch, LENGTHS[0], {}) for batch in BATCHES),
    *((f"{LENGTHS[0]} frames, {batch} text{'s at once' * (batch > 1)}, bfloat16 weights", batch, LENGTHS[0],
       {"precision": "bfloat16"}) for batch in (1, 8)),
    (f"{LENGTHS[0]} frames, compiled by XLA", 1, LENGTHS[0], {"compiler": "xla"}),
    (f"{LENGTHS[0]} frames, 8 texts at once, compiled by XLA", 8, LENGTHS[0], {"compiler": "xla"}),
)


def run() -> list[Table]:
    """Measure in a fresh process, so that the peak of memory is decoding's own."""
    done = subprocess.run([sys.executable, "-c", "from benchmarks.decoding import measure; measure()"], cwd=REPOSITORY,
                          capture_output=True, text=True, check=False,
                          env={**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3", "CUDA_VISIBLE_DEVICES": "-1"})
    if done.returncode:
        raise MyTTSError(f"decoding could not be measured: {done.stderr.strip().splitlines()[-1]}")
    return _tables(json.loads(done.stdout.splitlines()[-1]))


def measure() -> None:
    """Print what was measured in this process as one line of JSON."""
    model = _model()
    ids = np.random.default_rng(0).integers(4, NUM_SYMBOLS, (max(BATCHES), NUM_TOKENS))
    weights = _weights_of_a_frame(model)
    found: dict[str, Any] = {"bytes": int(weights.nbytes), "compile": _seconds(lambda: _decode(model, ids[:1], 8))}
    for _, batch, _, options in DECODINGS:
        _decode(model, ids[:batch], 8, **options)      # everything has been compiled
    memory: list[float] = []
    decoded: list[list[float]] = [[] for _ in DECODINGS]
    for _ in range(REPETITIONS):
        # Side by side, so that what else the machine does meets both.
        memory.append(_read_pass(weights))
        for seconds, (_, batch, frames, options) in zip(decoded, DECODINGS):
            start = time.perf_counter()
            _decode(model, ids[:batch], frames, **options)
            seconds.append(time.perf_counter() - start)
    found["memory"], found["decoded"] = min(memory), [min(seconds) for seconds in decoded]
    found["uncached"] = _seconds(lambda: _decode_without_cache(model, ids[:1], UNCACHED_FRAMES))
    found["cached_as_short"] = min(_seconds(lambda: _decode(model, ids[:1], UNCACHED_FRAMES)) for _ in range(3))
    found["memory_gib"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    print(json.dumps(found))


def _model() -> Any:
    from mytts_core.config import get_model_preset
    from mytts_core.model.transformer_tts import TransformerTTS

    settings = {**get_model_preset(PRESET).model_kwargs(), "cross_win": None}
    model = TransformerTTS(**settings, input_vocab_size=NUM_SYMBOLS, n_mels=NUM_BANDS)
    model({"enc_ids": np.full((1, 4), 5), "dec_mel": np.zeros((1, 4, NUM_BANDS), np.float32)})
    model.mel_dense.kernel.assign(0.1 * model.mel_dense.kernel)     # or the frames fed back would grow without end
    return model


def _decode(model: Any, ids: np.ndarray, frames: int, **options: str) -> None:
    """Decode so many frames: the stop token is not asked before them."""
    generation = model.generate(ids, max_steps=frames, min_steps=frames + 1, end_of_text_frames=None, **options)
    assert np.isfinite(np.asarray(generation.mel)).all()
    assert np.asarray(generation.lengths).tolist() == [frames] * len(ids)


def _decode_without_cache(model: Any, ids: np.ndarray, frames: int) -> None:
    """Decode as people did before: the whole prefix through the model for each frame."""
    mel = np.zeros((len(ids), 1, NUM_BANDS), np.float32)
    for _ in range(frames):
        output = np.asarray(model({"enc_ids": ids, "dec_mel": mel})[0])
        mel = np.concatenate([mel, output[:, -1:]], axis=1)


def _weights_of_a_frame(model: Any) -> np.ndarray:
    """Return, as one array, everything that a decoder step reads of the weights."""
    import tensorflow as tf

    from mytts_core.model.decoder_weights import collect

    return np.concatenate([np.asarray(part).ravel() for part in tf.nest.flatten(collect(model))])


def _read_pass(weights: np.ndarray) -> float:
    """Return the seconds that two threads take to read the weights once: the inner product is bound by memory."""
    halves = np.array_split(weights, 2)
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(np.sum, [half[:1] for half in halves]))     # the threads have started
        return _seconds(lambda: list(pool.map(lambda half: np.dot(half, half), halves)))


def _seconds(work: Callable[[], Any]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def _tables(found: dict[str, Any]) -> list[Table]:
    memory, seconds = found["memory"], found["decoded"]
    one = seconds[0]
    rows: list[tuple[Any, ...]] = [
        (name, duration, 1e3 * duration / frames, duration / frames / memory, duration / one)
        for (name, _, frames, _), duration in zip(DECODINGS, seconds)]
    uncached = found["uncached"] / UNCACHED_FRAMES
    rows.append((f"{UNCACHED_FRAMES} frames, without cache", found["uncached"], 1e3 * uncached, uncached / memory,
                 found["uncached"] / one))
    short, long = (duration / frames for duration, frames in zip(seconds, LENGTHS))
    notes = (
        f"weights that a frame needs: {found['bytes'] / 1e6:.0f} MB, read once by two threads in {1e3 * memory:.2f} ms "
        f"({found['bytes'] / memory / 1e9:.1f} GB/s), best of {REPETITIONS} passes between the decodings; aim: at most "
        f"1.4 times that a frame of {LENGTHS[0]}, here {short / memory:.2f}",
        f"a frame of {LENGTHS[1]} costs {long / short:.2f} times a frame of {LENGTHS[0]} (aim: at most 1.3)",
        f"{PRESET} shape, {NUM_TOKENS} tokens, best of {REPETITIONS}; text encoding and PostNet included; the first "
        f"call, which compiles where no earlier process did, took {found['compile']:.1f} s; peak memory "
        f"{found['memory_gib']:.2f} GiB",
        f"the cache makes {UNCACHED_FRAMES} frames {found['uncached'] / found['cached_as_short']:.0f} times faster",
    )
    columns = ("what", "s", "ms a frame", "× reading the weights", f"× one text of {LENGTHS[0]} frames")
    return [Table("Decoding", columns, rows, notes)]
