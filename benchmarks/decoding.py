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
BATCH = 8


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
    ids = np.random.default_rng(0).integers(4, NUM_SYMBOLS, (BATCH, NUM_TOKENS))
    weights = _weights_of_a_frame(model)
    found: dict[str, Any] = {"bytes": int(weights.nbytes), "compile": _seconds(lambda: _decode(model, ids[:1], 8))}
    memory, cached = [], {length: [] for length in LENGTHS}
    _seconds(lambda: _decode(model, ids[:1], LENGTHS[-1]))      # every shape has been compiled
    for _ in range(REPETITIONS):
        # Side by side, so that what else the machine does meets both.
        memory += [_read_pass(weights) for _ in range(10)]
        for length in LENGTHS:
            cached[length].append(_seconds(lambda length=length: _decode(model, ids[:1], length)))
    found["memory"] = min(memory)
    found["cached"] = {length: min(seconds) for length, seconds in cached.items()}
    _decode(model, ids, 8)
    found["batch"] = _seconds(lambda: _decode(model, ids, LENGTHS[0]))
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
    return model


def _decode(model: Any, ids: np.ndarray, frames: int) -> None:
    """Decode so many frames: the stop token is not asked before them."""
    generation = model.generate(ids, max_steps=frames, min_steps=frames + 1, end_of_text_frames=None)
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
    memory, cached = found["memory"], {int(length): seconds for length, seconds in found["cached"].items()}
    frame = {length: seconds / length for length, seconds in cached.items()}
    short, long = LENGTHS
    rows: list[tuple[Any, ...]] = [
        (f"cached, {length} frames", cached[length], 1e3 * frame[length], frame[length] / memory, "1.4" if
         length == short else "") for length in LENGTHS]
    rows.append((f"cached, {BATCH} texts at once, {short} frames each", found["batch"], 1e3 * found["batch"] / short
                 / BATCH, found["batch"] / short / BATCH / memory, ""))
    rows.append((f"without cache, {UNCACHED_FRAMES} frames", found["uncached"], 1e3 * found["uncached"]
                 / UNCACHED_FRAMES, found["uncached"] / UNCACHED_FRAMES / memory, ""))
    notes = (
        f"weights that a frame needs: {found['bytes'] / 1e6:.0f} MB, read once by two threads in {1e3 * memory:.2f} ms "
        f"({found['bytes'] / memory / 1e9:.1f} GB/s), best of {10 * REPETITIONS} passes between the decodings",
        f"a frame of {long} costs {frame[long] / frame[short]:.2f} times a frame of {short} (aim: at most 1.3)",
        f"{PRESET} shape, float32, {NUM_TOKENS} tokens, best of {REPETITIONS}; text encoding and PostNet included; the "
        f"first call, which compiles, took {found['compile']:.1f} s; peak memory {found['memory_gib']:.2f} GiB",
        f"the cache makes {UNCACHED_FRAMES} frames {found['uncached'] / found['cached_as_short']:.0f} times faster",
    )
    return [Table("Decoding", ("what", "s", "ms a frame", "× reading the weights", "aim"), rows, notes)]
