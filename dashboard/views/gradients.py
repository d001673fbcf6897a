"""Gradient norms: which variables are in trouble, how large they are, how spread, and how often they are clipped."""

from __future__ import annotations

import streamlit as st

from dashboard import cache
from dashboard.figures import clipping, gradient_map, gradients
from dashboard.figures.variable_troubles import get_variable_troubles
from dashboard.widgets import keyboard, run_picker, style, variable_table
from dashboard.widgets.chart import chart
from dashboard.widgets.step_slider import step_slider
from mytts_core.runs import schema

picked = run_picker.selected()
run = cache.open_run(picked.root, picked.run.folder)
series = cache.scalars(picked.root, run)
norms = cache.gradient_norms(picked.root, run)
training = run.config.training if run.config else None

st.title("Gradients")
if len(norms.steps):
    variable_table.show_troubles(get_variable_troubles(norms), len(norms.names))
st.subheader("Global norm and clipping threshold")
overall = gradients.get_global_norm_info(series.get(schema.GRADIENT_NORM), series.get(schema.CLIP_THRESHOLD))
if overall.is_empty:
    style.show_empty("No global gradient norm yet",
                     f"A training of MyTTS logs it as {schema.GRADIENT_NORM} {style.every(run, 'log_interval')}.")
else:
    chart(gradients.plot_norm(overall), key="global norm")
    if training:
        st.caption(f"Clipping strategy: {training.clip_strategy}, at most {training.max_norm:g}. "
                   "Crosses mark steps whose norm was not finite; those steps are skipped.")
clipped = clipping.get_clipping_info(series.get(schema.CLIPPED_SHARE), series.get(schema.GRADIENT_NORM),
                                     series.get(schema.CLIP_THRESHOLD))
if not clipped.is_empty:
    st.subheader("Share of clipped steps")
    style.show_note(clipping.clipping_words(clipped, training.clip_strategy if training else ""))
    chart(clipping.plot_clipping(clipped), key="clipped")

if not len(norms.steps):
    style.show_empty("No per-variable norms yet",
                     f"A training of MyTTS writes them {style.every(run, 'gradient_interval')}.")
    st.stop()
st.subheader("Every layer over steps")
level = st.segmented_control("Rows", gradient_map.LEVELS, default=gradient_map.LEVELS[0], required=True, key="rows",
                             bind="query-params", label_visibility="collapsed")
map_info = gradient_map.get_gradient_map_info(norms, level or gradient_map.LEVELS[0])
chart(gradient_map.plot_gradient_map(map_info), key="gradient map", revision=str(level))
if map_info.left_out:
    st.caption(f"{map_info.left_out:,} more rows are not shown.")

st.subheader("Variables at a step")
steps = [int(step) for step in norms.steps]
step = step_slider("Step", steps, key="gradient_step")
left, right = st.columns(2)
with left:
    chart(gradients.plot_histogram(gradients.get_histogram_info(norms, step)), key="histogram")
with right:
    variable_table.show(gradients.get_variable_rows(norms, step))

st.subheader("One variable over steps")
name = variable_table.pick(norms.names)
keyboard.listen([keyboard.Walk("variable", norms.names, name, "variable", "j", "k"),
                 keyboard.steps("gradient_step", steps, step)])
left, right = st.columns(2)
with left:
    chart(gradients.plot_norm(gradients.get_variable_info(norms, name)), key="variable norm")
with right:
    chart(gradients.plot_histogram(gradients.get_variable_histogram_info(norms, name)), key="variable histogram")
