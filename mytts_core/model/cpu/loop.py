"""Free-running decoding on a CPU: the counterpart of `decoding`'s loop over XLA's compiled chunks."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numba
import numpy as np

from mytts_core.model.buckets import CHUNK_GROUPS
from mytts_core.model.cpu.barrier import COUNTERS, run_together
from mytts_core.model.cpu.chunk import Shared, decode_chunk
from mytts_core.model.cpu.state import FIRST_CAPACITY, Cache, Sizes, Stops, TextPanels, Vectors, Yields
from mytts_core.model.cpu.weights import panels_of
from mytts_core.model.decode_loop import ChunkInputs, Decoded, Text
from mytts_core.model.decoder_weights import DecoderShape
from mytts_core.model.stopping import RUNNING, StopRule, at_limit

MOST_THREADS = 8  # beyond, threads wait for memory and for each other


def decode(model, shape: DecoderShape, text: Text, size: tuple[int, int], rule: StopRule,
           limit_groups: np.ndarray, chunk_inputs: Callable[[int], ChunkInputs], precision: str,
           report: Callable[[int], None]) -> Decoded:
    """Decode until every utterance has stopped or reached its limit.

    Args:
        model: a `TransformerTTS` on the CPU.
        shape: of its decoder.
        text: of `decoding_text.prepare_text`.
        size: utterances and tokens of the text, without the padding of its buckets.
        rule: the stop rule.
        limit_groups: int64 (batch,), most groups of each utterance, looked at between chunks.
        chunk_inputs: returns the inputs of the chunk from a group on.
        precision: of the weights' matrices, 'float32' or 'bfloat16'.
        report: called with the groups decoded after each chunk.
    """
    num_utterances, num_tokens = size
    panels, texts = panels_of(model, precision), TextPanels.of(shape, text, num_utterances, num_tokens)
    threads = min(numba.config.NUMBA_NUM_THREADS, shape.num_heads, MOST_THREADS)
    go_frame = np.asarray(model.go_frame, np.float32)[0]
    most = int(limit_groups.max())
    cache = Cache.empty(shape, num_utterances, min(most, FIRST_CAPACITY))
    vectors = Vectors.new(shape, panels, np.repeat(go_frame, num_utterances, axis=0), max(most, num_tokens), threads)
    stops, chunks, start = Stops.initial(num_utterances), [], 0
    while True:
        count = min(CHUNK_GROUPS, most - start)
        if start + count > cache.values.shape[4]:
            cache = cache.grown(shape, 2 * cache.values.shape[4])
        shared = Shared(Sizes.of(shape), panels, texts, cache, vectors, _as_arrays(chunk_inputs(start)), rule,
                        stops, Yields.zeros(shape, num_utterances, num_tokens), np.zeros(COUNTERS, np.int64))
        run_together(partial(decode_chunk, shared, start, count, threads), threads)
        done = int(shared.yields.done[0])
        chunks.append([array[:done] for array in shared.yields[:3]])
        start += done
        report(start)
        stops.reason[:] = at_limit(stops.reason, limit_groups, start)
        running = np.flatnonzero(stops.reason == RUNNING)
        if not len(running):
            break
        vectors.rows[:len(running)], vectors.num_running[0] = running, len(running)
    mel, probabilities, attention = (np.concatenate(parts) for parts in zip(*chunks))
    return Decoded(mel, probabilities, attention, stops.num_groups, stops.reason)


def _as_arrays(inputs: ChunkInputs) -> ChunkInputs:
    """Return the inputs as NumPy arrays of one type each; no masks become masks of size 0."""
    masks = np.zeros((0, 0, 0, 0)) if inputs.masks is None else inputs.masks
    return ChunkInputs(*(np.array(array, np.float32, order="C") for array in inputs._replace(masks=masks)))
