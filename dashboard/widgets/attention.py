"""Attention on a page: one head large, and all of them small."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple, Optional

import streamlit as st
from numpy.typing import NDArray

from dashboard.figures.alignment import get_alignment_info, plot_alignment
from dashboard.figures.heads import get_heads_info, plot_heads
from dashboard.widgets import style
from dashboard.widgets.chart import Click, chart
from mytts_core.runs.types import FaultRecord

_HEAD_KEY = "head"
_MEAN = "mean of all heads"


class Reading(NamedTuple):
    """What attention reads, and how fast: `head` is (layer, head) counted from 0, None for the mean over all."""

    tokens: Sequence[str]
    head: Optional[tuple[int, int]]
    reduction_factor: int
    frames_per_second: float


def show(title: str, attention: Optional[NDArray], reading: Reading, faults: Sequence[FaultRecord] = (), *,
         hint: str, track: str = "") -> None:
    """Show one head of attention of shape (layers, heads, groups, tokens), or a hint where there is none.

    `track` names the sound that a click on it plays.
    """
    info = get_alignment_info(one_head(attention, reading.head), reading.tokens, faults=faults,
                              reduction_factor=reading.reduction_factor, frames_per_second=reading.frames_per_second)
    if info.is_empty:
        style.show_empty(f"{title}: no attention", hint)
        return
    chart(plot_alignment(info, title, track), key=f"attention {title}")


def pick_head(attentions: Sequence[Optional[NDArray]], chosen: Optional[tuple[int, int]]) -> Optional[tuple[int, int]]:
    """Let one head be looked at, by default the one the run has chosen; None is the mean over all of them."""
    shapes = [attention.shape[:2] for attention in attentions if attention is not None and attention.ndim == 4]
    if not shapes:
        return chosen
    heads = {_MEAN: None, **{_name(layer, head): (layer, head) for layer in range(shapes[0][0])
                             for head in range(shapes[0][1])}}
    names = list(heads)
    best = _name(*chosen) if chosen else _MEAN
    name = st.selectbox("Head", names, index=names.index(best) if best in heads else 0, key=_HEAD_KEY,
                        bind="query-params", width=260,
                        format_func=lambda name: f"{name} (best)" if name == best != _MEAN else name)
    return heads.get(name, chosen)


def show_heads(attentions: Mapping[str, Optional[NDArray]], reading: Reading, *,
               best: Optional[tuple[int, int]] = None, can_pick: bool = False) -> None:
    """Show every layer and head of one of several attentions, each of shape (layers, heads, groups, tokens).

    Args:
        reading: its head has the frame.
        best: the head that the run has chosen, where another one is looked at; `reading.head` by default.
        can_pick: whether a click picks a head for `pick_head`.
    """
    present = [name for name, attention in attentions.items() if attention is not None]
    if not present:
        style.show_empty("No attention of all heads", "It was not written, or cannot be read.")
        return
    name = present[0]
    if len(present) > 1:
        name = st.segmented_control("Attention", present, default=name, required=True, key="heads_of",
                                    label_visibility="collapsed") or name
    info = get_heads_info(attentions[name], reading.tokens, chosen=best or reading.head,
                          reduction_factor=reading.reduction_factor, frames_per_second=reading.frames_per_second)
    num_heads = info.percent.shape[1]

    def pick(click: Click) -> None:
        if isinstance(click.curve, int) and 0 <= click.curve < info.diagonality.size:
            layer, head = divmod(click.curve, num_heads)
            st.session_state[_HEAD_KEY] = _name(info.first_layer + layer, head)

    chart(plot_heads(info), key="heads", on_click=pick if can_pick else None)
    st.caption("Layer, head and diagonality. The frame (◂) marks the head that scores use, the best over training "
               "sentences." + (" Click on a head to see it large." if can_pick else "")
               + (f" {info.left_out} more heads are not shown." if info.left_out else ""))


def one_head(attention: Optional[NDArray], head: Optional[tuple[int, int]]) -> Optional[NDArray]:
    """Return one head's (groups, tokens) of attention of shape (layers, heads, groups, tokens).

    The mean over heads where none is given or the model has no such head; None for no attention.
    """
    if attention is None or attention.ndim != 4:
        return None
    if head is None or not (head[0] < attention.shape[0] and head[1] < attention.shape[1]):
        return attention.mean(axis=(0, 1))
    return attention[head]


def _name(layer: int, head: int) -> str:
    return f"layer {layer + 1}, head {head + 1}"
