"""STOI: short-time objective intelligibility against a reference that runs in step. An optional package."""

from __future__ import annotations

import importlib.util
import warnings

import numpy as np

from mytts_core.errors import AudioError
from mytts_core.evaluation.measures.protocol import RATE_16_KHZ, Pair, Score

INSTALL = 'pip install "mytts[metrics]"'


class IntelligibilityIndex:
    """STOI of the `pystoi` package, 0 to 1: correlation of short-time band envelopes.

    Source:
        Taal, Hendriks, Heusdens and Jensen 2011.
    """

    keys = ("stoi",)

    def missing(self) -> str:
        """Return how to install the package where it is not."""
        return "" if importlib.util.find_spec("pystoi") is not None else INSTALL

    def score(self, pair: Pair) -> dict[str, Score]:
        """Return the index.

        Raises:
            AudioError: for silence, and where less than 0.4 s of speech are left: pystoi then answers 1e-5 and warns.
        """
        import pystoi

        first, second = pair.in_step
        with warnings.catch_warnings():
            warnings.simplefilter("error", RuntimeWarning)
            try:
                value = float(pystoi.stoi(first, second, RATE_16_KHZ))
            except RuntimeWarning as warning:
                raise AudioError("too little speech is left without its pauses: STOI needs 0.4 s") from warning
        if not np.isfinite(value):
            raise AudioError("STOI is not finite")
        return {"stoi": Score(value)}
