"""How the model reads its text: the samples of a step, the worst first, and one of them in full."""

from __future__ import annotations

import streamlit as st

from dashboard import cache
from dashboard.figures.findings import get_findings
from dashboard.figures.samples import rank_samples, select_rows
from dashboard.widgets import (
    attention,
    evolution,
    exports,
    keyboard,
    listening,
    run_picker,
    sample_parts,
    sample_table,
    spectrograms,
    style,
)
from dashboard.widgets.step_slider import step_slider

picked = run_picker.selected()
run = cache.open_run(picked.root, picked.run.folder)
st.title("Alignments")

steps = run.sample_steps()
if not steps:
    style.show_empty("No samples yet",
                     "A training of MyTTS writes a few held-out sentences, with their attention, "
                     + style.every(run, "sample_interval") + ".")
    st.stop()
step = step_slider("Step", steps, key="step")
samples = {summary.id: summary for summary in cache.samples(picked.root, run, step)}
if not samples:
    style.show_empty(f"No sample at step {step:,}", "Its folder is empty: the training is probably writing it.")
    st.stop()

filters = sample_table.pick_filters()
rows = rank_samples(list(samples.values()), filters.threshold)
shown = select_rows(rows, only_failing=filters.only_failing, search=filters.search)
failing = sum(row.fails for row in rows)
st.caption(f"{failing} of {len(rows)} samples fail at step {step:,}; {len(shown)} shown, the worst first.")
if not shown:
    style.show_empty("No sample fits the filters", "Show all, raise the threshold, or search for fewer words.")
    st.stop()
sample_table.show(shown)
identity = sample_table.pick([row.id for row in shown])
keyboard.listen([keyboard.samples("sample", [row.id for row in shown], identity),
                 keyboard.steps("step", steps, step)], can_play=True)
summary = samples[identity]
sample = cache.sample(picked.root, summary)

style.show_said(summary.text)
style.show_facts(get_findings(summary, filters.threshold))
listening.show(picked.root, sample_parts.tracks(sample))

attentions = {"teacher-forced": sample.teacher_forced.attention, "free running": sample.free_running.attention}
st.subheader("Attention")
head = attention.pick_head(list(attentions.values()), summary.head)
reading = attention.Reading(summary.tokens, head, summary.reduction_factor, summary.frames_per_second)
left, right = st.columns(2)
with left:
    attention.show("Teacher-forced", attentions["teacher-forced"], reading, track=listening.RECORDING,
                   hint="It was not written, or cannot be read.")
with right:
    attention.show("Free running", attentions["free running"], reading,
                   sample_parts.path_faults(sample), track=listening.FREE_RUNNING,
                   hint="training.free_running_texts says how many samples are synthesised freely.")
exports.show(sample_parts.alignment_exports(sample, reading), sample_parts.arrays(sample), summary.id, step)

st.subheader("Every layer and head")
attention.show_heads(attentions, reading, best=summary.head, can_pick=True)

st.subheader("How this alignment came to be")
evolution.show(picked.root, run, steps, summary, reading, step_key="step")

st.subheader("Mel spectrograms")
spectrograms.show(sample_parts.mels(sample), summary.frames_per_second, run.config.audio if run.config else None,
                  difference=(sample_parts.PREDICTED, sample_parts.RECORDED), tracks=sample_parts.MEL_TRACKS)
spectrograms.show_stop(sample.free_running.stop_probabilities, summary.frames_per_second)
