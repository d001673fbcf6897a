"""A new blind test: what it compares, what it says, how many votes it takes, and what so many can show."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Optional

import pandas as pd
import streamlit as st

from dashboard.caches import listening_tests
from dashboard.figures.blind_test_cost import describe_cost
from dashboard.figures.health import Fact
from dashboard.widgets import blind_test_settings, blind_test_texts, style
from dashboard.widgets.run_picker import Picked
from mytts_core.errors import ListeningError
from mytts_core.listening.plan import (
    AB,
    ABX,
    DEFAULT_IDENTICAL_SHARE,
    MAX_LISTENERS,
    MAX_SEEDS,
    MAX_TITLE_LENGTH,
    MAX_TRIALS,
    ListeningPlan,
)
from mytts_core.listening.power import PlanPower
from mytts_core.synthesis.stored_take import StoredTake

_MODES = {AB: "AB: which is better?", ABX: "ABX: which is X?"}
_LARGEST_SEED = 2**31 - 1


def show(picked: Picked, num_tests: int, takes: Sequence[StoredTake]) -> Optional[ListeningPlan]:
    """Draw the form; return the plan when its recordings are wanted.

    Args:
        num_tests: that there are already, for the name of this one.
        takes: made here before: how fast this machine speaks.
    """
    name, mode = st.columns([2, 1.4])
    title = name.text_input("Name", value=f"Blind test {num_tests + 1}", key="blind_test_title",
                            max_chars=MAX_TITLE_LENGTH, help="Listeners see it: it should not tell what you hope for")
    chosen_mode = mode.segmented_control("Question", list(_MODES), default=AB, required=True, key="blind_test_mode",
                                         format_func=lambda one: _MODES[one]) or AB
    st.markdown("**Settings to compare**")
    settings = blind_test_settings.choose(picked)
    texts = blind_test_texts.choose(picked, blind_test_texts.examples_of(picked))
    seeds, trials, listeners, share = _choose_numbers(chosen_mode, any(setting.uses_seed for setting in settings))
    plan = None
    if seeds:       # else it is said what is wrong with them
        try:
            plan = ListeningPlan(title, settings, texts, seeds, trials, listeners, chosen_mode, share)
        except ListeningError as error:
            style.show_facts([Fact("bad" if settings and texts else "info", str(error))])
    if plan is not None:
        _show_power(listening_tests.power(plan))
        st.caption(describe_cost(plan, takes))
    can_speak = blind_test_texts.show_reading(picked, texts, [setting.run for setting in settings])
    pressed = st.button("Make the recordings", type="primary", icon=":material/graphic_eq:", key="make_blind_test",
                        disabled=plan is None or not can_speak)
    return plan if pressed else None


def parse_seeds(text: str) -> tuple[int, ...]:
    """Return the seeds in a text, numbers apart by commas or spaces, each once.

    Raises:
        ListeningError: for what is no number from 0 to 2³¹ − 1, or more numbers than a test takes.
    """
    words = [word for word in re.split(r"[,;\s]+", text.strip()) if word]
    for word in words:
        if not (word.isascii() and word.isdigit() and len(word) <= 10 and int(word) <= _LARGEST_SEED):
            raise ListeningError(f"seed {word[:20]!r}: write whole numbers from 0 to {_LARGEST_SEED}, for example "
                                 "1, 2, 3")
    seeds = tuple(dict.fromkeys(map(int, words)))
    if not 1 <= len(seeds) <= MAX_SEEDS:
        raise ListeningError(f"{len(seeds)} seeds: a listening test has 1 to {MAX_SEEDS}")
    return seeds


def _choose_numbers(mode: str, uses_seeds: bool) -> tuple[tuple[int, ...], int, int, float]:
    """Draw seeds, trials, listeners and the check; return them, seeds as () where they cannot be read."""
    first, second, third, fourth = st.columns([1.6, 1, 1, 1.4], vertical_alignment="bottom")
    text = first.text_input("Seeds", value="1, 2, 3", key="blind_test_seeds", disabled=not uses_seeds,
                            help="Each makes one take of a text where the temperature is above 1. One seed alone "
                                 "would test that seed, not the temperature")
    trials = second.number_input("Trials per listener", 1, MAX_TRIALS, 20, 1, key="blind_test_trials",
                                 help="Fixed when the test is made: looking at results and going on until they please "
                                      "finds differences that are not there")
    listeners = third.number_input("Listeners", 1, MAX_LISTENERS, 1, 1, key="blind_test_listeners")
    checks = fourth.checkbox("A few identical pairs", value=True, key="blind_test_checks", disabled=mode == ABX,
                             help="One trial in ten plays one recording twice, none where there are fewer than five: "
                                  "whoever hears a difference there is guessing")
    try:
        seeds = parse_seeds(text) if uses_seeds else (1,)
    except ListeningError as error:
        style.show_facts([Fact("bad", str(error))])
        seeds = ()
    return seeds, int(trials), int(listeners), DEFAULT_IDENTICAL_SHARE if checks and mode == AB else 0.0


def _show_power(power: PlanPower) -> None:
    style.show_facts([Fact("info" if power.conclusive is not None else "warning", power.words)])
    with st.expander("What so many trials can find", icon=":material/query_stats:"):
        st.dataframe(pd.DataFrame({"True share of wins": [f"{share:.0%}" for share in power.shares],
                                   "Found in": [f"{chance:.0%} of tests" for chance in power.shares.values()]}),
                     hide_index=True, width=320)
        st.caption(f"{power.comparisons} decided votes a pair of settings, tested at p ≤ {power.alpha:.3g}. Votes for "
                   "“no difference” are not counted: each one makes the test weaker.")
