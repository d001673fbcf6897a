"""Which two takes are listened to: a text that was spoken, and two takes of it. The address has both."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Optional

import streamlit as st

from dashboard.figures.labels import shortened
from dashboard.figures.takes import get_marks, take_name
from dashboard.widgets import style
from mytts_core.synthesis.stored_take import StoredTake
from mytts_core.text.direction import isolate

SYNTHESIS_PAGE = "views/synthesis.py"
_A, _B, _TEXT = "a", "b", "ab_text"
_NAMES = {_A: "A", _B: "B"}


def choose(takes: Sequence[StoredTake], run: str) -> Optional[tuple[StoredTake, StoredTake]]:
    """Draw the choice; return the two takes, or None where there are not two of a text, which the page then says.

    Args:
        takes: every kept take, the newest first.
        run: the picked run's name, whose voice is offered for a take that is missing.
    """
    by_id = {take.id: take for take in takes}
    _note_gone(by_id)
    if not takes:
        _say_missing("Nothing spoken yet", "Speak a text twice on the page “Synthesis”, with two temperatures, seeds "
                     "or checkpoints: every take is kept, and can be compared here.", run)
        return None
    text = _choose_text(takes, by_id)
    of_text = {take.id: take for take in takes if _same(take.text, text)}
    first = _asked(_A, of_text)
    if len(of_text) < 2:
        style.show_note(f"A: {_label(takes, of_text[next(iter(of_text))])}")
        _say_missing("One take of this text so far", "Speak it again with another temperature, seed or checkpoint, "
                     "then come back: both are kept.", run, text)
        return None
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small", key="ab_choice"):
        newest_first = list(of_text)
        first = first or next(one for one in newest_first[1::-1] if one != _asked(_B, of_text))
        first = _choose_take(_A, newest_first, first, takes)
        others = [one for one in of_text if one != first]
        second = _choose_take(_B, others, _asked(_B, others) or others[0], takes)
        st.button("Swap", icon=":material/swap_horiz:", on_click=_write, args=(second, first),
                  help="A becomes B, and B becomes A")
    _write(first, second)
    return by_id[first], by_id[second]


def short_name(take: StoredTake, other: StoredTake) -> str:
    """Return what tells a take from the other: its settings, its run where they differ in it, else when it was made."""
    if take.run != other.run:
        return f"{take.run}, {take_name(take)}"
    return take_name(take) if take_name(take) != take_name(other) else f"{take_name(take)}, made {_when(take)}"


def _choose_text(takes: Sequence[StoredTake], by_id: dict[str, StoredTake]) -> str:
    """Let a text be chosen: the one the address asks for, else the newest that was spoken twice."""
    counts: dict[str, int] = {}
    for take in takes:
        counts[_plain(take.text)] = counts.get(_plain(take.text), 0) + 1
    texts = list(counts)
    wanted = [by_id[one] for one in (_asked(_A, by_id), _asked(_B, by_id)) if one]
    spoken_twice = [text for text in texts if counts[text] > 1]
    asked = _plain(wanted[0].text) if wanted else [*spoken_twice, *texts][0]
    st.session_state[_TEXT] = asked
    st.selectbox("Text", texts, key=_TEXT, on_change=_text_changed, args=(takes,), format_func=lambda text:
                 f"{isolate(shortened(text, 100))} ({counts[text]} take{'s' if counts[text] > 1 else ''})")
    return asked


def _text_changed(takes: Sequence[StoredTake]) -> None:
    of_text = [take.id for take in takes if _same(take.text, st.session_state[_TEXT])]
    _write(*([of_text[1], of_text[0]] if len(of_text) > 1 else [of_text[0], ""]))


def _choose_take(name: str, options: Sequence[str], chosen: str, takes: Sequence[StoredTake]) -> str:
    by_id = {take.id: take for take in takes}
    key = f"ab_{name}"
    st.session_state[key] = chosen      # the address tells; a choice is written into it before the page runs

    def picked() -> None:
        st.query_params[name] = st.session_state[key]

    return st.selectbox(_NAMES[name], options, key=key, on_change=picked,
                        format_func=lambda one: _label(takes, by_id[one]) if one in by_id else "gone")


def _label(takes: Sequence[StoredTake], take: StoredTake) -> str:
    run = f"{take.run}, " if len({one.run for one in takes}) > 1 else ""
    marks = ", ".join(mark.text for mark in get_marks(take))
    name = f"{run}{take_name(take)} – {take.audio_seconds:.2f} s, {_when(take)}"
    return f"{name} – {marks}" if marks else name


def _when(take: StoredTake) -> str:
    return f"{datetime.fromtimestamp(take.created).astimezone():%d %b %H:%M:%S}"


def _asked(name: str, known: Any) -> str:
    asked = st.query_params.get(name, "")
    return asked if asked in known else ""


def _note_gone(by_id: dict[str, StoredTake]) -> None:
    gone = [_NAMES[name] for name in (_A, _B) if st.query_params.get(name, "") not in ("", *by_id)]
    if gone:
        style.show_notice([f"The address asks for a take {' and a take '.join(gone)} that is not there any more: it "
                           "was deleted, or made room for newer ones."])


def _say_missing(title: str, hint: str, run: str, text: str = "") -> None:
    style.show_empty(title, hint)
    asked = {"run": run, **({"text": text} if text else {})}
    st.page_link(SYNTHESIS_PAGE, label="Speak it on the page “Synthesis”" if text else "Go to “Synthesis”",
                 icon=":material/record_voice_over:", query_params=asked)


def _write(first: str, second: str) -> None:
    for name, value in ((_A, first), (_B, second)):
        if value and st.query_params.get(name) != value:
            st.query_params[name] = value
        elif not value:
            st.query_params.pop(name, None)


def _plain(text: str) -> str:
    return " ".join(text.split())


def _same(text: str, other: str) -> bool:
    return _plain(text) == _plain(other)
