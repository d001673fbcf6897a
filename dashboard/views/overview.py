"""All runs at a glance, the picked one's health, and where those compared with it differ."""

from __future__ import annotations

import streamlit as st

from dashboard import cache
from dashboard.figures.health import get_verdict
from dashboard.widgets import (
    configurations,
    findings,
    report_button,
    run_filter,
    run_notes,
    run_picker,
    run_rows,
    run_table,
    style,
)

picked = run_picker.selected()
st.title("Overview")
notes = run_notes.read(picked.root)
rows, num_waiting = run_rows.gather(picked, notes)
if len(rows) > 1:
    shown = run_filter.filtered(rows)
    if shown:
        run_table.show(shown, picked.run.name, [other.name for other in picked.others])
    else:
        style.show_empty("No run passes these filters", "Take a word, a state or a tag out.")
    run_rows.go_on(num_waiting)

row = next(row for row in rows if row.name == picked.run.name)
with st.container(horizontal=True, vertical_alignment="center"):
    style.show_header(row.name, row.state, run_table.notes(row))
    run_notes.edit(picked.root, row.name, notes)
run_notes.show(notes.get(row.name))
if row.problem:
    style.show_empty("This run cannot be read", row.problem)
if row.findings is not None:
    run = cache.open_run(picked.root, picked.run.folder)
    digests = cache.scalar_digests(picked.root, run)
    found = cache.findings(picked.root, run)
    run_table.show_numbers(row, digests)
    verdict = get_verdict(found, len(digests))
    if verdict:
        style.show_facts([verdict])
    findings.show(found, row.name)
    for problem in run.problems:
        style.show_note(problem)
    run_table.show_origin(run)
    report_button.show(run, row.name)

if picked.others:
    st.subheader("Where the configurations differ")
    configurations.show(picked)
    st.page_link("views/metric_trends.py", label="Curves of these runs", icon=":material/show_chart:",
                 query_params=[("run", row.name), *(("compare", other.name) for other in picked.others)])
