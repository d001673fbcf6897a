"""Speak a text with a checkpoint of the picked run, in the worker process."""

from __future__ import annotations

import streamlit as st

from dashboard import cache
from dashboard.widgets import run_picker, style, synthesis_form, synthesis_job, synthesis_text, take

picked = run_picker.selected()
run = cache.open_run(picked.root, picked.run.folder)
st.title("Synthesis")
checkpoints = cache.checkpoints(picked.root, run)
if run.config is None or not checkpoints:
    style.show_empty("No checkpoint yet",
                     f"A training of MyTTS saves one {style.every(run, 'checkpoint_interval')}.")
    st.stop()

steps = run.sample_steps()
samples = cache.samples(picked.root, run, steps[-1]) if steps else []
job = synthesis_job.of_run(run.folder)
text = synthesis_form.text_of(picked.run.name, example=samples[0].text if samples else "")
reading = cache.text_reading(picked.root, run, text)
synthesis_text.show(reading)
wanted = synthesis_form.show(text, checkpoints, has_prosody=run.config.model.prosody,
                             busy=job is not None and not job.finished)
if reading.problem and (text.strip() or wanted is not None):      # an empty field is no mistake before Speak
    synthesis_text.show_problem(reading.problem)
elif wanted is not None:
    cache.stamp(picked.root, [checkpoint.path for checkpoint in checkpoints])   # refuses links out of the root
    job = synthesis_job.start(run.folder, wanted)
    if job is not None:
        st.rerun()      # draws the form anew, without Speak until this one has ended
if job is None:
    style.show_empty("Nothing spoken yet", "Type a text and press Speak. The first time takes some seconds longer: a "
                                           "worker process starts and loads the checkpoint.")
elif not job.finished:
    synthesis_job.show_progress(job)
else:
    result = synthesis_job.result(job)
    if result is not None:
        take.show(result, run.config.audio)
