"""Speak a text with checkpoints of the picked run, at several temperatures and seeds, in the worker process."""

from __future__ import annotations

import streamlit as st

from dashboard import cache
from dashboard.caches import takes as kept_takes
from dashboard.widgets import (
    chosen_take,
    run_picker,
    style,
    synthesis_form,
    synthesis_job,
    synthesis_text,
    take_downloads,
    take_grid,
    take_history,
)

picked = run_picker.selected()
run = cache.open_run(picked.root, picked.run.folder)
st.title("Synthesis")
checkpoints = cache.checkpoints(picked.root, run)
batch = synthesis_job.of_run(run.folder)
if run.config is None or not checkpoints:
    style.show_empty("No checkpoint yet",
                     f"A training of MyTTS saves one {style.every(run, 'checkpoint_interval')}.")
else:
    steps = run.sample_steps()
    samples = cache.samples(picked.root, run, steps[-1]) if steps else []
    text = synthesis_form.text_of(example=samples[0].text if samples else "")
    reading = cache.text_reading(picked.root, run, text)
    synthesis_text.show(reading)
    wanted = synthesis_form.show(text, checkpoints, cache.synthesis_client(), has_prosody=run.config.model.prosody,
                                 num_pieces=len(reading.pieces), busy=batch is not None and batch.is_running)
    if reading.problem and (text.strip() or wanted is not None):      # an empty field is no mistake before Speak
        synthesis_text.show_problem(reading.problem)
    elif wanted is not None:
        cache.stamp(picked.root, [checkpoint.path for checkpoint in checkpoints])   # refuses links out of the root
        if synthesis_job.start(picked.root, run.folder, picked.run.name, wanted):
            chosen_take.choose("")
            st.rerun()      # draws the form anew, without Speak until these have ended

kept = kept_takes.store(picked.root).takes()
chosen = chosen_take.key(batch, kept)
if batch is not None:
    st.subheader("Takes")
    style.show_note(batch.text)
    if batch.job is not None:
        synthesis_job.show_progress(batch.job, drawn=sum(bool(one.take or one.problem) for one in batch.spoken))
    if batch.notes:
        style.show_facts(batch.notes)
    take_grid.show(picked.root, batch, chosen, chosen_take.choose)
    there = [one.take for one in batch.spoken if one.take and one.take.id]
    if len(there) > 1:
        take_downloads.offer_zip(picked.root, there, f"These {len(there)} takes, ZIP", key="batch zip")
elif (others := kept_takes.running_jobs(run.folder)):
    synthesis_job.watch_others(others)
elif checkpoints and not kept:
    style.show_empty("Nothing spoken yet", "Type a text and press Speak. The first time takes some seconds longer: a "
                                           "worker process starts and loads the checkpoint.")
if kept:
    take_history.show(picked.root, picked.run.name, kept, chosen, chosen_take.choose,
                      is_open=batch is None)
if chosen:
    chosen_take.show(picked.root, picked.run.name, chosen, batch, kept)
