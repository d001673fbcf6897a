"""Weights of two checkpoints against NumPy on the whole arrays; damaged and foreign files are refused in words."""

from __future__ import annotations

from pathlib import Path

import h5py
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from mytts_core.errors import CheckpointError
from mytts_core.runs.checkpoint_weights import compare_weights


def write(path: Path, variables: dict[str, np.ndarray]) -> Path:
    with h5py.File(path, "w") as file:
        for name, values in variables.items():
            file[name] = values
    return path


def test_norms_and_distances_are_those_of_the_arrays(tmp_path):
    random = np.random.default_rng(0)
    first = {"a/kernel": random.normal(size=(5, 7)).astype(np.float16), "b/bias": np.zeros(3, np.float32),
             "c": np.float32(2)}
    second = {"a/kernel": random.normal(size=(5, 7)).astype(np.float32), "b/bias": np.ones(3, np.float32),
              "c": np.float32(2)}
    found = compare_weights(write(tmp_path / "1.h5", first), write(tmp_path / "2.h5", second))
    assert [change.name for change in found.changes] == ["a/kernel", "b/bias", "c"]
    kernel, bias, scalar = found.changes
    left, right = first["a/kernel"].astype(np.float64), second["a/kernel"].astype(np.float64)
    assert kernel.first_norm == pytest.approx(np.linalg.norm(left))
    assert kernel.relative == pytest.approx(np.linalg.norm(right - left) / np.linalg.norm(left))
    assert bias.relative == float("inf") and (scalar.moved, scalar.relative, scalar.shape) == (0.0, 0.0, ())


def test_what_does_not_fit_is_named(tmp_path):
    one = write(tmp_path / "1.h5", {"same": np.ones(2), "alone": np.ones(1), "shape": np.ones((2, 3))})
    other = write(tmp_path / "2.h5", {"same": np.ones(2), "new": np.ones(1), "shape": np.ones((3, 2))})
    found = compare_weights(one, other)
    assert (found.only_first, found.only_second, found.reshaped) == (("alone",), ("new",), ("shape",))
    assert [change.name for change in found.changes] == ["same"]


def test_weights_that_are_not_finite_are_counted_and_left_out(tmp_path):
    one = write(tmp_path / "1.h5", {"a": np.array([3.0, np.nan, 4.0])})
    other = write(tmp_path / "2.h5", {"a": np.array([3.0, 1.0, np.inf])})
    change = compare_weights(one, other).changes[0]
    assert (change.not_finite, change.first_norm, change.moved) == (2, 3.0, 0.0)


def test_numbers_that_lie_in_other_files_are_not_read(tmp_path):
    path, other = write(tmp_path / "1.h5", {"a": np.ones(2)}), write(tmp_path / "other.h5", {"a": np.ones(2)})
    (tmp_path / "secret").write_bytes(bytes(range(16)))
    layout = h5py.VirtualLayout(shape=(2,), dtype=float)
    layout[:] = h5py.VirtualSource(other, "a", shape=(2,))
    with h5py.File(path, "a") as file:
        file.create_dataset("external", shape=(2,), dtype=float, external=[(str(tmp_path / "secret"), 0, 16)])
        file.create_virtual_dataset("virtual", layout)
        file["link"] = h5py.ExternalLink(str(other), "/a")
    assert [change.name for change in compare_weights(path, path).changes] == ["a"]


def test_progress_is_told_up_to_the_end(tmp_path):
    path = write(tmp_path / "1.h5", {name: np.ones(2) for name in "abc"})
    told: list[float] = []
    compare_weights(path, path, told.append)
    assert told == pytest.approx([1 / 3, 2 / 3, 1])


def test_texts_and_links_out_of_the_file_are_no_weights(tmp_path):
    secret = write(tmp_path / "secret.h5", {"secret": np.ones(5)})
    path = write(tmp_path / "1.h5", {"a": np.ones(2)})
    with h5py.File(path, "a") as file:
        file["text"] = "words"
        file["out"] = h5py.ExternalLink(str(secret), "secret")
    assert [change.name for change in compare_weights(path, path).changes] == ["a"]


@pytest.mark.parametrize("content", [None, b"", b"no HDF5 at all", b"\x89HDF\r\n\x1a\n" + b"\0" * 40])
def test_damaged_or_missing_file_is_refused_by_name(tmp_path, content):
    good, bad = write(tmp_path / "good.h5", {"a": np.ones(2)}), tmp_path / "bad.h5"
    if content is not None:
        bad.write_bytes(content)
    with pytest.raises(CheckpointError, match="bad.h5"):
        compare_weights(good, bad)


def test_truncated_checkpoint_is_refused(tmp_path):
    path = write(tmp_path / "1.h5", {"a": np.random.default_rng(0).normal(size=(200, 200))})
    torn = tmp_path / "torn.h5"
    torn.write_bytes(path.read_bytes()[:50_000])
    with pytest.raises(CheckpointError, match="torn.h5"):
        compare_weights(path, torn)


def test_real_checkpoint_against_itself_has_not_moved(repository):
    path = next((repository / "sample_runs" / "never_aligned" / "checkpoints").glob("*.weights.h5"))
    found = compare_weights(path, path)
    assert len(found.changes) > 100 and all(change.moved == 0 and not change.not_finite for change in found.changes)


@settings(max_examples=25, deadline=None)
@given(st.data())
def test_any_two_arrays_of_one_shape(tmp_path_factory, data):
    shape = data.draw(array_shapes(max_dims=3, max_side=4))
    numbers = st.floats(-1e6, 1e6, width=32)
    left, right = (data.draw(arrays(np.float32, shape, elements=numbers)) for _ in range(2))
    folder = tmp_path_factory.mktemp("weights")
    change = compare_weights(write(folder / "1.h5", {"a": left}), write(folder / "2.h5", {"a": right})).changes[0]
    assert change.moved == pytest.approx(np.linalg.norm(right.astype(np.float64) - left), rel=1e-9, abs=1e-12)
    assert change.second_norm == pytest.approx(np.linalg.norm(right.astype(np.float64)), rel=1e-9, abs=1e-12)
