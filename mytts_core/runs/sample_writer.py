"""Write one sample: whole under its name, or not at all."""

from __future__ import annotations

import io
import os
import secrets
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Optional

import numpy as np
from numpy.typing import ArrayLike, NDArray

from mytts_core.runs import schema
from mytts_core.runs.atomic_files import TEMPORARY_PREFIX, synchronize, write_json
from mytts_core.runs.sample_files import utterance_folder_name

ARRAY_KEYS = (schema.ATTENTION_KEY, schema.MEL_TARGET_KEY, schema.MEL_PREDICTED_KEY, schema.STOP_PROBABILITIES_KEY)


def write_sample(parent: Path, utterance_id: str, record: Mapping[str, Any],
                 arrays: Mapping[str, Optional[Mapping[str, ArrayLike]]],
                 sounds: Mapping[str, Optional[ArrayLike]], sample_rate: Optional[int]) -> Path:
    """Write a sample's folder under `parent` and return it.

    Args:
        parent: the step's folder; made where it does not exist.
        utterance_id: any text; the folder's name is made from it.
        record: fields of `sample.json` apart from schema and id.
        arrays: file name → arrays by key, or None for no file; kept as float16.
        sounds: file name → float, shape (num_samples,), range [-1, 1], or None; kept as 16-bit FLAC.
        sample_rate: in Hz.

    Raises:
        OSError: as the file system gives it; nothing is left under the sample's name.
        ValueError: for an unknown array key, or audio without a sample rate.
    """
    parent.mkdir(parents=True, exist_ok=True)
    temporary = parent / f"{TEMPORARY_PREFIX}{secrets.token_hex(4)}"
    temporary.mkdir()
    try:
        for name, content in arrays.items():
            _write_arrays(temporary / name, content)
        for name, wav in sounds.items():
            _write_audio(temporary / name, wav, sample_rate)
        write_json(temporary / schema.SAMPLE_FILE,
                   {**record, schema.SCHEMA_FIELD: schema.SCHEMA_VERSION, "id": utterance_id})
        final = parent / utterance_folder_name(utterance_id)
        _put_in_place(temporary, final)
    except BaseException:
        shutil.rmtree(temporary, ignore_errors=True)
        raise
    return final


def _write_arrays(path: Path, arrays: Optional[Mapping[str, ArrayLike]]) -> None:
    if arrays is None:
        return
    unknown = sorted(set(arrays) - set(ARRAY_KEYS))
    if unknown:
        raise ValueError(f"unknown sample array {unknown[0]!r}; known are {', '.join(ARRAY_KEYS)}")
    halves: dict[str, Any] = {key: _half(value) for key, value in arrays.items()}
    np.savez_compressed(path, **halves)
    synchronize(path)


def _half(value: ArrayLike) -> NDArray[np.float16]:
    array = np.asarray(value, np.float32)
    with np.errstate(over="ignore"):        # beyond 65,504 half precision says infinity, which is data to show
        return array.astype(np.float16)


def _write_audio(path: Path, wav: Optional[ArrayLike], sample_rate: Optional[int]) -> None:
    if wav is None:
        return
    if sample_rate is None:
        raise ValueError("audio needs its sample_rate")
    import soundfile

    clipped = np.clip(np.nan_to_num(np.asarray(wav, np.float32)), -1.0, 1.0)
    encoded = io.BytesIO()              # libsndfile does not always tell of a full disk; Python's own write does
    soundfile.write(encoded, clipped, sample_rate, format="FLAC", subtype="PCM_16")
    path.write_bytes(encoded.getvalue())
    synchronize(path)


def _put_in_place(temporary: Path, final: Path) -> None:
    """Rename a finished folder; one written by an earlier attempt steps aside first."""
    synchronize(temporary)
    if final.exists():
        old = final.with_name(f"{TEMPORARY_PREFIX}{secrets.token_hex(4)}-old")
        os.rename(final, old)
        os.rename(temporary, final)
        shutil.rmtree(old, ignore_errors=True)
    else:
        os.rename(temporary, final)
    synchronize(final.parent)
