"""Takes as a page shows them: what is wrong with one in a few words, its place in a grid, its row in a table."""

from __future__ import annotations

import math
import time
from collections.abc import Sequence
from typing import NamedTuple, Optional

from dashboard.figures.health import Fact
from dashboard.figures.take_plan import variation_words
from dashboard.figures.trends import ALIGNED_THRESHOLD
from mytts_core.synthesis.spoken import SynthesisResult
from mytts_core.synthesis.stored_take import StoredTake, describe_result, stored_take

LOST, ENDLESS, TRUNCATED = "loses the text", "never stops", "stops early"
_LIMIT = "limit"


class GridCell(NamedTuple):
    """A take in a grid: `number` among those asked for, and its seed in words."""

    number: int
    seed: str


class GridRow(NamedTuple):
    """The takes of one temperature, and of one checkpoint where there are several."""

    label: str
    note: str
    cells: tuple[GridCell, ...]


def get_marks(take: StoredTake) -> list[Fact]:
    """Return what is wrong with a take, a few words each, the worst first; nothing for one that reads its text.

    Skips, repeats and stalls are left out where no reading stands out: along such a path they say nothing.
    """
    endless = sum(reason == _LIMIT for reason in take.stop_reasons)
    ending = [Fact("bad", _of_pieces(ENDLESS, endless, take))] if endless else []
    if has_lost_text(take):
        return [Fact("bad", LOST), *ending]
    counts = (("skips", take.skipped), ("repeats", take.repeated), ("stalls on", take.stalled))
    marks = [Fact("warning", f"{verb} {count} token{'s' if count > 1 else ''}") for verb, count in counts if count]
    marks += [Fact("warning", TRUNCATED)] if "truncated" in take.kinds else []
    return [*ending, *marks]


def in_words(marks: Sequence[Fact]) -> str:
    """Return marks as the end of a sentence that begins with the take: 'never stops and skips 1 token'."""
    *before, last = [mark.text for mark in marks] or [""]
    return f"{', '.join(before)} and {last}" if before else last


def has_lost_text(take: StoredTake) -> bool:
    """Tell whether the attention of a take, or of a piece of it, does not follow the text at all."""
    diagonality = take.scores.get("diagonality", math.nan)
    return "lost" in take.kinds or diagonality < ALIGNED_THRESHOLD


def describe_unsaved(result: SynthesisResult, run: str) -> StoredTake:
    """Return what would be known of a result if it had been kept, without an id.

    Raises:
        ValueError: where the worker's record is not whole.
    """
    told = dict(audio_seconds=result.audio_seconds, work_seconds=result.work_seconds,
                pieces=[dict(start=piece.start, summary=piece.summary) for piece in result.pieces])
    take = stored_take("", describe_result(result, told, result.request.run_folder.parent, time.time()))
    if take is None:
        raise ValueError("the worker's record of a take lacks fields")
    return take._replace(run=run)


def arrange(settings: Sequence[tuple[int, float, Optional[int]]]) -> list[GridRow]:
    """Arrange takes, given as (step, temperature, seed), in rows of one checkpoint and temperature each."""
    groups: dict[tuple[int, float], list[GridCell]] = {}
    for number, (step, temperature, seed) in enumerate(settings):
        groups.setdefault((step, temperature), []).append(GridCell(number, seed_words(seed)))
    several = len({step for step, _ in groups}) > 1
    return [GridRow(f"Temperature {temperature:.2f}" + (f", step {step:,}" if several else ""),
                    variation_words(temperature), tuple(cells)) for (step, temperature), cells in groups.items()]


def seed_words(seed: Optional[int]) -> str:
    """Return a seed in words; without one nothing was drawn."""
    return "deterministic" if seed is None else f"seed {seed}"


def take_name(take: StoredTake) -> str:
    """Return what tells a take from others of its text: 'step 10,500, temperature 1.20, seed 3'."""
    step = f"step {take.step:,}, " if take.step >= 0 else ""
    seed = f", seed {take.seed}" if take.seed is not None else ""
    return f"{step}temperature {take.temperature:.2f}{seed}"


def speed(take: StoredTake) -> float:
    """Return seconds of audio for each second of work, NaN where the work is not known."""
    return take.audio_seconds / take.work_seconds if take.work_seconds > 0 else math.nan


def stop_words(take: StoredTake, names: dict[str, str]) -> str:
    """Return why a take ended; of several pieces the commonest reason, with how many share it."""
    reasons = [names.get(reason, reason or "not known") for reason in take.stop_reasons]
    commonest = max(reasons, key=reasons.count, default="not known")
    return commonest if len(set(reasons)) <= 1 else f"{commonest} ({reasons.count(commonest)} of {len(reasons)})"


def _of_pieces(words: str, count: int, take: StoredTake) -> str:
    total = len(take.stop_reasons)
    return words if total == 1 else f"{words} ({count} of {total} pieces)"
