"""Speech from a run's checkpoint: in this process (`Synthesizer`) or in a worker process (`WorkerClient`).

Importing this package loads neither TensorFlow nor NumPy; a name does when it is asked for.
"""

from __future__ import annotations

import importlib

_HOMES = {
    "Synthesizer": "mytts_core.synthesis.engine",
    "Take": "mytts_core.synthesis.take",
    "SynthesisCancelled": "mytts_core.synthesis.take",
    "WorkerClient": "mytts_core.synthesis.client",
    "Job": "mytts_core.synthesis.job",
    "TakeRequest": "mytts_core.synthesis.spoken",
    "SynthesisResult": "mytts_core.synthesis.spoken",
    "TakeStore": "mytts_core.synthesis.take_store",
    "StoredTake": "mytts_core.synthesis.take_store",
}
__all__ = sorted(_HOMES)


def __getattr__(name: str):
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return __all__
