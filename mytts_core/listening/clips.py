"""Recordings of a listening test: files whose names, sizes and times tell nothing of their settings.

While a test is being made, recordings lie as they come in `<root>/.mytts/listening/<test>/making/`. `seal` levels them all,
pads those of one text to one length, and writes them in random order under new random names and one modification time
to `<root>/.mytts/listening/<test>/`. `audio` cuts both sides of a trial to the longer of the two.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple, Optional

import numpy as np

from mytts_core.listening.plan import Setting

Leveller = Callable[[Sequence[np.ndarray], Sequence[int]], Sequence[tuple[np.ndarray, float]]]
"""(waveforms, sample rates in Hz) → (waveform, gain in dB) each: `mytts_core.audio.loudness.match_loudness`."""


class ClipOrder(NamedTuple):
    """One recording to be made. `seed` is None where the temperature makes no use of one."""

    clip_id: str
    setting: Setting
    text: str
    seed: Optional[int]


class DurationDifference(NamedTuple):
    """How much the lengths of speech differ between two settings: what no shuffling can hide.

    Attributes:
        first, second: labels of the settings.
        trials: planned comparisons of the two.
        absolute: mean of |difference| over the mean length, as a share (0.05 is 5 %).
        signed_seconds: mean length of the second minus the first, seconds. Not for listeners' eyes before the end.
        warning: in words where `absolute` is above `DURATION_WARNING`, else "".
    """

    first: str
    second: str
    trials: int
    absolute: float
    signed_seconds: float
    warning: str


class ClipFiles:
    """The recordings of one test.

    Args:
        root: the folder of runs.
        test_id: as `ListeningStore.create` gave it.

    Every method raises ListeningError for an unknown test and RunError where the database cannot be used.
    """

    def __init__(self, root: Path, test_id: str) -> None:
        self.root, self.test_id = root, test_id

    def missing(self) -> tuple[ClipOrder, ...]:
        """Return what is still to be made, in random order; a damaged file counts as missing. Empty once sealed."""
        raise NotImplementedError

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
        raise NotImplementedError

    def seal(self, level: Leveller) -> None:
        """Bring all recordings to one loudness and length, shuffle them on the disk, and open the test for votes.

        Killed half-way, it can be called again. A sealed test stays as it is.

        Raises:
            ListeningError: while recordings are missing, or where their sample rates differ.
        """
        raise NotImplementedError

    def damaged(self) -> tuple[str, ...]:
        """Return ids of sealed recordings that are gone or changed on the disk."""
        raise NotImplementedError

    def audio(self, trial_id: str) -> tuple[bytes, ...]:
        """Return the WAV files of a trial: A, B and, in an ABX test, X. Equally long, 16 bit.

        The same trial gives the same bytes each time; two trials, or two sides of an identical pair, never do: the
        silence at the end carries noise of one least significant bit, so that no address made from the content tells
        that a recording was heard before.

        Raises:
            ListeningError: for an unknown trial, before the test is sealed, or when a file is damaged.
        """
        raise NotImplementedError

    def duration_differences(self) -> tuple[DurationDifference, ...]:
        """Return, for each pair of settings, how much the lengths of their speech differ. Empty before sealing."""
        raise NotImplementedError
