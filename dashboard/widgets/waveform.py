"""The waveform that players share: its script and style, put before those of a component."""

from __future__ import annotations

from pathlib import Path

_FOLDER = Path(__file__).parent


def script_with_waveform(*names: str) -> str:
    """Return scripts of this folder with `beginWave` before them: one module, because a component has one script."""
    return _joined("waveform.js", *names)


def style_with_waveform(name: str) -> str:
    """Return a style sheet of this folder with that of the waveform before it."""
    return _joined("waveform.css", name)


def _joined(*names: str) -> str:
    return "\n".join((_FOLDER / name).read_text("utf-8") for name in names)
