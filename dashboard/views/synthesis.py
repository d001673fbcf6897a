"""Speak a text with a checkpoint of the picked run."""

from __future__ import annotations

import streamlit as st

from dashboard import cache
from dashboard.widgets import run_picker, style

picked = run_picker.selected()
run = cache.open_run(picked.root, picked.run.folder)
st.title("Synthesis")
if not cache.checkpoints(picked.root, run):
    style.show_empty("No checkpoint yet",
                     f"A training of MyTTS saves one {style.every(run, 'checkpoint_interval')}.")
    st.stop()
