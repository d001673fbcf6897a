"""Two takes of one text, prepared to be listened to in turn: equal loudness, where each says which word, their map."""

from __future__ import annotations

import io
import math
from collections.abc import Sequence
from typing import NamedTuple, Optional

import numpy as np
from numpy.typing import NDArray

from dashboard.figures.findings import fault_words
from mytts_core.audio.loudness import integrated_loudness, match_loudness
from mytts_core.audio.pitch import fundamental_frequency
from mytts_core.config import AudioConfig
from mytts_core.errors import AudioError, ListeningError
from mytts_core.listening.take_reading import TakeReading, WordReader, read_take
from mytts_core.listening.time_map import TimeMap, match_words
from mytts_core.runs.types import FaultRecord
from mytts_core.synthesis.spoken import SynthesisResult

Span = Optional[tuple[float, float]]
"""From when to when a word is said, in seconds; None where it is not."""

_LISTED = ("skipped", "repeated", "stalled", "truncated", "lost")


class Fault(NamedTuple):
    """What went wrong in a take, in words, and from when to when, in seconds of its audio."""

    label: str
    start: float
    end: float


class Side(NamedTuple):
    """One of the two takes.

    Attributes:
        gain_db: by which it is played louder, in dB.
        loudness: of its audio as it is, in LUFS; −inf for silence.
        spans: of each word of the comparison.
        pitch_hz: median of the fundamental frequency; NaN where nothing is voiced.
        pitch_spread: its standard deviation in semitones; NaN where nothing is voiced.
    """

    sample_rate: int
    seconds: float
    gain_db: float
    loudness: float
    spans: tuple[Span, ...]
    faults: tuple[Fault, ...]
    pitch_hz: float
    pitch_spread: float


class Comparison(NamedTuple):
    """Two takes of one text; `words` are those of the first take, as it has them."""

    words: tuple[str, ...]
    sides: tuple[Side, Side]
    time_map: TimeMap


def get_comparison(results: tuple[SynthesisResult, SynthesisResult],
                   read_words: tuple[Optional[WordReader], Optional[WordReader]] = (None, None)) -> Comparison:
    """Prepare two takes.

    Args:
        read_words: of each, to have the words as they are written; see `read_take`.

    Raises:
        ListeningError: if the takes say different texts, or one is damaged.
        AudioError: if a take's audio cannot be read.
    """
    try:
        takes = [read_take(result, reader) for result, reader in zip(results, read_words)]
        faults = [tuple(_faults(result)) for result in results]
    except (KeyError, TypeError, ValueError) as error:      # what is kept beside the arrays is a file anybody can edit
        raise ListeningError(f"the record of a take is damaged ({error!r}): delete it and speak it again") from error
    time_map = TimeMap.between(*takes)
    wavs = [_read_wav(result) for result in results]
    matched = match_loudness(wavs, [result.sample_rate for result in results])
    partners = dict(match_words(*takes))
    numbers = [list(range(len(takes[0].words))), [partners.get(word) for word in range(len(takes[0].words))]]
    sides = [_side(result, wav, clip.gain_db, _spans(take, chosen), found)
             for result, wav, clip, take, chosen, found in zip(results, wavs, matched, takes, numbers, faults)]
    return Comparison(takes[0].words, (sides[0], sides[1]), time_map)


def _side(result: SynthesisResult, wav: NDArray[np.float32], gain_db: float, spans: tuple[Span, ...],
          faults: tuple[Fault, ...]) -> Side:
    median, spread = _pitch(wav, result.sample_rate)
    return Side(result.sample_rate, result.audio_seconds, gain_db, integrated_loudness(wav, result.sample_rate), spans,
                faults, median, spread)


def _read_wav(result: SynthesisResult) -> NDArray[np.float32]:
    import soundfile

    try:
        samples, _ = soundfile.read(io.BytesIO(result.audio), dtype="float32", always_2d=True)
    except (soundfile.SoundFileError, RuntimeError) as error:
        raise AudioError(f"the audio of a take cannot be read ({error}): delete the take and speak it again") from error
    return np.asarray(samples[:, 0])


def _spans(take: TakeReading, numbers: Sequence[Optional[int]]) -> tuple[Span, ...]:
    """Return the spans of words by their number in a take; None for those that it has not, or does not say."""
    spans = take.word_spans()
    found = [None if number is None or take.is_lost else spans[number] for number in numbers]
    return tuple(None if span is None or not math.isfinite(span[0]) else (float(span[0]), float(span[1]))
                 for span in found)


def _pitch(wav: NDArray[np.float32], sample_rate: int) -> tuple[float, float]:
    """Return median in Hz and spread in semitones of the fundamental frequency, NaN where nothing is voiced."""
    # A window of about 46 ms holds three periods of the lowest voice, whatever the rate.
    window = 2 ** round(math.log2(0.046 * sample_rate))
    config = AudioConfig(sample_rate=sample_rate, n_fft=window, win_length=window, hop_length=window // 4)
    if len(wav) < window:
        return math.nan, math.nan
    voiced = fundamental_frequency(wav, config)
    voiced = voiced[np.isfinite(voiced)]
    if not len(voiced):
        return math.nan, math.nan
    return float(np.median(voiced)), float(np.std(12 * np.log2(voiced)))


def _faults(result: SynthesisResult) -> list[Fault]:
    faults = []
    for piece in result.pieces:
        rate = piece.summary["frames_per_second"]
        for told in piece.summary["faults"]:
            fault = FaultRecord(**told)
            if fault.kind in _LISTED and fault.start_frame >= 0:
                faults.append(Fault(fault_words(fault, rate), piece.start + fault.start_frame / rate,
                                    piece.start + max(fault.end_frame, fault.start_frame) / rate))
    return faults
