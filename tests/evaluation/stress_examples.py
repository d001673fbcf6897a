"""Results of stress tests made by hand, and takes with known faults."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from mytts_core.config import CorpusInfo, ModelConfig, RunConfig, TextConfig
from mytts_core.evaluation import stress_files
from mytts_core.evaluation.stress_record import Hearing, StressFault, StressOutcome, StressResult
from mytts_core.evaluation.stress_sentences import StressSentence
from mytts_core.evaluation.stress_verdict import SpokenArrays
from mytts_core.monitoring.alignment import score_alignment
from mytts_core.monitoring.alignment_path import diagnose_path
from mytts_core.runs.types import AlignmentRecord
from mytts_core.synthesis.take import Take
from mytts_core.text.symbols import SPECIALS, is_spoken
from mytts_core.text.tokenizer import CharacterTokenizer

RATE, FACTOR = 86.0, 2
SYMBOLS = [*SPECIALS, *" .,!?abcdefghijklmnopqrstuvwxyz"]
GROUPS_PER_TOKEN = 3
CONFIG = RunConfig(
    ModelConfig(num_layers=1, d_model=16, num_heads=1, dff=16, max_length=4_096, reduction_factor=FACTOR),
    text=TextConfig(tokenizer="characters", symbols=SYMBOLS, language="en-us"),
    corpus=CorpusInfo(mel_mean=[0.0] * 80, mel_std=[1.0] * 80, fingerprint="none",
                      prosody_mean=[float(np.log(GROUPS_PER_TOKEN * FACTOR)), 5, 3, -4], prosody_std=[0.1, 1, 1, 1]))
TOKENIZER = CharacterTokenizer(SYMBOLS, max_unknown_share=1.0)


def take(text: str, order: Sequence[int] | None = None, stop_reason: str = "stop_token",
         frames_left_out: int = 0) -> Take:
    """Return a take whose attention stays three groups on each token of `order`, all of them by default."""
    tokens = TOKENIZER.tokens(text)
    spoken = np.array([is_spoken(token) for token in tokens])
    path = np.repeat(range(len(tokens)) if order is None else order, GROUPS_PER_TOKEN)
    attention = np.full((len(path), len(tokens)), 0.02 / len(tokens), np.float32)
    attention[np.arange(len(path)), path] += 0.98
    report = diagnose_path(attention, tokens, spoken, RATE, stop_reason, FACTOR)
    frames = len(path) * FACTOR - frames_left_out
    return Take(
        text=text, tokens=tokens, spoken=spoken, unknown=TOKENIZER.unknown(text),
        num_unknown=TOKENIZER.encode(text).count(3), wav=np.zeros(0, np.float32), sample_rate=22_050,
        mel=np.zeros((frames, 80), np.float32), frames_per_second=RATE, attention=attention[None, None],
        reduction_factor=FACTOR, stop_probabilities=np.zeros(frames, np.float32), stop_reason=stop_reason, head=(0, 0),
        head_recorded=True, scores=score_alignment(attention, spoken), report=report, temperature=1.0, seed=None,
        variation="prosody", checkpoint="step_000010.weights.h5", step=10, work_seconds=0.1,
        faults=report.in_words(RATE))


def outcome(text: str, category: str = "lists", kinds: Sequence[str] = (), errors: int | None = None,
            problem: str = "") -> StressOutcome:
    """Return the outcome of a sentence that fails in the ways named, heard with so many character errors of ten."""
    words = tuple(text.split())
    faults = tuple(StressFault(kind, 1, 4, text[0], 10, 60, 0, 0) for kind in kinds if kind in ("skipped", "repeated"))
    return StressOutcome(
        StressSentence(text).id, category, text, problem, words=words, num_tokens=len(text) + 2, pieces=1, seconds=2.0,
        expected_seconds=2.0, frames_per_second=RATE, reduction_factor=FACTOR, faults=faults,
        stop_reasons=("limit" if "no stop" in kinds else "stop_token",), scores=AlignmentRecord(0.98, 0.9, 0.8, 1.0),
        told=tuple(f"{fault.kind.capitalize()} “{text[:3]}” at 0.12 s." for fault in faults),
        heard=None if errors is None else Hearing("what was heard", errors, 10, errors, 10))


def result(step: int, outcomes: Sequence[StressOutcome], **fields: object) -> StressResult:
    """Return a complete result."""
    values = dict(weights=f"{step:016d}", list_name="english", list_digest="one", language="en-us", complete=True,
                  created="2026-01-01T00:00:00+00:00", work_seconds=12.0)
    return StressResult(step, outcomes=tuple(outcomes), **{**values, **fields})    # type: ignore[arg-type]


def write_board(run: Path, fails: Mapping[int, Sequence[int]], texts: Mapping[str, str],
                errors: Mapping[int, int] | None = None) -> None:
    """Write the results of steps into a run, with attention and sounds.

    Args:
        fails: step → numbers of the sentences that fail.
        texts: sentence → category.
        errors: step → character errors of ten in each sentence; None where no recogniser listened.
    """
    for step, failing in fails.items():
        outcomes = [outcome(text, category, ("skipped", "no stop") if number in failing else (),
                            None if errors is None else errors[step])
                    for number, (text, category) in enumerate(texts.items())]
        for one in outcomes:
            tokens = ["<start>", *one.text, "<end>"]
            matrix = np.eye(len(tokens), dtype=np.uint8).repeat(3, axis=0) * 250
            numbers = np.array([one.text[:place].count(" ") if letter.isalpha() else -1
                                for place, letter in enumerate(one.text)])
            wav = 0.3 * np.sin(np.arange(22_050) * (0.05 + 0.01 * (step % 7))).astype(np.float32)
            stress_files.write_spoken(run, step, one.id, SpokenArrays(
                matrix, np.array(tokens, np.str_), np.r_[-1, numbers, -1].astype(np.int32)), wav, 22_050)
        stress_files.write_result(run, result(step, outcomes))
