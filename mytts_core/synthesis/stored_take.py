"""What is known of a stored take without opening it, and its form in JSON."""

from __future__ import annotations

import math
import os
from pathlib import Path
from typing import Any, NamedTuple, Optional

from mytts_core.runs.json_files import items, number, whole, words
from mytts_core.synthesis.spoken import SynthesisResult, TakeRequest

SCHEMA_VERSION = 1


class StoredTake(NamedTuple):
    """A kept take, without audio and arrays.

    Attributes:
        id: random, of 16 hexadecimal digits: it tells nothing of the take.
        created: when it was saved, in seconds since 1970.
        run: the run's name relative to the folder of runs; its folder's name where it lies elsewhere.
        step: of the checkpoint, −1 where unknown.
        text: as it was asked for.
        temperature, seed: as used; the seed is None where nothing was drawn.
        vocoder: its name.
        max_seconds: the limit of a piece that was asked for, or None.
        audio_seconds, work_seconds: length of the audio, time that it took.
        device: what it was computed on.
        stop_reasons: why each piece of the text ended: `stop_token`, `end_of_text` or `limit`.
        faults: of all pieces, in words; empty where nothing is wrong.
        skipped, repeated, stalled: tokens, of all pieces.
        kinds: of fault there are: `skipped`, `repeated`, `stalled`, `truncated`, `lost` (no reading stands out).
        scores: the lowest of the pieces, by name ("diagonality", "focus", "coverage", …).
        num_bytes: on disk.
    """

    id: str
    created: float
    run: str
    step: int
    text: str
    temperature: float
    seed: Optional[int]
    vocoder: str
    max_seconds: Optional[float]
    audio_seconds: float
    work_seconds: float
    device: str
    stop_reasons: tuple[str, ...]
    faults: tuple[str, ...]
    skipped: int
    repeated: int
    stalled: int
    kinds: tuple[str, ...]
    scores: dict[str, float]
    num_bytes: int


def describe_result(result: SynthesisResult, told: dict[str, Any], root: Path, created: float) -> dict[str, Any]:
    """Return what is written of a take: its request, `told` of its files (`write_result`), and when it was made."""
    request = result.request
    folder = Path(os.path.realpath(request.run_folder))
    run = str(folder.relative_to(root)) if folder.is_relative_to(root) else folder.name
    return {"schema": SCHEMA_VERSION, "created": created, "run": run, "device": result.device,
            "request": {**request._asdict(), "run_folder": run}, **told}


def stored_take(identity: str, record: dict[str, Any]) -> Optional[StoredTake]:
    """Return what a take's record tells of it; None for one that is damaged or of a later version."""
    request = record.get("request")
    told = [piece.get("summary") for piece in items(record.get("pieces")) if isinstance(piece, dict)]
    summaries = [summary for summary in told if isinstance(summary, dict)]
    numbers = [number(record.get(name)) for name in ("created", "audio_seconds", "work_seconds")]
    if (whole(record.get("schema")) != SCHEMA_VERSION or not isinstance(request, dict) or not summaries
            or not all(map(math.isfinite, numbers)) or not isinstance(request.get("text"), str)):
        return None
    created, audio_seconds, work_seconds = numbers
    asked = _request(request, Path())
    seed = summaries[0].get("seed")
    return StoredTake(
        id=identity, created=created, run=words(record.get("run")), step=whole(summaries[0].get("step")),
        text=asked.text, temperature=asked.temperature, seed=None if seed is None else whole(seed),
        vocoder=asked.vocoder, max_seconds=asked.max_seconds, audio_seconds=audio_seconds, work_seconds=work_seconds,
        device=words(record.get("device")),
        stop_reasons=tuple(words(summary.get("stop_reason")) for summary in summaries),
        faults=tuple(words(fault) for summary in summaries for fault in items(summary.get("words"))),
        skipped=_total(summaries, "skipped"), repeated=_total(summaries, "repeated"),
        stalled=_total(summaries, "stalled"), kinds=_kinds(summaries), scores=_lowest_scores(summaries),
        num_bytes=max(0, whole(record.get("num_bytes"), 0)))


def request_of(record: dict[str, Any], root: Path) -> TakeRequest:
    """Return what was asked for; the run folder is under `root`, where the run has that name today."""
    return _request(record["request"], root)


def _request(asked: dict[str, Any], root: Path) -> TakeRequest:
    checkpoint, seed, max_seconds = (asked.get(name) for name in ("checkpoint", "seed", "max_seconds"))
    return TakeRequest(
        root / words(asked.get("run_folder")), checkpoint if isinstance(checkpoint, (int, str)) else None,
        words(asked.get("text")), number(asked.get("temperature")), None if seed is None else whole(seed),
        None if max_seconds is None else number(max_seconds), words(asked.get("vocoder")) or "griffin_lim")


def _kinds(summaries: list[dict[str, Any]]) -> tuple[str, ...]:
    faults = [fault for summary in summaries for fault in items(summary.get("faults")) if isinstance(fault, dict)]
    return tuple(dict.fromkeys(words(fault.get("kind")) for fault in faults))


def _total(summaries: list[dict[str, Any]], name: str) -> int:
    return sum(max(0, whole(summary.get(name), 0)) for summary in summaries)


def _lowest_scores(summaries: list[dict[str, Any]]) -> dict[str, float]:
    scores = [summary["scores"] for summary in summaries if isinstance(summary.get("scores"), dict)]
    names = dict.fromkeys(name for score in scores for name in score)
    return {name: min(number(score.get(name)) for score in scores) for name in names}
