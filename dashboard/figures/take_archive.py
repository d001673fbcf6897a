"""Takes as one ZIP: WAV files with speaking names, a table, and the settings that make them again."""

from __future__ import annotations

import csv
import io
import re
import shutil
import unicodedata
import zipfile
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import BinaryIO, NamedTuple

from dashboard.figures.samples import STOP_REASONS
from dashboard.figures.takes import get_marks, speed, stop_words
from mytts_core.errors import MyTTSError
from mytts_core.runs.atomic_files import json_bytes
from mytts_core.synthesis.stored_take import StoredTake

MOST_BYTES = 200 * 2**20
"""Of WAV files in one archive: it passes through the memory of the server and of the browser."""
TABLE, SETTINGS = "takes.csv", "settings.json"
_SCORES = ("diagonality", "focus", "coverage", "monotonicity")
_LONGEST_WORDS = 40
# Fixed, so that the same takes give the same bytes; ZIP knows no time before 1980.
_DATE = (1980, 1, 1, 0, 0, 0)


class Fitting(NamedTuple):
    """The takes that go into one archive, and how many do not."""

    takes: tuple[StoredTake, ...]
    left_out: int


def choose_fitting(takes: Sequence[StoredTake], most_bytes: int = MOST_BYTES) -> Fitting:
    """Return the first takes whose audio fits into `most_bytes` together."""
    fitting: list[StoredTake] = []
    room = float(most_bytes)
    for take in takes:
        room -= take.num_bytes      # with its arrays: more than its audio, never less
        if room < 0 and fitting:
            break
        fitting.append(take)
    return Fitting(tuple(fitting), len(takes) - len(fitting))


def file_name(take: StoredTake) -> str:
    """Return a WAV file's name that says what it is: run, step, temperature, seed, first words, and the take's id."""
    seed = f"_seed{take.seed}" if take.seed is not None else ""
    parts = [_plain(take.run, 30), f"step{take.step}" if take.step >= 0 else "",
             f"t{take.temperature:.2f}{seed}", _plain(take.text, _LONGEST_WORDS), take.id[:8]]
    return "_".join(filter(None, parts)) + ".wav"


def write_archive(takes: Sequence[StoredTake], audio_of: Callable[[str], bytes], file: BinaryIO) -> None:
    """Write an archive, a take in memory at a time; one that has gone meanwhile is named in the table as missing.

    Args:
        audio_of: take id → WAV file; it may raise a MyTTSError.
        file: where to; it need not be seekable.
    """
    table = io.StringIO()
    writer = csv.DictWriter(table, list(_row(takes[0], "")) if takes else ["file"])
    writer.writeheader()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for take in takes:
            name, problem = file_name(take), ""
            try:
                _add(archive, name, audio_of(take.id))
            except MyTTSError as error:
                name, problem = "", str(error)
            writer.writerow(_row(take, name, problem))
        _add(archive, TABLE, ("\ufeff" + table.getvalue()).encode("utf-8", errors="replace"))   # for spreadsheets
        _add(archive, SETTINGS, json_bytes([_settings(take) for take in takes]))


def _add(archive: zipfile.ZipFile, name: str, data: bytes) -> None:
    entry = zipfile.ZipInfo(name, _DATE)
    entry.compress_type = zipfile.ZIP_DEFLATED
    with archive.open(entry, "w") as target:
        shutil.copyfileobj(io.BytesIO(data), target)


def _row(take: StoredTake, name: str, problem: str = "") -> dict[str, object]:
    return {
        "file": name, "id": take.id, "created_utc": _when(take.created), "run": _cell(take.run), "step": take.step,
        "text": _cell(take.text), "temperature": take.temperature, "seed": take.seed, "vocoder": take.vocoder,
        "audio_seconds": round(take.audio_seconds, 4), "work_seconds": round(take.work_seconds, 4),
        "audio_seconds_per_work_second": round(speed(take), 3), "device": _cell(take.device),
        "ended_by": stop_words(take, STOP_REASONS), "marks": "; ".join(mark.text for mark in get_marks(take)),
        "faults": _cell(" ".join(take.faults)), "skipped": take.skipped, "repeated": take.repeated,
        "stalled": take.stalled, **{name: take.scores.get(name) for name in _SCORES}, "problem": problem}


def _settings(take: StoredTake) -> dict[str, object]:
    """Return what makes the take again."""
    return {"id": take.id, "file": file_name(take), "run": take.run, "checkpoint": take.step, "text": take.text,
            "temperature": take.temperature, "seed": take.seed, "max_seconds": take.max_seconds,
            "vocoder": take.vocoder}


def _when(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="seconds") if 0 < seconds < 2**40 else ""


def _cell(text: str) -> str:
    """Return a text for a spreadsheet, which would take one that begins like a formula for one."""
    return f"'{text}" if text[:1] in ("=", "+", "-", "@", "\t", "\r") else text


def _plain(text: str, longest: int) -> str:
    """Return letters and digits of any script with underscores between words, for a file name on any system."""
    words = re.sub(r"[^\w]+", "_", unicodedata.normalize("NFC", text), flags=re.UNICODE).strip("_")
    while len(words.encode()) > 2 * longest or len(words) > longest:
        words = words[:-1]
    return words.strip("_")
