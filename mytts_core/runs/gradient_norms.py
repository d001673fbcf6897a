"""gradients/: names and shapes in variables.json, rows of fixed size in norms.bin. Append-only; read at any moment."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from mytts_core.errors import RunError
from mytts_core.runs import schema
from mytts_core.runs.atomic_files import write_json
from mytts_core.runs.json_files import read_object
from mytts_core.runs.types import GradientNorms


def row_type(num_variables: int) -> np.dtype[np.void]:
    """Return the type of a row: int64 step, then a float32 norm a variable, little endian, no padding."""
    return np.dtype([("step", "<i8"), ("norms", "<f4", (num_variables,))])


def read_gradient_norms(folder: Path) -> GradientNorms:
    """Read `<run>/gradients`. A torn last row is left out; rows that a restart wrote again count once, newest first."""
    variables = _read_variables(folder / schema.GRADIENT_VARIABLES_FILE)
    if variables is None:
        return GradientNorms.empty()
    names, shapes = variables
    kind = row_type(len(names))
    try:
        data = (folder / schema.GRADIENT_NORMS_FILE).read_bytes()
    except OSError:
        data = b""
    rows = np.frombuffer(data, kind, count=len(data) // kind.itemsize)
    rows = rows[_newest(rows["step"])]
    return GradientNorms(rows["step"].astype(np.int64), names, rows["norms"].astype(np.float32), shapes)


class GradientNormWriter:
    """Appends rows to `<run>/gradients/norms.bin`."""

    def __init__(self, folder: Path, names: Sequence[str], shapes: Sequence[Sequence[int]]) -> None:
        """Start, or go on with, the norms of these variables; a row torn by a crash is cut off.

        Raises:
            RunError: when the folder holds norms of other variables.
        """
        if len(names) != len(shapes):
            raise ValueError(f"{len(names)} names but {len(shapes)} shapes")
        wanted = (tuple(names), tuple(tuple(int(size) for size in shape) for shape in shapes))
        folder.mkdir(exist_ok=True)
        path = folder / schema.GRADIENT_VARIABLES_FILE
        kept = _read_variables(path)
        if kept is not None and kept != wanted:
            raise RunError(f"{path} lists other variables than the model has now: a run goes on only with the model "
                           "it was started with; train into another folder with --init instead")
        if kept is None:
            write_json(path, {schema.SCHEMA_FIELD: schema.SCHEMA_VERSION, "names": wanted[0], "shapes": wanted[1]})
        self._kind = row_type(len(names))
        self._path = folder / schema.GRADIENT_NORMS_FILE
        self._file = open(self._path, "ab", buffering=0)
        self._size = self._file.tell() // self._kind.itemsize * self._kind.itemsize
        self._file.truncate(self._size)

    def append(self, step: int, norms: Sequence[float]) -> None:
        """Write one row at once; on a full disk the row is taken back and the OSError goes on.

        Raises:
            ValueError: if `norms` is not of shape (V,).
        """
        row = np.zeros(1, self._kind)
        values = np.asarray(norms, np.float32)
        if values.shape != row["norms"].shape[1:]:
            raise ValueError(f"norms of shape {values.shape}, expected {row['norms'].shape[1:]}")
        row["step"], row["norms"] = step, values
        data = row.tobytes()
        try:
            if self._file.write(data) != len(data):
                raise OSError(28, os.strerror(28), str(self._path))     # ENOSPC: the disk took part of the row
        except OSError:
            self._file.truncate(self._size)
            raise
        self._size += len(data)

    def close(self) -> None:
        """Close the file."""
        self._file.close()


def _newest(steps: np.ndarray) -> np.ndarray:
    """Mark the rows that no later row of the same or an earlier step replaces."""
    if not len(steps):
        return np.zeros(0, bool)
    later = np.minimum.accumulate(steps[::-1])[::-1]
    return np.append(steps[:-1] < later[1:], True)


def _read_variables(path: Path) -> tuple[tuple[str, ...], tuple[tuple[int, ...], ...]] | None:
    record, _ = read_object(path)
    try:
        names = tuple(str(name) for name in record["names"])
        shapes = tuple(tuple(int(size) for size in shape) for shape in record["shapes"])
    except (ValueError, KeyError, TypeError, OverflowError):
        return None
    return (names, shapes) if len(names) == len(shapes) else None
