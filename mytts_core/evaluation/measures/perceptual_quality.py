"""PESQ, wideband: predicted quality against a reference that runs in step. An optional package."""

from __future__ import annotations

import importlib.util

from mytts_core.errors import AudioError
from mytts_core.evaluation.measures.protocol import RATE_16_KHZ, Pair, Score

INSTALL = 'pip install "mytts[pesq]" (it is built from source, which needs a C compiler)'


class PerceptualQuality:
    """PESQ of the `pesq` package at 16 kHz: MOS-LQO from 1.04 to 4.64.

    Source:
        ITU-T P.862 and, for wideband, P.862.2.
    """

    keys = ("pesq",)

    def missing(self) -> str:
        """Return how to install the package where it is not."""
        return "" if importlib.util.find_spec("pesq") is not None else INSTALL

    def score(self, pair: Pair) -> dict[str, Score]:
        """Return the rating.

        Raises:
            AudioError: for silence, and for less than a quarter of a second, of which PESQ makes nothing.
        """
        import pesq

        first, second = pair.in_step
        if len(first) < RATE_16_KHZ / 4:
            raise AudioError(f"it lasts {len(first) / RATE_16_KHZ:.2f} s, and PESQ needs a quarter of a second")
        try:
            return {"pesq": Score(float(pesq.pesq(RATE_16_KHZ, first, second, "wb")))}
        except (pesq.PesqError, ValueError) as error:
            raise AudioError(f"PESQ has no value ({_words(error)})") from error


def _words(error: Exception) -> str:
    said = error.args[0] if error.args else type(error).__name__
    return said.decode(errors="replace") if isinstance(said, bytes) else str(said)
