"""Weights files: what is written is read back, and nothing else is."""

from __future__ import annotations

import errno
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from mytts_core.errors import CheckpointError

pytestmark = pytest.mark.slow

KINDS = {"classic": dict(num_layers=2, d_model=16, num_heads=2, dff=16, postnet_filters=4),
         "modern": dict(num_layers=1, d_model=16, num_heads=2, dff=16, postnet_filters=4, activation="swiglu",
                        pos_encoding_type="rope", reduction_factor=2, prosody=True, final_norm=True)}


def new_model(kind: str = "modern", **changes: Any) -> Any:
    from mytts_core.model.transformer_tts import TransformerTTS

    return TransformerTTS(**{**KINDS[kind], "input_vocab_size": 9, "n_mels": 8, **changes})


def outputs(model: Any) -> np.ndarray:
    mel = np.random.default_rng(0).normal(size=(1, 6, 8)).astype("float32")
    return np.asarray(model({"enc_ids": np.array([[0, 4, 5, 2]]), "dec_mel": mel})[1])


@pytest.mark.parametrize("kind", KINDS)
def test_a_model_read_back_is_the_same(kind: str, tmp_path: Path) -> None:
    from mytts_core.model.weights import load_weights, model_arrays, save_weights

    model, path = new_model(kind), tmp_path / "a.weights.h5"
    mean = model.postnet.normalizations[0].moving_mean
    mean.assign(np.full(mean.shape, 0.3))
    save_weights(model, path)
    other = new_model(kind)
    assert not np.allclose(outputs(other), outputs(model))
    load_weights(other, path)
    assert np.array_equal(outputs(other), outputs(model))
    arrays = model_arrays(other)
    assert len(arrays) == len(model.weights)
    assert np.all(arrays["postnet/normalizations/0/moving_mean"] == np.float32(0.3))
    assert not any("seed" in name for name in arrays)


def test_names_do_not_depend_on_what_was_built_before() -> None:
    from mytts_core.model.weights import named_variables

    assert list(named_variables(new_model())) == list(named_variables(new_model()))


def test_half_precision_is_smaller_and_close(tmp_path: Path) -> None:
    from mytts_core.model.weights import load_weights, model_arrays, save_weights

    model, other = new_model(d_model=64, dff=256), new_model(d_model=64, dff=256)
    save_weights(model, tmp_path / "full.weights.h5")
    save_weights(model, tmp_path / "half.weights.h5", "float16")
    sizes = [(tmp_path / f"{name}.weights.h5").stat().st_size for name in ("half", "full")]
    assert sizes[0] < 0.75 * sizes[1]
    load_weights(other, tmp_path / "half.weights.h5")
    for name, value in model_arrays(model).items():
        np.testing.assert_allclose(model_arrays(other)[name], value, rtol=1e-3, atol=1e-6, err_msg=name)


def test_given_arrays_are_written_instead(tmp_path: Path) -> None:
    from mytts_core.model.weights import model_arrays, read_weights, save_weights

    model = new_model()
    doubled = {name: 2 * value for name, value in model_arrays(model).items()}
    save_weights(model, tmp_path / "a.weights.h5", arrays=doubled)
    written, _ = read_weights(tmp_path / "a.weights.h5")
    assert written.keys() == doubled.keys()
    assert all(np.array_equal(written[name], doubled[name]) for name in doubled)
    with pytest.raises(ValueError, match="go_frame"):
        save_weights(model, tmp_path / "a.weights.h5", arrays={k: v for k, v in doubled.items() if k != "go_frame"})


@pytest.mark.parametrize(("changes", "told"), [
    ({"dff": 24}, r"feed_forward/w1/bias has shape \(16,\), this model needs \(24,\)"),
    ({"num_layers": 2}, r"has no array decoder_blocks/1/"),
    ({"prosody": False}, r"prosody/hidden/bias has no place in this model"),
    ({"num_heads": 4}, r"num_heads is 2 there and 4 in this model"),
    ({"pos_encoding_type": "sinusoidal"}, r"pos_encoding_type is 'rope' there"),
    ({"absolute_positions": True}, r"absolute_positions is False there"),
])
def test_another_configuration_is_refused_and_nothing_changes(tmp_path: Path, changes: dict, told: str) -> None:
    from mytts_core.model.weights import load_weights, model_arrays, save_weights

    save_weights(new_model(), tmp_path / "a.weights.h5")
    other = new_model(**changes)
    before = model_arrays(other)
    with pytest.raises(CheckpointError, match=told):
        load_weights(other, tmp_path / "a.weights.h5")
    assert all(np.array_equal(value, before[name]) for name, value in model_arrays(other).items())


def test_a_full_disk_leaves_the_old_file(tmp_path: Path) -> None:
    """A file size limit stands for the full disk; it is set in a process of its own."""
    from mytts_core.model.weights import save_weights

    source, target = tmp_path / "a.weights.h5", tmp_path / "b.weights.h5"
    save_weights(new_model(d_model=64, dff=256), source)
    target.write_bytes(b"an older file")
    code = f"""
import resource
from mytts_core.model.weights import convert_weights
resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))
try:
    convert_weights({str(source)!r}, {str(target)!r}, "float32")
except OSError as error:
    print(error.errno)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == [str(errno.EFBIG)] and source.stat().st_size > 100_000
    assert target.read_bytes() == b"an older file" and len(list(tmp_path.iterdir())) == 2


def test_damage_anywhere_is_noticed(tmp_path: Path) -> None:
    from mytts_core.model.weights import model_arrays, read_weights, save_weights

    path = tmp_path / "a.weights.h5"
    model = new_model()
    save_weights(model, path)
    whole, arrays = path.read_bytes(), model_arrays(model)
    for share in (0.0, 0.1, 0.5, 0.99):
        path.write_bytes(whole[:int(share * len(whole))])
        with pytest.raises(CheckpointError):
            read_weights(path)
    place = whole.index(arrays["embedding/embeddings"].tobytes())
    path.write_bytes(whole[:place + 5] + bytes([whole[place + 5] ^ 1]) + whole[place + 6:])
    with pytest.raises(CheckpointError, match="damaged"):
        read_weights(path)


def test_foreign_missing_and_future_files(tmp_path: Path) -> None:
    import h5py

    from mytts_core.model.weights import read_weights, save_weights

    path = tmp_path / "a.weights.h5"
    with pytest.raises(CheckpointError, match="no such weights file"):
        read_weights(path)
    new_model().save_weights(path)      # Keras' own format
    with pytest.raises(CheckpointError, match="another program"):
        read_weights(path)
    save_weights(new_model(), path)
    with h5py.File(path, "r+") as file:
        file.attrs["version"] = 99
    with pytest.raises(CheckpointError, match="version 99"):
        read_weights(path)


def test_values_that_are_not_finite_are_neither_written_nor_read(tmp_path: Path) -> None:
    import h5py

    from mytts_core.model.weights import read_weights, save_weights

    path, model = tmp_path / "a.weights.h5", new_model()
    save_weights(model, path)
    before = path.read_bytes()
    model.go_frame.assign(np.full((1, 1, 8), np.nan))
    with pytest.raises(CheckpointError, match="go_frame"):
        save_weights(model, path)
    assert path.read_bytes() == before and list(tmp_path.iterdir()) == [path]
    with h5py.File(path, "r+") as file:
        file["go_frame"][...] = np.inf
    with pytest.raises(CheckpointError, match="go_frame"):
        read_weights(path)
