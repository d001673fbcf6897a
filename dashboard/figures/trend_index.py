"""Which metrics runs have, and which of their tags a metric is made of."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np

from dashboard.figures import labels
from mytts_core.runs.types import Series

_PART_ORDER = ("training", "held out", "free running", "")


class Place(NamedTuple):
    """Where a line of a metric comes from."""

    run: str
    part: str
    tag: str


class TrendIndex(NamedTuple):
    """The scalars of runs, with what would be slow to look for metric by metric.

    Attributes:
        runs: run name → tag → series.
        places: metric → its lines.
        starts: run name → time of its first record in seconds since 1970 UTC, NaN where none has a time.
    """

    runs: Mapping[str, Mapping[str, Series]]
    places: Mapping[str, Sequence[Place]]
    starts: Mapping[str, float]


def index_trends(runs: Mapping[str, Mapping[str, Series]]) -> TrendIndex:
    """Sort the tags of runs by the metric that they are of."""
    places: dict[str, list[Place]] = {}
    for run, scalars in runs.items():
        for tag in scalars:
            metric, part = labels.split_tag(tag)
            places.setdefault(metric, []).append(Place(run, part, tag))
    order = {run: number for number, run in enumerate(runs)}
    for found in places.values():
        found.sort(key=lambda place: (order[place.run], _PART_ORDER.index(place.part)))
    return TrendIndex(runs, places, {run: _first_time(scalars) for run, scalars in runs.items()})


def metrics_by_section(index: TrendIndex) -> dict[str, list[str]]:
    """Return section → metrics present in any run, in the order they are shown; sections without a metric left out."""
    known = [metric for metric in labels.known_metrics() if metric in index.places]
    ordered = known + sorted(index.places.keys() - set(known))
    sections: dict[str, list[str]] = {name: [] for name in labels.SECTION_NAMES}
    for metric in ordered:
        sections[labels.section(metric)].append(metric)
    return {name: metrics for name, metrics in sections.items() if metrics}


def find_metrics(index: TrendIndex, patterns: Sequence[str]) -> list[str]:
    """Return the metrics that any of the patterns asks for, all of them where there is none.

    A pattern is a tag ('train/loss'), a metric ('loss'), or a part of either or of the metric's name.
    """
    ordered = [metric for metrics in metrics_by_section(index).values() for metric in metrics]
    if not patterns:
        return ordered
    found: set[str] = set()
    for pattern in patterns:
        metric = labels.split_tag(pattern)[0]
        found.update([metric] if metric in index.places else [one for one in ordered if _mentions(one, pattern)])
    return [metric for metric in ordered if metric in found]


def _mentions(metric: str, pattern: str) -> bool:
    return any(pattern.casefold() in name.casefold() for name in (metric, labels.metric_name(metric)))


def _first_time(scalars: Mapping[str, Series]) -> float:
    times = [float(series.wall_times[0]) for series in scalars.values() if len(series.wall_times)]
    return min((time for time in times if np.isfinite(time)), default=float("nan"))
