"""Does attention read sentences that training never saw? Teacher-forced and free-running, window off, one head."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple, Optional

import numpy as np

from mytts_core.evaluation.criteria import Criterion
from mytts_core.evaluation.held_out import Evaluated
from mytts_core.evaluation.performance import Performance, perform
from mytts_core.monitoring.alignment import AlignmentScores, score_alignment
from mytts_core.synthesis.take import Progress, Take

LENGTH_TOLERANCE = 0.25
"""A take is of the right length within this share of the recording's."""

THRESHOLDS = {"diagonality": 0.85, "coverage": 0.7, "focus": 0.5}
SHARE_ENDED, SHARE_UNBROKEN = 0.9, 0.8


class SentenceResult(NamedTuple):
    """One held-out sentence.

    Attributes:
        target_frames, frames: of the recording and of the free-running take.
        ended: the take ended by its stop token, of the right length.
        unbroken: it skips and repeats nothing, and goes on to the end; attention that reads nothing is never unbroken.
        severity: of its worst fault; a fault from 1 on.
        words: its faults in words.
    """

    id: str
    text: str
    target_frames: int
    frames: int
    stop_reason: str
    teacher_forced: AlignmentScores
    free_running: AlignmentScores
    ended: bool
    unbroken: bool
    severity: float
    words: list[str]


@dataclass
class AlignmentEvaluation:
    """Scores over the held-out sentences; shares and scores are in 0..1."""

    sentences: list[SentenceResult]

    def mean(self, mode: str, score: str) -> float:
        """Return the mean of a score; `mode` is `teacher_forced` or `free_running`."""
        return float(np.mean([getattr(getattr(item, mode), score) for item in self.sentences]))

    @property
    def share_ended(self) -> float:
        """Share of takes that end by their stop token within 25 % of the true length."""
        return float(np.mean([item.ended for item in self.sentences]))

    @property
    def share_unbroken(self) -> float:
        """Share of takes that skip and repeat nothing."""
        return float(np.mean([item.unbroken for item in self.sentences]))

    def criteria(self) -> list[Criterion]:
        """Return what a run that has learnt to align must reach, and whether it does."""
        rows = [Criterion(f"{score}, {mode.replace('_', '-')}", self.mean(mode, score), least)
                for mode in ("teacher_forced", "free_running") for score, least in THRESHOLDS.items()]
        return [*rows,
                Criterion("free-running takes that end by their stop token within 25 % of the true length",
                          self.share_ended, SHARE_ENDED),
                Criterion("free-running takes that skip or repeat nothing, to the end", self.share_unbroken,
                          SHARE_UNBROKEN)]

    def worst(self, count: int = 5) -> list[SentenceResult]:
        """Return the sentences with the worst free-running takes, worst first."""
        return sorted(self.sentences, key=lambda item: (-item.severity, item.free_running.diagonality))[:count]

    def to_dict(self) -> dict[str, Any]:
        """Return everything as JSON types."""
        modes = ("teacher_forced", "free_running")
        return {"means": {mode: {name: self.mean(mode, name) for name in AlignmentScores._fields} for mode in modes},
                "criteria": [criterion.to_dict() for criterion in self.criteria()],
                "sentences": [{**item._asdict(), **{mode: getattr(item, mode)._asdict() for mode in modes}}
                              for item in self.sentences]}


def evaluate_alignment(evaluated: Evaluated, progress: Optional[Progress] = None,
                       performance: Optional[Performance] = None) -> AlignmentEvaluation:
    """Score every held-out sentence, as trained (teacher-forced) and as used (free-running).

    Args:
        performance: what the model made of the sentences; None makes it.
    """
    made = performance if performance is not None else perform(evaluated, progress)
    return AlignmentEvaluation([
        _result(example.id, example.text, len(example.mel),
                score_alignment(output.attention[evaluated.head], example.spoken), take)
        for example, output, take in zip(evaluated.held_out, made.teacher_forced, made.takes)])


def _result(identity: str, text: str, target_frames: int, teacher_forced: AlignmentScores,
            take: Take) -> SentenceResult:
    frames, report = len(take.mel), take.report
    of_right_length = abs(frames - target_frames) <= LENGTH_TOLERANCE * target_frames
    return SentenceResult(identity, text, target_frames, frames, take.stop_reason, teacher_forced, take.scores,
                          take.stop_reason == "stop_token" and of_right_length,
                          not report.skipped and not report.repeated and report.end_reached,
                          max(report.severity.values(), default=0.0), take.faults)
