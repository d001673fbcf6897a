"""The measures by the names that `mytts evaluate --measures` takes."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from typing import Optional

from mytts_core.errors import ConfigError
from mytts_core.evaluation.measures.catalogue import GROUPS
from mytts_core.evaluation.measures.cepstral_distance import CepstralDistance
from mytts_core.evaluation.measures.duration import Duration
from mytts_core.evaluation.measures.intelligibility_index import IntelligibilityIndex
from mytts_core.evaluation.measures.perceptual_quality import PerceptualQuality
from mytts_core.evaluation.measures.pitch_error import PitchError
from mytts_core.evaluation.measures.predicted_rating import PredictedRating
from mytts_core.evaluation.measures.protocol import Measure
from mytts_core.evaluation.measures.recognition import Recognition


def make_measures(names: Optional[Sequence[str]], language: str,
                  dnsmos_model: Optional[str | os.PathLike] = None) -> list[Measure]:
    """Return measures, also those that miss a package: they say so.

    Args:
        names: some of `GROUPS`, or `none` alone; None takes all.
        language: of the run, for the recogniser.
        dnsmos_model: an ONNX file in place of the one that speechmos brings.

    Raises:
        ConfigError: for a name that is not there, or a file that is not there.
    """
    wanted = list(GROUPS) if names is None else [] if list(names) == ["none"] else list(names)
    if unknown := [name for name in wanted if name not in GROUPS]:
        raise ConfigError(f"there is no measure {unknown[0]!r}: choose some of {', '.join(GROUPS)}, or none")
    made: dict[str, Callable[[], Measure]] = {
        "mcd": CepstralDistance, "f0": PitchError, "duration": Duration, "pesq": PerceptualQuality,
        "stoi": IntelligibilityIndex, "cer": lambda: Recognition(language),
        "dnsmos": lambda: PredictedRating(dnsmos_model)}
    return [made[name]() for name in GROUPS if name in wanted]
