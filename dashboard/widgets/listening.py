"""The sounds of an utterance: players whose words, and whose charts, can be clicked on to hear them.

The component gets the samples of the files as they are: from an array, Streamlit would rescale each clip to its own
peak. It plays on while the page is drawn anew.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple, Optional

import streamlit as st

from dashboard import cache
from dashboard.figures.findings import fault_words
from dashboard.figures.listening import ListeningInfo
from dashboard.figures.sounds import PlayableSound, make_playable
from dashboard.widgets.component_files import read_together
from mytts_core.runs.types import FaultRecord

RECORDING, FREE_RUNNING = "recording", "free_running"

_component = st.components.v2.component(
    "mytts_listening", js=read_together("elements.js", "waveform.js", "playheads.js", "listening.js"),
    css=read_together("waveform.css", "listening.css"), isolate_styles=False)


class Track(NamedTuple):
    """A sound: `id` is what charts call it, `path` a file under the root or None, `info` when each word is read.

    Attributes:
        sound: a WAV file in place of `path`.
        peaks: of its waveform, to be drawn and clicked on (`dashboard.figures.waveform`); none shows the player alone.
    """

    id: str
    label: str
    path: Optional[Path]
    info: ListeningInfo
    faults: Sequence[FaultRecord] = ()
    frames_per_second: float = float("nan")
    sound: Optional[bytes] = None
    peaks: Sequence[int] = ()


def show(root: Path, tracks: Sequence[Track], key: str = "listening") -> None:
    """Show a player a track; one without a file says that no audio was kept."""
    _component(key=key, data={"tracks": [_data(root, track) for track in tracks]})


def _data(root: Path, track: Track) -> dict[str, Any]:
    sound, info = PlayableSound(b"", ""), track.info
    if track.sound is not None:
        sound = PlayableSound(track.sound, "audio/wav")
    elif track.path:
        sound = make_playable(cache.file_bytes(root, track.path), track.path.suffix)
    return {
        "id": track.id, "label": track.label, "sound": base64.b64encode(sound.data).decode("ascii"),
        "type": sound.kind, "digest": hashlib.sha256(sound.data).hexdigest(), "note": "No audio was kept.",
        "peaks": list(track.peaks),
        "words": info.words, "tokens": info.tokens, "word_visits": info.word_visits, "token_visits": info.token_visits,
        "faults": [{"label": fault_words(fault, track.frames_per_second), "start": fault.start_frame
                    / track.frames_per_second, "end": fault.end_frame / track.frames_per_second}
                   for fault in track.faults if fault.start_frame >= 0 and track.frames_per_second > 0]}
