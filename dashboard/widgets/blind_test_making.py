"""The recordings of a blind test while they are made: how far, what failed, and going on after an interruption."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from dashboard import cache
from dashboard.caches import listening_tests
from dashboard.figures.blind_test_cost import duration
from dashboard.figures.health import Fact
from dashboard.figures.labels import shortened
from dashboard.widgets import blind_test_place, style
from mytts_core.errors import MyTTSError
from mytts_core.listening.plan import ListeningPlan
from mytts_core.listening.production import CANCELLED, FAILED, FAULTY, OPENED, RUNNING, ClipProduction, FaultyTake
from mytts_core.listening.state import ListeningTest
from mytts_core.listening.store import ListeningStore

WATCH_SECONDS = 0.7
MOST_SHOWN = 10
_STAGES = {"queued": "Waiting for the worker process …", "starting": "Starting the worker process …",
           "loading": "Loading a checkpoint …", "levelling": "Bringing all recordings to one loudness …"}


def begin(root: Path, plan: ListeningPlan) -> None:
    """Make a test, begin its recordings, and show it."""
    try:
        test_id = ListeningStore(root).create(plan)
    except MyTTSError as error:
        style.show_facts([Fact("bad", str(error))])
        return
    go_on(root, test_id)
    blind_test_place.go_to(test_id)
    st.rerun()


def go_on(root: Path, test_id: str) -> None:
    """Make what is missing of a test's recordings, unless that is going on already."""
    listening_tests.productions().start(root, test_id, cache.synthesis_client())


def show(root: Path, test: ListeningTest) -> None:
    """Show how far the recordings are, or why they do not go on, with what can be done about it."""
    production = listening_tests.productions().last(root, test.test_id)
    if production is not None and production.state in (RUNNING, OPENED):
        _watch(production)
        return
    _say_why(test, production)
    faulty = production.faulty if production is not None and production.state == FAULTY else ()
    with st.container(horizontal=True):
        if faulty and all(one.take.is_usable for one in faulty):
            st.button("Open the test with them", type="primary", icon=":material/check:", on_click=_accept,
                      args=(production,))
        st.button("Make these again" if faulty else "Go on making", type="secondary" if faulty else "primary",
                  icon=":material/refresh:", on_click=go_on, args=(root, test.test_id))
        st.button("Delete this test", icon=":material/delete:", on_click=_delete, args=(root, test.test_id))


@st.fragment(run_every=WATCH_SECONDS)
def _watch(production: ClipProduction) -> None:
    """Show how far it is; the page is drawn again when it has ended."""
    if production.state != RUNNING:
        st.rerun(scope="app")
    progress = production.progress
    words = _STAGES.get(progress.stage, f"Speaking: {progress.done} of {progress.total} recordings are there")
    if progress.seconds_left is not None:
        words += f", about {duration(progress.seconds_left)} left"
    st.progress(progress.share, text=words)
    st.caption("You can close this page: the recordings go on, and the test opens when all are there.")
    st.button("Cancel", icon=":material/close:", on_click=production.cancel)


def _say_why(test: ListeningTest, production: ClipProduction | None) -> None:
    made = f"{test.clips_made} of {test.clips} recordings are there"
    if production is None:
        style.show_facts([Fact("warning", f"Making the recordings was interrupted: {made}. They stay, and the rest can "
                                          "be made now.")])
    elif production.state == CANCELLED:
        style.show_facts([Fact("info", f"Cancelled: {made}. They stay, and the rest can be made at any time.")])
    elif production.state == FAILED:
        style.show_facts([Fact("bad", f"The recordings could not be made: {production.error}. {made}.")])
    elif production.state == FAULTY:
        _show_faulty(production.faulty)


def _show_faulty(faulty: tuple[FaultyTake, ...]) -> None:
    facts = [Fact("warning" if one.take.is_usable else "bad",
                  f"{one.order.setting.label}{'' if one.order.seed is None else f', seed {one.order.seed}'}, "
                  f"“{shortened(one.order.text, 60)}”: {one.fault}") for one in faulty]
    style.show_facts(facts[:MOST_SHOWN])
    if len(facts) > MOST_SHOWN:
        st.caption(f"{len(facts) - MOST_SHOWN} more are not shown.")
    if all(one.take.is_usable for one in faulty):
        st.markdown("These can be heard. Leaving out what a setting does badly would favour it: open the test with "
                    "them, or delete it and make another one. Whoever has read this may know them by ear: better let "
                    "somebody else listen.")
    else:
        st.markdown("A recording that cannot be heard cannot be judged: make these again, or delete this test and make "
                    "another one without these texts or this setting.")


def _accept(production: ClipProduction) -> None:
    with blind_test_place.saying():
        production.accept()


def _delete(root: Path, test_id: str) -> None:
    listening_tests.productions().forget(root, test_id)
    with blind_test_place.saying():
        ListeningStore(root).delete(test_id)
        blind_test_place.go_to("")
