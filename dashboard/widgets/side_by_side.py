"""The same held-out sample by two checkpoints."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple, Optional

import streamlit as st

from dashboard import cache
from dashboard.figures.checkpoints import nearest_step
from dashboard.figures.findings import get_findings
from dashboard.widgets import attention, listening, sample_parts, spectrograms, style
from mytts_core.config import AudioConfig
from mytts_core.runs.reader import Run
from mytts_core.runs.types import SampleSummary


class Shown(NamedTuple):
    """One side: its run, and the samples of the step nearest to the checkpoint, by id."""

    title: str
    run: Run
    samples: dict[str, SampleSummary]

    @property
    def audio(self) -> Optional[AudioConfig]:
        return self.run.config.audio if self.run.config else None


def find(root: Path, title: str, run: Run, step: int) -> Shown:
    """Return the samples nearest to a checkpoint: the last ones before it, where there are some."""
    nearest = nearest_step(run.sample_steps(), step)
    found = cache.samples(root, run, nearest) if nearest is not None else []
    return Shown(title, run, {summary.id: summary for summary in found})


def pick(sides: Sequence[Shown]) -> tuple[str, list[str]]:
    """Let one of the samples that both sides have be chosen; return it with all of them, or say that there is none."""
    common = [name for name in sides[0].samples if all(name in side.samples for side in sides)]
    if not common:
        style.show_empty("No held-out sample is in both", "Samples are written at their own steps: see that both runs "
                         "have some (training.sample_interval), of the same sentences.")
        return "", []
    return st.selectbox("Held-out sample", common, key="held_out", bind="query-params"), common


def show(root: Path, sides: Sequence[Shown], identity: str) -> None:
    """Show what each side made of the sample: findings, sounds, attention, mel."""
    samples = [cache.sample(root, side.samples[identity]) for side in sides]
    style.show_said(samples[0].summary.text)
    for column, side in zip(st.columns(2), sides):
        with column:
            style.show_note(f"{side.title}: samples of step {side.samples[identity].step:,}")
            style.show_facts(get_findings(side.samples[identity]))
    listening.show(root, [track for number, (side, sample) in enumerate(zip(sides, samples))
                          for track in sample_parts.tracks(sample, f"{number}_", f"{side.title}: ")])
    for column, number, side, sample in zip(st.columns(2), range(2), sides, samples):
        with column:
            _show_side(side, sample, number)


def _show_side(side: Shown, sample: cache.reader.Sample, number: int) -> None:
    summary = sample.summary
    reading = attention.Reading(summary.tokens, summary.head, summary.reduction_factor, summary.frames_per_second)
    kinds = (("free running", sample.free_running.attention, sample_parts.path_faults(sample), listening.FREE_RUNNING),
             ("teacher-forced", sample.teacher_forced.attention, (), listening.RECORDING))
    for kind, matrix, faults, track in kinds:
        attention.show(f"{side.title}, {kind}", matrix, reading, faults, track=f"{number}_{track}",
                       hint="It was not written, or cannot be read.")
    tracks = {name: f"{number}_{track}" for name, track in sample_parts.MEL_TRACKS.items()}
    spectrograms.show(sample_parts.mels(sample), summary.frames_per_second, side.audio, tracks=tracks,
                      difference=(sample_parts.PREDICTED, sample_parts.RECORDED), key=f"mels {number}")
