"""Two takes of one text in turn: one transport, equal loudness, a switch in the middle of a word, words to click on.

The component gets the sounds as they are, and what Python knows of them: gains, words, faults, and the map between
their times. It plays on while the page is drawn anew.
"""

from __future__ import annotations

import base64
import hashlib
import math
from typing import Any

import streamlit as st

from dashboard.figures.ab_listening import Comparison, Side
from dashboard.widgets.component_files import read_together
from mytts_core.text.direction import is_right_to_left

_component = st.components.v2.component(
    "mytts_ab_listening", css=read_together("ab_listening.css"), isolate_styles=False,
    js=read_together("elements.js", "ab_player.js", "ab_lanes.js", "ab_words.js", "ab_listening.js"))


def show(comparison: Comparison, labels: tuple[str, str], sounds: tuple[bytes, bytes]) -> None:
    """Show both takes.

    Args:
        labels: what tells one from the other.
        sounds: their WAV files.
    """
    time_map = comparison.time_map
    _component(key="ab_listening", data={
        "words": list(comparison.words), "rtl": is_right_to_left(" ".join(comparison.words)),
        "sides": {name: _data(side, label, sound) for name, side, label, sound
                  in zip("ab", comparison.sides, labels, sounds)},
        "knots": {"a": time_map.first.tolist(), "b": time_map.second.tolist()}})


def _data(side: Side, label: str, sound: bytes) -> dict[str, Any]:
    return {"label": label, "sound": base64.b64encode(sound).decode("ascii"), "rate": side.sample_rate,
            "digest": hashlib.sha256(sound).hexdigest(), "gain_db": side.gain_db,
            "loudness": side.loudness if math.isfinite(side.loudness) else None, "spans": side.spans,
            "faults": [fault._asdict() for fault in side.faults]}
