"""What is heard of takes: vocoded, their pitch measured, a recogniser listening, in processes of their own."""

from __future__ import annotations

import functools
import multiprocessing
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from typing import Any, NamedTuple, Optional

import numpy as np

from benchmarks.mel_pitch import pitch_of_mel
from benchmarks.temperature_takes import Spoken, number_of
from mytts_core.audio.pitch import fundamental_frequency
from mytts_core.config import AudioConfig
from mytts_core.evaluation.word_errors import WordErrors, count_word_errors
from mytts_core.vocoder.griffin_lim import GriffinLim

PROCESSES = 2


class Sound(NamedTuple):
    """What a take sounds like; pitch in semitones above 1 Hz, NaN where nothing is voiced.

    pitch, pitch_spread: median, and standard deviation around it, over the voiced frames of the vocoded waveform.
    mel_pitch: median over the same frames of the pitch read off the mel itself.
    words: what a recogniser got wrong; None where nobody listened.
    """

    pitch: float
    pitch_spread: float
    mel_pitch: float
    words: Optional[WordErrors] = None


class Measured(NamedTuple):
    """A take with its sound."""

    spoken: Spoken
    sound: Sound


def listen(takes: Sequence[Spoken], texts: Sequence[str], config: AudioConfig, num_heard: int) -> list[Measured]:
    """Vocode and measure takes; takes of a text with the same samples once.

    Args:
        takes: of `speak`.
        texts: what their numbers mean.
        config: of the mels.
        num_heard: a recogniser listens to so many seeds of each text and temperature.
    """
    keys = [(take.text, take.mel.tobytes()) for take in takes]
    work: dict[tuple[int, bytes], tuple[np.ndarray, Optional[str]]] = {}
    for key, take in zip(keys, takes):
        if number_of(take.seed) < num_heard:
            work[key] = take.mel, texts[take.text]
        else:
            work.setdefault(key, (take.mel, None))
    # Not forked: a fork of a process that runs TensorFlow's threads may hang.
    with ProcessPoolExecutor(PROCESSES, multiprocessing.get_context("spawn")) as pool:
        sounds = dict(zip(work, pool.map(functools.partial(sound_of, config=config), *zip(*work.values()))))
    return [Measured(take, sounds[key]) for key, take in zip(keys, takes)]


def sound_of(mel: np.ndarray, said: Optional[str], config: AudioConfig) -> Sound:
    """Vocode a mel and measure it.

    Args:
        mel: ln-magnitude, (T, n_mels).
        said: the text, for the recogniser; None does not listen.
        config: of the mel.
    """
    wav = GriffinLim(config)(mel)
    pitch = fundamental_frequency(wav, config)
    voiced = np.isfinite(pitch)
    words = None if said is None else count_word_errors(said, _recognizer().hear(wav, config.sample_rate))
    if not voiced.any():
        return Sound(np.nan, np.nan, np.nan, words)
    semitones = 12 * np.log2(pitch[voiced].astype(np.float64))
    median = float(np.median(semitones))
    return Sound(median, float(np.sqrt(np.mean(np.square(semitones - median)))),
                 float(np.median(12 * np.log2(pitch_of_mel(mel[voiced], config)))), words)


@functools.cache
def _recognizer() -> Any:
    from mytts_core.evaluation.recognizer import Recognizer

    return Recognizer()
