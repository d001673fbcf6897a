"""From measured takes to what is said of each temperature."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from benchmarks.temperature_sound import Measured
from benchmarks.temperature_statistics import (
    Estimate,
    correlation,
    distance_between_takes,
    mean_known,
    mean_over_texts,
    mel_distance,
    share,
    spread,
    variation_percent,
)
from benchmarks.temperature_takes import Spoken
from mytts_core.config import CorpusInfo
from mytts_core.evaluation.word_errors import WordErrors

NEUTRAL = 1.0
SEMITONES_A_NEPER = 12 / math.log(2)


class Speaker(NamedTuple):
    """How far one recording of the speaker lies from the next.

    duration_percent: standard deviation of ln frames per token, times 100. pitch: of the median pitch, semitones.
    pitch_spread: mean deviation of the pitch within a recording, semitones.
    """

    duration_percent: float
    pitch: float
    pitch_spread: float


class Summary(NamedTuple):
    """What is said of a temperature; each estimate is the mean over texts of what a text's takes show.

    duration: coefficient of variation of the length, percent. pitch, mel_pitch: deviation of the median pitch of the
    waveform, and of that read off the mel, semitones. pitch_spread: deviation of the pitch within a take, semitones.
    between, from_neutral: aligned mel distance between two takes, and of a take from that at 1.0, dB. length: mean
    length less that at 1.0, percent of it. faults: share of takes with any fault. words: errors over words said,
    equal takes once.
    follows: correlation, within texts, of ln length and of pitch with what the seed drew for them.
    """

    temperature: float
    duration: Estimate
    pitch: Estimate
    mel_pitch: Estimate
    pitch_spread: Estimate
    between: Estimate
    from_neutral: Estimate
    length: Estimate
    faults: Estimate
    words: WordErrors
    follows: tuple[float, float]


def speaker_of(corpus: CorpusInfo) -> Speaker:
    """Return the total spread over a corpus' recordings, each of another text.

    Nobody read a text twice: it holds what the texts differ by as well as what they leave open. The order of prosody
    is that of `mytts_core.data.prosody.PROSODY_DIMENSIONS`.
    """
    return Speaker(100 * corpus.prosody_std[0], SEMITONES_A_NEPER * corpus.prosody_std[1], corpus.prosody_mean[2])


def summarise(takes: Sequence[Measured], temperature: float, draws: dict[int, np.ndarray]) -> Summary:
    """Summarise a temperature.

    Args:
        takes: of all temperatures, 1.0 among them.
        temperature: which one.
        draws: what each seed draws for the prosody, (4,).
    """
    neutral = {group[0].spoken.text: group[0].spoken.mel for group in by_text(takes, NEUTRAL)}
    groups = by_text(takes, temperature)
    mels = [[take.spoken.mel for take in group] for group in groups]
    sounds = [[take.sound for take in group] for group in groups]
    first = [neutral[group[0].spoken.text] for group in groups]
    heard = list({(take.spoken.text, take.spoken.mel.tobytes()): take.sound.words for group in groups for take in group
                  if take.sound.words is not None}.values())
    return Summary(
        temperature,
        mean_over_texts([variation_percent([len(mel) for mel in group]) for group in mels]),
        mean_over_texts([spread([sound.pitch for sound in group]) for group in sounds]),
        mean_over_texts([spread([sound.mel_pitch for sound in group]) for group in sounds]),
        mean_over_texts([mean_known([sound.pitch_spread for sound in group]) for group in sounds]),
        mean_over_texts([distance_between_takes(group) for group in mels]),
        mean_over_texts([mean_known([mel_distance(mel, other) for other in group]) for mel, group in zip(first, mels)]),
        mean_over_texts([100 * (float(np.mean([len(other) for other in group])) / len(mel) - 1)
                         for mel, group in zip(first, mels)]),
        fault_share([take.spoken for group in groups for take in group]),
        WordErrors(sum(words.errors for words in heard), sum(words.words for words in heard)),
        _follows(groups, draws))


def by_text(takes: Sequence[Measured], temperature: float) -> list[list[Measured]]:
    """Return the takes of a temperature, a list for each text."""
    groups: dict[int, list[Measured]] = {}
    for take in takes:
        if take.spoken.temperature == temperature:
            groups.setdefault(take.spoken.text, []).append(take)
    return list(groups.values())


def fault_share(takes: Sequence[Spoken]) -> Estimate:
    """Return the share of takes with any fault, 0..1; takes of a text with the same samples count once."""
    different = {(take.text, take.mel.tobytes()): bool(take.faults) for take in takes}
    return share(sum(different.values()), len(different))


def _follows(groups: Sequence[Sequence[Measured]], draws: dict[int, np.ndarray]) -> tuple[float, float]:
    """Correlate ln length and pitch, less their text's mean, with dimensions 0 and 1 of the draws less theirs."""
    found = []
    for dimension in (0, 1):
        observed: list[float] = []
        drawn: list[float] = []
        for group in groups:
            values = np.array([math.log(len(take.spoken.mel)) if dimension == 0 else take.sound.pitch
                               for take in group])
            drawing = np.array([draws[take.spoken.seed][dimension] for take in group])
            observed.extend(values - mean_known(values))
            drawn.extend(drawing - drawing.mean())
        found.append(correlation(observed, drawn))
    return found[0], found[1]
