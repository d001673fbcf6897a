"""The takes that are kept, as a table: a click shows one, boxes choose some to save, compare or delete."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Optional

import pandas as pd
import streamlit as st

from dashboard.figures.samples import STOP_REASONS
from dashboard.figures.takes import get_marks, speed, stop_words
from dashboard.widgets import style, take_downloads
from dashboard.widgets.columns import cells, score_column
from mytts_core.synthesis.stored_take import StoredTake
from mytts_core.synthesis.take_store import MOST_BYTES, MOST_TAKES

MOST_ROWS = 500
_LAST_MOMENT = 2.0**35
_SEEN = "take_history_seen"
_THIS, _ALL = "this run", "all runs"


def show(root: Path, run: str, takes: Sequence[StoredTake], chosen: str, choose: Callable[[str], None], *,
         is_open: bool) -> None:
    """Show kept takes, the newest first.

    Args:
        run: the picked run's name.
        takes: of all runs.
        chosen: the id of the take that is looked at.
        choose: called with the id of another one, before the page runs again.
        is_open: whether they are seen before a click.
    """
    with st.expander("History of takes", icon=":material/history:", expanded=is_open):
        _show(root, run, takes, chosen, choose)


def _show(root: Path, run: str, takes: Sequence[StoredTake], chosen: str, choose: Callable[[str], None]) -> None:
    shown, of_all = _filter(run, takes)
    megabytes = sum(take.num_bytes for take in takes) / 2**20
    st.caption(f"{len(shown):,} of {len(takes):,} takes, {megabytes:,.1f} MB in all. At most {MOST_TAKES:,} takes and "
               f"{MOST_BYTES // 2**20:,} MB are kept; then the oldest go.")
    if not shown:
        style.show_empty("No take fits", "Show all runs, or search for fewer words.")
        return
    picked = _show_table(shown, chosen, choose, with_run=of_all)
    with st.container(horizontal=True, gap="small", vertical_alignment="center"):
        if picked:
            label = f"{len(picked)} chosen take{'s' if len(picked) > 1 else ''}, ZIP"
        else:
            label = f"All {len(shown)} shown, ZIP" if len(shown) > 1 else "ZIP"
        take_downloads.offer_zip(root, picked or shown, label, key="history zip")
        take_downloads.offer_deletion(root, picked)
        if len(picked) == 2 and picked[0].text == picked[1].text:
            take_downloads.offer_comparison(run, picked[1], picked[0])
    if not picked:
        st.caption("A click on a row shows its take. The boxes at the start choose takes to save or delete, or two of "
                   "one text to compare.")


def _filter(run: str, takes: Sequence[StoredTake]) -> tuple[list[StoredTake], bool]:
    """Draw the filters; return the takes that pass, and whether those of all runs are wanted."""
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        of = st.segmented_control("Takes of", [_THIS, _ALL], default=_THIS, required=True, key="history",
                                  bind="query-params")
        search = st.text_input("Search", key="history_search", placeholder="words of the text", width=260)
    words = (search or "").casefold().split()
    return [take for take in takes if (of == _ALL or take.run == run)
            and all(word in take.text.casefold() for word in words)][:MOST_ROWS], of == _ALL


def _show_table(takes: Sequence[StoredTake], chosen: str, choose: Callable[[str], None], *,
                with_run: bool) -> list[StoredTake]:
    """Draw the table; return the takes whose boxes are ticked."""
    table = pd.DataFrame({
        "▸": ["▸" if take.id == chosen else "" for take in takes],
        "When": [_when(take.created) for take in takes],
        "Run": [take.run for take in takes], "Step": [take.step if take.step >= 0 else None for take in takes],
        "T": cells(take.temperature for take in takes),
        "Seed": ["–" if take.seed is None else str(take.seed) for take in takes],
        "Marks": [_signed(take) for take in takes], "Seconds": cells(take.audio_seconds for take in takes),
        "Speed": cells(speed(take) for take in takes),
        "Diagonality": cells(take.scores.get("diagonality", float("nan")) for take in takes),
        "Ended by": [stop_words(take, STOP_REASONS) for take in takes], "Text": [take.text for take in takes]})
    table = table if with_run else table.drop(columns="Run")
    ids = [take.id for take in takes]
    key = f"take_history {_version(ids)}"
    column = st.column_config
    event = st.dataframe(
        table, key=key, hide_index=True, selection_mode=("multi-row", "single-cell"), placeholder="–",
        on_select=lambda: _choose_clicked(key, ids, choose), height=min(38 + 35 * len(ids), 38 + 35 * 8),
        column_config={
            "▸": column.TextColumn(width=24, help="The take shown below"),
            "When": column.DatetimeColumn(width=120, format="MMM D, HH:mm:ss"), "Run": column.TextColumn(width=96),
            "Step": column.NumberColumn(format="localized", width=64),
            "T": column.NumberColumn(format="%.2f", width=52, help="Temperature: extra variation is this − 1"),
            "Seed": column.TextColumn(width=56, help="– where nothing was drawn"),
            "Marks": column.TextColumn(width=190), "Seconds": column.NumberColumn(format="%.2f", width=70),
            "Speed": column.NumberColumn(format="%.1f ×", width=66, help="Seconds of audio for each second of work"),
            "Diagonality": score_column("Below 0.5 attention does not follow the text"),
            "Ended by": column.TextColumn(width=100), "Text": column.TextColumn(width=320)})
    return [takes[row] for row in event["selection"]["rows"] if row < len(takes)]


def _signed(take: StoredTake) -> str:
    marks = get_marks(take)
    if not marks:
        return "✓ follows the text"
    return " ".join(f"{'✕' if mark.level == 'bad' else '!'} {mark.text}" for mark in marks)


def _when(seconds: float) -> Optional[datetime]:
    """Return a moment in the server's time zone, None for one that no clock shows (a damaged record)."""
    return datetime.fromtimestamp(seconds).astimezone() if 0 <= seconds < _LAST_MOMENT else None


def _version(ids: list[str]) -> str:
    """Return what changes with the rows: Streamlit keeps the numbers of chosen rows, not what stands in them."""
    seen = st.session_state.get(_SEEN)
    if seen is None or seen[0] != ids:
        seen = (ids, seen[1] + 1 if seen else 0)
        st.session_state[_SEEN] = seen
    return str(seen[1])


def _choose_clicked(key: str, ids: Sequence[str], choose: Callable[[str], None]) -> None:
    for row, _ in st.session_state[key]["selection"]["cells"]:
        if row < len(ids):
            choose(ids[row])
