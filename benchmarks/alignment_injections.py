"""Inject reading faults into healthy attention, and measure how well `diagnose_path` tells and names them.

The attention is that of 24 LJSpeech clips from a real aligner (`speech/ljspeech_24/attention` of the shared test data).
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import numpy as np

from benchmarks.report import REPOSITORY, Table
from mytts_core.errors import CorpusError
from mytts_core.monitoring.alignment_path import PathFault, PathReport, diagnose_path

FRAMES_PER_SECOND = 22050 / 256
DRAWS = 5


class Injected(NamedTuple):
    """A matrix with a fault: `first` to `last` are the tokens that a report has to name."""

    attention: np.ndarray
    first: int
    last: int


class Row(NamedTuple):
    """Results of one kind: AUC, and shares in 0..1."""

    kind: str
    injection: str
    cases: int
    auc: float
    found: float
    named: float


Injection = Callable[[np.ndarray, np.random.Generator], Injected]


def skip(share: float) -> Injection:
    """Leave out every row that reads one of `share` of the tokens."""
    def inject(attention: np.ndarray, rng: np.random.Generator) -> Injected:
        path, num_tokens = attention.argmax(axis=1), attention.shape[1]
        length = int(np.ceil(share * num_tokens))
        first = int(rng.integers(1, num_tokens - length))
        keep = (path < first) | (path >= first + length)
        return Injected(attention[keep], first, first + length - 1)
    return inject


def repeat(seconds: float) -> Injection:
    """Play a span of rows twice."""
    def inject(attention: np.ndarray, rng: np.random.Generator) -> Injected:
        length = int(seconds * FRAMES_PER_SECOND)
        start = int(rng.integers(0, len(attention) - length))
        span = attention[start:start + length]
        tokens = span.argmax(axis=1)
        twice = np.concatenate([attention[:start + length], span, attention[start + length:]])
        return Injected(twice, int(tokens.min()), int(tokens.max()))
    return inject


def stall(seconds: float, held_instead: bool = False) -> Injection:
    """Hold a row: what follows is delayed, or (`held_instead`) left out.

    The end of a reading is a pause, not a stall: the row is one of the first 90 %.
    """
    def inject(attention: np.ndarray, rng: np.random.Generator) -> Injected:
        length = int(round(seconds * FRAMES_PER_SECOND))
        row = int(rng.integers(0, int(0.9 * len(attention)) - (length if held_instead else 0)))
        held = np.repeat(attention[row:row + 1], length, axis=0)
        rest = attention[row + length:] if held_instead else attention[row + 1:]
        token = int(attention[row].argmax())
        return Injected(np.concatenate([attention[:row], held, rest]), token, token)
    return inject


def truncate(share: float) -> Injection:
    """Leave out the last `share` of the rows."""
    def inject(attention: np.ndarray, rng: np.random.Generator) -> Injected:
        kept = attention[:len(attention) - int(share * len(attention))]
        return Injected(kept, min(int(kept[-1].argmax()) + 1, attention.shape[1] - 1), attention.shape[1] - 1)
    return inject


INJECTIONS: dict[str, list[tuple[str, Injection]]] = {
    "skipped": [("10 % of the text", skip(0.1)), ("15 % of the text", skip(0.15)), ("20 % of the text", skip(0.2)),
                ("40 % of the text", skip(0.4))],
    "repeated": [("0.5 s", repeat(0.5)), ("1 s", repeat(1.0)), ("1.5 s", repeat(1.5))],
    "stalled": [("1 s, the rest delayed", stall(1.0)), ("1 s, in place of the rest", stall(1.0, held_instead=True)),
                ("2 s, the rest delayed", stall(2.0))],
    "truncated": [("10 % of the frames", truncate(0.1)), ("15 % of the frames", truncate(0.15)),
                  ("20 % of the frames", truncate(0.2))],
}


def run() -> list[Table]:
    """Return the table of all kinds of faults."""
    shared = Path(os.environ.get("MYTTS_SHARED_DATA") or REPOSITORY.parent / "shared" / "data")
    folder = shared / "speech" / "ljspeech_24" / "attention"
    attentions = load_attention(folder) if folder.is_dir() else []
    if not attentions:
        raise CorpusError(f"no attention matrices (*.npy) in {folder}: set MYTTS_SHARED_DATA to the shared test data")
    rows, false_alarms = measure(attentions)
    cells = [(row.kind, row.injection, row.cases, f"{row.auc:.3f}", f"{row.found:.0%}", f"{row.named:.0%}")
             for row in rows]
    return [Table("Reading faults injected into real attention",
                  ("fault", "injected", "cases", "AUC", "found", "named"), cells, (
        f"{len(attentions)} healthy matrices, {DRAWS} random places each; the thresholds were set with these in view",
        "AUC: of the severity of this kind, against the untouched matrices; found: reported as a fault of this kind",
        "named: the tokens reported are the injected ones, within one token at either end or overlapping by 80 %",
        f"untouched matrices in which any fault is reported: {false_alarms:.0%}",
    ))]


def load_attention(folder: Path) -> list[np.ndarray]:
    """Return the matrices of a folder, rows normalised, float64 (T, S), in the order of their names."""
    matrices = [np.load(path, allow_pickle=False).astype(np.float64) for path in sorted(folder.glob("*.npy"))]
    return [matrix / matrix.sum(axis=1, keepdims=True) for matrix in matrices]


def area_under_curve(positive: np.ndarray, negative: np.ndarray) -> float:
    """Return the chance that a positive scores above a negative, ties counted half (Mann–Whitney)."""
    above = (positive[:, None] > negative[None, :]).mean()
    return float(above + 0.5 * (positive[:, None] == negative[None, :]).mean())


def measure(attentions: list[np.ndarray], seed: int = 0, draws: int = DRAWS) -> tuple[list[Row], float]:
    """Return a row for each injection, and the share of untouched matrices in which any fault is found."""
    reports = [_diagnose(attention) for attention in attentions]
    rows = []
    for kind, injections in INJECTIONS.items():
        healthy = np.array([report.severity[kind] for report in reports])
        for name, inject in injections:
            rng = np.random.default_rng(seed)
            cases = [inject(attention, rng) for _ in range(draws) for attention in attentions]
            found = [_diagnose(case.attention) for case in cases]
            severity = np.array([report.severity[kind] for report in found])
            rows.append(Row(kind, name, len(cases), area_under_curve(severity, healthy),
                            float(np.mean([bool(_of_kind(report, kind)) for report in found])),
                            float(np.mean([_named(report, kind, case) for report, case in zip(found, cases)]))))
    return rows, float(np.mean([bool(report.faults) for report in reports]))


def _diagnose(attention: np.ndarray) -> PathReport:
    return diagnose_path(attention, frames_per_second=FRAMES_PER_SECOND)


def _of_kind(report: PathReport, kind: str) -> list[PathFault]:
    return [fault for fault in report.faults if fault.kind == kind]


def _named(report: PathReport, kind: str, case: Injected) -> bool:
    """The named tokens and the injected ones are the same within one token at either end, or overlap by 80 %."""
    for fault in _of_kind(report, kind):
        ends = abs(fault.token_index - case.first) <= 1 and abs(fault.last_token_index - case.last) <= 1
        shared = min(fault.last_token_index, case.last) - max(fault.token_index, case.first) + 1
        union = max(fault.last_token_index, case.last) - min(fault.token_index, case.first) + 1
        if ends or shared / union >= 0.8:
            return True
    return False
