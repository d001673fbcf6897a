"""What the one who made a blind test may do to it: end it early, add exploratory trials, delete it."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from dashboard.figures.health import Fact
from dashboard.widgets import blind_test_place, style
from mytts_core.listening.plan import MAX_LISTENERS, MAX_TRIALS
from mytts_core.listening.state import ListeningTest
from mytts_core.listening.store import ListeningStore

_TRIALS, _LISTENERS = "added_trials", "added_listeners"


def show_open(root: Path, test: ListeningTest) -> None:
    """Offer to end a test before its planned votes are in, or to delete one without votes."""
    with st.expander("For whoever made this test", icon=":material/tune:"):
        st.markdown("The page's address leads listeners here; several may listen, one after the other or each in a "
                    "browser of their own.")
        if not test.blocks[0].votes:
            st.button("Delete this test", icon=":material/delete:", on_click=_delete, args=(root, test.test_id))
            return
        style.show_facts([Fact(
            "warning", f"Ended now, {test.votes_left} planned votes would be missing. Whoever ends a test when the "
                       "votes look right finds differences that are not there: its results would be marked "
                       "exploratory, and no vote could be added.")])
        sure = st.checkbox("End it all the same", key="sure_to_end")
        st.button("End the test and open its results", disabled=not sure, on_click=_end, args=(root, test.test_id))


def show_finished(root: Path, test: ListeningTest) -> None:
    """Offer further trials of the same recordings."""
    with st.expander("More trials", icon=":material/add:"):
        st.markdown("The planned result stays as it is. Trials added now are exploratory, and reported apart: they can "
                    "suggest the next test, and not repair this one.")
        trials_column, listeners_column, button = st.columns([1, 1, 1.4], vertical_alignment="bottom")
        trials_column.number_input("Trials per listener", 1, MAX_TRIALS, test.plan.trials_per_listener, key=_TRIALS)
        listeners_column.number_input("Listeners", 1, MAX_LISTENERS, 1, key=_LISTENERS)
        button.button("Add exploratory trials", on_click=_add, args=(root, test.test_id))


def _end(root: Path, test_id: str) -> None:
    with blind_test_place.saying():
        ListeningStore(root).end_early(test_id)
        blind_test_place.seat("")


def _add(root: Path, test_id: str) -> None:
    # Read here: a number typed just before the press is not in the page that was drawn with the button.
    trials, listeners = int(st.session_state[_TRIALS]), int(st.session_state[_LISTENERS])
    with blind_test_place.saying():
        ListeningStore(root).add_trials(test_id, trials, listeners)


def _delete(root: Path, test_id: str) -> None:
    with blind_test_place.saying():
        ListeningStore(root).delete(test_id)
        blind_test_place.go_to("")
