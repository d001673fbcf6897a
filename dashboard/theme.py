"""One plotly template for light and dark, and the colours everything uses.

The line colours are told apart with every kind of colour vision, and have a contrast of about 3:1 or more on both
backgrounds (tests/dashboard/test_theme.py measures both). Meaning is never in colour alone: words, dashes or
symbols say the same. The page's own colours are in dashboard/.streamlit/config.toml.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import plotly.colors
import plotly.graph_objects as go

BLUE, ORANGE, TEAL, BERRY, VIOLET, SAND = "#1b74b7", "#dd7117", "#20a4ac", "#c03a5b", "#8c47fb", "#b58d58"
COLOURS = (BLUE, ORANGE, TEAL, BERRY, VIOLET, SAND)

GOOD, WARNING, BAD, NEUTRAL = TEAL, ORANGE, BERRY, "#7d8894"

LIGHT_BACKGROUND, DARK_BACKGROUND = "#fbfcfd", "#10151c"

ATTENTION_SCALE = "Cividis"   # made to look the same with and without red-green vision
# Magma without its first colour, #000004: Streamlit takes the colours #000001 to #000056 as names of its own.
MEL_SCALE = ["#050411", *plotly.colors.sequential.Magma[1:]]
DIFFERENCE_SCALE = "PuOr"     # purple to orange around white: both ends told apart with every kind of colour vision

FONT = '"Source Sans", sans-serif'


@cache
def template(dark: bool) -> go.layout.Template:
    """Return the plotly template for a light or a dark page; backgrounds are transparent. Do not change it."""
    text, grid, line = ("#dfe5ec", "#27313d", "#3d4957") if dark else ("#2a3440", "#e6eaef", "#c3ccd6")
    panel = "#1a212b" if dark else "#ffffff"
    axis: dict[str, Any] = dict(gridcolor=grid, linecolor=line, zerolinecolor=line, zerolinewidth=1, ticks="outside",
                                tickcolor=line, ticklen=4, title=dict(standoff=8, font=dict(size=12)), automargin=True,
                                tickfont=dict(size=11))
    layout = go.Layout(
        colorway=list(COLOURS), font=dict(family=FONT, size=13, color=text), paper_bgcolor="rgba(0,0,0,0)",
        plot_bgcolor="rgba(0,0,0,0)", xaxis=axis, yaxis=axis, margin=dict(l=56, r=16, t=44, b=48),
        title=dict(font=dict(size=15), x=0, xanchor="left", xref="container", y=1, yanchor="top", yref="container",
                   pad=dict(t=8, l=4)),
        legend=dict(orientation="h", x=0, xanchor="left", y=1.0, yanchor="bottom", font=dict(size=12), title_text="",
                    bgcolor="rgba(0,0,0,0)"),
        hoverlabel=dict(bgcolor=panel, bordercolor=line, font=dict(family=FONT, size=12, color=text)),
        hovermode="closest", bargap=0.08, modebar=dict(bgcolor="rgba(0,0,0,0)", color=line, activecolor=BLUE),
        coloraxis=dict(colorbar=dict(thickness=10, outlinewidth=0, tickfont=dict(size=11),
                                     title=dict(font=dict(size=12)))),
    )
    heatmap = go.Heatmap(colorbar=dict(thickness=10, outlinewidth=0, ticks="outside", ticklen=3, tickcolor=line,
                                       tickfont=dict(size=11), title=dict(font=dict(size=12))))
    return go.layout.Template(layout=layout, data=dict(heatmap=[heatmap]))
