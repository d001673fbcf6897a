"""Recordings of a listening test: files whose names, sizes and times tell nothing of their settings.

While a test is being made, recordings lie as they come in `<root>/.mytts/listening/<test>/making/`. `seal` levels them
all, pads those of one text to one length with silence, and writes them in random order, under new random names and one
modification time, to `<root>/.mytts/listening/<test>/`. What a trial plays is cut from them by `trial_audio`.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import secrets
import shutil
import sqlite3
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple, Optional

import numpy as np

from mytts_core.audio.waveform import check_waveform, resample
from mytts_core.errors import ListeningError, RunError
from mytts_core.listening.durations import DurationDifference, duration_differences
from mytts_core.listening.plan import ListeningPlan, Setting
from mytts_core.listening.state import MAKING, ListeningTest, opened_test
from mytts_core.listening.tables import clip_folder, listening_database
from mytts_core.listening.trial_audio import float_wav, pcm_wav, read_wav, trial_audio
from mytts_core.runs.atomic_files import write_bytes

Leveller = Callable[[Sequence[np.ndarray], Sequence[int]], Sequence[tuple[np.ndarray, float]]]
"""(waveforms, sample rates in Hz) → (waveform, gain in dB) each: `mytts_core.audio.loudness.match_loudness`."""


class ClipOrder(NamedTuple):
    """One recording to be made. `seed` is None where the temperature makes no use of one."""

    clip_id: str
    setting: Setting
    text: str
    seed: Optional[int]


class ClipFiles:
    """The recordings of one test.

    Args:
        root: the folder of runs.
        test_id: as `ListeningStore.create` gave it.

    Every method raises ListeningError for an unknown test and RunError where the database or a file cannot be used.
    """

    def __init__(self, root: Path, test_id: str) -> None:
        self.root, self.test_id = Path(root), test_id

    def missing(self) -> tuple[ClipOrder, ...]:
        """Return what is still to be made, in random order; a damaged file counts as missing. Empty once sealed."""
        test, rows = self._state()
        if test.state != MAKING:
            return ()
        return tuple(_order(test.plan, row) for row in rows
                     if not _is_whole(self._making(row["clip_id"]), row["made_sha256"]))

    def save(self, clip_id: str, wav: np.ndarray, sample_rate: int) -> None:
        """Keep one recording; a second one of the same id replaces the first.

        Args:
            clip_id: of a `ClipOrder`.
            wav: float, (num_samples,), range [-1, 1].
            sample_rate: in Hz.

        Raises:
            AudioError: for a waveform that is empty, not finite or not one-dimensional.
            ListeningError: for an unknown clip, or when the test is sealed.
        """
        data = float_wav(check_waveform(wav, "the recording"), sample_rate)
        test, rows = self._state()
        if test.state != MAKING:
            raise ListeningError("the recordings of this test are complete: they are not changed any more")
        if clip_id not in {row["clip_id"] for row in rows}:
            raise ListeningError(f"recording {clip_id[:40]!r} is not one of this test")
        self._write(self._making(clip_id), data)
        with listening_database(self.root, writes=True) as connection:
            connection.execute("UPDATE clips SET made_sha256 = ? WHERE clip_id = ?", (_sha256(data), clip_id))

    def seal(self, level: Leveller) -> None:
        """Bring all recordings to one loudness and sample rate, shuffle them on the disk, and open the test for votes.

        Of several sample rates the highest is taken. Killed half-way, it can be called again. A sealed test stays as
        it is.

        Args:
            level: makes waveforms equally loud.

        Raises:
            ListeningError: while recordings are missing.
        """
        missing = self.missing()
        if missing:
            raise ListeningError(f"{len(missing)} recordings of this test are still to be made: make them first")
        test, rows = self._state()
        if test.state == MAKING:
            recordings = [read_wav(self._making(row["clip_id"]).read_bytes()) for row in rows]
            rate = max(rate for _, rate in recordings)
            wavs = [resample(wav, own_rate, rate) for wav, own_rate in recordings]
            levelled = [np.asarray(wav) for wav, _ in level(wavs, [rate] * len(wavs))]
            sealed = self._write_shuffled(rows, levelled, rate, test.created)
            self._keep_sealed(sealed)
        self._remove_leftovers()

    def damaged(self) -> tuple[str, ...]:
        """Return ids of sealed recordings that are gone or changed on the disk."""
        _, rows = self._state()
        return tuple(row["clip_id"] for row in rows
                     if row["file"] and not _is_whole(self._folder() / row["file"], row["sha256"]))

    def audio(self, trial_id: str) -> tuple[bytes, ...]:
        """Return the WAV files of a trial: A, B and, in an ABX test, X. Equally long, 16 bit.

        The same trial gives the same bytes each time; two trials, two sides of an identical pair, or X and what it is
        never do: they carry noise of one least significant bit, so that neither bytes nor an address made from them
        tell that a recording was heard before.

        Raises:
            ListeningError: for an unknown trial, before the test is sealed, or when a file is damaged.
        """
        return trial_audio(self.root, self.test_id, trial_id)

    def duration_differences(self) -> tuple[DurationDifference, ...]:
        """Return, for each pair of settings, how much the lengths of their speech differ. Empty before sealing."""
        return duration_differences(self.root, self.test_id)

    def _state(self) -> tuple[ListeningTest, list[sqlite3.Row]]:
        """Return the test and the rows of its recordings, in random order."""
        with opened_test(self.root, self.test_id) as (connection, test):
            rows = connection.execute("SELECT * FROM clips WHERE test_id = ?", (self.test_id,)).fetchall()
        return test, sorted(rows, key=lambda row: secrets.randbits(64))

    def _folder(self) -> Path:
        return clip_folder(self.root, self.test_id)

    def _making(self, clip_id: str) -> Path:
        return self._folder() / "making" / f"{clip_id}.wav"

    def _write(self, path: Path, data: bytes) -> None:
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            write_bytes(path, data)
        except OSError as error:
            raise RunError(f"a recording cannot be written to {path.parent} ({error}): free the disk, or make it "
                           "writable") from error

    def _write_shuffled(self, rows: Sequence[sqlite3.Row], wavs: Sequence[np.ndarray], rate: int,
                        modified: float) -> list[tuple[str, str, int, int, str]]:
        longest: dict[int, int] = {}
        for row, wav in zip(rows, wavs):
            longest[row["text"]] = max(longest.get(row["text"], 0), len(wav))
        sealed = []
        for row, wav in sorted(zip(rows, wavs), key=lambda pair: secrets.randbits(64)):
            padded = np.pad(wav, (0, longest[row["text"]] - len(wav)))
            file, data = f"{secrets.token_hex(16)}.wav", pcm_wav(padded, rate)
            self._write(self._folder() / file, data)
            with contextlib.suppress(FileNotFoundError):    # another process sealed meanwhile, and cleared up
                os.utime(self._folder() / file, (modified, modified))
            sealed.append((file, _sha256(data), len(wav), rate, row["clip_id"]))
        return sealed

    def _keep_sealed(self, sealed: Sequence[tuple[str, str, int, int, str]]) -> None:
        """Note the files and open the test, unless another process has done so."""
        with opened_test(self.root, self.test_id, writes=True) as (connection, test):
            if test.state == MAKING:
                connection.executemany("UPDATE clips SET file = ?, sha256 = ?, samples = ?, sample_rate = ? "
                                       "WHERE clip_id = ?", sealed)
                connection.execute("UPDATE tests SET sealed = ? WHERE test_id = ?", (time.time(), self.test_id))

    def _remove_leftovers(self) -> None:
        """Remove what lies beside the sealed files: unlevelled recordings, files of a seal that was killed."""
        known = {row["file"] for row in self._state()[1]}
        for path in self._folder().iterdir():
            if path.name == "making":
                shutil.rmtree(path, ignore_errors=True)
            elif path.is_file() and path.name not in known:
                path.unlink(missing_ok=True)


def _order(plan: ListeningPlan, row: sqlite3.Row) -> ClipOrder:
    return ClipOrder(row["clip_id"], plan.settings[row["setting"]], plan.texts[row["text"]], row["seed"])


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def _is_whole(path: Path, sha256: Optional[str]) -> bool:
    try:
        return sha256 is not None and _sha256(path.read_bytes()) == sha256
    except OSError:
        return False
