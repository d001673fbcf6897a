"""Two takes of one text, heard in turn at the same place of the text and equally loud."""

from __future__ import annotations

import streamlit as st

from dashboard.caches import ab_listening as pairs
from dashboard.caches import takes as kept_takes
from dashboard.figures.health import Fact
from dashboard.figures.take_differences import get_differences
from dashboard.widgets import ab_choice, ab_listening, run_picker, style, take_differences
from mytts_core.errors import MyTTSError

picked = run_picker.selected()
st.title("A/B listening")
store = kept_takes.store(picked.root)
chosen = ab_choice.choose(store.takes(), picked.run.name)
if chosen is None:
    st.stop()

first, second = chosen
try:
    comparison = pairs.comparison(picked.root, first, second)
    sounds = (store.audio(first.id), store.audio(second.id))
except MyTTSError as error:
    style.show_facts([Fact("bad", str(error))])
    st.stop()
ab_listening.show(comparison, (ab_choice.short_name(first, second), ab_choice.short_name(second, first)), sounds)
take_differences.explain_map(comparison.time_map.unit)
st.subheader("What differs")
take_differences.show(get_differences(chosen, comparison.sides))
