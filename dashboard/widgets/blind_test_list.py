"""The blind tests of a folder of runs, and how far each is."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from dashboard.figures.labels import shortened
from dashboard.widgets import blind_test_place, style
from mytts_core.listening.plan import ABX
from mytts_core.listening.state import FINISHED, MAKING, OPEN, ListeningTest

SHOWN_AT_FIRST = 8
_ACTIONS = {MAKING: "Open", OPEN: "Listen", FINISHED: "Results"}
_STATES = {MAKING: "being made", OPEN: "open", FINISHED: "finished"}


def show(tests: Sequence[ListeningTest]) -> None:
    """Show a row a test, the newest first, with the button that opens it."""
    show_all = len(tests) > SHOWN_AT_FIRST and st.toggle(f"All {len(tests)} tests", key="all_blind_tests")
    for test in tests if show_all else tests[:SHOWN_AT_FIRST]:
        with st.container(border=True, key=f"blind_test_{test.test_id}"):
            words, button = st.columns([0.84, 0.16], vertical_alignment="center")
            with words:
                show_head(test)
            button.button(_ACTIONS[test.state], key=f"open {test.test_id}", on_click=blind_test_place.go_to,
                          args=(test.test_id,), width="stretch")


def show_head(test: ListeningTest) -> None:
    """Show a test's title and state, and what it asks of listeners; nothing of its settings."""
    plan = test.plan
    kind = "ABX: which of A and B is X?" if plan.mode == ABX else "AB: which is better?"
    people = f"{plan.listeners} listener{'s' if plan.listeners > 1 else ''}"
    done = (f"{test.clips_made} of {test.clips} recordings" if test.state == MAKING else
            f"{test.blocks[0].votes} of {plan.votes} votes")
    state = "ended early" if test.ended_early else _STATES[test.state]
    style.show_header(shortened(plan.title), state, [kind, f"{plan.trials_per_listener} trials, {people}", done])


def show_back() -> None:
    """Show the way back to the list."""
    st.button("All blind tests", icon=":material/arrow_back:", on_click=blind_test_place.go_to, args=("",),
              type="tertiary")
