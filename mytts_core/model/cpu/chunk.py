"""The compiled part of decoding on a CPU: a chunk of groups, one after the other, with the stop rule between them."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import NamedTuple

import numpy as np

from mytts_core.layers.encoder_block import LAYER_NORM_EPSILON
from mytts_core.model.cpu.barrier import meet
from mytts_core.model.cpu.compiled import inner, kept_on_disk
from mytts_core.model.cpu.elementwise import sigmoid
from mytts_core.model.cpu.state import Cache, Sizes, Stops, TextPanels, Vectors, Yields
from mytts_core.model.cpu.step import embed, layer_step, project
from mytts_core.model.cpu.weights import Panels
from mytts_core.model.decode_loop import ChunkInputs
from mytts_core.model.stopping import END_OF_TEXT, MAX_WINDOW_GROUPS, RUNNING, STOP_TOKEN, StopRule


class Shared(NamedTuple):
    """Everything that the threads of a decoding read and write; `inputs` are NumPy arrays, without masks of size 0."""

    sizes: Sizes
    panels: Panels
    text: TextPanels
    cache: Cache
    vectors: Vectors
    inputs: ChunkInputs
    rule: StopRule
    stops: Stops
    yields: Yields
    arrivals: np.ndarray


@inner
def _update_stop(rule, stops, row, group, probability, mass_at_end):
    """Follow `stopping.update` for one running utterance."""
    done, history = group + 1, stops.history[row]
    for k in range(MAX_WINDOW_GROUPS - 1):
        history[k] = history[k + 1]
    history[-1] = probability
    width, total = min(rule.window, done), np.float32(0)
    for k in range(MAX_WINDOW_GROUPS - width, MAX_WINDOW_GROUPS):
        total += history[k]
    if done >= rule.minimum and (done - rule.minimum) % rule.interval == 0:
        above = total / np.float32(width) > np.float32(rule.threshold)
        stops.checks_above[row] = stops.checks_above[row] + 1 if above else 0
    stops.groups_at_end[row] = stops.groups_at_end[row] + 1 if mass_at_end > 0.5 else 0
    stops.num_groups[row] = done
    if stops.checks_above[row] >= rule.patience:
        stops.reason[row] = STOP_TOKEN
    elif rule.end_patience > 0 and stops.groups_at_end[row] >= rule.end_patience:
        stops.reason[row] = END_OF_TEXT


@inner
def _finish(shared, i, group):
    """Keep what the step yielded, decide which utterances go on, and set what is fed next; for one thread."""
    vectors, yields, text = shared.vectors, shared.yields, shared.text
    columns, running = yields.mel.shape[2], 0
    for j in range(vectors.num_running[0]):
        row = vectors.rows[j]
        for k in range(columns):
            yields.mel[i, row, k] = vectors.mel[j, k]
        for k in range(shared.sizes.n_mels):
            vectors.frames[row, k] = vectors.mel[j, columns - shared.sizes.n_mels + k]
        probability, mass = sigmoid(vectors.stop[j, 0]), np.float32(0)
        yields.stop_probabilities[i, row] = probability
        for layer in range(shared.sizes.num_layers):
            for head in range(shared.sizes.num_heads):
                mass += text.head_weights[layer, head] * yields.attention[i, row, layer, head, text.last_token[row]]
        _update_stop(shared.rule, shared.stops, row, group, probability, mass)
        if shared.stops.reason[row] == RUNNING:
            vectors.rows[running] = row
            running += 1
    vectors.num_running[0] = running
    yields.done[0] = i + 1


def _sources() -> str:
    """Return a digest of the source that is compiled, and of the constants of other packages in it."""
    files = sorted(Path(__file__).parent.glob("*.py"))
    constants = repr((LAYER_NORM_EPSILON, END_OF_TEXT, MAX_WINDOW_GROUPS, RUNNING, STOP_TOKEN)).encode()
    return hashlib.sha256(b"".join(file.read_bytes() for file in files) + constants).hexdigest()


def _cached(digest: str):
    def decode(shared, start, count, threads, number):
        """Decode up to `count` groups from group `start` on, as thread `number`, until every utterance has stopped."""
        _ = digest  # Numba's cache sees changes of this file and of what a function encloses, not of other files
        met = 0
        for i in range(count):
            if shared.vectors.num_running[0] == 0:
                break
            met = embed(shared, i, number, threads, met)
            for layer in range(shared.sizes.num_layers):
                met = layer_step(shared, i, layer, start + i, number, threads, met)
            met = project(shared, number, threads, met)
            if number == 0:
                _finish(shared, i, start + i)
            met = meet(shared.arrivals, met + threads)

    return kept_on_disk(decode)


decode_chunk = _cached(_sources())
