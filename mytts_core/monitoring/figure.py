"""An attention matrix as a picture or an interactive page. matplotlib and plotly are imported when called."""

from __future__ import annotations

import html
import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Optional, Union

import numpy as np

from mytts_core.monitoring.reading_path import REFERENCE_FRAMES_PER_SECOND
from mytts_core.runs.atomic_files import replacing

IMAGE_SUFFIXES = (".png", ".svg", ".pdf")
MAX_NAMED_TOKENS = 60
"""Token names that fit the axis of a picture; of a longer text every second, third … is named."""


def visualize_alignment_matrix(alignment: Any, save_path: Union[str, os.PathLike, None] = None,
                               title: str = "Attention alignment", *, tokens: Optional[Sequence[str]] = None,
                               frames_per_second: Optional[float] = REFERENCE_FRAMES_PER_SECOND) -> Any:
    """Draw an attention matrix: time in mel frames (below) and seconds (above), tokens upwards.

    Args:
        alignment: shape (T, S), a row a mel frame; array or eager tensor. Weights that are not finite are left grey.
        save_path: file to write, replaced atomically, its folder created: .png, .svg or .pdf, or .html for an
            interactive plotly page that needs no network. None writes nothing.
        title: of the picture.
        tokens: display of each token, length S, shown on the axis.
        frames_per_second: of the rows; None leaves the seconds out.

    Returns:
        A `matplotlib.figure.Figure`, made without pyplot: nothing has to be closed.

    Raises:
        ValueError: for another shape, tokens that do not match, or another suffix; nothing is written then.
    """
    matrix = np.asarray(alignment, np.float64)
    if matrix.ndim != 2 or 0 in matrix.shape:
        raise ValueError(f"alignment has the shape {matrix.shape}; it must be (frames, tokens), neither of them 0: "
                         "for a batch, pass one of its matrices")
    if tokens is not None and len(tokens) != matrix.shape[1]:
        raise ValueError(f"{len(tokens)} tokens for an alignment over {matrix.shape[1]}: give one display each")
    path = None if save_path is None else Path(save_path)
    if path is not None and path.suffix.lower() not in (*IMAGE_SUFFIXES, ".html"):
        raise ValueError(f"save_path is {str(path)!r}; it must end in {', '.join(IMAGE_SUFFIXES)} or .html")
    matrix = np.where(np.isfinite(matrix), matrix, np.nan)
    figure = _draw(matrix, title, tokens, frames_per_second)
    if path is not None:
        path.parent.mkdir(parents=True, exist_ok=True)
        with replacing(path) as temporary:
            if path.suffix.lower() == ".html":
                _page(matrix, title, tokens, frames_per_second).write_html(temporary, include_plotlyjs=True)
            else:
                figure.savefig(temporary, format=path.suffix.lower()[1:], dpi=120)
    return figure


def _draw(matrix: np.ndarray, title: str, tokens: Optional[Sequence[str]], frames_per_second: Optional[float]) -> Any:
    from matplotlib.figure import Figure

    num_frames, num_tokens = matrix.shape
    height = 4.8 if tokens is None else min(max(4.8, 0.16 * min(num_tokens, MAX_NAMED_TOKENS) + 1.6), 12)
    figure = Figure(figsize=(8, height), layout="constrained")
    axes = figure.add_subplot()
    axes.set_facecolor("0.8")
    # Cell edges on whole numbers: frame t covers t to t + 1, so that frames and seconds share one origin.
    image = axes.imshow(matrix.T, origin="lower", aspect="auto", interpolation="nearest", cmap="viridis", vmin=0,
                        extent=(0, num_frames, -0.5, num_tokens - 0.5))
    figure.colorbar(image, ax=axes, label="Attention weight")
    axes.set_title(title)
    axes.set_xlabel("Time (mel frames)")
    axes.set_ylabel("Text (tokens)" if tokens is not None else "Text (token index)")
    if frames_per_second:
        rate = float(frames_per_second)
        above = axes.secondary_xaxis("top", functions=(_scaled_by(1 / rate), _scaled_by(rate)))
        above.set_xlabel("Time (s)")
    if tokens is not None:
        every = -(-num_tokens // MAX_NAMED_TOKENS)
        axes.set_yticks(range(0, num_tokens, every), [_visible(token) for token in tokens[::every]], fontsize=8,
                        parse_math=False)
    return figure


def _page(matrix: np.ndarray, title: str, tokens: Optional[Sequence[str]], frames_per_second: Optional[float]) -> Any:
    import plotly.graph_objects as go

    num_frames, num_tokens = matrix.shape
    # Escaped: plotly reads "<start>" in a text as markup.
    shown = [html.escape(_visible(token)) for token in tokens] if tokens is not None else [""] * num_tokens
    names = [f"{index} {token}".strip() for index, token in enumerate(shown)]
    seconds = [f"{frame / frames_per_second:.3f} s" if frames_per_second else "" for frame in range(num_frames)]
    heatmap = go.Heatmap(
        z=matrix.T.round(5), x=list(range(num_frames)), y=list(range(num_tokens)), colorscale="Viridis", zmin=0,
        colorbar={"title": {"text": "Attention weight"}}, customdata=np.tile(np.array(seconds), (num_tokens, 1)),
        text=[[name] * num_frames for name in names], hoverongaps=False,
        hovertemplate="frame %{x} · %{customdata}<br>token %{text}<br>weight %{z:.3f}<extra></extra>")
    page = go.Figure(heatmap)
    page.update_layout(title={"text": html.escape(title)}, xaxis={"title": {"text": "Time (mel frames)"}},
                       yaxis={"title": {"text": "Text (tokens)"}}, template="plotly_white")
    if tokens is not None:
        every = -(-num_tokens // MAX_NAMED_TOKENS)
        page.update_yaxes(tickvals=list(range(0, num_tokens, every)), ticktext=shown[::every])
    return page


def _scaled_by(factor: float) -> Callable[[Any], Any]:
    return lambda value: value * factor


def _visible(token: str) -> str:
    return "␣" if token == " " else token
