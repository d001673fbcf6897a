"""Every logged metric over the training, of one run or of several."""

from __future__ import annotations

import streamlit as st

from dashboard import cache
from dashboard.figures.trend_index import find_metrics, index_trends, metrics_by_section
from dashboard.widgets import run_picker, style, trend_card
from dashboard.widgets.trend_controls import trend_controls

CHARTS_AT_FIRST = 24

picked = run_picker.selected()
st.title("Metric trends")
series, older = {}, {}
for summary in (picked.run, *picked.others):
    with style.problem_of(summary.name):
        run = cache.open_run(picked.root, summary.folder)
        series[summary.name] = cache.scalars(picked.root, run)
index = index_trends(series)
sections = metrics_by_section(index)
controls = trend_controls([metric for metrics in sections.values() for metric in metrics])
found = find_metrics(index, controls.patterns)

if not index.places:
    run = cache.open_run(picked.root, picked.run.folder)
    style.show_empty("No metrics yet", f"A training of MyTTS writes them {style.every(run, 'log_interval')}, those of "
                                       f"held-out sentences {style.every(run, 'validation_interval')}.")
elif not found:
    style.show_empty(f"No metric like {', '.join(controls.patterns)}",
                     "Take it out of “Metrics”, or type a part of a name: loss, for example.")
shown = found[:st.session_state.setdefault("num_charts", CHARTS_AT_FIRST)]
if controls.older:
    for place in (place for metric in shown for place in index.places[metric]):
        run = cache.open_run(picked.root, picked.folder_of(place.run))
        older[place.run, place.tag] = cache.series_attempts(picked.root, run, place.tag)[:-1]
for section, metrics in sections.items():
    chosen = [metric for metric in metrics if metric in shown]
    if chosen:
        st.subheader(section)
    for number, metric in enumerate(chosen):
        if number % 2 == 0:
            columns = st.columns(1 if len(found) == 1 else 2)     # a row of its own: a narrow page keeps the order
        with columns[number % 2]:
            trend_card.show(index, metric, controls.options, older)
if len(shown) < len(found):
    st.button(f"Show {min(CHARTS_AT_FIRST, len(found) - len(shown))} more of {len(found) - len(shown):,} metrics",
              on_click=lambda: st.session_state.update(num_charts=len(shown) + CHARTS_AT_FIRST))
