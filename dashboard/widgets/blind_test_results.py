"""What a blind test found: in words first, then in numbers, with what each setting was."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import partial
from pathlib import Path

import pandas as pd
import streamlit as st

from dashboard.figures.blind_test import (
    get_preference_info,
    get_ranking_info,
    plot_preferences,
    plot_ranking,
    winner_first,
)
from dashboard.figures.health import Fact
from dashboard.widgets import style
from dashboard.widgets.chart import chart
from dashboard.widgets.columns import cells
from mytts_core.listening.bradley_terry import Strength
from mytts_core.listening.checks import ListenerResult
from mytts_core.listening.csv_export import results_csv, votes_csv
from mytts_core.listening.pair_results import AbxResult, PairResult
from mytts_core.listening.plan import ABX, ListeningPlan
from mytts_core.listening.results import BlockResult, Results
from mytts_core.vocoder import VOCODERS

MOST_SAID = 3


def show(root: Path, results: Results) -> None:
    """Show the planned trials' result, then each added block apart, then what was compared."""
    plan = results.test.plan
    _show_block(results.planned, plan, "planned")
    for block in results.added:
        st.subheader(f"Exploratory trials {block.number}")
        _show_block(block, plan, f"block {block.number}")
    st.subheader("What was compared")
    _show_settings(plan)
    _show_downloads(root, results)


def _show_block(block: BlockResult, plan: ListeningPlan, key: str) -> None:
    pairs = block.abx if plan.mode == ABX else block.pairs
    _show_verdicts(block, pairs)
    info = get_preference_info(pairs)
    if not info.is_empty:
        chart(plot_preferences(info, abx=plan.mode == ABX), key=f"preferences {key}")
    _show_pairs(pairs, key)
    if block.ranking:
        _show_ranking(block.ranking, key)
    _show_checks(block)
    _show_listeners(block.listeners, plan.mode == ABX, key)


def _show_verdicts(block: BlockResult, pairs: Sequence[PairResult | AbxResult]) -> None:
    ordered = sorted(pairs, key=lambda pair: not pair.conclusive)
    facts = [Fact("good" if pair.conclusive and not block.exploratory else "info", pair.verdict)
             for pair in ordered if pair.conclusive or len(pairs) <= MOST_SAID]
    left_out = len(pairs) - len(facts)
    if left_out:
        pairs_in_words = f"any of {left_out} pairs" if left_out == len(pairs) else f"{left_out} of {len(pairs)} pairs"
        facts.append(Fact("info", f"Not conclusive for {pairs_in_words} of settings; the table has them all."))
    warnings = list(dict.fromkeys([pair.duration_warning for pair in pairs if pair.duration_warning]))
    notes = [note for note in block.notes if note not in warnings]
    if len(warnings) > MOST_SAID:
        warnings[MOST_SAID:] = [f"So do {len(warnings) - MOST_SAID} more pairs."]
    style.show_facts([*facts, *(Fact("warning", words) for words in (*notes, *warnings))])


def _show_pairs(pairs: Sequence[PairResult | AbxResult], key: str) -> None:
    number = st.column_config.NumberColumn
    is_corrected = any(pair.adjusted_p != pair.p for pair in pairs)
    table = pd.DataFrame([_pair_row(pair, is_corrected) for pair in pairs])
    st.dataframe(table, key=f"pairs {key}", hide_index=True, placeholder="–", column_config={
        "p": number(format="%.3g", help="Exact binomial: the chance of a result at least so uneven by guessing alone"),
        "p, corrected": number(format="%.3g", help="By Holm, for all pairs of the test")})
    st.caption("Intervals hold 95 %: Wilson's takes each vote as if it stood alone; the resampled one draws listeners "
               "and texts anew, and tells what other listeners and texts might give.")


def _pair_row(pair: PairResult | AbxResult, is_corrected: bool) -> dict[str, object]:
    pair = pair if isinstance(pair, AbxResult) else winner_first(pair)
    names: dict[str, object] = {"Pair": f"{pair.first} – {pair.second}"}
    if isinstance(pair, AbxResult):
        counts: dict[str, object] = {"Right": pair.correct, "Answers": pair.answers}
    else:
        counts = {"Wins of the first": pair.wins, "of the second": pair.losses, "No difference": pair.ties}
    adjusted = {"p, corrected": cells([pair.adjusted_p])[0]} if is_corrected else {}
    return {**names, **counts, "Share": _percent(pair.share), "95 % interval": _interval(pair.interval),
            "Resampled": _interval(pair.resampled), "p": cells([pair.p])[0], **adjusted}


def _show_ranking(ranking: Sequence[Strength], key: str) -> None:
    st.subheader("Ranking")
    chart(plot_ranking(get_ranking_info(ranking)), key=f"ranking {key}")
    st.dataframe(pd.DataFrame([{
        "Rank": place.rank, "Setting": place.label, "Strength": _signed(place.strength),
        "95 % interval": "–" if place.interval is None else " to ".join(map(_signed, place.interval)),
        "Beats an average one": _percent(place.win_share), "First in": _percent(place.best_share)}
        for place in ranking]), key=f"ranks {key}", hide_index=True, placeholder="–")
    st.caption("Bradley–Terry: strength is the log-odds of winning, 0 the mean of the settings. Intervals and “first "
               "in” are from resampling listeners and texts.")


def _show_checks(block: BlockResult) -> None:
    with st.expander("Checks: sides and identical pairs", icon=":material/rule:"):
        style.show_facts([Fact("info", check.words) for check in (block.sides, block.identical) if check is not None])


def _show_listeners(listeners: Sequence[ListenerResult], is_abx: bool, key: str) -> None:
    with st.expander("By listener", icon=":material/group:"):
        rows = []
        for one in listeners:
            row: dict[str, object] = {"Listener": one.listener, "Votes": f"{one.votes} of {one.trials}"}
            row |= {"Right": one.correct} if is_abx else {"No difference": one.ties}
            row |= {} if is_abx else {"Identical pairs passed": f"{one.checks_passed} of {one.checks}"}
            rows.append({**row, "Chose A": _percent(one.side_a), "Seconds a trial": cells([one.median_seconds])[0]})
        st.dataframe(pd.DataFrame(rows), key=f"listeners {key}", hide_index=True, placeholder="–", column_config={
            "Seconds a trial": st.column_config.NumberColumn(format="%.0f", help="Median, from showing to vote"),
            "Chose A": st.column_config.TextColumn(help="Of the decided comparisons; far from 50 % is a habit of the "
                                                        "hand")})


def _show_settings(plan: ListeningPlan) -> None:
    number = st.column_config.NumberColumn
    st.dataframe(pd.DataFrame([{
        "Setting": one.label, "Run": one.run, "Step": one.step, "Temperature": one.temperature,
        "Vocoder": VOCODERS.get(one.vocoder, one.vocoder)} for one in plan.settings]), key="blind_test_settings",
        hide_index=True, column_config={"Step": number(format="localized"), "Temperature": number(format="%.2f")})
    with st.expander(f"{len(plan.texts)} texts, seeds {', '.join(map(str, plan.seeds))}", icon=":material/notes:"):
        for text in plan.texts:
            style.show_note(text)


def _show_downloads(root: Path, results: Results) -> None:
    stem = "blind_test_" + "".join(letter if letter.isascii() and letter.isalnum() else "_"
                                   for letter in results.test.plan.title)[:60]
    files = {"votes": partial(votes_csv, root, results.test.test_id), "results": partial(results_csv, results)}
    with st.container(horizontal=True):
        for name, data in files.items():
            st.download_button(f"{name.capitalize()}, CSV", data=data, mime="text/csv", key=f"{name} csv",
                               file_name=f"{stem}_{name}.csv", icon=":material/download:", on_click="ignore")


def _percent(share: float | None) -> str:
    return "–" if share is None or not math.isfinite(share) else f"{share:.0%}"


def _signed(number: float) -> str:
    return f"{round(number, 2) + 0.0:+.2f}".replace("-", "−")      # no −0.00


def _interval(interval: tuple[float, float] | None) -> str:
    if interval is None or not all(map(math.isfinite, interval)):
        return "–"
    return f"{100 * interval[0]:.0f} to {100 * interval[1]:.0f} %"
