"""Gradient norms: how large, how spread over variables, and against the clipping threshold."""

from __future__ import annotations

import streamlit as st

from dashboard import cache
from dashboard.figures import gradients
from dashboard.widgets import run_picker, style, variable_table
from dashboard.widgets.chart import chart
from dashboard.widgets.step_slider import step_slider
from mytts_core.runs import schema

picked = run_picker.selected()
run = cache.open_run(picked.root, picked.run.folder)
series = cache.scalars(picked.root, run)
norms = cache.gradient_norms(picked.root, run)

st.title("Gradients")
st.subheader("Global norm and clipping threshold")
overall = gradients.get_global_norm_info(series.get(schema.GRADIENT_NORM), series.get(schema.CLIP_THRESHOLD))
if overall.is_empty:
    style.show_empty("No global gradient norm yet",
                     f"A training of MyTTS logs it as {schema.GRADIENT_NORM} {style.every(run, 'log_interval')}.")
else:
    chart(gradients.plot_norm(overall), key="global norm")
    if run.config:
        st.caption(f"Clipping strategy: {run.config.training.clip_strategy}, at most {run.config.training.max_norm:g}. "
                   "Crosses mark steps whose norm was not finite; those steps are skipped.")

st.subheader("Variables at a step")
if not len(norms.steps):
    style.show_empty("No per-variable norms yet",
                     f"A training of MyTTS writes them {style.every(run, 'gradient_interval')}.")
    st.stop()
step = step_slider("Step", [int(step) for step in norms.steps], key="gradient_step")
left, right = st.columns(2)
with left:
    chart(gradients.plot_histogram(gradients.get_histogram_info(norms, step)), key="histogram")
with right:
    variable_table.show(gradients.get_variable_rows(norms, step))

st.subheader("One variable over steps")
name = variable_table.pick(norms.names)
chart(gradients.plot_norm(gradients.get_variable_info(norms, name)), key="variable norm")
