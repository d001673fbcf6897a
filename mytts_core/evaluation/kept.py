"""An evaluation as the record that the run folder keeps, joined with what an earlier one had measured."""

from __future__ import annotations

import datetime
import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

from mytts_core.evaluation.held_out import Evaluated
from mytts_core.evaluation.measures.catalogue import BY_KEY, MODES
from mytts_core.runs.evaluation_files import (
    EvaluationColumn,
    EvaluationRecord,
    evaluation_file,
    read_evaluation,
    write_evaluation,
)
from mytts_core.vocoder import DEFAULT_VOCODER


class Kept(NamedTuple):
    """What became of an evaluation: the record as it now stands, and what was done with it, in words."""

    record: EvaluationRecord
    words: str


def make_record(evaluated: Evaluated, columns: Sequence[EvaluationColumn]) -> EvaluationRecord:
    """Return the record of an evaluation made now; an untrained model has no digest of its weights."""
    checkpoint, config = evaluated.synthesizer.checkpoint, evaluated.synthesizer.config
    weights = ""
    if evaluated.trained:
        with open(checkpoint.path, "rb") as stream:
            weights = hashlib.file_digest(stream, "sha256").hexdigest()
    now = datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds")
    examples = evaluated.held_out
    return EvaluationRecord(
        checkpoint.step, checkpoint.path.name, weights, now, evaluated.features.fingerprint, DEFAULT_VOCODER,
        tuple(example.id for example in examples), tuple(example.text for example in examples),
        len(config.corpus.held_out), _in_order(columns), tuple(evaluated.notes))


def keep(run: Path, record: EvaluationRecord) -> Kept:
    """Write a record into the run folder.

    What an earlier evaluation of the same weights and sentences measured beside it stays. One of more sentences of the
    same weights is not replaced by one of fewer. A folder that cannot be written is said, not raised.
    """
    if record.step < 0:
        return Kept(record, "not kept: the weights file names no step")
    before = read_evaluation(record.step, evaluation_file(run, record.step))
    if before.weights == record.weights and before.corpus == record.corpus:
        if len(before.ids) > len(record.ids):
            return Kept(record, f"not kept: {evaluation_file(run, record.step)} has {len(before.ids)} sentences of "
                                "these weights")
        record = join(before, record)
    try:
        return Kept(record, f"kept in {write_evaluation(run, record)}")
    except OSError as error:
        return Kept(record, f"not kept: {evaluation_file(run, record.step).parent} cannot be written "
                            f"({error.strerror or error})")


def join(before: EvaluationRecord, now: EvaluationRecord) -> EvaluationRecord:
    """Return the newer record with the columns that only the older one has values of, where both look at the same."""
    if (before.weights, before.corpus, before.vocoder, before.ids) != (now.weights, now.corpus, now.vocoder, now.ids):
        return now
    columns = {(column.measure, column.mode): column for column in now.columns}
    for column in before.columns:
        newer = columns.get((column.measure, column.mode))
        if newer is None or not newer.count and column.count:
            columns[column.measure, column.mode] = column
    return replace(now, columns=_in_order(columns.values()))


def _in_order(columns: Iterable[EvaluationColumn]) -> tuple[EvaluationColumn, ...]:
    """Columns in the order of the catalogue; those it does not know, of a newer program, last."""
    measures, modes = list(BY_KEY), list(MODES)

    def place(column: EvaluationColumn) -> tuple[int, int]:
        return (measures.index(column.measure) if column.measure in measures else len(measures),
                modes.index(column.mode) if column.mode in modes else len(modes))
    return tuple(sorted(columns, key=place))
