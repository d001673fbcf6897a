"""Mel spectrograms and stop probabilities on a page."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Optional

import streamlit as st
from numpy.typing import NDArray

from dashboard.figures.mel import get_mel_info, get_stop_info, plot_mels, plot_stop
from dashboard.widgets import style
from dashboard.widgets.chart import chart
from mytts_core.config import AudioConfig


def show(mels: Mapping[str, Optional[NDArray]], frames_per_second: float, audio: Optional[AudioConfig], *,
         difference: Optional[tuple[str, str]] = None, tracks: Optional[Mapping[str, str]] = None,
         key: str = "mels") -> None:
    """Show ln-magnitude mels of shape (frames, bands) one under the other; those that are None are left out.

    Args:
        difference: names of two of them; the first minus the second is shown too.
        tracks: name → the sound that a click on the spectrogram plays.
    """
    info = get_mel_info(mels, frames_per_second=frames_per_second, fmin=audio.fmin if audio else None,
                        fmax=audio.fmax if audio else None, difference=difference, tracks=tracks)
    if info.is_empty:
        style.show_empty("No mel spectrograms", "They were not written, or cannot be read.")
        return
    chart(plot_mels(info), key=key)


def show_stop(probabilities: Optional[NDArray], frames_per_second: float,
              title: str = "Where free running wants to stop") -> None:
    """Show the stop probabilities of free-running synthesis, nothing where there are none."""
    info = get_stop_info(probabilities, frames_per_second=frames_per_second)
    if not info.is_empty:
        st.subheader(title)
        chart(plot_stop(info), key="stop")
