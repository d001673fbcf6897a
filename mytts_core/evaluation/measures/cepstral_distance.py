"""Mel-cepstral distance after time alignment, and how much time had to be bent for it."""

from __future__ import annotations

from mytts_core.evaluation.measures.protocol import Pair, Score


class CepstralDistance:
    """How far the spectral envelope is from the recording's.

    10/ln 10 · √(2 Σ (c_k − c'_k)²) in dB, k = 1 … 13, averaged over the steps of the alignment. Level (c0) does not
    count, pauses are left out. Values of other programs differ in analysis, coefficients and scaling: compare with
    those of this one only.

    Source:
        Kubichek 1993, "Mel-cepstral distance measure for objective speech quality assessment"; with time alignment
        and 13 coefficients as in Battenberg et al. 2020, arXiv:1910.10288 (there without the constant).
    """

    keys = ("mcd", "warping")

    def missing(self) -> str:
        """Return '': it needs nothing."""
        return ""

    def score(self, pair: Pair) -> dict[str, Score]:
        """Return the distance in dB, and the share of steps in percent in which one side waits."""
        found = pair.alignment
        return {"mcd": Score(float(found.distances.mean())), "warping": Score(100 * found.waiting_share)}
