"""Listening: who listens, one trial after the other, and what became of each vote."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from pathlib import Path
from typing import Optional

import streamlit as st

from dashboard.figures.health import Fact
from dashboard.widgets import blind_test_place, blind_test_player, style
from dashboard.widgets.blind_test_player import Click
from mytts_core.errors import ListeningError, MyTTSError
from mytts_core.listening.ballot import Ballot
from mytts_core.listening.clips import ClipFiles
from mytts_core.listening.plan import NO_DIFFERENCE
from mytts_core.listening.seats import Seat
from mytts_core.listening.state import FINISHED, ListeningTest
from mytts_core.listening.store import ListeningStore

WATCH_SECONDS = 4.0
MOST_NAME = 60
_REFUSED, _CLICKS = "blind_test_refused", "blind_test_clicks"


def show_door(root: Path, test: ListeningTest) -> None:
    """Ask who listens, and say how far everybody is."""
    ballot = Ballot(root, test.test_id)
    progress = ballot.progress()
    with st.form("blind_test_join", border=False):
        name, start = st.columns([3, 1], vertical_alignment="bottom")
        typed = name.text_input("Your name", max_chars=MOST_NAME, placeholder="The name to come back with",
                                key="blind_test_name")
        if start.form_submit_button("Start", type="primary", icon=":material/headphones:", width="stretch"):
            _join(ballot, typed)
    st.caption("Use headphones in a quiet room. Every recording can be heard as often as you like. When you leave, "
               "your votes stay; the same name goes on where it stopped.")
    waiting = [seat for seat in progress.seats if seat.votes < seat.trials]
    if waiting:
        st.markdown("**Begun and not finished**")
        with st.container(horizontal=True):
            for seat in waiting:
                st.button(f"Go on as {_plain(seat.listener)} ({seat.votes} of {seat.trials})", key=f"go {seat.seat_id}",
                          on_click=blind_test_place.seat, args=(seat.listener,))
    if test.state == FINISHED:
        votes, wanted = (sum(numbers) for numbers in zip(*((block.votes, block.seats * block.trials)
                                                           for block in test.blocks[1:])))
        st.progress(votes / wanted, text=f"{votes} of {wanted} exploratory votes are in")
        return
    st.progress(progress.votes / max(progress.planned, 1),
                text=f"{progress.votes} of {progress.planned} planned votes are in; results open with the last one")


def show_trial(root: Path, test: ListeningTest) -> None:
    """Show the first trial that the listener has not voted on, or that there is none left."""
    ballot, name = Ballot(root, test.test_id), blind_test_place.listener()
    try:
        seat = ballot.join(name)
        trial = ballot.next_trial(seat.seat_id)
        clips = ClipFiles(root, test.test_id).audio(trial.trial_id) if trial else ()
    except MyTTSError as error:
        style.show_facts([Fact("bad", str(error))])
        _show_leave("Choose another name", None)
        return
    if trial is None:
        _show_done(root, test, seat)
        return
    if seat.block:
        style.show_facts([Fact("info", "These trials were added later: their votes are reported apart, as "
                                       "exploratory.")])
    st.progress((trial.number - 1) / trial.trials, text=f"Trial {trial.number} of {trial.trials}")
    style.show_said(trial.text)
    blind_test_player.show(trial, clips, seat, st.session_state.pop(_REFUSED, ""),
                           lambda click: _vote(ballot, seat, click))
    st.caption(f"You listen as {_plain(seat.listener)}. You can leave and come back: this name goes on here. Keys: "
               + ("A, B and X, or 1, 2 and 3," if len(clips) > 2 else "A and B, or 1 and 2,")
               + " play; the arrows" + (" and N" if NO_DIFFERENCE in trial.answers else "") + " vote.")
    _show_leave("Leave, or another listener", lambda: _give_back(ballot, seat))


def _vote(ballot: Ballot, seat: Seat, click: Click) -> None:
    """Keep a vote; it is on the disk before the page is drawn again."""
    heard: set[str] = st.session_state.setdefault(_CLICKS, set())
    if click.click in heard or (click.seat, click.listener) != (seat.seat_id, seat.listener):
        return          # the same press came twice, or it was of another list of trials than is shown now
    try:
        trial = ballot.trial(seat.seat_id, click.number)
        receipt = ballot.vote(trial.trial_id, click.answer, click.plays, click.seconds, listener=click.listener)
    except MyTTSError as error:
        blind_test_place.say(str(error))
        st.session_state[_REFUSED] = click.click
        return
    heard.add(click.click)
    if not receipt.kept:
        blind_test_place.say(receipt.words)


def _join(ballot: Ballot, name: str) -> None:
    try:
        seat = ballot.join(name)
    except MyTTSError as error:
        style.show_facts([Fact("bad", str(error))])
        return
    blind_test_place.seat(seat.listener)
    st.rerun()


def _show_done(root: Path, test: ListeningTest, seat: Seat) -> None:
    st.progress(seat.votes / seat.trials, text=f"{seat.votes} of {seat.trials} trials")
    style.show_facts([Fact("good", f"Thank you, {seat.listener}: that was the last trial.")
                      if seat.votes == seat.trials else
                      Fact("info", f"This test was ended before your last trial, {seat.listener}: it takes no more "
                                   "votes. Those you gave count.")])
    with st.container(horizontal=True):
        if seat.block or test.state == FINISHED:
            st.button("Results", type="primary", on_click=blind_test_place.seat, args=("",))
        else:
            _show_leave("Next listener", None, primary=True)
    if test.state != FINISHED:
        _watch(root, test.test_id)


@st.fragment(run_every=WATCH_SECONDS)
def _watch(root: Path, test_id: str) -> None:
    """Wait for the other listeners' votes; the page is drawn again when the last one is in."""
    with style.problem_of("The test"):      # a fragment's errors do not reach the page, which would say them
        test = ListeningStore(root).test(test_id)
        if test.state == FINISHED:
            st.rerun(scope="app")
        st.caption(f"{test.votes_left} planned votes of other listeners are missing; results open with the last one.")


def _show_leave(label: str, before: Optional[Callable[[], None]], primary: bool = False) -> None:
    def leave() -> None:
        if before is not None:
            before()
        blind_test_place.seat("")

    st.button(label, key="leave_blind_test", on_click=leave, type="primary" if primary else "tertiary")


def _give_back(ballot: Ballot, seat: Seat) -> None:
    """Free the place of somebody who has not voted: a name mistyped must not take one."""
    with contextlib.suppress(ListeningError):       # it has a vote, perhaps from another tab
        ballot.leave(seat.seat_id)


def _plain(name: Optional[str]) -> str:
    """Return a name so that Markdown shows it as it is."""
    return "".join(f"\\{letter}" if letter in r"\`*_{}[]()#+-.!|<>$:~" else letter for letter in name or "")
