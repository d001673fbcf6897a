"""Blind listening tests: made, listened to one trial after the other, and read at the end."""

from __future__ import annotations

import streamlit as st

from dashboard.caches import listening_tests
from dashboard.widgets import (
    blind_test_form,
    blind_test_list,
    blind_test_making,
    blind_test_organiser,
    blind_test_place,
    blind_test_results,
    blind_test_session,
    run_picker,
    style,
)
from mytts_core.listening.state import FINISHED, MAKING
from mytts_core.listening.store import ListeningStore
from mytts_core.synthesis.take_store import TakeStore

picked = run_picker.selected()
root = picked.root
st.title("Blind test")
blind_test_place.show_said()
test = blind_test_place.chosen(root)
if test is None:
    tests, problems = ListeningStore(root).tests_and_problems()
    if problems:
        style.show_notice(problems)
    if tests:
        blind_test_list.show(tests)
    else:
        style.show_empty("No blind test yet", "Choose settings and texts below. All recordings are made first; then "
                                              "listeners vote without knowing which is which.")
    with st.expander("New test", icon=":material/add:", expanded=not tests):
        plan = blind_test_form.show(picked, len(tests), TakeStore(root).takes(limit=50))
        if plan is not None:
            blind_test_making.begin(root, plan)
    st.stop()

blind_test_list.show_back()
blind_test_list.show_head(test)
if test.state == MAKING:
    blind_test_making.show(root, test)
elif blind_test_place.listener():
    blind_test_session.show_trial(root, test)
elif test.state == FINISHED:
    blind_test_results.show(root, listening_tests.results(root, test))
    if not test.ended_early:
        blind_test_organiser.show_finished(root, test)
    if any(block.votes < block.seats * block.trials for block in test.blocks[1:]):
        st.subheader("Listen to exploratory trials")
        blind_test_session.show_door(root, test)
else:
    blind_test_session.show_door(root, test)
    blind_test_organiser.show_open(root, test)
