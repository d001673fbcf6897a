"""A speech corpus from sentences: espeak-ng speaks them, in LJSpeech layout, so that anyone can train at once.

    <out>/metadata.csv   id|text|normalised text, and |speaker where there are several voices
          wavs/<id>.wav  mono, silence trimmed, peak 0.95
          corpus.json    how it was made: the same settings go on where an interrupted call stopped
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

import numpy as np

from mytts_core.audio.silence import trim_silence
from mytts_core.audio.waveform import normalise_peak, read_audio, resample, write_audio
from mytts_core.data.corpora import METADATA_FILE, RowProblem
from mytts_core.data.espeak import FASTEST, HIGHEST_PITCH, LOWEST_PITCH, SLOWEST, Espeak, espeak
from mytts_core.data.sentences import Sentence, read_sentences
from mytts_core.errors import AudioError, CorpusError
from mytts_core.runs.atomic_files import write_bytes, write_json
from mytts_core.text.normalize import normalize

SETTINGS_FILE = "corpus.json"
PEAK = 0.95
_SPEED_SPREAD, _PITCH_SPREAD = 0.15, 15.0   # standard deviations at variation 1: share of the speed, pitch units


@dataclass(frozen=True)
class CorpusSettings:
    """How a corpus is spoken; `speed` in words a minute, `pitch` 0–100, `sample_rate` in Hz.

    `variation` ≥ 0 draws speed and pitch anew for each utterance, deterministically from `seed` and its id:
    at 1 with standard deviations of 15 % and 15 units. Without it every utterance has the same prosody.
    """

    voices: tuple[str, ...] = ("en-us",)
    speed: int = 160
    pitch: int = 50
    variation: float = 0.0
    sample_rate: int = 22050
    audio_format: str = "wav"
    seed: int = 0

    def __post_init__(self) -> None:
        _require(len(self.voices) > 0 and len(set(self.voices)) == len(self.voices), "voices", self.voices,
                 "one or several different voices")
        _require(SLOWEST <= self.speed <= FASTEST, "speed", self.speed, f"{SLOWEST}–{FASTEST} words a minute")
        _require(LOWEST_PITCH <= self.pitch <= HIGHEST_PITCH, "pitch", self.pitch, f"{LOWEST_PITCH}–{HIGHEST_PITCH}")
        _require(0 <= self.variation <= 3, "variation", self.variation, "a number in 0–3")
        _require(8000 <= self.sample_rate <= 96000, "sample_rate", self.sample_rate, "8000–96000 Hz")
        _require(self.audio_format in ("wav", "flac", "ogg", "mp3"), "audio_format", self.audio_format,
                 "wav, flac, ogg or mp3")


@dataclass
class MadeCorpus:
    """What `make_corpus` did: utterances spoken now, kept from an earlier call, not spoken, and seconds in all."""

    folder: Path
    spoken: int = 0
    kept: int = 0
    seconds: float = 0.0
    problems: list[RowProblem] = field(default_factory=list)


def make_corpus(sentences: str | os.PathLike | Sequence[Sentence], out: str | os.PathLike,
                voices: Sequence[str] = ("en-us",), *, limit: int | None = None,
                progress: Callable[[int, int], None] | None = None, **settings: object) -> MadeCorpus:
    """Speak sentences into a corpus folder; with several voices each sentence is spoken by each.

    An interrupted call is taken up by the same call: recordings that are there are kept. Each file appears whole, and
    metadata.csv last. The same call in a new process gives the same samples; what was interrupted may differ in the
    voice's flutter, whose state espeak-ng keeps from one utterance to the next.

    Args:
        sentences: a text file (see `read_sentences`), or sentences.
        out: folder; new, empty, or made by the same settings.
        voices: espeak-ng voices such as "en-us", "en-gb+f3", "fa".
        limit: take only so many sentences from the start.
        progress: called with (utterances done, utterances in all).
        settings: fields of `CorpusSettings`.

    Raises:
        CorpusError: for a bad file of sentences, unknown voice, bad setting, or a folder that holds something else.
    """
    chosen = CorpusSettings(voices=tuple(voices), **settings)  # type: ignore[arg-type]
    listed = list(sentences) if not isinstance(sentences, (str, os.PathLike)) else read_sentences(sentences)
    if limit is not None:
        _require(limit >= 1, "limit", limit, "at least 1")
        listed = listed[:limit]
    speaker = espeak()
    for voice in chosen.voices:
        speaker.require_voice(voice)
    made = MadeCorpus(Path(out))
    _claim_folder(made.folder, chosen)
    rows: list[str] = []
    jobs = [(sentence, voice) for voice in chosen.voices for sentence in listed]
    for index, (sentence, voice) in enumerate(jobs):
        identity = sentence.id if len(chosen.voices) == 1 else f"{voice.replace('+', '-')}_{sentence.id}"
        seconds = _speak_one(made, speaker, sentence, voice, identity, chosen)
        if seconds:
            made.seconds += seconds
            rows.append("|".join(_columns(identity, sentence.text, voice, chosen)))
        else:
            made.problems.append(RowProblem(index + 1, identity, f"espeak-ng says nothing for {sentence.text[:60]!r}"))
        if progress:
            progress(index + 1, len(jobs))
    if not rows:
        raise CorpusError(f"espeak-ng says nothing for any of the {len(jobs)} sentences: check that the voice's "
                          "language is theirs")
    write_bytes(made.folder / METADATA_FILE, ("\n".join(rows) + "\n").encode())
    return made


def _speak_one(made: MadeCorpus, speaker: Espeak, sentence: Sentence, voice: str, identity: str,
               settings: CorpusSettings) -> float:
    """Speak one utterance unless it is there already; return its seconds, 0 where nothing is spoken."""
    path = made.folder / "wavs" / f"{identity}.{settings.audio_format}"
    if path.is_file():
        try:
            wav, rate = read_audio(path)
            made.kept += 1
            return len(wav) / rate
        except AudioError:
            pass   # damaged from outside: speak it again
    speed, pitch = _varied(settings, identity)
    wav = speaker.speak(normalize(sentence.text, voice), voice, speed, pitch)
    if not np.any(wav):
        return 0.0
    wav = resample(trim_silence(wav, speaker.sample_rate), speaker.sample_rate, settings.sample_rate)
    write_audio(path, normalise_peak(wav, PEAK), settings.sample_rate)
    made.spoken += 1
    return len(wav) / settings.sample_rate


def _varied(settings: CorpusSettings, identity: str) -> tuple[int, int]:
    if settings.variation == 0:
        return settings.speed, settings.pitch
    random = np.random.Generator(np.random.Philox(np.random.SeedSequence([settings.seed, *identity.encode()])))
    speed_draw, pitch_draw = np.clip(random.standard_normal(2), -2.5, 2.5) * settings.variation
    speed = settings.speed * np.exp(_SPEED_SPREAD * speed_draw)
    pitch = settings.pitch + _PITCH_SPREAD * pitch_draw
    return int(np.clip(speed, SLOWEST, FASTEST)), int(np.clip(pitch, LOWEST_PITCH, HIGHEST_PITCH))


def _columns(identity: str, text: str, voice: str, settings: CorpusSettings) -> list[str]:
    text = " ".join(text.replace("|", " ").split())
    columns = [identity, text, normalize(text, voice)]
    return columns if len(settings.voices) == 1 else [*columns, voice]


def _claim_folder(folder: Path, settings: CorpusSettings) -> None:
    """Write the settings into a new folder; refuse one that holds anything but a corpus of the same settings."""
    described = {"made_by": "mytts make-corpus", **asdict(settings), "voices": list(settings.voices)}
    path = folder / SETTINGS_FILE
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if path.is_file():
            found = json.loads(path.read_text(encoding="utf-8"))
        elif any(folder.iterdir()):
            raise CorpusError(f"{folder} holds files that make-corpus did not write: choose a new folder")
        else:
            write_json(path, described)
            return
    except ValueError as error:
        raise CorpusError(f"{path} is not readable JSON ({error}): choose a new folder") from error
    except OSError as error:
        raise CorpusError(f"corpus folder {folder} cannot be written ({error}): "
                          "choose another or free space") from error
    different = [name for name in described if not isinstance(found, dict) or found.get(name) != described[name]]
    if different:
        raise CorpusError(f"{folder} holds a corpus made with other settings ({', '.join(different)} differ): "
                          f"choose a new folder, or the settings in its {SETTINGS_FILE}")


def _require(holds: bool, name: str, value: object, rule: str) -> None:
    if not holds:
        raise CorpusError(f"{name} is {value!r}; it must be {rule}")
