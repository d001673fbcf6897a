"""What a report of a run holds, read from its folder: findings, curves, gradients, samples with sound, checkpoints."""

from __future__ import annotations

import datetime
import json
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Optional

from dashboard.figures import clipping, gradient_map, gradients
from dashboard.figures.alignment import get_alignment_info, plot_alignment
from dashboard.figures.checkpoints import get_checkpoint_rows
from dashboard.figures.findings import get_findings
from dashboard.figures.health import LEVEL_OF_SEVERITY, Fact, get_verdict, steps_in_words
from dashboard.figures.mel import get_mel_info, plot_mels
from dashboard.figures.samples import has_lost_text, rank_samples
from dashboard.figures.trend_index import index_trends, metrics_by_section
from dashboard.figures.trend_lines import get_trend_info
from dashboard.figures.trends import plot_trend
from dashboard.figures.variable_troubles import get_variable_troubles
from dashboard.report import page
from mytts_core import __version__
from mytts_core.diagnosis import diagnose
from mytts_core.runs import schema
from mytts_core.runs.reader import Run, Sample
from mytts_core.runs.types import Series

MAX_METRICS = 40
MAX_VARIABLES = 30
DEFAULT_SAMPLES = 6
_SAMPLE_FILES = (schema.SAMPLE_FILE, schema.TEACHER_FORCED_FILE, schema.FREE_RUNNING_FILE)


def build_report(run: Run, name: str, *, num_samples: int = DEFAULT_SAMPLES, now: Optional[float] = None) -> str:
    """Return a run as one HTML page.

    Args:
        name: what to call the run.
        num_samples: how many samples of the last step to show in full, the worst first.
        now: seconds since 1970 UTC; the current time by default.
    """
    made = datetime.datetime.now(datetime.UTC) if now is None else datetime.datetime.fromtimestamp(now, datetime.UTC)
    series = run.scalars()
    sections = [
        page.Section("Findings", list(_findings(run, len(series), now))),
        page.Section("Curves", list(_curves(name, series))),
        page.Section("Alignments", list(_alignments(run, num_samples))),
        page.Section("Gradients", list(_gradients(run, series))),
        page.Section("Checkpoints", list(_checkpoints(run))),
        page.Section("How it was made", list(_origin(run))),
    ]
    status = run.status
    notes = [f"{status.shown_state(now)}" if run.kind == "mytts" else f"written by another program ({run.kind})",
             f"step {status.step:,}" if status.step >= 0 else "", run.config.preset if run.config else "",
             run.run_info.created, f"report of {made:%Y-%m-%d %H:%M} UTC by MyTTS {__version__}"]
    return page.render(name, notes, sections)


def _findings(run: Run, num_metrics: int, now: Optional[float]) -> Iterator[str]:
    found = diagnose(run, now)
    verdict = get_verdict(found, num_metrics)
    if verdict is not None:
        yield page.facts([verdict])
    yield page.facts([Fact(LEVEL_OF_SEVERITY[one.severity], "\n".join(filter(None, [
        f"{one.title} ({steps_in_words(one)})" if steps_in_words(one) else one.title, one.explanation,
        f"Try: {one.advice}"]))) for one in found])
    yield from (page.note(problem) for problem in run.problems)


def _curves(name: str, series: Mapping[str, Series]) -> Iterator[str]:
    index = index_trends({name: dict(series)})
    sections = metrics_by_section(index)
    metrics = [(section, metric) for section, inside in sections.items() for metric in inside]
    if not metrics:
        yield page.note("No metrics were logged.")
    for section in dict.fromkeys(section for section, _ in metrics[:MAX_METRICS]):
        drawings = []
        for metric in (metric for place, metric in metrics[:MAX_METRICS] if place == section):
            info = get_trend_info(index, metric)
            if not info.is_empty:
                figure = plot_trend(info)
                if len(info.lines) > 1:     # no table beside it names the lines here
                    figure.update_layout(showlegend=True, margin=dict(t=60), height=figure.layout.height + 24)
                drawings.append(page.figure(figure, f"{metric} over steps"))
        yield page.heading(section) + page.side_by_side(drawings)
    if len(metrics) > MAX_METRICS:
        yield page.note(f"{len(metrics) - MAX_METRICS:,} more metrics are not shown.")


def _gradients(run: Run, series: Mapping[str, Series]) -> Iterator[str]:
    norms = run.gradient_norms()
    overall = gradients.get_global_norm_info(series.get(schema.GRADIENT_NORM), series.get(schema.CLIP_THRESHOLD))
    if overall.is_empty and not len(norms.steps):
        yield page.note("No gradient norms were logged.")
        return
    if not overall.is_empty:
        yield page.figure(gradients.plot_norm(overall), "global gradient norm and clipping threshold")
    clipped = clipping.get_clipping_info(series.get(schema.CLIPPED_SHARE), series.get(schema.GRADIENT_NORM),
                                         series.get(schema.CLIP_THRESHOLD))
    if not clipped.is_empty:
        yield page.note(clipping.clipping_words(clipped, run.config.training.clip_strategy if run.config else ""))
    troubles = get_variable_troubles(norms)
    if troubles:
        yield page.heading("Variables in trouble") + page.table(
            ("Variable", "Trouble", "Since step", "How"),
            [(one.name, one.kind, one.since, one.words) for one in troubles[:MAX_VARIABLES]])
        if len(troubles) > MAX_VARIABLES:
            yield page.note(f"and {len(troubles) - MAX_VARIABLES:,} more")
    layers = gradient_map.get_gradient_map_info(norms)
    if not layers.is_empty:
        yield page.heading("Every layer over steps")
        yield page.figure(gradient_map.plot_gradient_map(layers), "gradient norm of every layer over steps")


def _alignments(run: Run, num_samples: int) -> Iterator[str]:
    steps = run.sample_steps()
    written = run.samples(steps[-1]) if steps else []
    inside = [summary for summary in written
              if all(_is_inside(run, summary.folder / name) for name in _SAMPLE_FILES)]
    samples = {summary.id: summary for summary in inside}
    if len(inside) < len(written):
        yield page.note(f"{len(written) - len(inside):,} of {len(written):,} samples lead outside the run and were "
                        "left out.")
    if not written:
        yield page.note("No samples were written.")
    if not samples:
        return
    rows = rank_samples(list(samples.values()))
    yield page.note(f"{sum(row.fails for row in rows)} of {len(rows)} held-out samples fail at step {steps[-1]:,}, the "
                    "last one with samples; the worst come first.")
    yield page.table(
        ("Sample", "Verdict", "Free running: diagonality", "Teacher-forced: diagonality", "Focus", "Coverage",
         "Length ÷ recording", "Ended by", "Text"),
        [(row.id, row.verdict, row.free_diagonality, row.diagonality, row.focus, row.coverage, row.length_ratio,
          row.ended_by, row.text) for row in rows])
    for row in rows[:num_samples]:
        yield from _sample(run, Sample(samples[row.id]))


def _sample(run: Run, sample: Sample) -> Iterator[str]:
    summary, free = sample.summary, sample.summary.free_running
    yield page.heading(summary.id) + page.said(summary.text) + page.facts(get_findings(summary))
    yield page.side_by_side([_sound(run, "Recording", sample.target_audio),
                             _sound(run, "Free running", sample.free_running_audio)])
    faults = () if free is None or has_lost_text(free) else free.faults
    drawings = []
    for title, attention, marked in (("Teacher-forced", sample.teacher_forced.attention, ()),
                                     ("Free running", sample.free_running.attention, faults)):
        head = None
        if attention is not None and attention.ndim == 4:
            layer, place = summary.head or (-1, -1)
            inside = 0 <= layer < attention.shape[0] and 0 <= place < attention.shape[1]
            head = attention[layer, place] if inside else attention.mean(axis=(0, 1))
        info = get_alignment_info(head, summary.tokens, reduction_factor=summary.reduction_factor,
                                  frames_per_second=summary.frames_per_second, faults=marked)
        if not info.is_empty:
            drawings.append(page.figure(plot_alignment(info, title), f"{title} attention of {summary.id}"))
    yield page.side_by_side(drawings)
    audio = run.config.audio if run.config else None
    mels = get_mel_info(
        {"Recording": sample.teacher_forced.mel_target,
         "Predicted, teacher-forced": sample.teacher_forced.mel_predicted,
         "Predicted, free running": sample.free_running.mel_predicted}, frames_per_second=summary.frames_per_second,
        fmin=audio.fmin if audio else None, fmax=audio.fmax if audio else None,
        difference=("Predicted, teacher-forced", "Recording"))
    if not mels.is_empty:
        yield page.folded("Mel spectrograms", page.figure(plot_mels(mels), f"mel spectrograms of {summary.id}"))


def _sound(run: Run, label: str, path: Optional[Path]) -> str:
    if path is None:
        return ""
    if not _is_inside(run, path):
        return page.note(f"{label}: the file leads outside the run and was left out.")
    try:
        return page.sound(label, path.suffix, path.read_bytes())
    except OSError as error:
        return page.note(f"{label}: cannot be read ({error.strerror or error}).")


def _is_inside(run: Run, path: Path) -> bool:
    return Path(os.path.realpath(path)).is_relative_to(os.path.realpath(run.folder))


def _checkpoints(run: Run) -> Iterator[str]:
    rows = get_checkpoint_rows(run.checkpoints())
    if not rows:
        yield page.note("No checkpoint is kept.")
        return
    yield page.table(("Step", "Best", "Size (MB)", "Held-out loss", "Diagonality", "Free running", "Stops", "Weights"),
                     [(row.step, "★" if row.is_best else "", round(row.megabytes, 1), row.held_out_loss,
                       row.diagonality, row.free_diagonality, row.stop_rate, row.weights) for row in rows])


def _origin(run: Run) -> Iterator[str]:
    info = run.run_info
    if info.command:
        yield page.code(" ".join(info.command))
    known = [("Device", info.device), ("Git commit", info.git_commit), ("Python", info.python),
             ("Platform", info.platform), *sorted(info.libraries.items())]
    if any(value for _, value in known):
        yield page.table(("What", "Which"), [(name, value) for name, value in known if value])
    if run.config is not None:
        text = json.dumps(run.config.to_dict(), indent=1, ensure_ascii=False, default=str)
        yield page.folded("Configuration", page.code(text))
    elif not info.command:
        yield page.note("No configuration: not a run of MyTTS, or its config.json is missing or damaged.")
