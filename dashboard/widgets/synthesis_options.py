"""How takes are made: their longest length, the vocoder, the device; set aside, because few visits need them."""

from __future__ import annotations

import math
from typing import NamedTuple, Optional

import streamlit as st

from dashboard.widgets import kept_fields
from mytts_core.synthesis.client import WorkerClient
from mytts_core.vocoder import DEFAULT_VOCODER, VOCODERS

LONGEST_SECONDS = 120.0
_LONGEST, _VOCODER = "longest", "vocoder"
_DEVICE = "speak_device"
_DEVICES = {"auto": "GPU where there is one", "gpu": "GPU", "cpu": "CPU"}


class Options(NamedTuple):
    """`max_seconds` of each piece of the text, None for what the corpus' speaking rate predicts; a vocoder's name."""

    max_seconds: Optional[float]
    vocoder: str


def show(client: WorkerClient) -> Options:
    """Draw the options in a small window of their own; return what is chosen."""
    with st.popover("Length, vocoder, device", icon=":material/tune:"):
        options = Options(_pick_longest(), _pick_vocoder())
        _pick_device(client)
    return options


def _pick_longest() -> Optional[float]:
    kept_fields.start(_LONGEST, _read_seconds, None)
    seconds = st.number_input(
        "Longest, in seconds", 0.1, LONGEST_SECONDS, None, step=1.0, format="%.1f", key=kept_fields.key_of(_LONGEST),
        placeholder="by the text", help="A sentence that does not stop by itself is cut there. Empty: 2.5 times what "
                                        "the speaking rate of the corpus predicts.")
    kept_fields.keep(_LONGEST, seconds, [] if seconds is None else [f"{seconds:g}"])
    return seconds


def _pick_vocoder() -> str:
    kept_fields.start(_VOCODER, lambda asked: asked[0] if asked[0] in VOCODERS else DEFAULT_VOCODER, DEFAULT_VOCODER)
    name = st.selectbox("Vocoder", list(VOCODERS), key=kept_fields.key_of(_VOCODER),
                        format_func=lambda name: VOCODERS.get(name, name), help="Turns the mel into sound")
    kept_fields.keep(_VOCODER, name, [] if name == DEFAULT_VOCODER else [name])
    return name


def _pick_device(client: WorkerClient) -> None:
    """Draw the device of the one worker, and say what it runs on now."""
    status = client.status
    st.session_state[_DEVICE] = status.device_choice        # another visitor may have chosen
    st.selectbox("Device", list(_DEVICES), key=_DEVICE, format_func=lambda name: _DEVICES.get(name, name),
                 on_change=lambda: client.use_device(st.session_state[_DEVICE]),
                 help="One worker speaks for all visitors: this is chosen for all of them, from the next takes on.")
    if status.running:
        st.caption(f"The worker runs on {status.device or 'a device it has not named yet'} "
                   f"(process {status.pid}).")
    elif status.device:
        st.caption(f"The worker rests; it last ran on {status.device}.")
    else:
        st.caption("The worker starts with the first take, and then tells what it runs on.")


def _read_seconds(asked: list[str]) -> Optional[float]:
    try:
        seconds = float(asked[0])
    except ValueError:
        return None
    return min(max(seconds, 0.1), LONGEST_SECONDS) if math.isfinite(seconds) else None
