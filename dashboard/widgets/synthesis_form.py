"""What to speak, with which checkpoints, how varied: every combination is a take."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, Optional

import streamlit as st

from dashboard.figures.health import Fact
from dashboard.figures.take_plan import (
    COLDEST,
    HOTTEST,
    Setting,
    TakePlan,
    parse_seeds,
    parse_temperatures,
    plan_takes,
)
from dashboard.widgets import kept_fields, style, synthesis_options
from mytts_core.runs.types import CheckpointInfo
from mytts_core.synthesis.client import WorkerClient

MOST_CHARACTERS = 3_000
"""About four minutes of speech: a visitor's browser and this process hold all of it."""

MOST_IN_ADDRESS = 500
"""Characters of text that the address has: servers and chat programs cut longer ones."""

MOST_CHECKPOINTS = 4
_TEMPERATURES = ("0.8", "1.0", "1.2", "1.5", "2.0")
_TEXT, _STEPS, _HOT, _SEEDS = "text", "checkpoint", "temperature", "seeds"
_EXAMPLE, _GONE, _PLACE = "speak_example", "speak_gone", "speak_place"


class Wanted(NamedTuple):
    """Takes to ask for; `settings` hold the step of a checkpoint, `max_seconds` is of each piece of the text."""

    text: str
    settings: tuple[Setting, ...]
    max_seconds: Optional[float]
    vocoder: str


def text_of(example: str) -> str:
    """Draw the field for the text; return what is in it. An example that nobody touched follows the run."""
    key = kept_fields.key_of(_TEXT)
    if key in st.session_state and st.session_state[key] == st.session_state.get(_EXAMPLE):
        st.session_state[key] = example
    st.session_state[_EXAMPLE] = example
    kept_fields.start(_TEXT, lambda asked: _clean(asked[0]), example)
    text = st.text_area("Text", key=key, max_chars=MOST_CHARACTERS, height=100,
                        placeholder="What should this voice say?")
    fits = len(text) <= MOST_IN_ADDRESS
    kept_fields.keep(_TEXT, text, [text] if fits and text.strip() else [])
    if not fits:
        st.caption(f"The address of this page has everything but the text: it is longer than {MOST_IN_ADDRESS} "
                   "characters.")
    return text


def show(text: str, checkpoints: Sequence[CheckpointInfo], client: WorkerClient, *, has_prosody: bool, num_pieces: int,
         busy: bool) -> Optional[Wanted]:
    """Draw how `text` is to be spoken; return what is wanted when Speak was pressed and it can be asked for.

    Args:
        num_pieces: that the text is spoken in.
        busy: whether what was asked for before is still being spoken.
    """
    left, middle, right = st.columns([1.1, 1.5, 0.9], vertical_alignment="top")
    with left:
        steps, gone, went_now = _pick_checkpoints(checkpoints)
    with middle:
        temperatures, wrong = _pick_temperatures()
    with right:
        seeds, misread = _pick_seeds()
    st.caption(_explain(temperatures, has_prosody))
    plan = plan_takes(steps, temperatures, seeds, num_pieces)
    problems = [*wrong, *misread, *plan.problems]
    with st.container(horizontal=True, vertical_alignment="center", gap="medium"):
        pressed = st.button("Speak", type="primary", icon=":material/play_arrow:", disabled=busy or bool(problems))
        options = synthesis_options.show(client)
        st.caption(_count(plan, len(steps), temperatures, seeds))
    if problems or gone:
        style.show_facts([*(Fact("bad", problem) for problem in problems), *([Fact("warning", gone)] if gone else [])])
    # What was asked for has gone since it was chosen: nothing else speaks in its place unasked.
    return Wanted(text, plan.settings, *options) if pressed and not problems and not went_now else None


def _pick_checkpoints(checkpoints: Sequence[CheckpointInfo]) -> tuple[list[int], str, bool]:
    """Draw the field; return the steps, what was chosen and is not there in words, and whether it went just now."""
    names = {checkpoint.step: f"step {checkpoint.step:,}" + (" (best)" if checkpoint.is_best else "")
             for checkpoint in reversed(checkpoints)}
    best = next((checkpoint.step for checkpoint in checkpoints if checkpoint.is_best), checkpoints[-1].step)
    kept_fields.start(_STEPS, lambda asked: [int(word) if word.isdecimal() and len(word) < 16 else word[:20]
                                             for word in asked[:MOST_CHECKPOINTS]], [best])
    key = kept_fields.key_of(_STEPS)
    gone = [step for step in st.session_state[key] if step not in names]
    place = str(checkpoints[0].path.parent)
    is_other_run = st.session_state.get(_PLACE, place) != place
    st.session_state[_PLACE] = place
    if gone:
        st.session_state[key] = [step for step in st.session_state[key] if step in names] or [best]
        words = "" if is_other_run else f"This run has no checkpoint of step {', '.join(map(str, gone))}."
        st.session_state[_GONE] = (words, list(st.session_state[key]))
    steps = st.multiselect("Checkpoints", list(names), key=key, max_selections=MOST_CHECKPOINTS,
                           format_func=lambda step: names.get(step, f"step {step}"), placeholder="at least one")
    kept_fields.keep(_STEPS, steps, [str(step) for step in steps])
    words, instead = st.session_state.get(_GONE, ("", []))
    return steps, words if steps == instead else "", bool(gone)      # said until another choice is made


def _pick_temperatures() -> tuple[tuple[float, ...], tuple[str, ...]]:
    kept_fields.start(_HOT, lambda asked: [word.strip()[:20] for word in asked[:12] if word.strip()], ["1.0"])
    key = kept_fields.key_of(_HOT)
    options = list(dict.fromkeys([*_TEMPERATURES, *st.session_state[key]]))
    typed = st.multiselect("Temperatures – extra variation is temperature − 1", options, key=key,
                           accept_new_options=True, placeholder="pick or type",
                           help=f"Pick, or type any number from {COLDEST:g} to {HOTTEST:g} and press Enter. 1 is "
                                "deterministic; elsewhere 0 is.")
    kept_fields.keep(_HOT, typed, typed)
    return parse_temperatures(typed)


def _pick_seeds() -> tuple[tuple[int, ...], tuple[str, ...]]:
    kept_fields.start(_SEEDS, lambda asked: asked[0][:100], "0")
    typed = st.text_input("Seeds", key=kept_fields.key_of(_SEEDS), max_chars=100, placeholder="0-3, 7",
                          help="Numbers and ranges, such as 0-3, 7. The same seed gives the same variation. At a "
                               "temperature of 1 or less nothing is drawn: one take is all there is.")
    kept_fields.keep(_SEEDS, typed, [typed] if typed.strip() else [])
    return parse_seeds(typed)


def _count(plan: TakePlan, num_steps: int, temperatures: Sequence[float], seeds: Sequence[int]) -> str:
    count = len(plan.settings)
    if count < 2:
        return "1 take" if count else ""
    drawn, fixed = sum(value > 1 for value in temperatures), sum(value <= 1 for value in temperatures)
    parts = [_times(drawn, len(seeds))] if drawn else []
    parts += [f"{fixed} without variation"] if fixed else []
    each = f", for each of {num_steps} checkpoints" if num_steps > 1 else ""
    return f"{count} takes: {' and '.join(parts)}{each}"


def _times(drawn: int, num_seeds: int) -> str:
    return f"{drawn} temperature{'s' if drawn > 1 else ''} above 1 × {num_seeds} seed{'s' if num_seeds != 1 else ''}"


def _explain(temperatures: Sequence[float], has_prosody: bool) -> str:
    """Return what the chosen temperatures do: the highest, and whether one is below 1."""
    if not temperatures:
        return "Extra variation 0 gives the same speech for the same text, always."
    hottest, coldest = temperatures[-1], temperatures[0]
    words = []
    if hottest > 1 and has_prosody:
        words.append(f"Extra variation +{hottest - 1:.2f}: pace, pitch, melody and energy drawn within about "
                     f"{hottest - 1:.2f} standard deviations of what the text suggests.")
    elif hottest > 1:
        words.append(f"Extra variation +{hottest - 1:.2f} (perturbation): this model has no prosody option, so its "
                     "past is disturbed instead; much of it costs words.")
    if any(abs(value - 1) < 1e-9 for value in temperatures):
        words.append("Extra variation 0: the same text gives the same speech, always.")
    if coldest < 1:
        words.append(f"Extra variation −{1 - coldest:.2f}: " + ("deterministic, with a flatter melody." if has_prosody
                     else "the same as 0 for this model, which has no prosody option."))
    return " ".join(words)


def _clean(text: str) -> str:
    """Return a text from an address, as long as the field takes it and without what no page can show."""
    shown = text.encode("utf-8", errors="replace").decode("utf-8").replace("\0", "")
    return shown[:MOST_CHARACTERS]
