"""Weights files: what synthesis needs of a model, one HDF5 array a variable, read all or nothing.

    <attribute path of the layer>/<variable>     encoder_blocks/0/attention/query_dense/kernel, …, go_frame
    attributes of the file                       format, version, model (JSON: the fields that shapes do not tell)

BatchNormalization's moving statistics are included; dropout seeds and optimizer state are not. Every array carries a
checksum, so that a damaged file is told from a good one.
"""

from __future__ import annotations

import io
import json
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from mytts_core.errors import CheckpointError
from mytts_core.runs.atomic_files import replacing

FORMAT = "mytts-weights"
VERSION = 1
# What changes a model's function without changing the shape of an array.
SILENT_FIELDS = ("num_heads", "pos_encoding_type", "reduction_factor", "activation", "absolute_positions")


def named_variables(model) -> dict[str, Any]:
    """Return the model's Keras variables by their path of attributes, the same in every process.

    Keras numbers unnamed layers as a process creates them, so its own paths cannot name an array in a file.
    """
    found: dict[int, str] = {}
    names: dict[str, Any] = {}
    for path, layer in _layers(model, ()):
        for variable in layer.weights:
            if id(variable) in found:
                continue
            name = "/".join((*path, variable.name))
            if name in names:
                raise ValueError(f"two variables of {type(model).__name__} are called {name}")
            found[id(variable)] = name
            names[name] = variable
    return dict(sorted(names.items()))


def model_arrays(model) -> dict[str, np.ndarray]:
    """Return a float32 copy of every variable by name."""
    import keras

    return {name: np.array(keras.ops.convert_to_numpy(variable.value), np.float32)
            for name, variable in named_variables(model).items()}


def save_weights(model, path: str | os.PathLike, dtype: str = "float32",
                 arrays: Mapping[str, np.ndarray] | None = None) -> None:
    """Write the weights file of a model, replacing what was there at once or not at all.

    Args:
        model: a built `TransformerTTS`.
        path: ends in `.weights.h5`; its folder exists.
        dtype: "float32", or "float16" for files made to be shared: matrices in half precision and compressed, vectors
            and moving statistics still float32.
        arrays: values to write instead of the model's own (averaged weights), under the names of `named_variables`.

    Raises:
        CheckpointError: if a value is not finite; nothing is written.
        OSError: as the file system gives it; what was there before is intact.
    """
    if dtype not in ("float32", "float16"):
        raise ValueError(f"dtype is {dtype!r}; it must be float32 or float16")
    values = model_arrays(model)
    if arrays is not None:
        if set(arrays) != set(values):
            raise ValueError(f"arrays differ from the model's in {sorted(set(arrays) ^ set(values))[0]}")
        values = {name: np.asarray(arrays[name], np.float32) for name in values}
    for name, value in values.items():
        if not np.all(np.isfinite(value)):
            raise CheckpointError(f"{path}: not written, because {name} holds values that are not finite")
    _write_file(path, values, _description(model), dtype)


def convert_weights(source: str | os.PathLike, target: str | os.PathLike, dtype: str) -> None:
    """Write the weights of one file to another in `dtype`, "float32" or "float16"; no model is needed.

    Raises:
        CheckpointError: if the source cannot be read; nothing is written.
        OSError: as the file system gives it.
    """
    arrays, description = read_weights(source)
    _write_file(target, arrays, description, dtype)


def load_weights(model, path: str | os.PathLike) -> None:
    """Read a weights file into a model, all arrays or none; half precision is cast to the model's.

    Args:
        model: a `TransformerTTS` of the configuration that the file was made for.
        path: what `save_weights` wrote.

    Raises:
        CheckpointError: (a ValueError) if the file is missing, damaged, of another program, of another version, or of
            another configuration; then it names the first array that differs.
    """
    arrays, description = read_weights(path)
    variables = named_variables(model)
    for name, variable in variables.items():
        wanted = tuple(variable.shape)
        if name not in arrays:
            raise CheckpointError(f"{path}: made for another configuration: it has no array {name} {wanted}")
        if arrays[name].shape != wanted:
            raise CheckpointError(f"{path}: made for another configuration: {name} has shape {arrays[name].shape}, "
                                  f"this model needs {wanted}")
    for name in arrays:
        if name not in variables:
            raise CheckpointError(f"{path}: made for another configuration: {name} has no place in this model")
    own = _description(model)
    for field in SILENT_FIELDS:
        if field in description and description[field] != own[field]:
            raise CheckpointError(f"{path}: made for another configuration: {field} is {description[field]!r} there "
                                  f"and {own[field]!r} in this model")
    for name, variable in variables.items():
        variable.assign(arrays[name])
    if model.postnet is not None:
        model.postnet.mask_padding = bool(description.get("postnet_mask_padding", True))


def read_weights(path: str | os.PathLike) -> tuple[dict[str, np.ndarray], dict[str, Any]]:
    """Return every array (float32) of a weights file by name, and what the file says of its model.

    Raises:
        CheckpointError: if the file is missing, damaged, of another program or version, or holds values that are not
            finite.
    """
    import h5py

    if not os.path.isfile(path):
        raise CheckpointError(f"{path}: no such weights file")
    try:
        with h5py.File(path, "r") as file:
            _check_format(path, file.attrs)
            description = json.loads(file.attrs["model"])
            arrays: dict[str, np.ndarray] = {}
            file.visititems(lambda name, item: _read(arrays, name, item))
    except (OSError, KeyError, RuntimeError, ValueError, TypeError) as error:
        if isinstance(error, CheckpointError):
            raise
        raise CheckpointError(f"{path}: damaged or not a weights file ({error}); use another checkpoint") from error
    for name, value in arrays.items():
        if not np.all(np.isfinite(value)):
            raise CheckpointError(f"{path}: {name} holds values that are not finite; use an earlier checkpoint")
    return arrays, description


def _write_file(path, values: Mapping[str, np.ndarray], description: dict[str, Any], dtype: str) -> None:
    import h5py

    # Built in memory: on a full disk HDF5 raises no OSError, and takes the process down when the file is let go.
    whole = io.BytesIO()
    with h5py.File(whole, "w") as file:
        file.attrs.update(format=FORMAT, version=VERSION, model=json.dumps(description))
        for name, value in values.items():
            _write(file, name, value, half=dtype == "float16")
    with replacing(Path(path)) as temporary:
        temporary.write_bytes(whole.getbuffer())


def _check_format(path, attributes) -> None:
    if attributes.get("format") != FORMAT:
        raise CheckpointError(f"{path}: an HDF5 file of another program (the previous model's files are read by "
                              "mytts_core.load_previous_weights)")
    if int(attributes["version"]) > VERSION:
        raise CheckpointError(f"{path}: weights of format version {int(attributes['version'])}; this MyTTS reads up to "
                              f"{VERSION}: update MyTTS")


def _description(model) -> dict[str, Any]:
    """Return what the arrays' shapes do not tell of a model's function."""
    fields = {name: getattr(model.config, name) for name in SILENT_FIELDS}
    return {**fields, "postnet_mask_padding": model.postnet is None or bool(model.postnet.mask_padding)}


def _write(file, name: str, value: np.ndarray, half: bool) -> None:
    options: dict[str, Any] = dict(chunks=value.shape, fletcher32=True) if value.size else {}
    if half and value.ndim > 1 and np.abs(value).max(initial=0) < np.finfo(np.float16).max:
        value = value.astype(np.float16)
        options |= dict(compression="gzip", shuffle=True)
    file.create_dataset(name, data=value, **options)


def _read(arrays: dict[str, np.ndarray], name: str, item) -> None:
    if hasattr(item, "shape"):
        arrays[name] = np.asarray(item[()], np.float32)


def _layers(layer, path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Yield every layer below `layer` and then itself, with its path of public attributes and list indices."""
    import keras

    for attribute, value in vars(layer).items():
        if attribute.startswith("_"):
            continue
        if isinstance(value, keras.layers.Layer):
            yield from _layers(value, (*path, attribute))
        elif isinstance(value, (list, tuple)):
            for i, item in enumerate(value):
                if isinstance(item, keras.layers.Layer):
                    yield from _layers(item, (*path, attribute, str(i)))
    yield path, layer
