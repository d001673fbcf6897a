"""How the model reads its text: the samples of a step, the worst first, and one of them in full."""

from __future__ import annotations

import streamlit as st

from dashboard import cache
from dashboard.figures.samples import rank_samples
from dashboard.widgets import attention, audio, run_picker, sample_table, spectrograms, style
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
rows = rank_samples(list(samples.values()))
sample_table.show(rows)
summary = samples[sample_table.pick([row.id for row in rows])]
sample = cache.sample(picked.root, summary)

style.show_said(summary.text)
sample_table.show_findings(summary)
recording, free_running = st.columns(2)
with recording:
    audio.player("Recording", picked.root, sample.target_audio)
with free_running:
    audio.player("Free running", picked.root, sample.free_running_audio)

reading = attention.Reading(summary.tokens, summary.head, summary.reduction_factor, summary.frames_per_second)
faults = summary.free_running.faults if summary.free_running else ()
st.subheader("Attention of the chosen head" if summary.head else "Attention, mean over heads")
left, right = st.columns(2)
with left:
    attention.show("Teacher-forced", sample.teacher_forced.attention, reading,
                   hint="It was not written, or cannot be read.")
with right:
    attention.show("Free running", sample.free_running.attention, reading, faults,
                   hint="training.free_running_texts says how many samples are synthesised freely.")
st.subheader("Every layer and head")
attention.show_heads({"teacher-forced": sample.teacher_forced.attention, "free running": sample.free_running.attention},
                     reading)

st.subheader("Mel spectrograms")
spectrograms.show({"Recording": sample.teacher_forced.mel_target,
                   "Predicted, teacher-forced": sample.teacher_forced.mel_predicted,
                   "Predicted, free running": sample.free_running.mel_predicted},
                  summary.frames_per_second, run.config.audio if run.config else None)
spectrograms.show_stop(sample.free_running.stop_probabilities, summary.frames_per_second)
