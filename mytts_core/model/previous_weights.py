"""Loading weights of the previous MyTTSModel."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

import numpy as np

from mytts_core.errors import CheckpointError


def load_previous_weights(model, path: str | os.PathLike) -> None:
    """Read a `.weights.h5` of the previous model into a classic `TransformerTTS`, all arrays or none.

    The PostNet then works as it did in the previous model, which did not mask padding there (`PostNet.mask_padding`).

    Args:
        model: a `TransformerTTS` of the same configuration.
        path: the file the previous model's `save_weights` wrote.

    Raises:
        CheckpointError: (a ValueError) if the file is missing or damaged, or naming the first array that differs.
    """
    import h5py

    path = os.fspath(path)
    if not os.path.isfile(path):
        raise CheckpointError(f"{path}: no such weights file")
    try:
        with h5py.File(path, "r") as file:
            names: list[str] = []
            file.visit(names.append)
            arrays = {name: file[name][()] for name in names if isinstance(file[name], h5py.Dataset)}
    except (OSError, KeyError, RuntimeError) as error:
        raise CheckpointError(f"{path}: not a readable HDF5 weights file ({error})") from error
    assignments = []
    for name, variable in _layout(model):
        if name not in arrays:
            raise CheckpointError(f"{path}: has no array {name}, which this configuration needs "
                                  f"{tuple(variable.shape)}; check num_layers, use_prenet and use_postnet")
        value = arrays.pop(name)
        if value.size != int(np.prod(variable.shape)) or not _shapes_agree(value.shape, tuple(variable.shape)):
            raise CheckpointError(f"{path}: {name} has shape {value.shape}, which does not fit this configuration's "
                                  f"{tuple(variable.shape)}")
        if not np.all(np.isfinite(value)):
            raise CheckpointError(f"{path}: {name} holds values that are not finite")
        assignments.append((variable, value.reshape(tuple(variable.shape))))
    if arrays:
        raise CheckpointError(f"{path}: {sorted(arrays)[0]} has no place in this configuration; "
                              "check num_layers, activation, use_prenet and use_postnet")
    for variable, value in assignments:
        variable.assign(value)
    if model.postnet is not None:
        # The weights were trained that way, and their outputs near an utterance's end depend on it.
        model.postnet.mask_padding = False


def _shapes_agree(stored: tuple[int, ...], wanted: tuple[int, ...]) -> bool:
    """Whether the stored shape is the wanted one, with one axis split into (heads, head size) at the most."""
    if stored == wanted:
        return True
    if len(stored) != len(wanted) + 1:
        return False
    return any(stored[:i] + (stored[i] * stored[i + 1],) + stored[i + 2:] == wanted for i in range(len(wanted)))


def _layout(model) -> Iterator[tuple[str, Any]]:
    """Yield the path of each array in the previous model's file, with the variable it belongs to."""
    yield "vars/0", model.go_frame
    yield "encoder/layers/positional_embedding/embedding/vars/0", model.embedding.embeddings
    for i, block in enumerate(model.encoder_blocks):
        root = f"encoder/layers/{_numbered('encoder_layer', i)}"
        yield from _attention(f"{root}/self_attention", block.attention, block.attention_norm)
        yield from _feed_forward(f"{root}/ffn", block)
    for i, block in enumerate(model.decoder_blocks):
        root = f"decoder/layers/{_numbered('decoder_layer', i)}"
        yield from _attention(f"{root}/causal_self_attention", block.self_attention, block.self_attention_norm)
        yield from _attention(f"{root}/cross_attention", block.cross_attention, block.cross_attention_norm)
        yield from _feed_forward(f"{root}/ffn", block)
    root = "decoder/layers/mel_positional_projection"
    if model.config.use_prenet:
        denses = [*model.prenet.hidden, model.prenet.output_dense]
        for i, dense in enumerate(denses):
            yield from _dense(f"{root}/prenet/layers/{_numbered('dense', i)}", dense)
    else:
        yield from _dense(f"{root}/prenet", model.prenet)
    yield from _dense("layers/dense", model.mel_dense)
    yield from _dense("layers/dense_1", model.stop_dense)
    if model.postnet is not None:
        for i, (convolution, norm) in enumerate(zip(model.postnet.convolutions, model.postnet.normalizations)):
            yield from _dense(f"layers/post_net/layers_/{_numbered('conv1d', i)}", convolution)
            root = f"layers/post_net/layers_/{_numbered('batch_normalization', i)}/vars"
            for j, variable in enumerate((norm.gamma, norm.beta, norm.moving_mean, norm.moving_variance)):
                yield f"{root}/{j}", variable


def _attention(root: str, attention, norm) -> Iterator[tuple[str, Any]]:
    names = {"query": attention.query_dense, "key": attention.key_dense, "value": attention.value_dense,
             "output": attention.output_dense}
    for name, dense in names.items():
        yield from _dense(f"{root}/mha/{name}_dense", dense)
    yield from _norm(f"{root}/norm", norm)


def _feed_forward(root: str, block) -> Iterator[tuple[str, Any]]:
    layer = block.feed_forward
    if layer.w_gate is None:
        yield from _dense(f"{root}/seq/layers/dense", layer.w1)
        yield from _dense(f"{root}/seq/layers/dense_1", layer.w2)
    else:
        for name in ("w1", "w_gate", "w2"):
            yield from _dense(f"{root}/swiglu/{name}", getattr(layer, name))
    yield from _norm(f"{root}/norm", block.feed_forward_norm)


def _dense(root: str, dense) -> Iterator[tuple[str, Any]]:
    yield f"{root}/vars/0", dense.kernel
    yield f"{root}/vars/1", dense.bias


def _norm(root: str, norm) -> Iterator[tuple[str, Any]]:
    yield f"{root}/vars/0", norm.gamma
    yield f"{root}/vars/1", norm.beta


def _numbered(name: str, index: int) -> str:
    return name if index == 0 else f"{name}_{index}"
