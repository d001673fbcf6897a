"""Rules that turn a run into findings that a person can act on: `diagnose`, `Finding`, `Evidence`.

The package loads its parts when they are asked for; neither TensorFlow nor Keras is among them.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mytts_core.diagnosis.facts import RunFacts, read_facts
    from mytts_core.diagnosis.finding import SEVERITIES, Evidence, Finding
    from mytts_core.diagnosis.rulebook import diagnose

_PLACES = {"diagnose": "rulebook", "RunFacts": "facts", "read_facts": "facts", "SEVERITIES": "finding",
           "Evidence": "finding", "Finding": "finding"}

__all__ = ["SEVERITIES", "Evidence", "Finding", "RunFacts", "diagnose", "read_facts"]


def __getattr__(name: str) -> Any:
    if name not in _PLACES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"{__name__}.{_PLACES[name]}"), name)
