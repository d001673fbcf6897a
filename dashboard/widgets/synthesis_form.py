"""What to speak, with which checkpoint, and how varied."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, Optional

import streamlit as st

from mytts_core.runs.types import CheckpointInfo

MOST_CHARACTERS = 3_000
"""About four minutes of speech: a visitor's browser and this process hold all of it."""


class Wanted(NamedTuple):
    """A synthesis to ask for; `checkpoint` is a step, `temperature` 1.0 the deterministic middle."""

    text: str
    checkpoint: int
    temperature: float
    seed: int


def text_of(run_name: str, example: str) -> str:
    """Draw the field for the text; return what is in it."""
    return st.text_area("Text", value=example, key=f"text of {run_name}", max_chars=MOST_CHARACTERS, height=100,
                        placeholder="What should this voice say?")


def show(text: str, checkpoints: Sequence[CheckpointInfo], *, has_prosody: bool, busy: bool) -> Optional[Wanted]:
    """Draw how `text` is to be spoken; return what is wanted when Speak was pressed."""
    names = {checkpoint.step: f"step {checkpoint.step:,}" + (" (best)" if checkpoint.is_best else "")
             for checkpoint in checkpoints}
    best = [index for index, checkpoint in enumerate(checkpoints) if checkpoint.is_best]
    left, middle, right = st.columns([1, 2, 1], vertical_alignment="top")
    with left:
        step = st.selectbox("Checkpoint", list(names), index=best[0] if best else len(names) - 1, key="checkpoint",
                            format_func=lambda step: names.get(step, f"step {step:,}"))
    with middle:
        temperature = st.slider("Temperature – extra variation (temperature − 1)", 0.5, 3.0, 1.0, 0.05,
                                key="temperature", bind="query-params")
        st.caption(_explain(temperature, has_prosody))
    with right:
        seed = st.number_input("Seed", 0, 2**31 - 1, 0, 1, key="seed", bind="query-params", disabled=temperature <= 1,
                               help="The same seed gives the same variation; at a temperature of 1 or less nothing "
                                    "varies")
    pressed = st.button("Speak", type="primary", icon=":material/play_arrow:", disabled=busy)
    return Wanted(text, step, temperature, int(seed)) if pressed else None


def _explain(temperature: float, has_prosody: bool) -> str:
    extra = temperature - 1
    if abs(extra) < 1e-9:
        return "Extra variation 0: the same text gives the same speech, always."
    if extra < 0:
        return (f"Extra variation {extra:.2f}: deterministic, with a flatter melody." if has_prosody else
                f"Extra variation {extra:.2f}: the same as 0 for this model, which has no prosody option.")
    if has_prosody:
        return (f"Extra variation +{extra:.2f}: pace, pitch, melody and energy drawn within about {extra:.2f} standard "
                "deviations of what the text suggests.")
    return (f"Extra variation +{extra:.2f} (perturbation): this model has no prosody option, so its past is disturbed "
            "instead; much of it costs words.")
