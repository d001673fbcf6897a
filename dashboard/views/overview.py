"""All runs at a glance, and the picked one's health."""

from __future__ import annotations

import streamlit as st

from dashboard import cache
from dashboard.figures.health import get_facts
from dashboard.figures.summary import get_run_row
from dashboard.widgets import run_picker, run_table, style

picked = run_picker.selected()
st.title("Overview")

rows, health = [], {}
for summary in picked.runs:
    series, samples, problem = {}, [], summary.problem
    if summary.kind:
        try:
            run = cache.open_run(picked.root, summary.folder)
            series = cache.scalars(picked.root, run)
            steps = run.sample_steps()
            samples = cache.samples(picked.root, run, steps[-1]) if steps else []
            health[summary.name] = (run, series, samples)
        except cache.RunError as error:
            problem = str(error)
    rows.append(get_run_row(summary, series, samples, problem))

row = next(row for row in rows if row.name == picked.run.name)
style.show_header(row.name, row.state, run_table.notes(row))
if picked.run.name in health:
    run, series, samples = health[picked.run.name]
    style.show_facts(get_facts(run.status, series, samples,
                               clip_strategy=run.config.training.clip_strategy if run.config else ""))
    for problem in run.problems:
        style.show_note(problem)
    run_table.show_numbers(row, series)
elif row.problem:
    style.show_empty("This run cannot be read", row.problem)

st.subheader("All runs")
run_table.show(rows)
if picked.run.name in health:
    run_table.show_origin(health[picked.run.name][0])
