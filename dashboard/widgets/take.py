"""A finished synthesis: what it sounds like, how it ended, and how it read its text."""

from __future__ import annotations

import streamlit as st

from dashboard.figures.health import Fact
from dashboard.figures.labels import shortened
from dashboard.figures.samples import STOP_REASONS
from dashboard.widgets import attention, spectrograms, style
from mytts_core.config import AudioConfig
from mytts_core.runs.types import FaultRecord
from mytts_core.synthesis.job import SpokenPiece, SynthesisResult
from mytts_core.text.direction import isolate


def show(result: SynthesisResult, audio: AudioConfig) -> None:
    """Show what was spoken: player, numbers and findings of all, and one piece's mel, attention and stop."""
    style.show_said(result.text)
    st.audio(result.audio, format="audio/wav")
    _show_numbers(result)
    style.show_facts(_findings(result))
    number = _pick_piece(result)
    _show_piece(result.pieces[number], audio, f", piece {number + 1}" if len(result.pieces) > 1 else "")


def _show_piece(piece: SpokenPiece, audio: AudioConfig, name: str) -> None:
    summary = piece.summary
    rate = summary["frames_per_second"]
    layer, head = summary["head"]
    reading = attention.Reading(summary["tokens"], (layer, head), summary["reduction_factor"], rate)
    faults = [FaultRecord(**fault) for fault in summary["faults"]]
    left, right = st.columns(2)
    with left:
        st.subheader("Mel spectrogram")
        spectrograms.show({"Spoken": piece.mel}, rate, audio, key=f"mels{name}")
        spectrograms.show_stop(piece.stop_probabilities, rate, title="Where it wants to stop")
    with right:
        st.subheader("Attention")
        title = "Chosen head" if summary["head_recorded"] else "Best head of this take"
        attention.show(title + name, piece.attention, reading, faults, hint="The worker gave none.")
    with st.expander("Every layer and head", icon=":material/grid_view:"):
        attention.show_heads({"free running": piece.attention}, reading)


def _pick_piece(result: SynthesisResult) -> int:
    """Let one of several pieces be looked at; return its number, counted from 0."""
    count = len(result.pieces)
    if count == 1:
        return 0
    names = [f"{number} of {count}, from {piece.start:.2f} s: {isolate(shortened(piece.summary['text']))}"
             for number, piece in enumerate(result.pieces, start=1)]
    return st.selectbox("Piece", range(count), key=f"piece of {count}", format_func=lambda number: names[number],
                        help="A long text is spoken sentence by sentence. The player has all of it.")


def _show_numbers(result: SynthesisResult) -> None:
    summaries = [piece.summary for piece in result.pieces]
    first, count = summaries[0], len(summaries)
    seconds, work = result.audio_seconds, sum(summary["work_seconds"] for summary in summaries)
    frames = sum(summary["frames"] for summary in summaries)
    scores = [summary["scores"] for summary in summaries]
    cards = [
        ("Duration", f"{seconds:.2f} s", f"{frames:,} mel frames" if count == 1 else f"{count} pieces"),
        ("Work", f"{work:.2f} s", f"{work / seconds:.1f} × duration" if seconds else ""),
        ("Ended by", _ended_by(summaries), f"step {first['step']:,}"),
        ("Diagonality", f"{min(score['diagonality'] for score in scores):.2f}",
         f"coverage {scores[0]['coverage']:.2f}" if count == 1 else f"lowest of {count} pieces"),
        ("Temperature", f"{first['temperature']:.2f}", _variation(summaries)),
    ]
    for column, (name, value, note) in zip(style.card_columns(len(cards)), cards):
        column.metric(name, value, delta=note, delta_color="off", delta_arrow="off", border=True, height="stretch")
    st.caption(f"Computed on {result.device}. Work counts decoding and waveform, not loading the checkpoint; "
               "the first synthesis of its length also compiles.")


def _ended_by(summaries: list[dict]) -> str:
    reasons = [STOP_REASONS.get(summary["stop_reason"], summary["stop_reason"]) for summary in summaries]
    commonest = max(reasons, key=reasons.count)
    return commonest if len(set(reasons)) == 1 else f"{commonest} ({reasons.count(commonest)} of {len(reasons)})"


def _variation(summaries: list[dict]) -> str:
    first, last = summaries[0], summaries[-1]
    if first["temperature"] <= 1:
        return "deterministic"
    return f"{first['variation']}, seed {first['seed']}" + (f" to {last['seed']}" if len(summaries) > 1 else "")


def _findings(result: SynthesisResult) -> list[Fact]:
    """Return what is to be said of all pieces; of several, the number of the piece stands before."""
    facts = [Fact(fact.level, f"Piece {number}: {fact.text}" if len(result.pieces) > 1 else fact.text)
             for number, piece in enumerate(result.pieces, start=1) for fact in _findings_of(piece)]
    return facts or [Fact("good", "It follows the text: nothing skipped, repeated or stalled.")]


def _findings_of(piece: SpokenPiece) -> list[Fact]:
    summary = piece.summary
    facts = [Fact("warning", words) for words in summary["words"]]
    if summary["scores"]["diagonality"] < 0.5:
        facts.insert(0, Fact("bad", "Attention does not follow the text: diagonality below 0.5. The model has not "
                                    "learnt to read yet, or this text is far from what it was trained on."))
    if summary["unknown"]:
        count = summary["num_unknown"]
        facts.append(Fact("warning", f"{count} token{'s' if count > 1 else ''} unknown to this model: "
                                     + " ".join(summary["unknown"])))
    return facts
