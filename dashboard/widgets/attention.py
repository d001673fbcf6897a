"""Attention on a page: one head large, and all of them small."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple, Optional

import streamlit as st
from numpy.typing import NDArray

from dashboard.figures.alignment import get_alignment_info, plot_alignment
from dashboard.figures.heads import get_heads_info, plot_heads
from dashboard.widgets import style
from dashboard.widgets.chart import chart
from mytts_core.runs.types import FaultRecord


class Reading(NamedTuple):
    """What attention reads, and how fast: `head` is (layer, head) counted from 0, None for the mean over all."""

    tokens: Sequence[str]
    head: Optional[tuple[int, int]]
    reduction_factor: int
    frames_per_second: float


def show(title: str, attention: Optional[NDArray], reading: Reading, faults: Sequence[FaultRecord] = (), *,
         hint: str) -> None:
    """Show the chosen head of attention of shape (layers, heads, groups, tokens), or a hint where there is none."""
    info = get_alignment_info(_one_head(attention, reading.head), reading.tokens, faults=faults,
                              reduction_factor=reading.reduction_factor, frames_per_second=reading.frames_per_second)
    if info.is_empty:
        style.show_empty(f"{title}: no attention", hint)
        return
    chart(plot_alignment(info, title), key=f"attention {title}")


def show_heads(attentions: Mapping[str, Optional[NDArray]], reading: Reading) -> None:
    """Show every layer and head of one of several attentions, each of shape (layers, heads, groups, tokens)."""
    present = [name for name, attention in attentions.items() if attention is not None]
    if not present:
        style.show_empty("No attention of all heads", "It was not written, or cannot be read.")
        return
    name = present[0]
    if len(present) > 1:
        name = st.segmented_control("Attention", present, default=name, required=True, key="heads_of",
                                    label_visibility="collapsed") or name
    info = get_heads_info(attentions[name], reading.tokens, chosen=reading.head,
                          reduction_factor=reading.reduction_factor, frames_per_second=reading.frames_per_second)
    chart(plot_heads(info), key="heads")
    st.caption("Layer, head and diagonality. The frame (◂) marks the head that scores and pictures use."
               + (f" {info.left_out} more heads are not shown." if info.left_out else ""))


def _one_head(attention: Optional[NDArray], head: Optional[tuple[int, int]]) -> Optional[NDArray]:
    if attention is None or attention.ndim != 4:
        return None
    if head is None or not (head[0] < attention.shape[0] and head[1] < attention.shape[1]):
        return attention.mean(axis=(0, 1))
    return attention[head]
