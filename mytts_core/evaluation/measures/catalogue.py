"""Every objective measure in words: name, unit, which direction is better, and for which kinds of speech it means
something. Plain Python: the dashboard reads it too."""

from __future__ import annotations

from typing import NamedTuple

RECORDING, COPY, TEACHER_FORCED, FREE_RUNNING = "recording", "copy", "teacher_forced", "free_running"
MODES = {RECORDING: "recordings", COPY: "copies", TEACHER_FORCED: "teacher-forced", FREE_RUNNING: "free-running"}
"""The kinds of speech that are measured. Copies are the recordings' mels through the vocoder: they rate the vocoder.
Teacher-forced frames each follow the recording's own: they rate the prediction of the next frame. Free-running is what
one hears when the model is used."""

LOWER, HIGHER, NEAR_ONE = "lower", "higher", "near 1"
SIGNS = {LOWER: "↓", HIGHER: "↑", NEAR_ONE: "→ 1"}

_WITH_ITSELF = "a recording would be compared with itself"
_SAME_LENGTH = "it has the length of the recording by construction"
_NOT_ALIGNED = "its timing is its own, and this measure needs a reference that runs in step"
_NO_ATTENTION = "no attention made it"
_COMPARED = {RECORDING: _WITH_ITSELF}
_IN_STEP = {RECORDING: _WITH_ITSELF, FREE_RUNNING: _NOT_ALIGNED}
_LENGTHS = {RECORDING: _WITH_ITSELF, COPY: _SAME_LENGTH, TEACHER_FORCED: _SAME_LENGTH}
_HEARD = {TEACHER_FORCED: "the recording's own frames would say the words for it"}
_CONTROL = {TEACHER_FORCED: "a control of what is heard: recordings, copies and takes"}
_ATTENTION = {RECORDING: _NO_ATTENTION, COPY: _NO_ATTENTION}


class MeasureInfo(NamedTuple):
    """What a figure is.

    Attributes:
        key: its name in files and options' output; `group` the name that `mytts evaluate --measures` takes.
        short: the name over a narrow column.
        unit: '' for a plain number; `places` after the point.
        better: `lower`, `higher` or `near 1`.
        explanation: a sentence for a tooltip. docs/EVALUATION.md has formula, source and traps.
        not_for: modes that it means nothing for, each with the reason.
    """

    key: str
    group: str
    name: str
    short: str
    unit: str
    better: str
    places: int
    explanation: str
    not_for: dict[str, str]

    @property
    def modes(self) -> tuple[str, ...]:
        """The kinds of speech it is taken of."""
        return tuple(mode for mode in MODES if mode not in self.not_for)

    @property
    def title(self) -> str:
        """Name, unit and direction: 'Mel-cepstral distance (dB, ↓)'."""
        return f"{self.name} ({', '.join(part for part in (self.unit, SIGNS[self.better]) if part)})"

    def shown(self, value: float) -> str:
        """Return a value as text, without its unit."""
        return f"{value:.{self.places}f}"


CATALOGUE: tuple[MeasureInfo, ...] = (
    MeasureInfo("mcd", "mcd", "Mel-cepstral distance", "MCD", "dB", LOWER, 2,
                "Distance of the spectral envelope from the recording's: coefficients 1–13 without c0, pauses trimmed, "
                "after time alignment; of the mel before the vocoder, for copies of the audio", _COMPARED),
    MeasureInfo("warping", "mcd", "Alignment penalty", "Penalty", "%", LOWER, 1,
                "Share of alignment steps that wait on one side: how much time had to be bent for the distance",
                _COMPARED),
    MeasureInfo("f0_error", "f0", "F0 error", "F0 error", "semitones", LOWER, 2,
                "Root mean square difference of F0 where both are voiced, along the alignment", _COMPARED),
    MeasureInfo("f0_gross", "f0", "Gross pitch errors", "Gross F0", "%", LOWER, 1,
                "Share of the frames voiced in both whose F0 is off by more than 20 %", _COMPARED),
    MeasureInfo("voicing", "f0", "Voicing errors", "Voicing", "%", LOWER, 1,
                "Share of aligned frames that are voiced on one side alone", _COMPARED),
    MeasureInfo("duration_ratio", "duration", "Duration", "Duration", "×", NEAR_ONE, 3,
                "Length of the speech between the silences ÷ the recording's: below 1 is faster", _LENGTHS),
    MeasureInfo("duration_error", "duration", "Duration error", "Length", "%", LOWER, 1,
                "How far that ratio is from 1, whichever way", _LENGTHS),
    MeasureInfo("cer", "cer", "Character errors", "CER", "%", LOWER, 1,
                "Characters that an offline recogniser of US English gets wrong; read it beside recordings and copies",
                _HEARD),
    MeasureInfo("wer", "cer", "Word errors", "WER", "%", LOWER, 1,
                "Words that the same recogniser gets wrong", _HEARD),
    MeasureInfo("pesq", "pesq", "PESQ", "PESQ", "MOS-LQO", HIGHER, 2,
                "Wideband, at 16 kHz, 1.0–4.6, against the recording in step: copies rate the vocoder, teacher-forced "
                "frames the prediction of the next frame", _IN_STEP),
    MeasureInfo("stoi", "stoi", "STOI", "STOI", "", HIGHER, 3,
                "Short-time objective intelligibility, 0–1, against the recording in step", _IN_STEP),
    MeasureInfo("dnsmos", "dnsmos", "DNSMOS overall", "DNSMOS", "MOS", HIGHER, 2,
                "Predicted rating 1–5 by a network made for noise suppressors: a control, not a judge; speech without "
                "sense can score well", _CONTROL),
    MeasureInfo("dnsmos_signal", "dnsmos", "DNSMOS signal", "Signal", "MOS", HIGHER, 2,
                "Its part for the speech itself", _CONTROL),
    MeasureInfo("dnsmos_background", "dnsmos", "DNSMOS background", "Background", "MOS", HIGHER, 2,
                "Its part for what is heard beside the speech", _CONTROL),
    MeasureInfo("diagonality", "alignment", "Diagonality", "Diagonality", "", HIGHER, 3,
                "Attention mass near the diagonal, 0–1: below 0.5 has not aligned", _ATTENTION),
    MeasureInfo("coverage", "alignment", "Coverage", "Coverage", "", HIGHER, 3,
                "Share of letters or phonemes attended to, 0–1; 0.5–0.9 in healthy speech", _ATTENTION),
    MeasureInfo("focus", "alignment", "Focus", "Focus", "", HIGHER, 3,
                "Mean of the largest weight of each step, 0–1; never read it alone", _ATTENTION),
)
BY_KEY = {info.key: info for info in CATALOGUE}

GROUPS = tuple(dict.fromkeys(info.group for info in CATALOGUE if info.group != "alignment"))
"""What `--measures` takes; alignment scores are always there."""


def keys_of(group: str) -> tuple[str, ...]:
    """Return the keys of a group."""
    return tuple(info.key for info in CATALOGUE if info.group == group)
