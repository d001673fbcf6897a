"""MyTTS: a TransformerTTS that trains on one's own recordings, and the means to watch and judge it.

Importing this package is cheap: names are looked up when they are used, and TensorFlow is loaded by those that need it.
"""

from __future__ import annotations

import importlib
from typing import Any

__version__ = "0.3.0"

# Public name → the module that defines it.
_PUBLIC = {
    "TransformerTTS": "mytts_core.model.transformer_tts",
    "load_previous_weights": "mytts_core.model.previous_weights",
    "AudioConfig": "mytts_core.config",
    "ModelConfig": "mytts_core.config",
    "RunConfig": "mytts_core.config",
    "TextConfig": "mytts_core.config",
    "TrainingConfig": "mytts_core.config",
    "get_model_preset": "mytts_core.config",
    "Synthesizer": "mytts_core.synthesis.engine",
    "read_audio": "mytts_core.audio.waveform",
    "write_audio": "mytts_core.audio.waveform",
    "MyTTSError": "mytts_core.errors",
}

__all__ = ["__version__", *_PUBLIC]  # pyright: ignore[reportUnsupportedDunderAll]


def __getattr__(name: str) -> Any:
    if name not in _PUBLIC:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(importlib.import_module(_PUBLIC[name]), name)
    globals()[name] = value  # the next look-up does not come here
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *_PUBLIC})
