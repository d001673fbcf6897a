"""Precision and recall of every rule of the diagnosis, over short trainings with planted troubles and without.

    python -m benchmarks diagnosis      (about half an hour of one core the first time; what is made is used again)

`MYTTS_BENCHMARK_CACHE` names the folder of the trainings, the user's cache folder otherwise; after
`MYTTS_BENCHMARK_MINUTES` no training is begun, and the tables say how many are missing.
"""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from benchmarks.planted_trainings import TROUBLES, train_all
from benchmarks.report import Table
from benchmarks.simulated_runs import SIMULATED, simulate
from mytts_core.diagnosis import diagnose
from mytts_core.runs.reader import open_run

SEEDS = (13, 14, 15)
"""Of the trainings that are measured: nobody had looked at them when rules and thresholds were settled."""

DEVELOPMENT_SEEDS = (0, 11, 12)
"""Of the trainings that rules and thresholds were settled on, beside the sample runs."""

SIMULATED_SEEDS = (100, 101, 102, 103)
KILLED_SILENCE_SECONDS = 3_600.0


class Case(NamedTuple):
    """A run with what is known of it: rules that have to speak, and rules that may.

    `found` are the rules that spoke, `seconds` what the diagnosis took.
    """

    kind: str
    name: str
    expected: frozenset[str]
    allowed: frozenset[str]
    found: frozenset[str]
    serious: bool
    seconds: float


class Score(NamedTuple):
    """Of one rule, in runs: planted, found of them, spoken where it neither has to nor may."""

    rule: str
    planted: int
    hits: int
    false_alarms: int

    @property
    def recall(self) -> float:
        """Share of the planted troubles that were found, NaN without any."""
        return self.hits / self.planted if self.planted else float("nan")

    @property
    def precision(self) -> float:
        """Share of hits among hits and false alarms, NaN without any."""
        spoken = self.hits + self.false_alarms
        return self.hits / spoken if spoken else float("nan")


def run() -> list[Table]:
    """Make what is missing, judge every run, and return the tables."""
    cache, deadline = _cache_folder(), time.monotonic() + 60 * float(os.environ.get("MYTTS_BENCHMARK_MINUTES") or "inf")
    real = list(real_cases(cache / "trainings", SEEDS, deadline))
    development = list(real_cases(cache / "trainings", DEVELOPMENT_SEEDS, deadline))
    simulated = list(simulated_cases(cache / "simulated"))
    seconds = sorted(case.seconds for case in real + simulated)
    notes = (_count_in_words(real, SEEDS),
             "planted: runs in which the rule has to speak; false alarms: runs in which it spoke and the trouble does "
             "not explain it",
             f"a diagnosis, first reading included, took {1e3 * seconds[len(seconds) // 2]:.0f} ms in the median, "
             f"{1e3 * seconds[-1]:.0f} ms at most, with the simulated runs")
    return [_rule_table("Diagnosis: real trainings with planted troubles", real, notes),
            _case_table("Diagnosis: the same trainings, one kind a row", real),
            _rule_table("Diagnosis: trainings that rules were settled on, not counted above", development, (
                _count_in_words(development, DEVELOPMENT_SEEDS),)),
            _case_table("Diagnosis: the same, one kind a row", development),
            _rule_table("Diagnosis: simulated runs", simulated, (
                f"{len(simulated)} run folders written from simulated curves, of {len(SIMULATED)} kinds: nothing is "
                "trained here; they hold troubles that short trainings do not come to",)),
            _case_table("Diagnosis: the same simulated runs, one kind a row", simulated)]


def _count_in_words(cases: Sequence[Case], seeds: Sequence[int]) -> str:
    missing = len(TROUBLES) * len(seeds) - len(cases)
    return (f"{len(cases)} real trainings of {len({case.name for case in cases})} kinds, seeds "
            f"{', '.join(map(str, seeds))}" + (f"; {missing} more have not been made here yet" if missing else ""))


def real_cases(cache: Path, seeds: Sequence[int], deadline: float) -> Iterator[Case]:
    """Judge every real training, an hour after its last sign of life."""
    folders = train_all(cache, seeds, deadline=deadline)
    for trouble in TROUBLES:
        for seed in seeds:
            if (trouble.name, seed) in folders:
                yield _judge("real", trouble.name, trouble.expected, trouble.allowed, folders[trouble.name, seed],
                             KILLED_SILENCE_SECONDS, 500 << 30)


def simulated_cases(cache: Path, seeds: Sequence[int] = SIMULATED_SEEDS) -> Iterator[Case]:
    """Write and judge every simulated run."""
    for trouble in SIMULATED:
        for seed in seeds:
            folder = cache / "run"
            shutil.rmtree(folder, ignore_errors=True)
            yield _judge("simulated", trouble.name, trouble.expected, trouble.allowed, simulate(trouble, seed, folder),
                         trouble.silent_seconds, trouble.free_bytes)


def _judge(kind: str, name: str, expected: Sequence[str], allowed: Sequence[str], folder: Path, silence: float,
           free_bytes: int) -> Case:
    started = time.perf_counter()
    opened = open_run(folder)
    findings = diagnose(opened, opened.status.heartbeat + silence, free_bytes=lambda _: free_bytes)
    seconds = time.perf_counter() - started
    return Case(kind, name, frozenset(expected), frozenset(allowed), frozenset(item.rule for item in findings),
                any(item.is_serious for item in findings), seconds)


def score_rules(cases: Sequence[Case]) -> list[Score]:
    """Count hits and false alarms of every rule that was planted or spoke."""
    rules = sorted({rule for case in cases for rule in case.expected | case.found})
    return [Score(rule, sum(rule in case.expected for case in cases),
                  sum(rule in case.expected & case.found for case in cases),
                  sum(rule in case.found - case.expected - case.allowed for case in cases)) for rule in rules]


def _rule_table(title: str, cases: Sequence[Case], notes: Sequence[str]) -> Table:
    scores = score_rules(cases)
    whole = Score("all rules", sum(score.planted for score in scores), sum(score.hits for score in scores),
                  sum(score.false_alarms for score in scores))
    rows = [(score.rule, score.planted, score.hits, score.false_alarms, _share(score.precision), _share(score.recall))
            for score in [*scores, whole]]
    healthy = [case for case in cases if not case.expected]
    clean = sum(not case.found for case in healthy)
    return Table(title, ("rule", "planted", "found", "false alarms", "precision", "recall"), rows, (
        *notes, f"healthy runs without any finding: {clean} of {len(healthy)}; with a serious one: "
                f"{sum(case.serious for case in healthy)}"))


def _case_table(title: str, cases: Sequence[Case], notes: Sequence[str] = ()) -> Table:
    rows = []
    for name in dict.fromkeys(case.name for case in cases):
        same = [case for case in cases if case.name == name]
        spoken = sorted({rule for case in same for rule in case.found})
        counts = [f"{rule} {sum(rule in case.found for case in same)}" for rule in spoken]
        right = sum(case.expected <= case.found <= case.expected | case.allowed for case in same)
        rows.append((name, len(same), ", ".join(sorted(same[0].expected)) or "nothing", ", ".join(counts) or "nothing",
                     f"{right} of {len(same)}"))
    return Table(title, ("what is wrong", "runs", "has to be found", "found, in runs", "right"), rows, notes)


def _share(value: float) -> str:
    return "–" if value != value else f"{value:.2f}"


def _cache_folder() -> Path:
    given = os.environ.get("MYTTS_BENCHMARK_CACHE")
    user = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return Path(given) if given else user / "mytts" / "benchmarks" / "diagnosis"
