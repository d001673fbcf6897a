"""Audio players. They get the bytes of a file: from an array, Streamlit would rescale each clip to its own peak."""

from __future__ import annotations

from pathlib import Path
from typing import Optional

import streamlit as st

from dashboard import cache
from dashboard.widgets import style

_TYPES = {".flac": "audio/flac", ".wav": "audio/wav", ".ogg": "audio/ogg", ".mp3": "audio/mpeg"}


def player(label: str, root: Path, path: Optional[Path]) -> None:
    """Show a player for a file under the root, or say that there is none."""
    st.caption(label)
    if path is None:
        style.show_note("No audio was kept.")
        return
    st.audio(cache.file_bytes(root, path), format=_TYPES.get(path.suffix.lower(), "audio/wav"))
