"""Acoustic features of a corpus, computed once and kept on disk.

    <cache>/<key>/features.json   ids, frame counts, problems, fingerprint of the audio
                  mels.bin        float32 little endian, (total frames, n_mels), utterance after utterance
                  statistics.npz  per utterance: sums and squared sums of each band, prosody per token
    <cache>/phonemes_<language>.json   IPA by normalised text
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import time
import zipfile
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from mytts_core.audio.mel import log_mel_spectrogram
from mytts_core.audio.pitch import fundamental_frequency
from mytts_core.audio.silence import MARGIN_MS, THRESHOLD_DB, trim_silence
from mytts_core.audio.waveform import normalise_peak, read_audio
from mytts_core.config import AudioConfig
from mytts_core.data.corpora import Corpus, RowProblem, Utterance
from mytts_core.data.prosody import observe_prosody
from mytts_core.errors import AudioError, CorpusError

CACHE_VERSION = 2
LONGEST_SECONDS = 120.0
_BUILDING = ".building_"
Progress = Callable[[int, int], None]


@dataclass
class AcousticFeatures:
    """What the cache holds, rows in the order of `ids`.

    Attributes:
        mels: memory-mapped, (total frames, n_mels), ln-magnitude; utterance i is rows offsets[i]:offsets[i + 1].
        band_sums, band_square_sums: float64, (num_utterances, n_mels).
        prosody: float32, (num_utterances, 4), as observed with one token.
    """

    ids: list[str]
    offsets: np.ndarray
    mels: np.ndarray
    band_sums: np.ndarray
    band_square_sums: np.ndarray
    prosody: np.ndarray
    problems: list[RowProblem]
    fingerprint: str


def default_cache() -> Path:
    """Return the user's cache folder: $XDG_CACHE_HOME/mytts, or ~/.cache/mytts."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "mytts"


def acoustic_features(corpus: Corpus, audio: AudioConfig, cache: Path, progress: Progress | None = None,
                      ) -> AcousticFeatures:
    """Return the features of a corpus, from the cache where audio files (path, size, time) and config are the same.

    Raises:
        CorpusError: if no audio file can be used, or the cache cannot be written.
    """
    folder = cache / _key(corpus, audio)
    found = _load(folder, audio)
    if found is not None:
        return found
    building = cache / f"{_BUILDING}{folder.name}_{os.getpid()}"
    try:
        cache.mkdir(parents=True, exist_ok=True)
        _remove_abandoned(cache)
        building.mkdir()
        _build(corpus, audio, building, progress)
        if (found := _load(folder, audio)) is not None:
            return found                            # another process was faster, and may be reading it
        shutil.rmtree(folder, ignore_errors=True)   # damaged, or _load would have read it
        os.replace(building, folder)
    except OSError as error:
        if _load(folder, audio) is None:            # else another process was faster: take its work
            raise CorpusError(f"feature cache {cache} cannot be written ({error}): "
                              "name another folder or free space") from error
    finally:
        shutil.rmtree(building, ignore_errors=True)
    built = _load(folder, audio)
    if built is None:
        raise CorpusError(f"feature cache {folder} cannot be read back: remove it and run again")
    return built


def prepare_recording(path: Path, audio: AudioConfig) -> np.ndarray:
    """Return a recording as features are taken of it: mono, at the run's rate, trimmed at both ends, at its peak.

    Returns:
        float32, (num_samples,).

    Raises:
        AudioError: if the file cannot be read.
    """
    wav, rate = read_audio(path, audio.sample_rate)
    return normalise_peak(trim_silence(wav, rate), audio.peak)


def _remove_abandoned(cache: Path) -> None:
    """Remove what killed builds left; one that is still at work has written within the day."""
    for folder in cache.glob(_BUILDING + "*"):
        if time.time() - folder.stat().st_mtime > 86400:
            shutil.rmtree(folder, ignore_errors=True)


def _key(corpus: Corpus, audio: AudioConfig) -> str:
    digest = hashlib.sha256(json.dumps([CACHE_VERSION, asdict(audio), THRESHOLD_DB, MARGIN_MS]).encode())
    for utterance in corpus.utterances:
        try:
            stat = utterance.audio_path.stat()
        except OSError as error:
            raise CorpusError(f"audio file {utterance.audio_path} went away ({error}): run again") from error
        digest.update(f"{utterance.id}\0{utterance.audio_path.resolve()}\0{stat.st_size}\0{stat.st_mtime_ns}\n".encode())
    return f"features_{digest.hexdigest()[:20]}"


def _build(corpus: Corpus, audio: AudioConfig, folder: Path, progress: Progress | None) -> None:
    problems: list[RowProblem] = []
    rows: list[tuple[str, int, np.ndarray, np.ndarray, np.ndarray]] = []
    digest = hashlib.sha256()
    with open(folder / "mels.bin", "wb") as stream:
        for index, utterance in enumerate(corpus.utterances):
            try:
                mel, prosody, content = _analyse(utterance, audio)
            except AudioError as error:
                problems.append(RowProblem(0, utterance.id, str(error)))
            else:
                stream.write(np.ascontiguousarray(mel, dtype="<f4").tobytes())
                wide = mel.astype(np.float64)
                rows.append((utterance.id, len(mel), wide.sum(axis=0), np.square(wide).sum(axis=0), prosody))
                digest.update(utterance.id.encode() + content)
            if progress:
                progress(index + 1, len(corpus.utterances))
        stream.flush()
        os.fsync(stream.fileno())
    if not rows:
        raise CorpusError(f"no recording of {corpus.folder} can be used; the first: {problems[0].reason}")
    ids, frames, sums, square_sums, prosody = zip(*rows)
    np.savez(folder / "statistics.npz", sums=np.stack(sums), square_sums=np.stack(square_sums),
             prosody=np.stack(prosody))
    described = {"version": CACHE_VERSION, "ids": ids, "frames": frames, "fingerprint": digest.hexdigest(),
                 "problems": [asdict(problem) for problem in problems], "corpus": str(corpus.folder)}
    (folder / "features.json").write_text(json.dumps(described, ensure_ascii=False), encoding="utf-8")


def _analyse(utterance: Utterance, audio: AudioConfig) -> tuple[np.ndarray, np.ndarray, bytes]:
    """Mel, prosody of one token, and a digest of the file's bytes."""
    if utterance.seconds > LONGEST_SECONDS:
        raise AudioError(f"audio file {utterance.audio_path.name} lasts {utterance.seconds:.0f} s, more than "
                         f"{LONGEST_SECONDS:.0f} s: cut it into sentences")
    wav = prepare_recording(utterance.audio_path, audio)
    if not np.any(wav):
        raise AudioError(f"audio file {utterance.audio_path.name} is digital silence")
    mel = log_mel_spectrogram(wav, audio)
    prosody = observe_prosody(mel, fundamental_frequency(wav, audio), num_tokens=1)
    try:
        return mel, prosody, hashlib.sha256(utterance.audio_path.read_bytes()).digest()
    except OSError as error:
        raise AudioError(f"audio file {utterance.audio_path} cannot be read again ({error})") from error


def _load(folder: Path, audio: AudioConfig) -> AcousticFeatures | None:
    try:
        described = json.loads((folder / "features.json").read_text(encoding="utf-8"))
        offsets = np.concatenate([[0], np.cumsum(described["frames"])]).astype(np.int64)
        mels = np.memmap(folder / "mels.bin", dtype="<f4", mode="r", shape=(int(offsets[-1]), audio.n_mels))
        with np.load(folder / "statistics.npz", allow_pickle=False) as arrays:
            sums, square_sums, prosody = arrays["sums"], arrays["square_sums"], arrays["prosody"]
        problems = [RowProblem(**problem) for problem in described["problems"]]
        return AcousticFeatures(described["ids"], offsets, mels, sums, square_sums, prosody, problems,
                                described["fingerprint"])
    except (OSError, ValueError, KeyError, TypeError, EOFError, zipfile.BadZipFile):
        return None
