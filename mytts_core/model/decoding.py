"""Free-running decoding: text to mel, one group of frames after the other."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np
from keras import ops

from mytts_core.layers.positions import sinusoidal_positions
from mytts_core.layers.rotary import rotary_angles
from mytts_core.model.buckets import batch_bucket, frame_bucket, next_frame_bucket, text_bucket
from mytts_core.model.decode_loop import CHUNK_GROUPS, ChunkInputs, Text, compiled_chunk
from mytts_core.model.decoder_weights import DecoderShape, pack
from mytts_core.model.stopping import REASONS, RUNNING, StopRule, initial_state, require_whole
from mytts_core.model.variation import Perturbation, check_temperature, utterance_seeds, vary_prosody


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


def generate(model, enc_ids, *, max_steps: int = 600, temperature: float = 1.0, min_steps: int = 10,
             stop_threshold: float = 0.5, window: int = 1, patience: int = 1, check_stop_every: int = 1,
             use_postnet: bool = True, verbose: bool = False, seed: int | Sequence[int] | None = None, prosody=None,
             enc_len=None, head: tuple[int, int] | None = None, end_of_text_frames: int | None = 100,
             progress: Callable[[int, int], None] | None = None) -> Generation:
    """Decode freely.

    An utterance ends by its stop token when the mean of its last `window` stop probabilities is above `stop_threshold`
    in `patience` consecutive checks, one each `check_stop_every` frames from `min_steps` on. It ends at the end of the
    text when more than half of the watched attention has rested on the last token for `end_of_text_frames` frames: far
    longer than a healthy utterance's closing silence, so it only ends those whose stop token was missed. Numbers of
    frames are rounded up to whole groups of the reduction factor.

    Args:
        model: a `TransformerTTS`.
        enc_ids: int, (batch, tokens), padded with the model's pad id.
        max_steps: most frames of an utterance, whatever the reduction factor; `max_length` of the model bounds it too.
        temperature: 1.0 is deterministic. Above, variation grows with it: in the prosody of models that have it, else
            as a perturbation of what is fed back. Below 1.0 a prosody model speaks flatter, others as at 1.0.
        min_steps, stop_threshold, window, patience, check_stop_every: the stop rule, in frames.
        use_postnet: False returns `mel_pre` as `mel`.
        verbose: print a line a chunk of groups.
        seed: of the variation: one for all utterances, or one each; None draws another one each time. An utterance
            depends on its own text and seed alone, never on its row in the batch.
        prosody: float (batch, 4), z-scored, in place of the predicted mean.
        enc_len: int (batch,), tokens of each text; by default what is not padding.
        head: (layer, head) whose attention tells where the text ends; by default the mean of all.
        end_of_text_frames: None or 0 never ends an utterance so.
        progress: called with (frames decoded, most frames) every 64 groups; what it raises ends the decoding.

    Raises:
        ValueError: for a value out of range, naming it and the rule.
    """
    temperature = check_temperature(temperature)
    require_whole("max_steps", max_steps, 1)
    shape = DecoderShape.of(model)
    rule = StopRule.in_frames(shape.reduction_factor, stop_threshold=stop_threshold, window=window, patience=patience,
                              check_stop_every=check_stop_every, min_steps=min_steps,
                              end_of_text_frames=end_of_text_frames)
    ids, mask = _check_text(model, enc_ids, enc_len)
    seeds = utterance_seeds(seed, len(ids))
    head_weights = _head_weights(shape, head)
    text, capacity = _prepare_text(model, shape, ids, mask, prosody, temperature, seeds, head_weights)
    perturbation = Perturbation(model.inference_masks, shape.prenet_drop, shape.n_mels,
                                temperature if model.prosody is None else 1.0, _padded(seeds, text.mask.shape[0]))
    limit = min(max_steps, model.config.max_length)
    decoded = _decode(model, shape, text, capacity, perturbation, rule, limit, len(ids), verbose, progress)
    return _assemble(model, shape, decoded, ids.shape[1], limit, use_postnet)


class _Decoded(NamedTuple):
    """Chunks joined: mel (groups, batch, bands), stop probabilities (groups, batch), attention (groups, batch, …)."""

    mel: np.ndarray
    stop_probabilities: np.ndarray
    attention: np.ndarray
    num_groups: np.ndarray
    reasons: np.ndarray


def _decode(model, shape, text, capacity, perturbation, rule, limit, num_utterances, verbose, progress) -> _Decoded:
    """Run the compiled chunks until every utterance has stopped or the limit of frames is reached."""
    chunk_function, weights = compiled_chunk(shape), pack(model)
    batch, limit_groups = text.mask.shape[0], -(-limit // shape.reduction_factor)
    stop = initial_state(batch, num_utterances)
    frame = ops.broadcast_to(ops.cast(model.go_frame[0], "float32"), (batch, shape.n_mels))
    cache = [_empty_cache(shape, batch, capacity) for _ in range(shape.num_layers)]
    tensor_rule = StopRule(*(ops.convert_to_tensor(value, "float32" if isinstance(value, float) else "int32")
                             for value in rule))
    mels: list[np.ndarray] = []
    probabilities: list[np.ndarray] = []
    attentions: list[np.ndarray] = []
    start = 0
    while start < limit_groups:
        if start + CHUNK_GROUPS > capacity:
            capacity = next_frame_bucket(capacity, shape.reduction_factor, model.config.max_length)
            cache = [tuple(_grow(array, capacity) for array in pair) for pair in cache]
        inputs = _chunk_inputs(shape, start, perturbation)
        count = min(CHUNK_GROUPS, limit_groups - start)
        done, frame, stop, outputs = chunk_function(
            weights, text, cache, inputs, tensor_rule, ops.convert_to_tensor(start, "int32"),
            ops.convert_to_tensor(count, "int32"), frame, stop)
        done = int(done)
        for kept, array in ((mels, outputs.mel), (probabilities, outputs.stop_probabilities),
                            (attentions, outputs.attention)):
            kept.append(ops.convert_to_numpy(array)[:done, :num_utterances])
        start += done
        if verbose:
            print(f"decoded {min(start * shape.reduction_factor, limit)} of at most {limit} frames", flush=True)
        if progress is not None:
            progress(min(start * shape.reduction_factor, limit), limit)
        if done < count or not (ops.convert_to_numpy(stop.reason) == RUNNING).any():
            break
        cache = [tuple(ops.slice_update(old, (0, 0, start - CHUNK_GROUPS, 0), new) for old, new in zip(pair, added))
                 for pair, added in zip(cache, zip(outputs.keys, outputs.values))] if start < limit_groups else cache
    return _Decoded(np.concatenate(mels), np.concatenate(probabilities), np.concatenate(attentions),
                    ops.convert_to_numpy(stop.num_groups)[:num_utterances],
                    ops.convert_to_numpy(stop.reason)[:num_utterances])


def _chunk_inputs(shape: DecoderShape, start: int, perturbation: Perturbation) -> ChunkInputs:
    positions = ops.arange(start, start + CHUNK_GROUPS)
    added = (ops.zeros((CHUNK_GROUPS, shape.d_model), "float32") if shape.rotary
             else sinusoidal_positions(positions, shape.d_model))
    masks, noise = perturbation.next_groups(start, CHUNK_GROUPS)
    cosine, sine = rotary_angles(positions, shape.head_size)
    return ChunkInputs(added, cosine, sine,
                       None if masks is None else ops.convert_to_tensor(np.moveaxis(masks, 1, 0).astype(np.float32)),
                       ops.convert_to_tensor(np.moveaxis(noise, 1, 0)))


def _prepare_text(model, shape, ids, mask, prosody, temperature, seeds, head_weights) -> tuple[Text, int]:
    """Encode the texts, padded to buckets, and return what decoding needs of them with the cache's groups."""
    num_utterances, num_tokens = ids.shape
    bucket, batch = text_bucket(num_tokens, model.config.max_length), batch_bucket(num_utterances)
    capacity = frame_bucket(num_tokens, shape.reduction_factor, model.config.max_length)
    ids = np.pad(ids, ((0, batch - num_utterances), (0, bucket - num_tokens)), constant_values=model.pad_id)
    mask = np.pad(mask, ((0, batch - num_utterances), (0, bucket - num_tokens)))
    mask[num_utterances:, 0] = True  # rows of padding attend to something, so that nothing divides by zero
    if prosody is not None:
        prosody = _check_prosody(model, prosody, num_utterances)
        prosody = np.pad(prosody, ((0, batch - num_utterances), (0, 0)))
    tensor_mask = ops.convert_to_tensor(mask)
    memory = model.encode(ops.convert_to_tensor(ids), tensor_mask)
    if model.prosody is not None and (prosody is not None or temperature != 1):
        mean, log_std = (ops.convert_to_numpy(part) for part in model.prosody.predict(memory, tensor_mask))
        mean = mean if prosody is None else prosody
        prosody = vary_prosody(mean, np.exp(log_std), temperature, _padded(seeds, batch))
    memory, addition, _, _ = model.condition(memory, tensor_mask, prosody)
    memory = ops.cast(memory, "float32")
    projected = [block.cross_attention.project_key_value(memory) for block in model.decoder_blocks]
    keys, values = ([ops.cast(pair[i], "float32") for pair in projected] for i in range(2))
    last = np.zeros(mask.shape, np.float32)
    last[np.arange(batch), mask.shape[1] - 1 - mask[:, ::-1].argmax(axis=1)] = 1
    addition = ops.zeros((batch, shape.d_model), "float32") if addition is None else ops.cast(addition[:, 0], "float32")
    return Text(keys, values, tensor_mask, ops.convert_to_tensor(last), addition,
                ops.convert_to_tensor(head_weights)), capacity


def _assemble(model, shape, decoded: _Decoded, num_tokens: int, limit: int, use_postnet: bool) -> Generation:
    """Cut each utterance to its length, refine it, and put the batch first."""
    factor, groups = shape.reduction_factor, int(decoded.num_groups.max())
    lengths = np.minimum(decoded.num_groups * factor, limit).astype(np.int32)
    frames = int(lengths.max())
    valid = np.arange(frames)[None] < lengths[:, None]
    mel = np.moveaxis(decoded.mel[:groups], 0, 1).reshape(len(lengths), groups * factor, shape.n_mels)
    mel_pre = ops.convert_to_tensor(mel[:, :frames] * valid[..., None])
    mel_post = _refine(model, mel_pre, valid) if use_postnet else mel_pre
    probabilities = np.repeat(decoded.stop_probabilities[:groups].T, factor, axis=1)[:, :frames] * valid
    group_valid = np.arange(groups)[None] < decoded.num_groups[:, None]
    attention = np.moveaxis(decoded.attention[:groups, ..., :num_tokens], 0, 3)
    attention = attention * group_valid[:, None, None, :, None]
    return Generation(mel_post, mel_pre, ops.convert_to_tensor(probabilities[..., None].astype(np.float32)),
                      ops.convert_to_tensor(lengths), [REASONS[int(reason)] for reason in decoded.reasons],
                      ops.convert_to_tensor(attention.astype(np.float32)))


def _refine(model, mel_pre, valid: np.ndarray):
    """Apply the PostNet to valid frames alone; padding is masked even where training did not."""
    mask = ops.convert_to_tensor(valid)
    refined = model.refine(mel_pre, mask, always_mask=True)
    return refined * ops.cast(mask, refined.dtype)[..., None]


def _check_text(model, enc_ids, enc_len) -> tuple[np.ndarray, np.ndarray]:
    """Return ids int32 (batch, tokens) and the mask of valid tokens, both NumPy."""
    ids = ops.convert_to_numpy(enc_ids)
    if ids.ndim != 2 or 0 in ids.shape or not np.issubdtype(ids.dtype, np.integer):
        raise ValueError(f"enc_ids has shape {ids.shape} and type {ids.dtype}; "
                         "it must be whole numbers (batch, tokens), neither empty")
    if ids.shape[1] > model.config.max_length:
        raise ValueError(f"{ids.shape[1]} text tokens are more than max_length ({model.config.max_length})")
    if ids.min() < 0 or ids.max() >= model.input_vocab_size:
        wrong = ids.min() if ids.min() < 0 else ids.max()
        raise ValueError(f"enc_ids holds {wrong}; token ids of this model are 0 to {model.input_vocab_size - 1}")
    if enc_len is None:
        mask = ids != model.pad_id
    else:
        lengths = ops.convert_to_numpy(enc_len)
        if lengths.shape != (len(ids),) or lengths.min() < 1 or lengths.max() > ids.shape[1]:
            raise ValueError(f"enc_len is {lengths.tolist()}; it must hold a length in [1, {ids.shape[1]}] "
                             f"for each of {len(ids)} utterances")
        mask = np.arange(ids.shape[1])[None] < lengths[:, None]
    if not mask.any(axis=1).all():
        row = int(np.argmin(mask.any(axis=1)))
        raise ValueError(f"row {row} of enc_ids is padding alone; give it at least one token")
    return ids.astype(np.int32), mask


def _check_prosody(model, prosody, num_utterances: int) -> np.ndarray:
    if model.prosody is None:
        raise ValueError("prosody was given, but this model was made with prosody=False")
    values = np.asarray(ops.convert_to_numpy(prosody), np.float32)
    wanted = (num_utterances, model.prosody.num_dimensions)
    if values.shape != wanted or not np.isfinite(values).all():
        raise ValueError(f"prosody has shape {values.shape}; it must hold finite numbers of shape {wanted}")
    return values


def _head_weights(shape: DecoderShape, head: tuple[int, int] | None) -> np.ndarray:
    weights = np.zeros((shape.num_layers, shape.num_heads), np.float32)
    if head is None:
        return weights + np.float32(1 / weights.size)
    layer, index = head
    if not (0 <= layer < shape.num_layers and 0 <= index < shape.num_heads):
        raise ValueError(f"head is {head}; it must be (layer, head) below ({shape.num_layers}, {shape.num_heads})")
    weights[layer, index] = 1
    return weights


def _empty_cache(shape: DecoderShape, batch: int, capacity: int):
    array = ops.zeros((batch, shape.num_heads, capacity, shape.head_size), "float32")
    return array, array


def _grow(array, capacity: int):
    return ops.pad(array, ((0, 0), (0, 0), (0, capacity - array.shape[2]), (0, 0)))


def _padded(seeds: list[int], batch: int) -> list[int]:
    return seeds + [0] * (batch - len(seeds))
