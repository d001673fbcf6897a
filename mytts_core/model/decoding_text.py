"""The text side of decoding: checked, encoded once, and padded to the sizes that the loop is compiled for."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
from keras import ops

from mytts_core.model.buckets import batch_bucket, text_bucket
from mytts_core.model.decode_loop import Text
from mytts_core.model.decoder_weights import DecoderShape
from mytts_core.model.variation import vary_prosody


def check_text(model, enc_ids, enc_len) -> tuple[np.ndarray, np.ndarray]:
    """Return ids int32 (batch, tokens) and the mask of valid tokens, both NumPy.

    Raises:
        ValueError: for another shape or type, an unknown id, too many tokens, a wrong length, a row of padding alone.
    """
    ids = np.asarray(ops.convert_to_numpy(enc_ids))
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
        lengths = np.asarray(ops.convert_to_numpy(enc_len))
        if lengths.shape != (len(ids),) or lengths.min() < 1 or lengths.max() > ids.shape[1]:
            raise ValueError(f"enc_len is {lengths.tolist()}; it must hold a length in [1, {ids.shape[1]}] "
                             f"for each of {len(ids)} utterances")
        mask = np.arange(ids.shape[1])[None] < lengths[:, None]
    if not mask.any(axis=1).all():
        row = int(np.argmin(mask.any(axis=1)))
        raise ValueError(f"row {row} of enc_ids is padding alone; give it at least one token")
    return ids.astype(np.int32), mask


def check_prosody(model, prosody, num_utterances: int) -> np.ndarray | None:
    """Return the given prosody as float32 (batch, dimensions), or None where none is given.

    Raises:
        ValueError: for a model without prosody conditioning, another shape, or values that are not finite.
    """
    if prosody is None:
        return None
    if model.prosody is None:
        raise ValueError("prosody was given, but this model was made with prosody=False")
    values = np.asarray(ops.convert_to_numpy(prosody), np.float32)
    wanted = (num_utterances, model.prosody.num_dimensions)
    if values.shape != wanted or not np.isfinite(values).all():
        raise ValueError(f"prosody has shape {values.shape}; it must hold finite numbers of shape {wanted}")
    return values


def head_weights(shape: DecoderShape, head: tuple[int, int] | None) -> np.ndarray:
    """Return float32 (layers, heads), 1 at the given (layer, head), or equal weights that add up to 1.

    Raises:
        ValueError: if there is no such head.
    """
    weights = np.zeros((shape.num_layers, shape.num_heads), np.float32)
    if head is None:
        return weights + np.float32(1 / weights.size)
    layer, index = head
    if not (0 <= layer < shape.num_layers and 0 <= index < shape.num_heads):
        raise ValueError(f"head is {head}; it must be (layer, head) below ({shape.num_layers}, {shape.num_heads})")
    weights[layer, index] = 1
    return weights


def prepare_text(model, shape: DecoderShape, ids: np.ndarray, mask: np.ndarray, prosody: np.ndarray | None,
                 temperatures: list[float], seeds: list[int], watched: np.ndarray) -> Text:
    """Encode the texts and return what decoding needs of them, padded to their bucket.

    Args:
        model: a `TransformerTTS`.
        shape: of its decoder.
        ids, mask: of `check_text`.
        prosody: of `check_prosody`.
        temperatures, seeds: of the variation in prosody, if the model has it; one per utterance.
        watched: of `head_weights`.
    """
    num_utterances, num_tokens = ids.shape
    rows, tokens = batch_bucket(num_utterances), text_bucket(num_tokens, model.config.max_length)
    padding = ((0, rows - num_utterances), (0, tokens - num_tokens))
    padded_mask = np.pad(mask, padding)
    last_token = np.zeros(padded_mask.shape, np.float32)
    last_token[np.arange(num_utterances), num_tokens - 1 - mask[:, ::-1].argmax(axis=1)] = 1
    if keras.backend.backend() != "tensorflow":
        # Only TensorFlow compiles the encoder for every length at once.
        ids, mask = np.pad(ids, padding, constant_values=model.pad_id), padded_mask
    memory, mean, spread = _encode(model, ids, mask)
    if prosody is not None:
        mean = np.pad(prosody, ((0, len(ids) - num_utterances), (0, 0)))
    if mean is not None and spread is not None:
        padding_rows = len(ids) - num_utterances
        mean = vary_prosody(mean, spread, temperatures + [1.0] * padding_rows, seeds + [0] * padding_rows)
    keys, values, addition = _condition(model, memory, mask, mean)
    keys, values = ([_pad_by_head(array, shape, rows, tokens) for array in part] for part in (keys, values))
    return Text(keys, values, ops.convert_to_tensor(np.repeat(padded_mask, shape.num_heads, axis=0)),
                ops.convert_to_tensor(last_token), ops.pad(addition, ((0, rows - addition.shape[0]), (0, 0))),
                ops.convert_to_tensor(watched))


def _encode(model, ids: np.ndarray, mask: np.ndarray) -> tuple[Any, np.ndarray | None, np.ndarray | None]:
    """Return the encoded text and the predicted mean and spread of the prosody (None without prosody)."""
    def encode(ids, mask):
        memory = model.encode(ids, mask)
        return memory, (model.prosody.predict(memory, mask) if model.prosody is not None else ())

    function = _compiled(model, "encode", encode, [("int32", 2), ("bool", 2)])
    memory, statistics = function(ops.convert_to_tensor(ids), ops.convert_to_tensor(mask))
    if not statistics:
        return memory, None, None
    mean, log_std = (np.asarray(ops.convert_to_numpy(part)) for part in statistics)
    return memory, mean, np.exp(log_std)


def _condition(model, memory, mask: np.ndarray, prosody: np.ndarray | None) -> tuple[list[Any], list[Any], Any]:
    """Return the cross-attention's keys and values by layer and the addition to the decoder's input."""
    def condition(memory, mask, *prosody):
        memory, addition, _, _ = model.condition(memory, mask, *prosody)
        projected = [block.cross_attention.project_key_value(memory) for block in model.decoder_blocks]
        keys, values = ([ops.cast(pair[i], "float32") for pair in projected] for i in range(2))
        if addition is None:
            addition = ops.zeros((ops.shape(memory)[0], 1, model.config.d_model))
        return keys, values, ops.cast(addition[:, 0], "float32")

    given = [] if prosody is None else [ops.convert_to_tensor(prosody)]
    signature = [(keras.backend.standardize_dtype(memory.dtype), 3), ("bool", 2)] + [("float32", 2)] * len(given)
    return _compiled(model, "condition", condition, signature)(memory, ops.convert_to_tensor(mask), *given)


def _compiled(model, name: str, function, signature: list[tuple[str, int]]):
    """Return the function compiled by TensorFlow once per model, for arrays of these types and ranks of any size.

    Other backends get it as it is.
    """
    if keras.backend.backend() != "tensorflow":
        return function
    import tensorflow as tf

    functions = model.decoding_functions
    if name not in functions:
        specs = [tf.TensorSpec([None] * (rank - 1) + [model.config.d_model if rank == 3 else None], dtype)
                 for dtype, rank in signature]
        functions[name] = tf.function(function, input_signature=specs, autograph=False)
    return functions[name]


def _pad_by_head(array, shape: DecoderShape, rows: int, tokens: int):
    """Pad (utterances, heads, tokens, head_size) with zeros and return it as (rows · heads, tokens, head_size)."""
    array = ops.pad(array, ((0, rows - array.shape[0]), (0, 0), (0, tokens - array.shape[2]), (0, 0)))
    return ops.reshape(array, (rows * shape.num_heads, tokens, shape.head_size))
