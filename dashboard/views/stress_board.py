"""Hard sentences at every checkpoint of a run: which to choose, what fails where, and each sentence to hear."""

from __future__ import annotations

import shlex

import streamlit as st

from dashboard.caches import stress_results
from dashboard.figures.stress_map import get_stress_map_info, plot_stress_map
from dashboard.figures.stress_rows import compare_runs, get_choice_facts, get_stress_rows, select_stress_rows
from dashboard.figures.stress_trend import get_stress_trend_info, plot_failures, plot_recognition
from dashboard.widgets import keyboard, run_picker, stress_sentence, stress_table, style
from dashboard.widgets.chart import Click, chart
from dashboard.widgets.step_slider import step_slider
from mytts_core.evaluation.stress_choice import choose

STEP = "board_step"

picked = run_picker.selected()
name, folder = picked.run.name, picked.run.folder
st.title("Stress board")
board = stress_results.board(picked.root, folder)
if not board.results:
    for step, reason in board.left_out.items():
        style.show_note(f"Step {step:,}: {reason}.")
    if picked.run.kind != "mytts":
        style.show_empty("This run cannot speak", "It is of another program: only runs of MyTTS are tested.")
        st.stop()
    style.show_empty("No stress test yet", "Every kept checkpoint speaks about 100 hard sentences, in a minute or so. "
                                           "Then this page says where they fail, and which one to choose. To start:")
    st.code(f"mytts stress {shlex.quote(str(folder))}", language=None)
    st.stop()

choice = choose(board)
boards = {name: board}
facts = get_choice_facts(choice, board)
for other in picked.others:
    with style.problem_of(other.name):
        boards[other.name] = stress_results.board(picked.root, other.folder)
        theirs = choose(boards[other.name])
        if choice is not None and theirs is not None:
            facts.append(compare_runs(name, board.at(choice.step), other.name, boards[other.name].at(theirs.step)))
style.show_facts(facts)

step = step_slider("Checkpoint", board.steps, key=STEP)
trend = get_stress_trend_info(boards, choice.step if choice else None, step)
grid = get_stress_map_info(board, step)


def to_step(click: Click) -> None:
    """Look at the checkpoint that was clicked on."""
    if click.x in board.steps:
        st.session_state[STEP] = int(click.x)       # 2500.0 is in them too


def to_cell(click: Click) -> None:
    """Look at the category and the checkpoint of the cell that was clicked on."""
    place = click.customdata
    if isinstance(place, list) and len(place) == 2 and place[0] in range(len(board.categories)) \
            and place[1] in board.steps:
        stress_table.choose_category(board.categories[int(place[0])])
        if len(board.steps) > 1:
            st.session_state[STEP] = int(place[1])


left, right = st.columns(2)
with left:
    st.subheader("Failing sentences over checkpoints")
    chart(plot_failures(trend), key="stress trend", on_click=to_step if len(board.steps) > 1 else None)
    if trend.was_heard:
        chart(plot_recognition(trend), key="stress recognition")
with right:
    st.subheader("By category")
    chart(plot_stress_map(grid), key="stress map", on_click=to_cell)
    st.caption("A cell has the number of its failing sentences; a click shows them."
               + (f" {grid.left_out} earlier checkpoints are not shown." if grid.left_out else ""))

st.subheader(f"Sentences at step {step:,}")
result, before = board.at(step), board.before(step)
filters = stress_table.pick_filters(board.categories)
rows = get_stress_rows(result, before)
shown = select_stress_rows(rows, filters.category, filters.outcome)
st.caption(f"{sum(row.fails for row in rows)} of {len(rows)} sentences fail at step {step:,}; {len(shown)} shown, the "
           "worst first.")
if not shown:
    style.show_empty("No sentence fits the filters", "Show all, or choose another category.")
    st.stop()
stress_table.show(shown)
identity = stress_table.pick(shown)
keyboard.listen([keyboard.samples(stress_table.SENTENCE, [row.id for row in shown], identity),
                 keyboard.steps(STEP, board.steps, step)], can_play=True)
outcome = result.by_id[identity]
earlier = {before.step: before.by_id[identity]} if identity in before.by_id else {}
stress_sentence.show(picked.root, folder, step, outcome, earlier)
st.page_link("views/synthesis.py", label="Speak it again in Synthesis", icon=":material/record_voice_over:",
             query_params=[("run", name), ("text", outcome.text), ("checkpoint", str(step))])
