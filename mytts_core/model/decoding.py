"""Free-running decoding: text to mel, one group of frames after the other."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np
from keras import ops

from mytts_core.layers.positions import sinusoidal_positions
from mytts_core.layers.rotary import rotary_angles
from mytts_core.model.buckets import BLOCK_GROUPS, CHUNK_GROUPS, more_blocks, num_blocks
from mytts_core.model.compilers import choose_compiler
from mytts_core.model.decode_loop import ChunkInputs, Decoded, compiled_chunk
from mytts_core.model.decoder_weights import DecoderShape, collect
from mytts_core.model.decoding_cache import empty_cache, grown, with_chunk
from mytts_core.model.decoding_text import check_prosody, check_text, head_weights, prepare_text
from mytts_core.model.stopping import AT_LIMIT, REASONS, RUNNING, StopRule, at_limit, frame_limits, initial_state
from mytts_core.model.variation import Perturbation, utterance_seeds, utterance_temperatures


class Generation(NamedTuple):
    """What free-running decoding yields, in frames; what follows an utterance's length is zero.

    mel, mel_pre: float32 (batch, frames, n_mels), after and before the PostNet, normalised.
    stop_probs: float32 (batch, frames, 1).
    lengths: int32 (batch,), frames of each utterance.
    stop_reason: a list of 'stop_token', 'end_of_text' or 'limit'.
    attention: float32 (batch, layers, heads, groups, tokens), cross-attention without any window.
    """

    mel: Any
    mel_pre: Any
    stop_probs: Any
    lengths: Any
    stop_reason: list[str]
    attention: Any


def generate(model, enc_ids, *, max_steps: int | Sequence[int] = 600, temperature: float | Sequence[float] = 1.0,
             min_steps: int = 10, stop_threshold: float = 0.5, window: int = 1, patience: int = 1,
             check_stop_every: int = 1, use_postnet: bool = True, verbose: bool = False,
             seed: int | Sequence[int] | None = None, prosody=None, enc_len=None, head: tuple[int, int] | None = None,
             end_of_text_frames: int | None = 100, progress: Callable[[int, int], None] | None = None,
             compiler: str = "auto", precision: str = "float32") -> Generation:
    """Decode freely.

    An utterance ends by its stop token when the mean of its last `window` stop probabilities is above `stop_threshold`
    in `patience` consecutive checks, one each `check_stop_every` frames from `min_steps` on. It ends at the end of the
    text when more than half of the watched attention has rested on the last token for `end_of_text_frames` frames: far
    longer than a healthy utterance's closing silence, so it only ends those whose stop token was missed. Numbers of
    frames are rounded up to whole groups of the reduction factor.

    Args:
        model: a `TransformerTTS`.
        enc_ids: int, (batch, tokens), padded with the model's pad id.
        max_steps: most frames of an utterance, whatever the reduction factor, or one each; `max_length` of the model
            bounds it too.
        temperature: 1.0 is deterministic. Above, variation grows with it: in the prosody of models that have it, else
            as a perturbation of what is fed back. Below 1.0 a prosody model speaks flatter, others as at 1.0. A number,
            or one each: texts of several temperatures are decoded together.
        min_steps, stop_threshold, window, patience, check_stop_every: the stop rule, in frames.
        use_postnet: False returns `mel_pre` as `mel`.
        verbose: print a line a chunk of groups.
        seed: of the variation: one for all utterances, or one each; None draws another one each time. An utterance
            depends on its own text, temperature and seed alone, never on the batch beyond 1e-4.
        prosody: float (batch, 4), z-scored, in place of the predicted mean.
        enc_len: int (batch,), tokens of each text; by default what is not padding.
        head: (layer, head) whose attention tells where the text ends; by default the mean of all.
        end_of_text_frames: None or 0 never ends an utterance so.
        progress: called with (frames decoded, most frames) every 64 groups; what it raises ends the decoding.
        compiler: of the loop: 'numba' on a CPU, 'xla' anywhere; 'auto' takes Numba where the model is on a CPU.
        precision: 'float32', or 'bfloat16' for the decoder's matrices in half the memory and about half the time, all
            else staying float32 (Numba alone).

    Raises:
        ValueError: for a value out of range, naming it and the rule.
    """
    chosen = choose_compiler(compiler, precision)
    shape = DecoderShape.of(model)
    rule = StopRule.in_frames(shape.reduction_factor, stop_threshold=stop_threshold, window=window, patience=patience,
                              check_stop_every=check_stop_every, min_steps=min_steps,
                              end_of_text_frames=end_of_text_frames)
    ids, mask = check_text(model, enc_ids, enc_len)
    prosody, watched = check_prosody(model, prosody, len(ids)), head_weights(shape, head)
    seeds, temperatures = utterance_seeds(seed, len(ids)), utterance_temperatures(temperature, len(ids))
    limits = frame_limits(max_steps, len(ids), model.config.max_length)
    text = prepare_text(model, shape, ids, mask, prosody, temperatures, seeds, watched)
    padding_rows = text.last_token.shape[0] - len(ids)
    perturbation = Perturbation(model.inference_masks, shape.prenet_drop, shape.n_mels,
                                (temperatures if model.prosody is None else [1.0] * len(ids)) + [1.0] * padding_rows,
                                seeds + [0] * padding_rows)
    limit, limit_groups = int(limits.max()), -(-limits // shape.reduction_factor)
    blocks = num_blocks(ids.shape[1], shape.reduction_factor, model.config.max_length)

    def report(groups: int) -> None:
        frames = min(groups * shape.reduction_factor, limit)
        if verbose:
            print(f"decoded {frames} of at most {limit} frames", flush=True)
        if progress is not None:
            progress(frames, limit)

    def inputs(start: int) -> ChunkInputs:
        return _chunk_inputs(shape, start, perturbation)

    if chosen == "numba":
        from mytts_core.model.cpu.loop import decode

        decoded = decode(model, shape, text, ids.shape, rule, limit_groups, inputs, precision, report)
    else:
        decoded = _decode(model, shape, text, blocks, rule, len(ids), limit_groups, inputs, report)
    return _assemble(model, shape, decoded, ids.shape[1], limits, use_postnet)


def _decode(model, shape, text, blocks, rule, num_utterances, limit_groups, chunk_inputs, report) -> Decoded:
    """Run the chunks that XLA compiled until every utterance has stopped or reached its limit of groups."""
    chunk_function, weights = compiled_chunk(shape), collect(model)
    batch = text.last_token.shape[0]
    stop = initial_state(batch, num_utterances)
    frame = ops.broadcast_to(ops.cast(model.go_frame[0], "float32"), (batch, shape.n_mels))
    cache = empty_cache(shape, batch, blocks)
    tensor_rule = StopRule(*(ops.convert_to_tensor(value, "float32" if isinstance(value, float) else "int32")
                             for value in rule))
    chunks: list[list[np.ndarray]] = []
    start, most = 0, int(limit_groups.max())
    while True:
        count = min(CHUNK_GROUPS, most - start)
        done, frame, stop, outputs = chunk_function(
            weights, text, cache, chunk_inputs(start), tensor_rule, ops.convert_to_tensor(start, "int32"),
            ops.convert_to_tensor(count, "int32"), frame, stop)
        done = int(done)
        chunks.append([ops.convert_to_numpy(array)[:done, :num_utterances] for array in outputs[:3]])
        start += done
        report(start)
        reasons = at_limit(np.array(ops.convert_to_numpy(stop.reason)), limit_groups, start)
        if not (reasons == RUNNING).any():
            break
        stop = stop._replace(reason=ops.convert_to_tensor(reasons))
        if start > len(cache[0]) * BLOCK_GROUPS:
            cache = grown(cache, shape, more_blocks(len(cache[0]), shape.reduction_factor, model.config.max_length))
        cache = with_chunk(cache, start - CHUNK_GROUPS, outputs.keys, outputs.values)
    mel, probabilities, attention = (np.concatenate(parts) for parts in zip(*chunks))
    num_groups, reasons = (ops.convert_to_numpy(array)[:num_utterances] for array in (stop.num_groups, stop.reason))
    return Decoded(mel, probabilities, attention, num_groups, reasons)


def _chunk_inputs(shape: DecoderShape, start: int, perturbation: Perturbation) -> ChunkInputs:
    positions = ops.arange(start, start + CHUNK_GROUPS)
    added = (ops.zeros((CHUNK_GROUPS, shape.d_model), "float32") if not shape.adds_positions
             else sinusoidal_positions(positions, shape.d_model))
    masks, noise = perturbation.next_groups(start, CHUNK_GROUPS)
    cosine, sine = rotary_angles(positions, shape.head_size)
    return ChunkInputs(added, cosine, sine,
                       None if masks is None else ops.convert_to_tensor(np.moveaxis(masks, 1, 0).astype(np.float32)),
                       ops.convert_to_tensor(np.moveaxis(noise, 1, 0)))


def _assemble(model, shape, decoded: Decoded, num_tokens: int, limits: np.ndarray, use_postnet: bool) -> Generation:
    """Cut each utterance to its length, refine it, and put the batch first."""
    factor = shape.reduction_factor
    # Limits are looked at between chunks; what was decoded past one, and how that ended, does not count.
    num_groups = np.minimum(decoded.num_groups, -(-limits // factor))
    reasons = np.where(decoded.num_groups > num_groups, AT_LIMIT, decoded.reasons)
    groups = int(num_groups.max())
    lengths = np.minimum(num_groups * factor, limits).astype(np.int32)
    frames = int(lengths.max())
    valid = np.arange(frames)[None] < lengths[:, None]
    mel = np.moveaxis(decoded.mel[:groups], 0, 1).reshape(len(lengths), groups * factor, shape.n_mels)
    mel_pre = ops.convert_to_tensor(np.where(valid[..., None], mel[:, :frames], np.float32(0)))
    mel_post = _refine(model, mel_pre, valid) if use_postnet else mel_pre
    probabilities = np.repeat(decoded.stop_probabilities[:groups].T, factor, axis=1)[:, :frames]
    probabilities = np.where(valid, probabilities, np.float32(0))
    group_valid = np.arange(groups)[None] < num_groups[:, None]
    attention = np.moveaxis(decoded.attention[:groups, ..., :num_tokens], 0, 3)
    attention = np.where(group_valid[:, None, None, :, None], attention, np.float32(0))
    return Generation(mel_post, mel_pre, ops.convert_to_tensor(probabilities[..., None]),
                      ops.convert_to_tensor(lengths), [REASONS[int(reason)] for reason in reasons],
                      ops.convert_to_tensor(attention))


def _refine(model, mel_pre, valid: np.ndarray):
    """Apply the PostNet to valid frames alone; padding is masked even where training did not."""
    mask = ops.convert_to_tensor(valid)
    refined = model.refine(mel_pre, mask, always_mask=True)
    return ops.where(mask[..., None], refined, 0.0)
