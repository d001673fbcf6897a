"""Evaluations as lines of text for the command line."""

from __future__ import annotations

import math
from collections.abc import Sequence

from mytts_core.evaluation.alignment import AlignmentEvaluation
from mytts_core.evaluation.held_out import Evaluated
from mytts_core.evaluation.intelligibility import Intelligibility
from mytts_core.evaluation.measures.catalogue import BY_KEY, MODES
from mytts_core.runs.evaluation_files import EvaluationColumn

SHOWN_FAULTS = 2
_WIDTH = 20


def heading(evaluated: Evaluated) -> list[str]:
    """Return what was judged, on what, and by which head."""
    layer, head = evaluated.head
    return [f"{evaluated.name}: {len(evaluated.held_out)} held-out sentences of {evaluated.features.folder}",
            f"attention of layer {layer}, head {head} ({evaluated.head_source}), window off",
            *(f"note: {note}" for note in evaluated.notes)]


def attention_lines(result: AlignmentEvaluation) -> list[str]:
    """Return mean scores of the attention, and the worst takes."""
    lines = [f"{'':16}{'diagonality':>12}{'focus':>8}{'coverage':>10}{'monotonicity':>14}"]
    for mode in ("teacher_forced", "free_running"):
        values = [result.mean(mode, name) for name in ("diagonality", "focus", "coverage", "monotonicity")]
        lines.append(f"{mode.replace('_', '-'):16}{values[0]:12.3f}{values[1]:8.3f}{values[2]:10.3f}{values[3]:14.3f}")
    lines += ["", "worst, free-running:"]
    for item in result.worst():
        told = " ".join(item.words[:SHOWN_FAULTS]) or "no fault found"
        if len(item.words) > SHOWN_FAULTS:
            told += f" And {len(item.words) - SHOWN_FAULTS} more."
        lines.append(f"  {item.id}  {item.frames} of {item.target_frames} frames, {item.stop_reason}: {told}")
    return lines


def heard_lines(result: Intelligibility) -> list[str]:
    """Return what was heard of the worst takes."""
    lines = ["worst, free-running:"]
    for item in result.worst():
        lines += [f"  {item.id}  {item.text}", f"      heard: {item.synthesis}", f"      copy:  {item.copy}"]
    return lines


def measure_lines(columns: Sequence[EvaluationColumn]) -> list[str]:
    """Return a line a measure with its mean and interval in each kind of speech, and why others have none.

    Attention scores are left out: `attention_lines` has them.
    """
    found = {(column.measure, column.mode): column for column in columns
             if column.measure in BY_KEY and BY_KEY[column.measure].group != "alignment"}
    measures = [key for key in BY_KEY if any((key, mode) in found for mode in MODES)]
    if not measures:
        return []
    lines = [f"{'mean (95 % interval over sentences)':36}" + "".join(f"{name:>{_WIDTH}}" for name in MODES.values())]
    for key in measures:
        cells = (_cell(found.get((key, mode)), key) for mode in MODES)
        lines.append(f"{BY_KEY[key].title:36}" + "".join(f"{cell:>{_WIDTH}}" for cell in cells))
    return [*lines, *_missing(found)]


def _cell(column: EvaluationColumn | None, key: str) -> str:
    if column is None or math.isnan(column.mean):
        return "–"
    shown = BY_KEY[key].shown
    return f"{shown(column.mean)} ({shown(column.low)}–{shown(column.high)})"


def _missing(found: dict[tuple[str, str], EvaluationColumn]) -> list[str]:
    """Why columns, or sentences of them, have no value: a line a reason."""
    told: dict[str, list[str]] = {}
    for (key, mode), column in found.items():
        if column.reason:
            told.setdefault(column.reason, []).append(f"{BY_KEY[key].name}, {MODES.get(mode, mode)}")
        elif column.reasons:
            told.setdefault(f"{len(column.reasons)} of {len(column.values)} sentences without a value; one: "
                            f"{next(iter(column.reasons.values()))}", []).append(f"{BY_KEY[key].name}, "
                                                                                 f"{MODES.get(mode, mode)}")
    in_step = {BY_KEY[key].not_for["free_running"] for key, _ in found if "free_running" in BY_KEY[key].not_for}
    never = [f"PESQ and STOI have no value for free-running speech: {reason}" for reason in sorted(in_step)]
    return ([""] if told or never else []) + never + [f"{'; '.join(_shortened(names))}: {reason}"
                                                      for reason, names in told.items()]


def _shortened(names: list[str]) -> list[str]:
    """Measures that miss all their kinds of speech for one reason are named once."""
    return list(dict.fromkeys(name.rpartition(", ")[0] for name in names)) if len(names) > 1 else names
