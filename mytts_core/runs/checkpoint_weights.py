"""How far the weights of two checkpoints lie apart, read from their HDF5 files a variable at a time."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple, Optional

import numpy as np

from mytts_core.errors import CheckpointError


class VariableChange(NamedTuple):
    """One variable in both checkpoints.

    Attributes:
        name: its path in the file, such as `decoder_blocks/0/feed_forward/w1/kernel`.
        shape: of the array.
        first_norm, second_norm: L2 norms of the weights.
        moved: L2 norm of the difference, second minus first.
        not_finite: how many weights are NaN or infinite, in both together; norms and `moved` leave them out.
    """

    name: str
    shape: tuple[int, ...]
    first_norm: float
    second_norm: float
    moved: float
    not_finite: int

    @property
    def relative(self) -> float:
        """How far it moved as a share of its first norm: 0 not at all; infinite where it started from zero."""
        if self.first_norm > 0:
            return self.moved / self.first_norm
        return float("inf") if self.moved > 0 else 0.0


class WeightComparison(NamedTuple):
    """Two checkpoints: what both have, in the order of the file; what one has alone; what differs in shape."""

    changes: tuple[VariableChange, ...]
    only_first: tuple[str, ...]
    only_second: tuple[str, ...]
    reshaped: tuple[str, ...]


def compare_weights(first: Path, second: Path,
                    progress: Optional[Callable[[float], None]] = None) -> WeightComparison:
    """Compare two `.weights.h5` files; memory holds one variable of each at a time.

    Args:
        progress: told the share that is done, 0..1, after each variable.

    Raises:
        CheckpointError: when a file cannot be read as HDF5.
    """
    with _open(first) as one, _open(second) as other:
        left, right = _datasets(one, first), _datasets(other, second)
        common = [name for name in left if name in right]
        fitting = [name for name in common if left[name].shape == right[name].shape]
        changes = []
        for done, name in enumerate(fitting, start=1):
            changes.append(_change(name, _read(left[name], first), _read(right[name], second)))
            if progress is not None:
                progress(done / len(fitting))
        return WeightComparison(
            tuple(changes), tuple(name for name in left if name not in right),
            tuple(name for name in right if name not in left), tuple(name for name in common if name not in fitting))


def _change(name: str, first: np.ndarray, second: np.ndarray) -> VariableChange:
    known = np.isfinite(first) & np.isfinite(second)
    not_finite = int((~np.isfinite(first)).sum() + (~np.isfinite(second)).sum())
    left, right = first[known], second[known]
    return VariableChange(name, first.shape, _norm(left), _norm(right), _norm(right - left), not_finite)


def _norm(values: np.ndarray) -> float:
    return float(np.sqrt(np.square(values).sum()))


def _open(path: Path) -> Any:
    import h5py

    try:
        return h5py.File(path, "r")
    except OSError as error:
        raise CheckpointError(f"{path} cannot be read as HDF5 ({error}): it is damaged, or no checkpoint; compare "
                              "another one") from error


def _datasets(file: Any, path: Path) -> dict[str, Any]:
    """Return name → dataset of numbers; what lies in other files is left out."""
    import h5py

    found: dict[str, Any] = {}

    def note(name: str, item: Any) -> None:
        if isinstance(item, h5py.Dataset) and item.dtype.kind in "fiu" and item.dtype.names is None:
            if not item.external and not item.is_virtual:       # whose numbers lie in other files
                found[name] = item

    try:
        file.visititems(note)
    except (OSError, RuntimeError) as error:
        raise CheckpointError(f"{path} is damaged ({error}): compare another checkpoint") from error
    return found


def _read(dataset: Any, path: Path) -> np.ndarray:
    try:
        return np.asarray(dataset[()], np.float64)
    except (OSError, RuntimeError, ValueError, MemoryError) as error:      # a damaged shape asks for any memory
        raise CheckpointError(f"{path} is damaged at {dataset.name} ({error}): compare another checkpoint") from error
