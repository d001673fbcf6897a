"""The players and the voting buttons of one trial. The browser is given sound, which trial it is and whose."""

from __future__ import annotations

import base64
import math
import secrets
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple, Optional

import streamlit as st

from dashboard.widgets.component_files import read_together
from mytts_core.listening.ballot import Trial
from mytts_core.listening.plan import ABX, NO_DIFFERENCE, A, B
from mytts_core.listening.seats import Seat

KEY = "blind_test_player"
_component = st.components.v2.component("mytts_blind_test", js=read_together("elements.js", "blind_test_player.js"),
                                        css=read_together("blind_test_player.css"),
                                        isolate_styles=False)
_QUESTIONS = {ABX: "Which of A and B is X?"}
_QUESTION = "Which do you like better?"
_KEYS = {A: "ArrowLeft", B: "ArrowRight", NO_DIFFERENCE: "n"}       # not the arrow down: it scrolls
_ORDER = (A, NO_DIFFERENCE, B)
LABELS = (A, B, "X")


class Click(NamedTuple):
    """A vote as the browser sent it: who, on which trial, what, how often each clip was heard, after how many seconds.

    `click` names the press: a message that comes twice has the same one. `seat` tells whose list of trials was shown.
    All of it is to be checked.
    """

    seat: str
    listener: str
    number: int
    answer: str
    plays: tuple[int, ...]
    seconds: float
    click: str


def show(trial: Trial, clips: Sequence[bytes], seat: Seat, refused: str, on_vote: Callable[[Click], None]) -> None:
    """Show a trial.

    Args:
        clips: WAV files of A, B and, in an ABX test, X.
        seat: of the listener.
        refused: the `click` of a vote that could not be kept, or "": voting opens again.
        on_vote: called before the page runs again, when the visitor has voted.
    """
    def voted() -> None:
        click = read_click(st.session_state[KEY].get("vote"))
        if click is not None:
            on_vote(click)

    labels = _labels(trial.mode)
    _component(key=KEY, on_vote_change=voted, data={
        "trial": trial.number, "seat": seat.seat_id, "listener": seat.listener, "serial": secrets.token_hex(4),
        "refused": refused,
        "clips": [{"label": label, "sound": base64.b64encode(clip).decode("ascii")}
                  for label, clip in zip(LABELS, clips)],
        "question": _QUESTIONS.get(trial.mode, _QUESTION),
        "choices": [{"value": answer, "label": labels[answer], "key": _KEYS[answer]}
                    for answer in _ORDER if answer in trial.answers]})


def read_click(value: Any) -> Optional[Click]:
    """Return what the browser sent as a vote, None where it is none."""
    if not isinstance(value, dict):
        return None
    texts = [value.get(name) for name in ("seat", "listener", "answer", "click")]
    number, plays, seconds = value.get("trial"), value.get("plays"), value.get("seconds")
    if not all(isinstance(text, str) for text in texts):
        return None
    if not (isinstance(plays, list) and isinstance(seconds, (int, float)) and math.isfinite(seconds)):
        return None
    if number is None or not all(map(_is_count, [number, *plays])):
        return None
    seat, listener, answer, click = map(str, texts)
    return Click(seat, listener, int(number), answer, tuple(map(int, plays)), max(0.0, float(seconds)), click)


def _is_count(value: Any) -> bool:
    return isinstance(value, (int, float)) and 0 <= value < 10**6 and value == int(value)


def _labels(mode: str) -> dict[str, str]:
    if mode == ABX:
        return {A: "X is A", B: "X is B"}
    return {A: "A is better", B: "B is better", NO_DIFFERENCE: "No difference"}
