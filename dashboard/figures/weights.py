"""How far the weights of two checkpoints lie apart, by part of the model and by variable."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
import plotly.graph_objects as go

from dashboard.figures import labels
from dashboard.figures.gradient_map import MAX_ROWS, group_of
from dashboard.theme import BAD, BLUE
from mytts_core.runs.checkpoint_weights import VariableChange, WeightComparison


class PartChange(NamedTuple):
    """A part of the model: norms of its weights, and how far they moved as a share of the first norm."""

    name: str
    first_norm: float
    second_norm: float
    relative: float
    not_finite: int


class WeightsInfo(NamedTuple):
    """`parts` in the order of the file; `variables` the farthest moved first; `unmoved` counts equal variables."""

    parts: tuple[PartChange, ...]
    variables: tuple[VariableChange, ...]
    unmoved: int
    left_out: int

    @property
    def is_empty(self) -> bool:
        return not self.variables


def get_weights_info(comparison: WeightComparison, level: str = "layers") -> WeightsInfo:
    """Gather the changes by part of the model (see `gradient_map.LEVELS`) and order the variables."""
    groups: dict[str, list[VariableChange]] = {}
    for change in comparison.changes:
        groups.setdefault(group_of(change.name, level), []).append(change)
    parts = tuple(_part(name, changes) for name, changes in list(groups.items())[:MAX_ROWS])
    ordered = sorted(comparison.changes, key=lambda change: (-(change.not_finite > 0), -change.relative, change.name))
    return WeightsInfo(parts, tuple(ordered), sum(change.moved == 0 for change in comparison.changes),
                       len(groups) - len(parts))


def plot_weights(info: WeightsInfo) -> go.Figure:
    """Draw a bar a part, as long as it moved; parts with weights that are not finite have another colour and say so."""
    figure = go.Figure()
    names = [labels.plain(part.name) + (" ✕ not finite" if part.not_finite else "") for part in info.parts]
    values = [part.relative if math.isfinite(part.relative) else np.nan for part in info.parts]
    if info.parts:
        figure.add_trace(go.Bar(
            x=values, y=names, orientation="h", name="moved",
            marker_color=[BAD if part.not_finite else BLUE for part in info.parts],
            customdata=[[part.first_norm, part.second_norm] for part in info.parts],
            hovertemplate="%{y}<br>moved %{x:.3g} of its norm<br>norm %{customdata[0]:.4g} → %{customdata[1]:.4g}"
                          "<extra></extra>"))
    rows = len(names)
    figure.update_layout(height=min(1_500, 110 + max(160, rows * (19 if rows <= 40 else 9))), showlegend=False,
                         margin=dict(t=16))
    figure.update_xaxes(title_text="distance moved ÷ first norm (L2, no unit)", rangemode="tozero")
    figure.update_yaxes(title_text="part of the model", type="category", autorange="reversed", ticks="",
                        nticks=min(max(rows, 1), 60), tickfont=dict(size=11 if rows <= 40 else 8))
    return figure


def _part(name: str, changes: list[VariableChange]) -> PartChange:
    first, second, moved = (math.sqrt(sum(value**2 for value in column)) for column in zip(
        *((change.first_norm, change.second_norm, change.moved) for change in changes)))
    relative = moved / first if first > 0 else math.inf if moved > 0 else 0.0
    return PartChange(name, first, second, relative, sum(change.not_finite for change in changes))
