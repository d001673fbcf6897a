"""The dashboard: page set-up, run picker, navigation.

    streamlit run dashboard/app.py -- ROOT        (or MYTTS_ROOT=ROOT; sample_runs/ by default)
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

# Streamlit puts dashboard/ on the path, not the folder above, from which every import here is written.
sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import streamlit as st

from dashboard.widgets import run_picker, server_guard, style
from mytts_core.errors import MyTTSError

VIEWS = Path(__file__).resolve().parent / "views"

st.set_page_config(page_title="MyTTS", page_icon=str(VIEWS.parent / "icon.svg"), layout="wide")
server_guard.refuse_unsafe_bind(st.get_option("server.address"), os.environ)
style.show_style()
page = st.navigation([
    st.Page(VIEWS / "overview.py", title="Overview", icon=":material/monitor_heart:", default=True),
    st.Page(VIEWS / "metric_trends.py", title="Metric trends", icon=":material/show_chart:"),
    st.Page(VIEWS / "alignments.py", title="Alignments", icon=":material/stacked_line_chart:"),
    st.Page(VIEWS / "gradients.py", title="Gradients", icon=":material/bar_chart:"),
    st.Page(VIEWS / "checkpoints.py", title="Checkpoints", icon=":material/save:"),
    st.Page(VIEWS / "synthesis.py", title="Synthesis", icon=":material/record_voice_over:"),
    st.Page(VIEWS / "ab_listening.py", title="A/B listening", icon=":material/compare_arrows:"),
    st.Page(VIEWS / "blind_test.py", title="Blind test", icon=":material/hearing:"),
    st.Page(VIEWS / "stress_board.py", title="Stress board", icon=":material/exercise:"),
])
try:
    if run_picker.show(watch_all=page.title == "Overview"):
        page.run()
except MyTTSError as error:
    style.show_empty("This cannot be shown", str(error))
