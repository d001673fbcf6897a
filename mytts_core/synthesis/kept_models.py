"""Checkpoints that stay loaded in a worker: the last ones used, bounded in number and bytes."""

from __future__ import annotations

import gc
import os
from collections import OrderedDict
from pathlib import Path
from typing import NamedTuple

from mytts_core.errors import CheckpointError
from mytts_core.runs import schema
from mytts_core.runs.types import CheckpointInfo
from mytts_core.synthesis.checkpoint_choice import Choice, choose_checkpoint, read_run_config
from mytts_core.synthesis.engine import Synthesizer
from mytts_core.synthesis.pace import Speeds

MOST_MODELS = 4
MOST_BYTES = 2 * 2**30
BYTES_A_WEIGHT = 8
"""In memory: single precision, once as the model has it and once as decoding on a CPU packs it."""


class KeptModel(NamedTuple):
    """A loaded checkpoint, how fast it speaks, and the bytes it occupies."""

    synthesizer: Synthesizer
    speeds: Speeds
    num_bytes: int


class KeptModels:
    """Loads checkpoints and keeps the last ones used.

    Args:
        most_models, most_bytes: what is kept at most; the one in use stays, whatever its size.
    """

    def __init__(self, most_models: int = MOST_MODELS, most_bytes: int = MOST_BYTES) -> None:
        self._most_models, self._most_bytes = most_models, most_bytes
        self._models: OrderedDict[tuple, KeptModel] = OrderedDict()

    def __len__(self) -> int:
        return len(self._models)

    def get(self, run_folder: str | os.PathLike, checkpoint: Choice) -> KeptModel:
        """Return a checkpoint's model, loaded anew where its files have changed since.

        Raises:
            RunError, CheckpointError: as `Synthesizer.from_run` raises them.
        """
        folder = Path(run_folder)
        config_file = folder / schema.CONFIG_FILE
        if not config_file.is_file():
            read_run_config(folder)     # which says what is wrong
        chosen = choose_checkpoint(folder, checkpoint)
        try:
            # Its record too: it names the head that scores look at.
            files = (config_file, chosen.path, _record_of(chosen))
            key = tuple((os.path.realpath(file), *_stamp(file)) for file in files)
        except FileNotFoundError as error:
            raise CheckpointError(f"{error.filename} has vanished from the run {folder}: choose another "
                                  "checkpoint") from error
        if key not in self._models:
            self._make_room(chosen.num_bytes // 4 * BYTES_A_WEIGHT)
            synthesizer = Synthesizer.from_run(folder, chosen.path)
            num_bytes = int(synthesizer.model.count_params()) * BYTES_A_WEIGHT
            self._models[key] = KeptModel(synthesizer, Speeds.unknown(), num_bytes)
            self._make_room(0, keep=1)
        self._models.move_to_end(key)
        return self._models[key]

    def keep_last_only(self) -> None:
        """Let go of all models but the one used last: memory has run out."""
        while len(self._models) > 1:
            self._models.popitem(last=False)
        gc.collect()

    def _make_room(self, num_bytes: int, keep: int = 0) -> None:
        """Let the least recently used go until one of that size fits (0: until the bounds hold)."""
        places = self._most_models - (1 if num_bytes else 0)
        dropped = False
        while len(self._models) > keep and (
                len(self._models) > places
                or sum(kept.num_bytes for kept in self._models.values()) + num_bytes > self._most_bytes):
            self._models.popitem(last=False)
            dropped = True
        if dropped:
            gc.collect()        # models refer to themselves


def _record_of(chosen: CheckpointInfo) -> Path:
    return chosen.path.with_name(chosen.path.name.removesuffix(schema.CHECKPOINT_SUFFIX) + ".json")


def _stamp(file: Path) -> tuple[int, int]:
    if file.suffix == ".json" and not file.exists():        # a checkpoint may have no record
        return -1, -1
    state = file.stat()
    return state.st_mtime_ns, state.st_size
