"""A sample as bytes to take away: picture, interactive page, arrays."""

from __future__ import annotations

import io
from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from dashboard.figures.alignment import AlignmentInfo, plot_alignment
from dashboard.theme import template
from mytts_core.monitoring.figure import visualize_alignment_matrix

Arrays = Mapping[str, NDArray]
"""Name → array of numbers or of text."""


class AlignmentExport(NamedTuple):
    """One head's attention to export.

    Attributes:
        name: 'teacher-forced' or 'free running'.
        title: what stands over the picture.
        attention: shape (frames, S), a row a mel frame.
        tokens: S display tokens, as they are.
        frames_per_second: NaN when unknown.
        info: the same as the page shows it.
    """

    name: str
    title: str
    attention: NDArray[np.float32]
    tokens: tuple[str, ...]
    frames_per_second: float
    info: AlignmentInfo


def to_png(one: AlignmentExport) -> bytes:
    """Return the heatmap as a PNG, axes named with units."""
    rate = one.frames_per_second if np.isfinite(one.frames_per_second) else None
    tokens = one.tokens if len(one.tokens) == one.attention.shape[1] else None
    figure = visualize_alignment_matrix(one.attention, title=one.title, tokens=tokens, frames_per_second=rate)
    for text in (figure.axes[0].title,):
        text.set_parse_math(False)      # a text with $ is a text
    file = io.BytesIO()
    figure.savefig(file, format="png", dpi=140)
    return file.getvalue()


def to_html(one: AlignmentExport) -> bytes:
    """Return the heatmap as a page that opens without server or network."""
    figure = plot_alignment(one.info, one.title)
    figure.update_layout(template=template(dark=False), paper_bgcolor="white")
    page = figure.to_html(include_plotlyjs=True, full_html=True, config=dict(displaylogo=False, responsive=True))
    return page.encode("utf-8")


def to_npz(arrays: Arrays) -> bytes:
    """Return the arrays as a compressed NPZ without pickles."""
    file = io.BytesIO()
    np.savez_compressed(file, allow_pickle=False, **arrays)
    return file.getvalue()
