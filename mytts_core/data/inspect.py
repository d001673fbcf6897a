"""What is in a corpus: durations, levels, clipping, silence, symbols, suspicious rows, and rows that cannot be used."""

from __future__ import annotations

import os
import unicodedata
from collections import Counter
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np

from mytts_core.audio.silence import MARGIN_MS
from mytts_core.audio.waveform import read_audio
from mytts_core.config import AudioConfig, TrainingConfig
from mytts_core.data.corpora import RowProblem, Utterance, read_corpus
from mytts_core.data.measure import Recording, measure
from mytts_core.errors import AudioError, CorpusError
from mytts_core.text.normalize import normalize
from mytts_core.text.symbols import is_spoken

_OUTLIER = 4.0               # robust z-score of characters per second
_QUIET_DB, _LONG_SILENCE = -35.0, 0.5
_FEW_MINUTES, _RARE_SYMBOL = 20.0, 5
LONGEST_TRAINED = TrainingConfig.max_frames / AudioConfig().frames_per_second
"""Seconds without the silence at the ends that a training takes by its defaults."""


@dataclass(frozen=True)
class Spread:
    """Smallest, 5th percentile, median, 95th percentile and largest of some values."""

    smallest: float
    low: float
    median: float
    high: float
    largest: float


@dataclass
class CorpusReport:
    """What `inspect_corpus` found.

    Attributes:
        recordings: one of each usable row; `symbols` counts the lower-case characters of the normalised texts.
        outliers: ids whose characters per second are far from the others': text and audio may not match.
        too_long: ids that training leaves out unless `training.max_frames` is raised.
        remarks: sentences on what may harm a training.
    """

    folder: str
    recordings: list[Recording]
    symbols: dict[str, int]
    outliers: list[str]
    too_long: list[str]
    problems: list[RowProblem]
    remarks: list[str] = field(default_factory=list)

    @property
    def total_seconds(self) -> float:
        """Duration of all usable recordings."""
        return sum(recording.seconds for recording in self.recordings)

    def spread(self, name: str) -> Spread:
        """Return the spread of a field of `Recording` over the corpus."""
        values = [getattr(recording, name) for recording in self.recordings]
        return Spread(*(float(value) for value in np.quantile(values, [0, 0.05, 0.5, 0.95, 1])))

    def counts(self, name: str) -> dict[Any, int]:
        """Return how many recordings have each value of a field, most frequent first."""
        return dict(Counter(getattr(recording, name) for recording in self.recordings).most_common())

    @property
    def clipped(self) -> list[str]:
        """Ids of recordings with clipped samples."""
        return [recording.id for recording in self.recordings if recording.clipped]

    def to_dict(self) -> dict[str, Any]:
        """Return the report as plain JSON types."""
        spreads = ("seconds", "peak_db", "level_db", "leading_seconds", "trailing_seconds", "characters",
                   "characters_per_second")
        return {"folder": self.folder, "utterances": len(self.recordings), "total_seconds": self.total_seconds,
                "sample_rates_hz": {str(k): v for k, v in self.counts("sample_rate").items()},
                "speakers": self.counts("speaker"), **{name: asdict(self.spread(name)) for name in spreads},
                "clipped": self.clipped, "symbols": self.symbols, "outliers": self.outliers,
                "too_long": self.too_long, "problems": [asdict(problem) for problem in self.problems],
                "remarks": self.remarks,
                "recordings": [asdict(recording) for recording in self.recordings]}


def inspect_corpus(folder: str | os.PathLike, language: str = "en-us",
                   progress: Callable[[int, int], None] | None = None) -> CorpusReport:
    """Read and measure every recording of a corpus.

    Args:
        folder: see `read_corpus`.
        language: of the texts, for their normalisation.
        progress: called with (recordings done, recordings in all).

    Raises:
        CorpusError: if the corpus cannot be read or no row can be used.
    """
    corpus = read_corpus(folder)
    report = CorpusReport(str(corpus.folder), [], {}, [], [], list(corpus.problems))
    counter: Counter[str] = Counter()
    for index, utterance in enumerate(corpus.utterances):
        _inspect_one(utterance, language, report, counter)
        if progress:
            progress(index + 1, len(corpus.utterances))
    if not report.recordings:
        raise CorpusError(f"no recording of {corpus.folder} can be used; the first: {report.problems[0].reason}")
    report.symbols = dict(counter.most_common())
    report.outliers = _outliers(report.recordings)
    report.too_long = [recording.id for recording in report.recordings if _trained_seconds(recording) > LONGEST_TRAINED]
    report.remarks = _remarks(report)
    return report


def _trained_seconds(recording: Recording) -> float:
    """Duration of what training keeps of a recording: the silence at its ends is trimmed to a margin."""
    margin = MARGIN_MS / 1000
    return recording.seconds - sum(max(silence - margin, 0.0) for silence in
                                   (recording.leading_seconds, recording.trailing_seconds))


def _inspect_one(utterance: Utterance, language: str, report: CorpusReport, counter: Counter[str]) -> None:
    text = normalize(utterance.text, language)
    if not any(is_spoken(character) for character in text):
        reason = f"text {utterance.text[:60]!r} has no letter to speak"
        report.problems.append(RowProblem(utterance.row, utterance.id, reason))
        return
    try:
        wav, rate = read_audio(utterance.audio_path)
    except AudioError as error:
        report.problems.append(RowProblem(utterance.row, utterance.id, str(error)))
        return
    if not np.any(wav):
        reason = f"audio file {utterance.audio_path.name} is digital silence"
        report.problems.append(RowProblem(utterance.row, utterance.id, reason))
        return
    report.recordings.append(measure(utterance.id, utterance.speaker, text, wav, rate))
    counter.update(text.lower())


def _outliers(recordings: list[Recording]) -> list[str]:
    """Ids far from the median of ln(characters per second), the farthest first."""
    rates = np.log([max(recording.characters_per_second, 1e-3) for recording in recordings])
    distance = np.abs(rates - np.median(rates))
    scale = max(1.4826 * float(np.median(distance)), 0.02)
    order = np.argsort(-distance)
    return [recordings[i].id for i in order if distance[i] > _OUTLIER * scale]


def _remarks(report: CorpusReport) -> list[str]:
    found = []
    if report.problems:
        found.append(f"{len(report.problems)} rows cannot be used")
    if report.total_seconds < _FEW_MINUTES * 60:
        found.append(f"only {report.total_seconds / 60:.1f} minutes: attention learns from {_FEW_MINUTES:.0f} or more")
    if len(report.counts("sample_rate")) > 1:
        found.append("several sample rates: the lower ones lack the high frequencies of the others")
    if report.clipped:
        found.append(f"{len(report.clipped)} recordings have clipped samples")
    if report.outliers:
        found.append(f"{len(report.outliers)} recordings are far faster or slower than the others: check their texts")
    quiet = sum(recording.level_db < _QUIET_DB for recording in report.recordings)
    if quiet:
        found.append(f"{quiet} recordings are quieter than {_QUIET_DB:.0f} dBFS")
    silent = sum(max(r.leading_seconds, r.trailing_seconds) > _LONG_SILENCE for r in report.recordings)
    if silent:
        found.append(f"{silent} recordings have more than {_LONG_SILENCE} s of silence at an end; training trims it")
    if report.too_long:
        found.append(f"{len(report.too_long)} recordings are longer than {LONGEST_TRAINED:.1f} s: training leaves them "
                     f"out, unless training.max_frames ({TrainingConfig.max_frames}) is raised")
    rare = [symbol for symbol, count in report.symbols.items() if count < _RARE_SYMBOL]
    if rare:
        found.append(f"{len(rare)} symbols appear fewer than {_RARE_SYMBOL} times and will be badly learnt: "
                     + " ".join(map(shown, rare[:30])))
    return found


def shown(symbol: str) -> str:
    """Return a character as it can be printed: spaces, marks and invisible ones by their code points."""
    alone = symbol.isprintable() and not symbol.isspace() and unicodedata.category(symbol)[0] != "M"
    return symbol if alone else f"U+{ord(symbol):04X}"


def format_report(report: CorpusReport, most: int = 20) -> str:
    """Return a report as text for a terminal; at most `most` rows of each list."""
    minutes = report.total_seconds / 60
    speakers = [name for name in report.counts("speaker") if name]
    lines = [report.folder,
             f"  {len(report.recordings)} utterances, {minutes:.1f} minutes"
             + (f", {len(speakers)} speakers" if speakers else ""),
             "  sample rate       " + ", ".join(f"{rate} Hz ({n})" for rate, n in report.counts("sample_rate").items()),
             "", f"  {'':24}{'smallest':>10}{'5 %':>10}{'median':>10}{'95 %':>10}{'largest':>10}"]
    for name, title in (("seconds", "duration, s"), ("peak_db", "peak, dBFS"), ("level_db", "level, dBFS"),
                        ("leading_seconds", "silence before, s"), ("trailing_seconds", "silence after, s"),
                        ("characters", "characters"), ("characters_per_second", "characters a second")):
        spread = report.spread(name)
        lines.append(f"  {title:24}" + "".join(f"{value:10.2f}" for value in asdict(spread).values()))
    lines += ["", f"  symbols ({len(report.symbols)}): "
              + " ".join(f"{shown(symbol)}:{count}" for symbol, count in report.symbols.items())]
    by_id = {recording.id: recording for recording in report.recordings}
    lines += _listed("clipped", [f"{i}: {by_id[i].clipped} samples" for i in report.clipped], most)
    lines += _listed("far faster or slower than the others",
                     [f"{i}: {by_id[i].characters_per_second:.1f} characters a second" for i in report.outliers], most)
    lines += _listed("longer than training takes", [f"{i}: {by_id[i].seconds:.1f} s" for i in report.too_long], most)
    lines += _listed("cannot be used", [f"row {p.row}, {p.id or 'no id'}: {p.reason}" for p in report.problems], most)
    lines += _listed("remarks", report.remarks, most)
    return "\n".join(lines)


def _listed(title: str, rows: list[str], most: int) -> list[str]:
    if not rows:
        return []
    more = [f"    … and {len(rows) - most} more (all with --json)"] if len(rows) > most else []
    return ["", f"  {title} ({len(rows)})", *(f"    {row}" for row in rows[:most]), *more]
