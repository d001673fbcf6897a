"""Mel spectrograms one under the other on the same time axis, their difference, and stop probabilities."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple, Optional

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray
from plotly.subplots import make_subplots

from dashboard.figures.alignment import time_of_frame, time_title
from dashboard.figures.lines import ReducedLine, reduce_line
from dashboard.figures.pooling import pool_extreme, pool_maximum
from dashboard.theme import BLUE, DIFFERENCE_SCALE, MEL_SCALE
from mytts_core.audio.mel import hz_to_mel, mel_to_hz

MAX_COLUMNS = 800
MAX_CELLS = 105_000
"""Of all rows together, a byte each: about 190 kB on their way to the browser."""
TENTHS = 10
"""Pictures hold whole tenths of ln-magnitude, finer than an eye tells."""
SILENCE = float(np.log(1e-5))
LOUD = 1.0
FAR_OFF = 4.0
"""A difference in ln-magnitude shown in full colour; the same for all, so that pictures compare."""
_NAMED_HZ = (250, 500, 1_000, 2_000, 4_000, 8_000)


class MelRow(NamedTuple):
    """One spectrogram: `values` float32 (bands, columns), ln-magnitude; `times` (columns,) and `length` in the unit.

    `is_difference` tells a difference of two from a spectrogram; `track` names the sound a click on it plays.
    """

    name: str
    times: NDArray[np.float64]
    length: float
    values: NDArray[np.float32]
    is_difference: bool = False
    track: str = ""


class MelInfo(NamedTuple):
    """Spectrograms that share an axis of time. `bands` names (band, Hz); empty where the bands' Hz is not known."""

    rows: tuple[MelRow, ...]
    time_unit: str
    bands: tuple[tuple[float, int], ...]

    @property
    def is_empty(self) -> bool:
        return not self.rows


class StopInfo(NamedTuple):
    """Probability that speech ends, over time in `time_unit`."""

    line: ReducedLine
    time_unit: str
    length: float

    @property
    def is_empty(self) -> bool:
        return len(self.line.x) == 0 and not self.line.num_not_finite


def get_mel_info(mels: Mapping[str, Optional[NDArray]], *, frames_per_second: float = float("nan"),
                 fmin: Optional[float] = None, fmax: Optional[float] = None,
                 difference: Optional[tuple[str, str]] = None,
                 tracks: Optional[Mapping[str, str]] = None) -> MelInfo:
    """Prepare spectrograms.

    Args:
        mels: name → (frames, bands), ln-magnitude; those that are None or empty are left out.
        frames_per_second: NaN when unknown: times are then in frames.
        fmin, fmax: lower and upper edge of Slaney's bands in Hz, None when unknown.
        difference: two names; the first minus the second, over the frames both have, is put after the later of them.
        tracks: name → the sound that a click on the spectrogram plays.
    """
    per_frame, unit = time_of_frame(frames_per_second)
    tracks = tracks or {}
    present = {name: np.asarray(mel) for name, mel in mels.items()
               if mel is not None and np.ndim(mel) == 2 and 0 not in np.shape(mel)}
    rows = []
    num_values = sum(mel.shape[1] for mel in present.values()) * (4 / 3 if difference else 1)
    limit = max(1, min(MAX_COLUMNS, int(MAX_CELLS / max(num_values, 1))))
    for name, mel in present.items():
        pooled, centres = pool_maximum(mel, axis=0, limit=limit)
        rows.append(MelRow(name, centres * per_frame, len(mel) * per_frame, pooled.T, track=tracks.get(name, "")))
    if difference and set(difference) <= set(present):
        row = _difference(present[difference[0]], present[difference[1]], per_frame, tracks.get(difference[1], ""),
                          limit)
        if row is not None:
            rows.insert(1 + max(list(present).index(name) for name in difference), row)
    num_bands = rows[0].values.shape[0] if rows else 0
    return MelInfo(tuple(rows), unit, _bands(num_bands, fmin, fmax))


def plot_mels(info: MelInfo) -> go.Figure:
    """Draw the spectrograms one under the other: one scale of time, one of loudness, one of difference."""
    if info.is_empty:
        return go.Figure()
    figure = make_subplots(len(info.rows), 1, shared_xaxes=True, subplot_titles=[row.name for row in info.rows],
                           vertical_spacing=0.28 / (len(info.rows) + 1))
    for number, row in enumerate(info.rows, start=1):
        unit = "tenths of ln-magnitude" + (", difference" if row.is_difference else "")
        figure.add_trace(go.Heatmap(
            x=row.times, y=np.arange(row.values.shape[0]), z=_in_tenths(row.values), name=row.name,
            coloraxis="coloraxis2" if row.is_difference else "coloraxis",
            meta=dict(track=row.track, rows="bands") if row.track else None,
            hovertemplate="%{x:.2f} " + info.time_unit + "<br>band %{y}<br>%{z:.0f} " + unit + "<extra></extra>",
        ), row=number, col=1)
        figure.update_yaxes(row=number, col=1, showgrid=False,
                            title_text="frequency (Hz)" if info.bands else "mel band (number)")
        if info.bands:
            figure.update_yaxes(row=number, col=1, tickvals=[band for band, _ in info.bands],
                                ticktext=[f"{hz:,}" for _, hz in info.bands])
    figure.update_xaxes(range=[0, max(row.length for row in info.rows)], showgrid=False)
    figure.update_xaxes(title_text=time_title(info.time_unit), row=len(info.rows), col=1)
    figure.update_annotations(font_size=13, x=0, xanchor="left")
    figure.update_layout(height=90 + 190 * len(info.rows), margin=dict(t=32), **_colour_axes(figure, info))
    return figure


def get_stop_info(probabilities: Optional[NDArray], *, frames_per_second: float = float("nan")) -> StopInfo:
    """Prepare stop probabilities of shape (frames,); None gives an empty info."""
    per_frame, unit = time_of_frame(frames_per_second)
    values = np.empty(0) if probabilities is None else np.asarray(probabilities, np.float64).reshape(-1)
    return StopInfo(reduce_line((np.arange(len(values)) + 0.5) * per_frame, values), unit,
                    len(values) * per_frame)


def plot_stop(info: StopInfo) -> go.Figure:
    """Draw the probability of the end over time."""
    figure = go.Figure(go.Scatter(
        x=info.line.x, y=info.line.y, mode="lines" if len(info.line.x) > 1 else "markers",
        line=dict(color=BLUE, width=2), name="stop probability",
        hovertemplate="%{y:.3f} at %{x:.2f} " + info.time_unit + "<extra></extra>"))
    figure.update_layout(height=220, showlegend=False, margin=dict(t=16))
    figure.update_xaxes(title_text=time_title(info.time_unit), range=[0, info.length] if info.length else None)
    figure.update_yaxes(title_text="stop probability (0–1)", range=[-0.02, 1.02])
    return figure


def _difference(mel: NDArray, target: NDArray, per_frame: float, track: str, limit: int) -> Optional[MelRow]:
    frames = min(len(mel), len(target))
    if mel.shape[1] != target.shape[1]:
        return None
    pooled, centres = pool_extreme(mel[:frames].astype(np.float32) - target[:frames], axis=0, limit=limit)
    return MelRow("Difference: predicted − recording", centres * per_frame, frames * per_frame, pooled.T, True, track)


def _colour_axes(figure: go.Figure, info: MelInfo) -> dict[str, Any]:
    """Return the scales, each bar beside a spectrogram it belongs to."""
    axes: dict[str, Any] = {}
    for number, row in enumerate(info.rows, start=1):
        low, high = figure.layout["yaxis" if number == 1 else f"yaxis{number}"].domain
        shown = (-FAR_OFF, -2.0, 0.0, 2.0, FAR_OFF) if row.is_difference else (-10.0, -7.5, -5.0, -2.5, 0.0)
        bar = dict(y=(low + high) / 2, len=high - low, lenmode="fraction", tickmode="array",
                   tickvals=[TENTHS * value for value in shown], ticktext=[f"{value:g}" for value in shown])
        if row.is_difference and "coloraxis2" not in axes:
            axes["coloraxis2"] = dict(
                colorscale=DIFFERENCE_SCALE, cmin=-TENTHS * FAR_OFF, cmax=TENTHS * FAR_OFF, colorbar=dict(
                    **bar, thickness=10, outlinewidth=0, tickfont=dict(size=11),
                    title=dict(text="difference (ln)", side="right", font=dict(size=12))))
        if not row.is_difference and "coloraxis" not in axes:
            axes["coloraxis"] = dict(colorscale=MEL_SCALE, cmin=TENTHS * SILENCE, cmax=TENTHS * LOUD, colorbar=dict(
                **bar, title=dict(text="ln-magnitude", side="right")))
    return axes


def _in_tenths(values: NDArray[np.float32]) -> NDArray:
    """Return whole tenths: bytes, or float32 where there are holes, which a byte cannot hold."""
    tenths = np.clip(np.round(values * TENTHS), -128, 127)
    return tenths.astype(np.int8) if np.isfinite(values).all() else tenths.astype(np.float32)


def _bands(num_bands: int, fmin: Optional[float], fmax: Optional[float]) -> tuple[tuple[float, int], ...]:
    """Return the place of round frequencies on the axis of bands."""
    if not num_bands or fmin is None or fmax is None:
        return ()
    # Band centres lie evenly in mel between the edges, one step in from each (mytts_core.audio.mel.mel_filterbank).
    centres_hz = mel_to_hz(np.linspace(hz_to_mel(fmin), hz_to_mel(fmax), num_bands + 2)[1:-1])
    return tuple((float(np.interp(hz, centres_hz, np.arange(num_bands))), hz)
                 for hz in _NAMED_HZ if centres_hz[0] <= hz <= centres_hz[-1])
