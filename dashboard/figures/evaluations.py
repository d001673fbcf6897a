"""Evaluations as rows: columns for the table of checkpoints, the measures of one, and its sentences."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple, Optional

from mytts_core.evaluation.measures.catalogue import (
    BY_KEY,
    CATALOGUE,
    FREE_RUNNING,
    HIGHER,
    MODES,
    NEAR_ONE,
    SIGNS,
    MeasureInfo,
)
from mytts_core.runs.evaluation_files import EvaluationColumn, EvaluationRecord

HEADLINES = (("mcd", FREE_RUNNING), ("f0_error", FREE_RUNNING), ("duration_error", FREE_RUNNING),
             ("cer", FREE_RUNNING), ("dnsmos", FREE_RUNNING), ("pesq", "teacher_forced"), ("stoi", "teacher_forced"))
"""What the table of checkpoints shows: as it is heard where that means something, else the next-frame prediction."""


class HeadlineColumn(NamedTuple):
    """A column of the table of checkpoints.

    Attributes:
        title: short name with the direction that is better; `help` what it is, in a sentence.
        places: digits after the point; `unit` for the format of a cell.
        values: mean by step, NaN where there is none.
    """

    title: str
    help: str
    places: int
    unit: str
    values: dict[int, float]


class MeasureRow(NamedTuple):
    """A measure of one checkpoint: mean and interval in each mode as text, in the order of `MODES`.

    Attributes:
        why: what would fill empty cells, or how many sentences have no value; `never_meant` has the cells that stay so.
        explanation: what the measure is.
    """

    title: str
    cells: tuple[str, ...]
    why: str
    explanation: str


class SentenceTable(NamedTuple):
    """Sentences of one evaluation in one mode, the worst first.

    Attributes:
        infos: a measure a column of `values`, which has a row a sentence.
        remarks: why a sentence lacks values, '' where it lacks none.
    """

    infos: tuple[MeasureInfo, ...]
    ids: tuple[str, ...]
    texts: tuple[str, ...]
    values: tuple[tuple[float, ...], ...]
    remarks: tuple[str, ...]


def get_headlines(records: Sequence[EvaluationRecord]) -> list[HeadlineColumn]:
    """Return the columns that have a value at some checkpoint."""
    found = []
    for key, mode in HEADLINES:
        values = {record.step: column.mean for record in records if (column := record.column(key, mode)) is not None}
        if any(math.isfinite(value) for value in values.values()):
            info = BY_KEY[key]
            found.append(HeadlineColumn(
                f"{info.short} {SIGNS[info.better]}",
                f"{info.name}, {MODES[mode]}, mean over held-out sentences ({_direction(info)}). {info.explanation}.",
                info.places, info.unit, values))
    return found


def get_measure_rows(record: EvaluationRecord) -> list[MeasureRow]:
    """Return a row a measure of the catalogue; those that were not measured say how to get them."""
    return [_measure_row(record, info) for info in CATALOGUE]


def never_meant() -> list[str]:
    """Return a line a reason for which measures mean nothing for a kind of speech."""
    said: dict[str, tuple[dict[str, None], dict[str, None]]] = {}      # dicts as sets that keep their order
    for info in CATALOGUE:
        for mode, reason in info.not_for.items():
            names, kinds = said.setdefault(reason, ({}, {}))
            names[info.name], kinds[MODES[mode]] = None, None
    return [f"{', '.join(names)}: none for {' and '.join(kinds)}; {reason}." for reason, (names, kinds) in said.items()]


def measured_modes(record: EvaluationRecord) -> list[str]:
    """Return the modes that have a value, what one hears first."""
    order = [FREE_RUNNING, *(mode for mode in MODES if mode != FREE_RUNNING)]
    return [mode for mode in order if any(column.mode == mode and column.count for column in record.columns)]


def worst_by_choices(record: EvaluationRecord, mode: str) -> list[str]:
    """Return the measures by which the sentences of a mode can be ordered: those with a value, as in the catalogue."""
    return [info.key for info in CATALOGUE if (column := record.column(info.key, mode)) is not None and column.count]


def get_sentence_table(record: EvaluationRecord, mode: str, worst_by: str) -> SentenceTable:
    """Return the sentences with every value of a mode, the worst of one measure first; without a value last."""
    columns = [(info, column) for info in CATALOGUE
               if (column := record.column(info.key, mode)) is not None and column.count]
    ordering = next((column for info, column in columns if info.key == worst_by), None)
    order = sorted(range(len(record.ids)), key=lambda place: _badness(ordering, BY_KEY.get(worst_by), place))
    return SentenceTable(
        tuple(info for info, _ in columns), tuple(record.ids[place] for place in order),
        tuple(record.texts[place] for place in order),
        tuple(tuple(column.values[place] for _, column in columns) for place in order),
        tuple(_remark(columns, place) for place in order))


def _measure_row(record: EvaluationRecord, info: MeasureInfo) -> MeasureRow:
    columns = {mode: record.column(info.key, mode) for mode in info.modes}
    cells = tuple(_cell(columns.get(mode), info) for mode in MODES)
    reasons = dict.fromkeys(column.reason for column in columns.values() if column is not None and column.reason)
    partly = sum(len(column.reasons) for column in columns.values() if column is not None and not column.reason)
    if all(column is None for column in columns.values()):
        why = "not measured: run mytts evaluate RUN"
    else:
        why = "; ".join(reasons) or (f"{partly} sentence{'s' * (partly > 1)} without a value" if partly else "")
    return MeasureRow(info.title, cells, why, info.explanation)


def _cell(column: Optional[EvaluationColumn], info: MeasureInfo) -> str:
    if column is None or not math.isfinite(column.mean):
        return "–"
    return f"{info.shown(column.mean)} ({info.shown(column.low)}–{info.shown(column.high)})"


def _direction(info: MeasureInfo) -> str:
    return "nearer to 1 is better" if info.better == NEAR_ONE else f"{info.better} is better"


def _badness(column: Optional[EvaluationColumn], info: Optional[MeasureInfo], place: int) -> float:
    """Rising: the worst place first, one without a value last."""
    value = column.values[place] if column is not None else math.nan
    if info is None or not math.isfinite(value):
        return math.inf
    if info.better == NEAR_ONE:
        return -abs(math.log(value)) if value > 0 else -math.inf
    return value if info.better == HIGHER else -value


def _remark(columns: Sequence[tuple[MeasureInfo, EvaluationColumn]], place: int) -> str:
    said: dict[str, list[str]] = {}
    for info, column in columns:
        if place in column.reasons:
            said.setdefault(column.reasons[place], []).append(info.name)
    return "; ".join(f"{', '.join(names)}: {reason}" for reason, names in said.items())
