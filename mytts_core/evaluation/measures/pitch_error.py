"""F0 against the recording's, along the time alignment: error where both are voiced, and voicing apart."""

from __future__ import annotations

import numpy as np

from mytts_core.errors import AudioError
from mytts_core.evaluation.measures.protocol import Pair, Score

GROSS_SHARE = 0.2
FEWEST_VOICED = 8
"""Aligned frames voiced in both, of which there must be so many: about 0.1 s."""


class PitchError:
    """F0 error in semitones, gross pitch errors, voicing decision errors.

    Source:
        Gross pitch error (20 %) and voicing decision error: Nakatani et al. 2008; Chu and Alwan 2009, "Reducing F0
        frame error of F0 tracking algorithms under noisy conditions with an unvoiced/voiced classification frontend".
    """

    keys = ("f0_error", "f0_gross", "voicing")

    def missing(self) -> str:
        """Return '': it needs nothing."""
        return ""

    def score(self, pair: Pair) -> dict[str, Score]:
        """Return the error in semitones, and both shares in percent; rates count by their frames in a mean.

        Raises:
            AudioError: where fewer than eight aligned frames are voiced in both.
        """
        found = pair.alignment
        first, second = pair.recording.f0, pair.clip.f0
        # Frames of a waveform are those of its mel but for the last, where its length is no multiple of the hop.
        inside = (found.first < len(first)) & (found.second < len(second))
        first, second = first[found.first[inside]], second[found.second[inside]]
        voiced, other = np.isfinite(first), np.isfinite(second)
        both = voiced & other
        if both.sum() < FEWEST_VOICED:
            raise AudioError(f"{both.sum()} aligned frames are voiced in both, fewer than {FEWEST_VOICED}")
        ratio = second[both].astype(np.float64) / first[both]
        semitones = float(np.sqrt(np.mean(np.square(12 * np.log2(ratio)))))
        return {"f0_error": Score(semitones),
                "f0_gross": Score(100 * float((np.abs(ratio - 1) > GROSS_SHARE).mean()), float(both.sum())),
                "voicing": Score(100 * float((voiced != other).mean()), float(len(first)))}
