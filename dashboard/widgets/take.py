"""A finished take in full: what it sounds like, how it ended, and how it read its text."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Optional

import streamlit as st

from dashboard.figures.health import Fact
from dashboard.figures.labels import shortened
from dashboard.figures.listening import ListeningInfo, get_listening_info
from dashboard.figures.samples import STOP_REASONS
from dashboard.figures.takes import get_marks, has_lost_text, in_words, speed, stop_words, variation_words
from dashboard.figures.trends import ALIGNED_THRESHOLD
from dashboard.figures.waveform import cut, get_peaks
from dashboard.widgets import attention, listening, spectrograms, style
from mytts_core.config import AudioConfig
from mytts_core.runs.types import FaultRecord
from mytts_core.synthesis.spoken import SpokenPiece, SynthesisResult
from mytts_core.synthesis.stored_take import StoredTake
from mytts_core.text.direction import isolate
from mytts_core.vocoder import VOCODERS

NUM_COLUMNS = 480
MOST_SOUND_BYTES = 8 * 2**20
"""Of a whole take with its waveform, about three minutes; a longer one has a plain player, its pieces the waveform."""

_WHOLE, _PIECE = "take", "piece"
_NO_WORDS = ListeningInfo((), (), (), ())


def show(root: Path, take: StoredTake, result: SynthesisResult, audio: Optional[AudioConfig]) -> None:
    """Show a take: marks, numbers, sound, and one piece's attention, mel and stop probabilities.

    Args:
        audio: the mel analysis of its run, None where that is not known.
    """
    style.show_said(result.text)
    _show_marks(take)
    _show_numbers(take, result)
    number = _pick_piece(result)
    piece = result.pieces[number]
    reading = _reading_of(piece)
    _show_sounds(root, result, number, reading, _faults_of(piece))
    findings = _findings(take, result)
    if findings:
        style.show_facts(findings)
    _show_piece(piece, reading, audio, f", piece {number + 1}" if len(result.pieces) > 1 else "")


def _show_marks(take: StoredTake) -> None:
    """Show in large what is wrong with a take as a whole."""
    marks = get_marks(take)
    worst = "bad" if any(mark.level == "bad" for mark in marks) else "warning"
    style.show_facts([Fact(worst, f"This take {in_words(marks)}.") if marks else Fact(
        "good", "It follows the text: nothing skipped, repeated or stalled, and it stops by itself.")])


def _show_numbers(take: StoredTake, result: SynthesisResult) -> None:
    frames, count = sum(len(piece.mel) for piece in result.pieces), len(result.pieces)
    scores = take.scores
    lowest = "" if count == 1 else "lowest of its pieces: "
    cards = [
        ("Duration", f"{take.audio_seconds:.2f} s", f"{frames:,} mel frames" if count == 1 else f"{count} pieces",
         "Of the audio, pauses between pieces included"),
        ("Speed", f"{speed(take):.1f} ×", f"{take.work_seconds:.2f} s of work",
         "Seconds of audio for each second of work: decoding and waveform, this take's share where several are made "
         "together; loading the checkpoint is left out, compiling the first of its length is not"),
        ("Ended by", stop_words(take, STOP_REASONS), f"step {take.step:,}" if take.step >= 0 else "–",
         "Why decoding stopped: the stop token, the end of the text, or the length limit"),
        ("Diagonality", _score(scores, "diagonality"), f"coverage {_score(scores, 'coverage')}",
         f"{lowest}attention near the diagonal, 0 to 1; below {ALIGNED_THRESHOLD:g} it does not follow the text. "
         "Coverage: share of letters or phonemes attended to"),
        ("Temperature", f"{take.temperature:.2f}", _seeds(result), variation_words(take.temperature)),
    ]
    for column, (name, value, note, explanation) in zip(style.card_columns(len(cards)), cards):
        column.metric(name, value, delta=note, delta_color="off", delta_arrow="off", border=True, height="stretch",
                      help=explanation)
    style.show_note(f"Focus {_score(scores, 'focus')}, monotonicity {_score(scores, 'monotonicity')}. "
                    f"Run {take.run}. Vocoder: {VOCODERS.get(take.vocoder, take.vocoder)}. Computed on "
                    f"{take.device or 'an unknown device'}."
                    + (f" Longest: {take.max_seconds:g} s a piece." if take.max_seconds is not None else ""))


def _pick_piece(result: SynthesisResult) -> int:
    """Let one of several pieces be looked at; return its number, counted from 0."""
    count = len(result.pieces)
    if count == 1:
        return 0
    names = [f"{number} of {count}, from {piece.start:.2f} s: {isolate(shortened(_words(piece.summary, 'text')))}"
             for number, piece in enumerate(result.pieces, start=1)]
    return st.selectbox("Piece", range(count), key=f"piece of {count}", format_func=lambda number: names[number],
                        help="A long text is spoken sentence by sentence. The first player has all of it.")


def _show_sounds(root: Path, result: SynthesisResult, number: int, reading: attention.Reading,
                 faults: Sequence[FaultRecord]) -> None:
    piece, count = result.pieces[number], len(result.pieces)
    info = get_listening_info(attention.one_head(piece.attention, reading.head), reading.tokens,
                              reduction_factor=reading.reduction_factor, frames_per_second=reading.frames_per_second)
    tracks = []
    if count > 1 and len(result.audio) <= MOST_SOUND_BYTES:
        tracks.append(listening.Track(_WHOLE, "The whole take", None, _NO_WORDS, sound=result.audio,
                                      peaks=get_peaks(result.audio, NUM_COLUMNS)))
    elif count > 1:
        st.audio(result.audio, format="audio/wav")
    end = piece.start + len(piece.mel) / reading.frames_per_second if reading.frames_per_second > 0 else 0.0
    sound = result.audio if count == 1 else cut(result.audio, piece.start, end)
    label = "The take" if count == 1 else f"Piece {number + 1}"
    tracks.append(listening.Track(_PIECE, label, None, info, faults, reading.frames_per_second, sound,
                                  get_peaks(sound, NUM_COLUMNS)))
    listening.show(root, tracks, key="take_sounds")


def _show_piece(piece: SpokenPiece, reading: attention.Reading, audio: Optional[AudioConfig], name: str) -> None:
    left, right = st.columns(2)
    with left:
        st.subheader("Mel spectrogram")
        spectrograms.show({"Spoken": piece.mel}, reading.frames_per_second, audio, key=f"mels{name}",
                          tracks={"Spoken": _PIECE})
        spectrograms.show_stop(piece.stop_probabilities, reading.frames_per_second, title="Where it wants to stop")
    with right:
        st.subheader("Attention")
        title = "Chosen head" if piece.summary.get("head_recorded") else "Best head of this take"
        attention.show(title + name, piece.attention, reading, _faults_of(piece), hint="The worker gave none.",
                       track=_PIECE)
    with st.expander("Every layer and head", icon=":material/grid_view:"):
        attention.show_heads({"free running": piece.attention}, reading)


def _reading_of(piece: SpokenPiece) -> attention.Reading:
    """Return what a piece's attention reads; what a damaged record lacks is not known."""
    summary = piece.summary
    head = summary.get("head")
    fits = isinstance(head, list) and len(head) == 2 and all(isinstance(part, int) and part >= 0 for part in head)
    factor, rate = summary.get("reduction_factor"), summary.get("frames_per_second")
    tokens = summary.get("tokens")
    return attention.Reading([str(token) for token in tokens] if isinstance(tokens, list) else [],
                             (head[0], head[1]) if fits and isinstance(head, list) else None,
                             factor if isinstance(factor, int) and factor > 0 else 1,
                             float(rate) if isinstance(rate, (int, float)) and rate > 0 else float("nan"))


def _faults_of(piece: SpokenPiece) -> list[FaultRecord]:
    """Return the faults to mark: none where no reading stands out, along which they would be."""
    told = piece.summary.get("faults")
    faults = [FaultRecord(**fault) for fault in told if isinstance(fault, dict) and set(fault) == set(
        FaultRecord._fields)] if isinstance(told, list) else []
    return [] if any(fault.kind == "lost" for fault in faults) else faults


def _findings(take: StoredTake, result: SynthesisResult) -> list[Fact]:
    """Return what is to be said of all pieces; of several, the number of the piece stands before."""
    several = len(result.pieces) > 1
    facts = [Fact(fact.level, f"Piece {number}: {fact.text}" if several else fact.text)
             for number, piece in enumerate(result.pieces, start=1) for fact in _findings_of(piece)]
    if has_lost_text(take):
        facts.insert(0, Fact("bad", "Attention does not follow the text. The model has not learnt to read yet, or this "
                                    "text is far from what it was trained on."))
    return facts


def _findings_of(piece: SpokenPiece) -> list[Fact]:
    told, unknown, count = (piece.summary.get(name) for name in ("words", "unknown", "num_unknown"))
    facts = [Fact("warning", str(words)) for words in told] if isinstance(told, list) else []
    if isinstance(unknown, list) and unknown and isinstance(count, int):
        facts.append(Fact("warning", f"{count} token{'s' if count > 1 else ''} unknown to this model, left out: "
                                     + " ".join(map(str, unknown))))
    return facts


def _seeds(result: SynthesisResult) -> str:
    first, last = result.pieces[0].summary, result.pieces[-1].summary
    if result.request.temperature <= 1:
        return "deterministic"
    return f"{_words(first, 'variation')}, seed {first.get('seed')}" + (
        f" to {last.get('seed')}" if len(result.pieces) > 1 else "")


def _score(scores: dict[str, float], name: str) -> str:
    value = scores.get(name, float("nan"))
    return f"{value:.2f}" if value == value else "–"


def _words(summary: dict[str, Any], name: str) -> str:
    value = summary.get(name)
    return value if isinstance(value, str) else ""
