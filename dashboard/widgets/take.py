"""A finished synthesis: what it sounds like, how it ended, and how it read its text."""

from __future__ import annotations

import streamlit as st

from dashboard.figures.health import Fact
from dashboard.figures.samples import STOP_REASONS
from dashboard.widgets import attention, spectrograms, style
from mytts_core.config import AudioConfig
from mytts_core.runs.types import FaultRecord
from mytts_core.synthesis.job import SynthesisResult


def show(result: SynthesisResult, audio: AudioConfig) -> None:
    """Show a take: player, numbers, findings in words, mel, attention and stop probabilities."""
    summary = result.summary
    style.show_said(summary["text"])
    st.audio(result.audio, format="audio/wav")
    _show_numbers(result)
    style.show_facts(_findings(result))

    rate = summary["frames_per_second"]
    layer, head = summary["head"]
    reading = attention.Reading(summary["tokens"], (layer, head), summary["reduction_factor"], rate)
    faults = [FaultRecord(**fault) for fault in summary["faults"]]
    left, right = st.columns(2)
    with left:
        st.subheader("Mel spectrogram")
        spectrograms.show({"Spoken": result.mel}, rate, audio)
        spectrograms.show_stop(result.stop_probabilities, rate, title="Where it wants to stop")
    with right:
        st.subheader("Attention")
        attention.show("Chosen head" if summary["head_recorded"] else "Best head of this take", result.attention,
                       reading, faults, hint="The worker gave none.")
    with st.expander("Every layer and head", icon=":material/grid_view:"):
        attention.show_heads({"free running": result.attention}, reading)


def _show_numbers(result: SynthesisResult) -> None:
    summary = result.summary
    seconds, work = summary["audio_seconds"], summary["work_seconds"]
    varied = summary["temperature"] > 1
    cards = [
        ("Duration", f"{seconds:.2f} s", f"{summary['frames']:,} mel frames"),
        ("Work", f"{work:.2f} s", f"{work / seconds:.1f} × duration" if seconds else ""),
        ("Ended by", STOP_REASONS.get(summary["stop_reason"], summary["stop_reason"]), f"step {summary['step']:,}"),
        ("Diagonality", f"{summary['scores']['diagonality']:.2f}", f"coverage {summary['scores']['coverage']:.2f}"),
        ("Temperature", f"{summary['temperature']:.2f}",
         f"{summary['variation']}, seed {summary['seed']}" if varied else "deterministic"),
    ]
    for column, (name, value, note) in zip(style.card_columns(len(cards)), cards):
        column.metric(name, value, delta=note, delta_color="off", delta_arrow="off", border=True, height="stretch")
    st.caption(f"Computed on {result.device}. Work counts decoding and waveform, not loading the checkpoint; "
               "the first synthesis of its length also compiles.")


def _findings(result: SynthesisResult) -> list[Fact]:
    summary = result.summary
    facts = [Fact("warning", words) for words in summary["words"]]
    if summary["scores"]["diagonality"] < 0.5:
        facts.insert(0, Fact("bad", "Attention does not follow the text: diagonality below 0.5. The model has not "
                                    "learnt to read yet, or this text is far from what it was trained on."))
    if summary["unknown"]:
        count = summary["num_unknown"]
        facts.append(Fact("warning", f"{count} token{'s' if count > 1 else ''} unknown to this model: "
                                     + " ".join(summary["unknown"])))
    return facts or [Fact("good", "It follows the text: nothing skipped, repeated or stalled.")]
