"""What the blind test's page keeps: recordings that are being made, the power of a plan, results that are open."""

from __future__ import annotations

import json
from pathlib import Path

import streamlit as st

from mytts_core.listening.plan import ListeningPlan
from mytts_core.listening.power import PlanPower, power_of_plan
from mytts_core.listening.productions import Productions
from mytts_core.listening.results import Results, open_results
from mytts_core.listening.state import ListeningTest


@st.cache_resource(max_entries=1, show_spinner=False)
def productions() -> Productions:
    """Return the one list of recordings that are being made: all visitors see the same."""
    return Productions()


def power(plan: ListeningPlan) -> PlanPower:
    """Return what a plan's numbers can show."""
    return _power(plan, json.dumps([len(plan.settings), plan.mode, plan.trials_per_listener, plan.listeners,
                                    plan.identical_share]))


def results(root: Path, test: ListeningTest) -> Results:
    """Return the results of a finished test, computed once for the votes there are.

    Raises:
        ResultsClosed: while planned votes are missing.
    """
    return _results(root, test.test_id, tuple(block.votes for block in test.blocks), test.ended_early)


@st.cache_resource(max_entries=64, show_spinner=False)
def _power(_plan: ListeningPlan, numbers: str) -> PlanPower:
    return power_of_plan(_plan)


@st.cache_resource(max_entries=16, show_spinner="Counting votes …")
def _results(root: Path, test_id: str, votes: tuple[int, ...], ended_early: float | None) -> Results:
    return open_results(root, test_id)
