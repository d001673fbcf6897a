"""The take that is looked at: chosen in the grid, in the history or by the address, shown with what can be done."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Optional

import streamlit as st

from dashboard import cache
from dashboard.caches import takes as kept_takes
from dashboard.figures.health import Fact
from dashboard.figures.takes import take_name
from dashboard.widgets import keyboard, style, take, take_downloads, take_grid
from dashboard.widgets.synthesis_job import Batch
from mytts_core.config import AudioConfig
from mytts_core.errors import MyTTSError
from mytts_core.synthesis.stored_take import StoredTake

_KEY, _PARAMETER = "chosen_take", "take"
_OTHER = "compared_take"


def key(batch: Optional[Batch], kept: Sequence[StoredTake]) -> str:
    """Return the key of the chosen take, '' for none: a new batch's first finished one where nobody has chosen.

    Args:
        kept: every kept take; what the address asks for and is not among them is said.
    """
    asked = st.query_params.get(_PARAMETER, "")
    if asked and _KEY not in st.session_state:
        st.session_state[_KEY] = asked
    chosen = st.session_state.get(_KEY, "")
    there = {one.id for one in kept} | {take_grid.key_of(one, number) for number, one in
                                        enumerate(batch.spoken if batch else ()) if one.take}
    if chosen and chosen not in there:
        if chosen == asked:
            style.show_notice(["The take that was chosen is not there any more: it was deleted, or made room for newer "
                               "ones."])
        chosen = st.session_state[_KEY] = ""
    if not chosen and batch is not None:
        chosen = next((take_grid.key_of(one, number) for number, one in enumerate(batch.spoken) if one.take), "")
    _write(chosen if any(one.id == chosen for one in kept) else "")
    return chosen


def choose(chosen: str) -> None:
    """Choose a take; call it from a widget's callback."""
    st.session_state[_KEY] = chosen


def show(root: Path, run: str, chosen: str, batch: Optional[Batch], kept: Sequence[StoredTake]) -> None:
    """Show the chosen take in full; where it cannot be read, say why."""
    one = next((one for number, one in enumerate(batch.spoken if batch else ()) if one.take
                and take_grid.key_of(one, number) == chosen), None)
    stored = next((one for one in kept if one.id == chosen), None)
    described = stored or (one.take if one else None)
    if described is None:
        return
    st.subheader(take_name(described).capitalize())
    walk = [take_grid.key_of(one, number) for number, one in enumerate(batch.spoken if batch else ()) if one.take]
    keyboard.listen([keyboard.Walk(_KEY, walk, chosen, "take", "j", "k")], can_play=True)
    if stored is not None:
        _offer(root, run, stored, kept)
    try:
        result = one.result if one and one.result else kept_takes.opened(root, described.id)
    except MyTTSError as error:
        style.show_facts([Fact("bad", str(error))])
        return
    take.show(root, described, result, _audio_of(root, described.run))


def _offer(root: Path, run: str, stored: StoredTake, kept: Sequence[StoredTake]) -> None:
    others = {one.id: one for one in kept if one.text == stored.text and one.id != stored.id}
    with st.container(horizontal=True, gap="small", vertical_alignment="bottom"):
        take_downloads.offer_wav(root, stored)
        if not others:
            return
        if st.session_state.get(_OTHER) not in others:
            st.session_state.pop(_OTHER, None)
        other = st.selectbox("Compare with", list(others), key=_OTHER, width=320, label_visibility="collapsed",
                             format_func=lambda one: f"with {_name(others[one], stored)}" if one in others else "",
                             help="Another take of the same text")
        if other in others:
            take_downloads.offer_comparison(run, stored, others[other])


def _name(one: StoredTake, beside: StoredTake) -> str:
    return take_name(one) + (f", {one.run}" if one.run != beside.run else "")


def _audio_of(root: Path, run: str) -> Optional[AudioConfig]:
    """Return the mel analysis of a run by its name; None where the run has gone."""
    try:
        config = cache.open_run(root, root / run).config
    except MyTTSError:
        return None
    return config.audio if config else None


def _write(identity: str) -> None:
    if st.query_params.get(_PARAMETER, "") == identity:
        return
    if identity:
        st.query_params[_PARAMETER] = identity
    else:
        st.query_params.pop(_PARAMETER, None)
