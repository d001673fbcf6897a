"""Keys of a page: next and previous of what it shows."""

from __future__ import annotations

import html
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple, Optional

import streamlit as st

PLAY_EVENT = "mytts-play"
_component = st.components.v2.component("mytts_keyboard", js=Path(__file__).with_name("keyboard.js").read_text("utf-8"),
                                        isolate_styles=False)


class Walk(NamedTuple):
    """Something two keys walk through: `key` of the widget that chooses, its `options`, and the one shown now."""

    key: str
    options: Sequence[Any]
    current: Any
    name: str
    next_key: str
    previous_key: str


def samples(key: str, options: Sequence[Any], current: Any) -> Walk:
    """Return a walk through samples, or whatever a page lists, with j and k."""
    return Walk(key, options, current, "sample", "j", "k")


def steps(key: str, options: Sequence[Any], current: Any) -> Walk:
    """Return a walk through steps with the arrows right and left."""
    return Walk(key, options, current, "step", "ArrowRight", "ArrowLeft")


def listen(walks: Sequence[Walk], can_play: bool = False) -> None:
    """Let the keys of the walks choose, and 'p' play where there is something to play; say so in a line."""
    keys = {pressed: f"{walk.key} {direction}" for walk in walks
            for pressed, direction in ((walk.next_key, "next"), (walk.previous_key, "previous"))}
    events = {"p": PLAY_EVENT} if can_play else {}
    actions = {action: walk for walk in walks for action in (f"{walk.key} next", f"{walk.key} previous")}
    _component(key="keyboard", data={"keys": keys, "events": events}, height=1,
               on_pressed_change=lambda: _move(actions))
    _show_hint(walks, can_play)


def neighbour(options: Sequence[Any], current: Any, distance: int) -> Optional[Any]:
    """Return the option so many places after the current one, the last or first where there is none that far."""
    if current not in options:
        return options[0] if options else None
    place = list(options).index(current) + distance
    return options[min(max(place, 0), len(options) - 1)]


def _move(actions: Mapping[str, Walk]) -> None:
    action = st.session_state["keyboard"].get("pressed")
    if action in actions:       # it comes from the browser
        walk = actions[action]
        # A key pressed again while the page is still drawn goes on from what the first press chose.
        current = st.session_state.get(walk.key, walk.current)
        moved = neighbour(walk.options, current if current in walk.options else walk.current,
                          1 if action.endswith("next") else -1)
        if moved is not None:
            st.session_state[walk.key] = moved


def _show_hint(walks: Sequence[Walk], can_play: bool) -> None:
    shown = {"ArrowRight": "→", "ArrowLeft": "←"}
    parts = [f"{_key(shown.get(walk.previous_key, walk.previous_key))} "
             f"{_key(shown.get(walk.next_key, walk.next_key))} previous and next {html.escape(walk.name)}"
             for walk in walks if len(walk.options) > 1]
    parts += [f"{_key('p')} play or pause"] if can_play else []
    if parts:
        st.html(f'<div class="mytts-note">{" &nbsp; ".join(parts)}</div>')


def _key(name: str) -> str:
    return ('<kbd style="border: 1px solid color-mix(in srgb, currentColor 35%, transparent); border-radius: .3rem; '
            f'padding: 0 .35rem; font-size: .85em">{html.escape(name)}</kbd>')
