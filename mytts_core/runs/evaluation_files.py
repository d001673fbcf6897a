"""What `mytts evaluate` found, kept in the run folder: `evaluation/step_000500.json`, a checkpoint each.

Values stand by measure and kind of speech (`mytts_core.evaluation.measures.catalogue` names both), in the order of the
sentences. Reading never fails on what is damaged: what is missing or of another type is left out.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Optional

from mytts_core.runs import schema
from mytts_core.runs.atomic_files import write_json
from mytts_core.runs.json_files import items, number, read_object, whole, words

_DIGITS = 5
_PLACE = re.compile(r"[0-9]{1,9}")


@dataclass(frozen=True)
class EvaluationColumn:
    """One measure of one kind of speech.

    Attributes:
        measure, mode: keys of the catalogue, for example `mcd` and `free_running`.
        mean: over the sentences that have a value, NaN where none has; for a rate it is the rate over all of them.
        low, high: 95 % interval of the mean over sentences.
        values: a sentence each, NaN where there is none; empty where nothing was measured.
        reason: why nothing was measured, and the way out; '' where something was.
        reasons: by the sentence's place, why that one has no value.
    """

    measure: str
    mode: str
    mean: float = math.nan
    low: float = math.nan
    high: float = math.nan
    values: tuple[float, ...] = ()
    reason: str = ""
    reasons: Mapping[int, str] = field(default_factory=dict)

    @property
    def count(self) -> int:
        """How many sentences have a value."""
        return sum(not math.isnan(value) for value in self.values)


@dataclass(frozen=True)
class EvaluationRecord:
    """The evaluation of one checkpoint.

    Attributes:
        step: of the checkpoint; `checkpoint` its file name, `weights` the SHA-256 of its bytes.
        created: ISO 8601 UTC.
        corpus: fingerprint of the corpus; `vocoder` what made its audio, in words.
        ids, texts: the held-out sentences; `held_out` how many the run has.
        columns: what was measured, and what was not, with the reason.
        notes: what the reader of the figures must know.
        problem: why the file could not be read, in words.
    """

    step: int
    checkpoint: str = ""
    weights: str = ""
    created: str = ""
    corpus: str = ""
    vocoder: str = ""
    ids: tuple[str, ...] = ()
    texts: tuple[str, ...] = ()
    held_out: int = -1
    columns: tuple[EvaluationColumn, ...] = ()
    notes: tuple[str, ...] = ()
    problem: str = ""

    def column(self, measure: str, mode: str) -> Optional[EvaluationColumn]:
        """Return one column, None where it is not there."""
        return next((one for one in self.columns if (one.measure, one.mode) == (measure, mode)), None)


def evaluation_file(run: Path, step: int) -> Path:
    """Return where the evaluation of a checkpoint lies."""
    return run / schema.EVALUATION_FOLDER / f"{schema.step_name(step)}.json"


def write_evaluation(run: Path, record: EvaluationRecord) -> Path:
    """Keep an evaluation, whole or not at all; one of the same step is replaced.

    Raises:
        OSError: where the folder cannot be written.
    """
    path = evaluation_file(run, record.step)
    path.parent.mkdir(exist_ok=True)
    write_json(path, evaluation_object(record))
    return path


def evaluation_object(record: EvaluationRecord) -> dict[str, Any]:
    """Return an evaluation as a JSON object; values have five digits."""
    columns = []
    for column in record.columns:
        described: dict[str, Any] = {"measure": column.measure, "mode": column.mode}
        if column.values:
            described |= {"mean": _short(column.mean), "interval": [_short(column.low), _short(column.high)],
                          "values": [_short(value) for value in column.values]}
        if column.reason:
            described["reason"] = column.reason
        if column.reasons:
            described["reasons"] = {str(place): reason for place, reason in column.reasons.items()}
        columns.append(described)
    return {schema.SCHEMA_FIELD: schema.EVALUATION_VERSION, "step": record.step, "checkpoint": record.checkpoint,
            "weights": record.weights, "created": record.created, "corpus": record.corpus, "vocoder": record.vocoder,
            "held_out": record.held_out, "notes": list(record.notes),
            "sentences": [{"id": identity, "text": text} for identity, text in zip(record.ids, record.texts)],
            "columns": columns}


def find_evaluations(run: Path) -> dict[int, Path]:
    """Return step → file of the evaluations of a run, rising."""
    try:
        found = {int(match.group(1)): path for path in (run / schema.EVALUATION_FOLDER).iterdir()
                 if (match := schema.EVALUATION_PATTERN.match(path.name)) and path.is_file()}
    except OSError:
        return {}
    return dict(sorted(found.items()))


def read_evaluations(run: Path) -> list[EvaluationRecord]:
    """Return the evaluations of a run, by step; one that cannot be read has a `problem` and no columns."""
    return [read_evaluation(step, path) for step, path in find_evaluations(run).items()]


def read_evaluation(step: int, path: Path) -> EvaluationRecord:
    """Read one evaluation; the step is that of the file's name."""
    record, problem = read_object(path)
    version = whole(record.get(schema.SCHEMA_FIELD), schema.EVALUATION_VERSION)
    if not problem and version > schema.EVALUATION_VERSION:
        problem = f"{path.name} has version {version}, this MyTTS reads up to {schema.EVALUATION_VERSION}: update MyTTS"
    if problem:
        return EvaluationRecord(step, problem=problem)
    sentences = [item for item in items(record.get("sentences")) if isinstance(item, Mapping)]
    columns = [_column(item, len(sentences)) for item in items(record.get("columns")) if isinstance(item, Mapping)]
    return EvaluationRecord(
        step, words(record.get("checkpoint")), words(record.get("weights")), words(record.get("created")),
        words(record.get("corpus")), words(record.get("vocoder")),
        tuple(words(item.get("id")) for item in sentences), tuple(words(item.get("text")) for item in sentences),
        whole(record.get("held_out")), tuple(column for column in columns if column.measure and column.mode),
        tuple(words(note) for note in items(record.get("notes"))))


def _column(item: Mapping[str, Any], num_sentences: int) -> EvaluationColumn:
    values = tuple(number(value) for value in items(item.get("values")))
    if len(values) != num_sentences:
        values = ()                     # which sentence a value belongs to cannot be told any more
    interval = [number(value) for value in items(item.get("interval"))]
    low, high = interval if len(interval) == 2 else (math.nan, math.nan)
    reasons = item.get("reasons")
    return EvaluationColumn(
        words(item.get("measure")), words(item.get("mode")), number(item.get("mean")), low, high, values,
        words(item.get("reason")),
        {int(place): words(reason) for place, reason in reasons.items() if _PLACE.fullmatch(place)}
        if isinstance(reasons, Mapping) else {})


def _short(value: float) -> float:
    return float(f"{value:.{_DIGITS}g}")
