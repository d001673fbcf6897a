"""Vocoders, by name: `VOCODERS` names those there are, `make_vocoder` makes one.

Importing this package loads none of them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from mytts_core.errors import AudioError

if TYPE_CHECKING:
    from mytts_core.config import AudioConfig
    from mytts_core.vocoder.protocol import Vocoder

DEFAULT_VOCODER = "griffin_lim"
_GRIFFIN_LIM_ITERATIONS = {"griffin_lim": 60, "griffin_lim_fast": 16}

VOCODERS: dict[str, str] = {
    "griffin_lim": "Griffin-Lim (60 passes)",
    "griffin_lim_fast": "Griffin-Lim, fast (16 passes, rougher)",
}
"""Name → label. The first is the default."""


def check_vocoder(name: str) -> None:
    """Refuse a name that no vocoder has.

    Raises:
        AudioError: listing those there are.
    """
    if name not in VOCODERS:
        raise AudioError(f"there is no vocoder {name!r}: choose one of {', '.join(VOCODERS)}")


def make_vocoder(name: str, audio: AudioConfig) -> Vocoder:
    """Return a vocoder for a mel analysis.

    Args:
        name: one of `VOCODERS`.
        audio: the analysis that its mels come from.

    Raises:
        AudioError: for another name, listing those there are.
    """
    check_vocoder(name)
    from mytts_core.vocoder.griffin_lim import GriffinLim

    return GriffinLim(audio, iterations=_GRIFFIN_LIM_ITERATIONS[name])
