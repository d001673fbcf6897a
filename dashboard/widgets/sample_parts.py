"""What a page shows and exports of a sample: its sounds, mels and arrays under the names used everywhere."""

from __future__ import annotations

from typing import Optional

import numpy as np
from numpy.typing import NDArray

from dashboard.figures.alignment import get_alignment_info
from dashboard.figures.exports import AlignmentExport
from dashboard.figures.listening import get_listening_info
from dashboard.figures.samples import has_lost_text
from dashboard.widgets import listening
from dashboard.widgets.attention import Reading, one_head
from mytts_core.runs.reader import Sample
from mytts_core.runs.types import FaultRecord

RECORDED, PREDICTED, FREE = "Recording", "Predicted, teacher-forced", "Predicted, free running"
MEL_TRACKS = {RECORDED: listening.RECORDING, PREDICTED: listening.RECORDING, FREE: listening.FREE_RUNNING}


def tracks(sample: Sample, prefix: str = "", label: str = "") -> list[listening.Track]:
    """Return the recording and the free-running take, each with the times that the run's chosen head reads at.

    `prefix` keeps tracks of two samples on one page apart, `label` says which sample it is.
    """
    summary = sample.summary
    kinds = ((listening.RECORDING, "Recording", sample.target_audio, sample.teacher_forced.attention, ()),
             (listening.FREE_RUNNING, "Free running", sample.free_running_audio, sample.free_running.attention,
              path_faults(sample)))
    return [listening.Track(prefix + name, label + title, path, get_listening_info(
        one_head(attention, summary.head), summary.tokens, reduction_factor=summary.reduction_factor,
        frames_per_second=summary.frames_per_second), faults, summary.frames_per_second)
        for name, title, path, attention, faults in kinds]


def mels(sample: Sample) -> dict[str, Optional[NDArray[np.float32]]]:
    """Return the mel spectrograms by the names of `MEL_TRACKS`, None where there is none."""
    return {RECORDED: sample.teacher_forced.mel_target, PREDICTED: sample.teacher_forced.mel_predicted,
            FREE: sample.free_running.mel_predicted}


def alignment_exports(sample: Sample, reading: Reading) -> list[AlignmentExport]:
    """Return the alignments that are there, of the head that is looked at."""
    summary = sample.summary
    found = []
    for name, attention in (("teacher-forced", sample.teacher_forced.attention),
                            ("free running", sample.free_running.attention)):
        matrix = one_head(attention, reading.head)
        if matrix is None or not matrix.size:
            continue
        info = get_alignment_info(matrix, summary.tokens, reduction_factor=summary.reduction_factor,
                                  frames_per_second=summary.frames_per_second)
        found.append(AlignmentExport(name, f"{summary.id}, step {summary.step:,}, {name}", np.repeat(
            matrix, summary.reduction_factor, axis=0), summary.tokens, summary.frames_per_second, info))
    return found


def arrays(sample: Sample) -> dict[str, NDArray]:
    """Return every array of a sample, with text, tokens and rates, for an NPZ."""
    summary = sample.summary
    found: dict[str, NDArray] = {
        f"{kind}_{name}": array for kind, group in (("teacher_forced", sample.teacher_forced),
                                                    ("free_running", sample.free_running))
        for name, array in group._asdict().items() if array is not None}
    if not found:
        return {}
    return {**found, "tokens": np.array(summary.tokens, np.str_), "text": np.array(summary.text, np.str_),
            "frames_per_second": np.array(summary.frames_per_second),
            "reduction_factor": np.array(summary.reduction_factor)}


def path_faults(sample: Sample) -> tuple[FaultRecord, ...]:
    """Return the faults of free running to mark; none where no path stands out, along which they would be."""
    free = sample.summary.free_running
    return () if free is None or has_lost_text(free) else free.faults
