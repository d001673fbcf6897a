"""From what a model spoke to the record of a stress test: faults, the words they fall on, length, stop. NumPy alone."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, Optional

import numpy as np

from mytts_core.config import RunConfig
from mytts_core.evaluation.stress_reading import Reading, expected_frames
from mytts_core.evaluation.stress_record import Hearing, StressFault, StressOutcome
from mytts_core.monitoring.alignment_path import PathFault
from mytts_core.runs.types import AlignmentRecord
from mytts_core.synthesis.take import Take
from mytts_core.text.written_words import WrittenWords


class SpokenArrays(NamedTuple):
    """What is kept of a take for pictures and for clicking on words.

    Attributes:
        attention: uint8, (groups, S), the chosen head, 255 for a weight of 1; of several pieces, one behind the other.
        tokens: str, (S,).
        word_of_token: int32, (S,), numbers of `StressOutcome.words`, -1 for none.
    """

    attention: np.ndarray
    tokens: np.ndarray
    word_of_token: np.ndarray


def judge(reading: Reading, takes: Sequence[Take], config: RunConfig, seed: int = 0,
          heard: Optional[Hearing] = None) -> StressOutcome:
    """Return the record of a sentence.

    Args:
        takes: one a piece; none where the reading has a problem.
        seed: it was spoken with.
    """
    sentence = reading.sentence
    if reading.problem:
        return StressOutcome(sentence.id, sentence.category, sentence.text, reading.problem, unknown=reading.unknown)
    rate, factor = takes[0].frames_per_second, takes[0].reduction_factor
    faults: list[StressFault] = []
    told: list[str] = []
    tokens = words = frames = 0
    for number, (take, written) in enumerate(zip(takes, reading.written), start=1):
        faults += [_fault(fault, written, tokens, words, frames) for fault in take.report.faults]
        told += [line if len(takes) == 1 else f"Piece {number}: {line}" for line in take.faults]
        tokens, words = tokens + len(take.tokens), words + len(written.words)
        frames += factor * len(take.attention[take.head])
    spoken_frames = sum(len(take.mel) for take in takes)
    return StressOutcome(
        sentence.id, sentence.category, sentence.text, words=tuple(w for one in reading.written for w in one.words),
        unknown=reading.unknown, num_tokens=tokens, num_unknown=sum(take.num_unknown for take in takes),
        pieces=len(takes), seconds=spoken_frames / rate, frames_per_second=rate, reduction_factor=factor,
        expected_seconds=expected_frames(tokens - 2 * len(takes), config) / rate,
        stop_reasons=tuple(take.stop_reason for take in takes), jumps_back=sum(t.report.jumps_back for t in takes),
        scores=_scores(takes), faults=tuple(faults), told=tuple(told), seed=seed, heard=heard)


def spoken_arrays(reading: Reading, takes: Sequence[Take]) -> SpokenArrays:
    """Return what is kept of takes, one a piece."""
    matrices = [take.attention[take.head] for take in takes]
    attention = np.zeros((sum(len(one) for one in matrices), sum(one.shape[1] for one in matrices)), np.uint8)
    row = column = words = 0
    numbers: list[int] = []
    for matrix, written in zip(matrices, reading.written):
        scaled = np.nan_to_num(np.clip(matrix, 0, 1)) * 255
        attention[row:row + len(matrix), column:column + matrix.shape[1]] = scaled.round().astype(np.uint8)
        row, column = row + len(matrix), column + matrix.shape[1]
        numbers += [number + words if number >= 0 else -1 for number in written.of_token]
        words += len(written.words)
    return SpokenArrays(attention, np.array([token for take in takes for token in take.tokens], np.str_),
                        np.array(numbers, np.int32))


def _fault(fault: PathFault, written: WrittenWords, tokens: int, words: int, frames: int) -> StressFault:
    concerned = [number for number in written.of_token[fault.token_index:fault.last_token_index + 1] if number >= 0]
    if not concerned:       # a pause: the word before it
        concerned = [number for number in written.of_token[:fault.token_index] if number >= 0][-1:]
    first, last = (min(concerned) + words, max(concerned) + words) if concerned else (-1, -1)
    return StressFault(fault.kind, fault.token_index + tokens, fault.last_token_index + tokens, fault.token,
                       fault.start_frame + frames, fault.end_frame + frames, first, last)


def _scores(takes: Sequence[Take]) -> AlignmentRecord:
    """Return the scores of the pieces, each weighted by its frames."""
    weights = [max(len(take.mel), 1) for take in takes]
    values = {name: float(np.average([getattr(take.scores, name) for take in takes], weights=weights))
              for name in AlignmentRecord._fields}
    return AlignmentRecord(**values)
