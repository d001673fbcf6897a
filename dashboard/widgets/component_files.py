"""Scripts and style sheets of this folder, put together: a component has one of each."""

from __future__ import annotations

from pathlib import Path

_FOLDER = Path(__file__).parent


def read_together(*names: str) -> str:
    """Return files of this folder one after the other."""
    return "\n".join((_FOLDER / name).read_text("utf-8") for name in names)
