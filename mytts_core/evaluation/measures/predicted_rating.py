"""DNSMOS: what people would say of the sound, predicted by a network made for noise suppressors. Optional packages."""

from __future__ import annotations

import importlib.util
import os
from pathlib import Path
from typing import Any, Optional

import numpy as np

from mytts_core.errors import AudioError, ConfigError
from mytts_core.evaluation.measures.protocol import RATE_16_KHZ, Pair, Score

WINDOW = 144_160                        # samples the network takes: 9.01 s
INSTALL = 'pip install "mytts[metrics]"'
# The network's raw ratings to MOS: published with it, highest power first.
CALIBRATION = {"dnsmos_signal": (-0.08397278, 1.22083953, 0.0052439),
               "dnsmos_background": (-0.13166888, 1.60915514, -0.39604546),
               "dnsmos": (-0.06766283, 1.11546468, 0.04602535)}
_BUNDLED = Path("dnsmos_models") / "sig_bak_ovr.onnx"


class PredictedRating:
    """DNSMOS P.835: overall, signal and background rating, 1 to 5; a control, not a judge.

    Args:
        model: an ONNX file of the same inputs and outputs; None takes the one that the `speechmos` package brings.

    Source:
        Reddy, Gopal and Cutler 2022, "DNSMOS P.835". Clips shorter than 9.01 s are repeated until they are as long,
        longer ones are rated every second and averaged, as `speechmos` does.
    """

    keys = ("dnsmos", "dnsmos_signal", "dnsmos_background")

    def __init__(self, model: Optional[str | os.PathLike] = None) -> None:
        self._given = model is not None
        self.model = Path(model) if model is not None else _bundled_model()
        self._session: Any = None
        if self._given and not Path(str(self.model)).is_file():
            raise ConfigError(f"--dnsmos-model {model}: no such file; leave it out to use that of speechmos")

    def missing(self) -> str:
        """Return how to install what is not there."""
        there = importlib.util.find_spec("onnxruntime") is not None and self.model is not None
        return "" if there else INSTALL

    def score(self, pair: Pair) -> dict[str, Score]:
        """Return the three ratings of the clip; the recording beside it does not matter.

        Raises:
            AudioError: for silence.
            ConfigError: where the file given is no such network.
        """
        wav = pair.clip.at_16_khz
        while len(wav) < WINDOW:
            wav = np.concatenate([wav, wav])
        hops = int(len(wav) // RATE_16_KHZ - WINDOW / RATE_16_KHZ) + 1      # as published: whole seconds count
        starts = range(0, hops * RATE_16_KHZ, RATE_16_KHZ)
        raw = np.mean([[np.polyval(CALIBRATION[key], value) for key, value in
                        zip(("dnsmos_signal", "dnsmos_background", "dnsmos"), self._rate(wav[start:start + WINDOW]))]
                       for start in starts], axis=0)
        if not np.isfinite(raw).all():
            raise AudioError("DNSMOS is not finite")
        return dict(zip(("dnsmos_signal", "dnsmos_background", "dnsmos"), (Score(float(value)) for value in raw)))

    def _rate(self, window: np.ndarray) -> np.ndarray:
        """The network's three raw ratings of a window: signal, background, overall."""
        import onnxruntime

        try:
            if self._session is None:
                options = onnxruntime.SessionOptions()
                options.intra_op_num_threads = 1
                self._session = onnxruntime.InferenceSession(str(self.model), options,
                                                             providers=["CPUExecutionProvider"])
            name = self._session.get_inputs()[0].name
            answer = np.asarray(self._session.run(None, {name: window[None].astype(np.float32)})[0])
        except Exception as error:      # onnxruntime's own classes, and no common base among them
            raise ConfigError(f"{self.model} is no DNSMOS P.835 network ({str(error).splitlines()[0]}): give "
                              "sig_bak_ovr.onnx, or leave --dnsmos-model out") from error
        if answer.shape != (1, 3):
            raise ConfigError(f"{self.model} answers in the shape {answer.shape}, and DNSMOS P.835 with three ratings: "
                              "give sig_bak_ovr.onnx, or leave --dnsmos-model out")
        return answer[0]


def _bundled_model() -> Optional[Path]:
    """The network in the speechmos package, which is not imported: it would need librosa."""
    found = importlib.util.find_spec("speechmos")
    if found is None or not found.submodule_search_locations:
        return None
    path = Path(list(found.submodule_search_locations)[0]) / _BUNDLED
    return path if path.is_file() else None
