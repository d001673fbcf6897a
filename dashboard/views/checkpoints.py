"""The checkpoints of a run, and two of them compared: configuration, weights, the same sample."""

from __future__ import annotations

import streamlit as st

from dashboard import cache
from dashboard.caches import evaluations as evaluated
from dashboard.figures.checkpoints import describe_checkpoint, get_checkpoint_rows
from dashboard.figures.configurations import get_configuration_differences
from dashboard.figures.evaluations import get_headlines
from dashboard.widgets import (
    checkpoint_table,
    evaluation_table,
    keyboard,
    run_picker,
    side_by_side,
    style,
    weight_table,
)
from mytts_core.errors import CheckpointError
from mytts_core.runs.types import CheckpointInfo

picked = run_picker.selected()
run = cache.open_run(picked.root, picked.run.folder)
st.title("Checkpoints")
checkpoints = cache.checkpoints(picked.root, run)
if not checkpoints:
    style.show_empty("No checkpoint yet",
                     f"A training of MyTTS saves one {style.every(run, 'checkpoint_interval')}.")
    st.stop()
evaluations = evaluated.evaluations(picked.root, run)
checkpoint_table.show(get_checkpoint_rows(checkpoints), get_headlines(evaluations))

st.subheader("Objective measures")
evaluation_table.show(evaluations, picked.run.folder)

st.subheader("Compare two")
runs = {summary.name: summary for summary in picked.runs if summary.kind == "mytts" and not summary.problem}


def checkpoints_of(name: str) -> list[CheckpointInfo]:
    """Return the checkpoints of a run of the list by its name."""
    return cache.checkpoints(picked.root, cache.open_run(picked.root, runs[name].folder))


pair = checkpoint_table.pick_two(picked.run.name, [checkpoint.step for checkpoint in checkpoints], list(runs),
                                 lambda name: [checkpoint.step for checkpoint in checkpoints_of(name)])
if pair is None:
    style.show_empty("That run has no checkpoint yet", "Choose another run to compare with.")
    st.stop()
first, second = pair
if first == second:
    style.show_empty("One checkpoint with itself", "Choose another one, of this run or of another, to compare.")
    st.stop()
second_run = run if second.run == first.run else cache.open_run(picked.root, runs[second.run].folder)
one = next(checkpoint for checkpoint in checkpoints if checkpoint.step == first.step)
two = next(checkpoint for checkpoint in cache.checkpoints(picked.root, second_run) if checkpoint.step == second.step)

st.subheader("Configuration")
checkpoint_table.show_differences(get_configuration_differences({
    side: describe_checkpoint(of_run.config.to_dict() if of_run.config else None, checkpoint)
    for side, of_run, checkpoint in (("first", run, one), ("second", second_run, two))}))

st.subheader("Weights")
try:
    weight_table.show(cache.weight_comparison(picked.root, one.path, two.path))
except CheckpointError as error:
    style.show_empty("These weights cannot be compared", str(error))

st.subheader("The same held-out sample")
titles = ("Step" if first.run == second.run else f"{side.run}, step" for side in (first, second))
sides = [side_by_side.find(picked.root, f"{title} {side.step:,}", of_run, side.step)
         for title, side, of_run in zip(titles, (first, second), (run, second_run))]
identity, common = side_by_side.pick(sides)
if identity:
    keyboard.listen([keyboard.samples("held_out", common, identity)], can_play=True)
    side_by_side.show(picked.root, sides, identity)
