"""The tables of a run: what each temperature does, what that is of the speaker's own spread, and the bounds."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from benchmarks.report import Table
from benchmarks.temperature_bounds import ABOVE_ZERO, Evidence, criteria_of, flattening
from benchmarks.temperature_statistics import Estimate
from benchmarks.temperature_summary import Summary, fault_share
from benchmarks.temperature_takes import FAULTS, Spoken
from mytts_core.evaluation.criteria import Criterion


def tables_of(evidence: Evidence, num_heard: int) -> list[Table]:
    """Return the tables of a run; a recogniser heard `num_heard` seeds of each text and temperature."""
    texts = len({take.text for take in evidence.spoken})
    seeds = len(evidence.spoken) // texts // len(evidence.summaries)
    title = f"Temperature: {evidence.name} ({evidence.checkpoint})"
    return [
        Table(title, ("temperature", "duration, CV %", "median pitch, SD semitones", "the same, read off the mel",
                      "pitch within a take, SD semitones", "mel distance of two takes, dB", "from that at 1.0, dB",
                      "length against 1.0, %", "word errors"),
              [_row(item) for item in evidence.summaries],
              (f"{texts} held-out texts, {seeds} seeds: within each text over its seeds, then the mean over texts with "
               "its 95 % t interval; at 1.0 and below all seeds give one take",
               "pitch: of the waveform that Griffin-Lim makes, over voiced frames; read off the mel: over the same "
               "frames, from the ripple that harmonics leave in its low bands, without a vocoder",
               "mel distance: root mean square over bands, mean along the path of dynamic time warping, before any "
               f"vocoder; word errors: pocketsphinx with its own language model, {num_heard} seeds a text (one at 1.0 "
               "and below)")),
        _shares(f"{title}: shares", evidence),
        _faults(f"{title}: failed takes", evidence, f"{texts} texts, {seeds} seeds"),
        _bounds(f"{title}: bounds", criteria_of(evidence), flattening(evidence.flat))]


def _row(item: Summary) -> tuple[str, ...]:
    errors = f"{100 * item.words.errors / item.words.words:.0f} % of {item.words.words}" if item.words.words else "–"
    return (f"{item.temperature:g}", _estimate(item.duration, 2), _estimate(item.pitch, 3),
            _estimate(item.mel_pitch, 3), _estimate(item.pitch_spread, 2), _estimate(item.between, 2),
            _estimate(item.from_neutral, 2), _estimate(item.length, 2, sign="+"), errors)


def _shares(title: str, evidence: Evidence) -> Table:
    speaker, left_open = evidence.speaker, evidence.open_spread
    whole = np.array([speaker.duration_percent, speaker.pitch])
    rows: list[tuple[str, ...]] = []
    for item in evidence.summaries:
        found = np.array([item.duration.value, item.pitch.value])
        of_open = found / (whole * left_open[:2]) if left_open is not None else np.full(2, np.nan)
        rows.append((f"{item.temperature:g}", *(_percent(value) for pair in zip(found / whole, of_open)
                                                for value in pair),
                     _percent(item.pitch_spread.value / speaker.pitch_spread), *(_number(r) for r in item.follows)))
    notes = ["the speaker's: the standard deviation over the recordings of the training, no text twice (corpus in "
             f"config.json): {speaker.duration_percent:.1f} % in frames per token (of its logarithm), "
             f"{speaker.pitch:.2f} semitones in median pitch; within a recording the pitch deviates by "
             f"{speaker.pitch_spread:.2f} semitones in the mean"]
    if left_open is not None:
        notes.append("what the text leaves open is that spread times the deviation that the model predicts for these "
                     f"texts: {_percent(left_open[0])} of it in duration, {_percent(left_open[1])} in pitch; a decoder "
                     "that follows its prosody fully shows 19, 48 and 95 % of it at 1.2, 1.5 and 2.0 (draws end at "
                     "2.5 deviations)")
    return Table(title, ("temperature", "duration, of the speaker's", "of what the text leaves open",
                         "median pitch, of the speaker's", "of what the text leaves open",
                         "pitch within a take, of a recording's", "length follows its draw, r",
                         "pitch follows its draw, r"), rows, notes)


def _faults(title: str, evidence: Evidence, ten: str) -> Table:
    rows = []
    for item in evidence.summaries:
        cells = []
        for takes in (evidence.spoken, evidence.wide):
            chosen = [take for take in takes if take.temperature == item.temperature]
            cells += [_fault_cell(chosen), ", ".join(f"{name} {_count(chosen, name)}" for name in FAULTS)]
        rows.append((f"{item.temperature:g}", *cells))
    num_wide = len({take.text for take in evidence.wide})
    return Table(title, ("temperature", ten, "of these", "every held-out text", "of these"), rows, (
        "failed: skips, repeats, leaves the end out, or does not end by its stop token, with the 95 % Wilson interval; "
        "equal takes count once",
        f"every held-out text: {num_wide}, each with {len(_at(evidence.wide, 1.5)) // num_wide} seeds above 1.0"))


def _bounds(title: str, criteria: Sequence[Criterion], flatter: Estimate) -> Table:
    rows = [(item.name, f"{item.value:.3g}{item.unit}", _bound(item), "holds" if item.holds else "FAILS")
            for item in criteria]
    kept = sum(item.holds for item in criteria)
    return Table(title, ("what", "found", "bound", "verdict"), rows, (
        f"{kept} of {len(criteria)} bounds hold",
        f"0.8 is flatter than 1.0 by {_estimate(flatter, 3)} semitones, over every held-out text"))


def _bound(item: Criterion) -> str:
    if item.bound == ABOVE_ZERO:
        return "> 0"
    return f"{'≤' if item.at_most else '≥'} {item.bound:.3g}{item.unit}"


def _at(takes: Sequence[Spoken], temperature: float) -> list[Spoken]:
    return [take for take in takes if take.temperature == temperature]


def _fault_cell(takes: Sequence[Spoken]) -> str:
    found = fault_share(takes)
    return f"{100 * found.value:.1f} % ({100 * found.low:.1f} to {100 * found.high:.1f})"


def _count(takes: Sequence[Spoken], fault: str) -> int:
    return len({(take.text, take.mel.tobytes()) for take in takes if fault in take.faults})


def _estimate(found: Estimate, places: int, sign: str = "") -> str:
    if not np.isfinite(found.value):
        return "–"
    return f"{found.value:{sign}.{places}f} ({found.low:{sign}.{places}f} to {found.high:{sign}.{places}f})"


def _percent(value: float) -> str:
    return f"{100 * value:.0f} %" if np.isfinite(value) else "–"


def _number(value: float) -> str:
    return f"{value:.2f}" if np.isfinite(value) else "–"
