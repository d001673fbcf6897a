"""Every logged metric over the training, of one run or of several."""

from __future__ import annotations

import streamlit as st

from dashboard import cache
from dashboard.figures.trends import get_trend_info, metrics_by_section, plot_trend
from dashboard.widgets import run_picker, style
from dashboard.widgets.chart import chart
from dashboard.widgets.trend_controls import trend_controls

picked = run_picker.selected()
st.title("Metric trends")
controls = trend_controls([summary.name for summary in picked.runs if summary.kind], picked.run.name)

series = {}
for summary in picked.runs:
    if summary.name in controls.runs:
        run = cache.open_run(picked.root, summary.folder)
        series[summary.name] = cache.scalars(picked.root, run)
sections = metrics_by_section(series)
if not sections:
    run = cache.open_run(picked.root, picked.run.folder)
    style.show_empty("No metrics yet", f"A training of MyTTS writes them {style.every(run, 'log_interval')}, those of "
                                       f"held-out sentences {style.every(run, 'validation_interval')}.")
for section, metrics in sections.items():
    st.subheader(section)
    for index, metric in enumerate(metrics):
        if index % 2 == 0:
            columns = st.columns(2)     # a row of its own, so that a narrow page keeps the order
        info = get_trend_info(series, metric, smoothing=controls.smoothing, against=controls.against,
                              log_y=controls.log_y)
        with columns[index % 2]:
            if info.is_empty:
                style.show_empty(metric, "No point of it can be shown on these axes: all are zero or below, "
                                         "or have no time.")
                continue
            chart(plot_trend(info), key=f"trend {metric}")
            if info.hidden:
                st.caption(f"{info.hidden:,} points at or below zero are not on the logarithmic axis.")
