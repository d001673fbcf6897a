"""What a new blind test says: texts, one a line, read by the front end of every run before anything is made."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import streamlit as st

from dashboard import cache
from dashboard.figures.health import Fact
from dashboard.figures.labels import shortened
from dashboard.widgets import style
from dashboard.widgets.run_picker import Picked
from mytts_core.listening.plan import MAX_TEXTS

MOST_CHARACTERS = 30_000
MOST_SHOWN = 6


def choose(picked: Picked, examples: Sequence[str]) -> tuple[str, ...]:
    """Draw the field; return its lines, each once, in order."""
    text = st.text_area("Texts, one a line", value="\n".join(examples), key=f"texts of {picked.run.name}", height=140,
                        max_chars=MOST_CHARACTERS, help="Several texts: one alone would test that text")
    lines = [" ".join(line.split()) for line in text.splitlines()]
    return tuple(dict.fromkeys(line for line in lines if line))[:MAX_TEXTS + 1]     # the plan says that one is too many


def examples_of(picked: Picked) -> list[str]:
    """Return the texts of the picked run's last samples, which it was not trained on."""
    run = cache.open_run(picked.root, picked.run.folder)
    steps = run.sample_steps()
    return [summary.text for summary in cache.samples(picked.root, run, steps[-1])][:MOST_SHOWN] if steps else []


def show_reading(picked: Picked, texts: Sequence[str], run_names: Iterable[str]) -> bool:
    """Say which texts cannot be spoken by a run, or have symbols unknown to it; tell whether all can be spoken."""
    bad, unknown = [], []
    for name in dict.fromkeys(run_names):
        run = cache.open_run(picked.root, picked.folder_of(name))
        if run.config is None:
            continue
        for text in texts:
            reading = cache.text_reading(picked.root, run, text)
            if reading.problem:
                bad.append(Fact("bad", f"{name} cannot speak “{shortened(text, 50)}”: {reading.problem}"))
            elif reading.unknown:
                unknown.append(Fact("warning", f"In “{shortened(text, 50)}”, symbols unknown to {name} are left out: "
                                               + " ".join(reading.unknown)))
    facts = bad[:MOST_SHOWN] + unknown[:MOST_SHOWN]
    if facts:
        style.show_facts(facts)
        hidden = len(bad) + len(unknown) - len(facts)
        if hidden:
            st.caption(f"{hidden} more of these are not shown.")
    return not bad
