"""The waveform that players share: its script and style, put before those of a component."""

from __future__ import annotations

from pathlib import Path

_FOLDER = Path(__file__).parent


def script_with_waveform(name: str) -> str:
    """Return a script of this folder with `beginWave` before it: one module, because a component has one script."""
    return _with_waveform("waveform.js", name)


def style_with_waveform(name: str) -> str:
    """Return a style sheet of this folder with that of the waveform before it."""
    return _with_waveform("waveform.css", name)


def _with_waveform(shared: str, name: str) -> str:
    return "\n".join((_FOLDER / part).read_text("utf-8") for part in (shared, name))
