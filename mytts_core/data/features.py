"""From a corpus to what training takes: token ids, mels and prosody, with statistics of training utterances only."""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from mytts_core.config import AudioConfig, CorpusInfo, TextConfig, TrainingConfig
from mytts_core.data.corpora import Corpus, RowProblem, held_out_ids, read_corpus
from mytts_core.data.feature_cache import AcousticFeatures, Progress, acoustic_features, default_cache
from mytts_core.data.prosody import normalise_prosody, prosody_statistics
from mytts_core.errors import CorpusError, TextError
from mytts_core.text.symbols import END, START, is_spoken
from mytts_core.text.tokenizer import (
    PhonemeTokenizer,
    Tokenizer,
    empty_tokenizer,
    tokenizer_from_config,
    with_lexicon_file,
    with_vocabulary,
)


@dataclass
class Example:
    """One utterance ready for training.

    Attributes:
        token_ids: [0, …, 2]; `tokens` shows one readable token for each.
        mel: ln-magnitude, float32, (num_frames, n_mels); a read-only view of the cache on disk.
        prosody: as observed, float32, (4,), NaN where not observed (see `observe_prosody`).
    """

    id: str
    text: str
    token_ids: list[int]
    tokens: list[str]
    mel: np.ndarray
    prosody: np.ndarray
    speaker: str = ""

    @property
    def spoken(self) -> np.ndarray:
        """Which tokens are letters or phonemes: bool, (S,)."""
        return np.array([is_spoken(token) for token in self.tokens])


@dataclass
class FeatureSet:
    """The usable examples of a corpus, in sorted order of ids, and the statistics of those trained on.

    Attributes:
        mel_mean, mel_std: float32, (n_mels,), ln-magnitude, over the frames of the training examples.
        prosody_mean, prosody_std: float32, (4,).
        fingerprint: of ids, texts and the bytes of the audio files: the same for a copy of the corpus elsewhere.
    """

    examples: list[Example]
    tokenizer: Tokenizer
    mel_mean: np.ndarray
    mel_std: np.ndarray
    prosody_mean: np.ndarray
    prosody_std: np.ndarray
    problems: list[RowProblem]
    fingerprint: str
    total_seconds: float
    held_out: list[str]
    folder: Path

    def __post_init__(self) -> None:
        self.by_id = {example.id: example for example in self.examples}
        withheld = set(self.held_out)
        self.train_ids = [example.id for example in self.examples if example.id not in withheld]

    def normalised_mel(self, example: Example) -> np.ndarray:
        """Return the example's mel as the model sees it: float32, (num_frames, n_mels)."""
        return ((example.mel - self.mel_mean) / self.mel_std).astype(np.float32)

    def normalised_prosody(self, example: Example) -> np.ndarray:
        """Return the example's prosody as z-scores in ±3: float32, (4,)."""
        return normalise_prosody(example.prosody, self.prosody_mean, self.prosody_std)

    def corpus_info(self) -> CorpusInfo:
        """Return what `config.json` keeps of the corpus."""
        return CorpusInfo(path=str(self.folder), fingerprint=self.fingerprint, num_utterances=len(self.examples),
                          total_seconds=self.total_seconds, held_out=list(self.held_out),
                          mel_mean=self.mel_mean.tolist(), mel_std=self.mel_std.tolist(),
                          prosody_mean=self.prosody_mean.tolist(), prosody_std=self.prosody_std.tolist())


def prepare_features(folder: str | os.PathLike, audio: AudioConfig, text: TextConfig, training: TrainingConfig,
                     cache: str | os.PathLike | None = None, progress: Progress | None = None) -> FeatureSet:
    """Prepare a corpus for training; the second call with the same files and configuration reads the cache.

    Each recording is made mono, resampled, trimmed of silence at both ends (−40 dB, 50 ms kept), scaled to the peak
    `audio.peak`, and analysed. What is longer than `training.max_frames` or `training.max_tokens` is left out and
    reported. Held-out ids are chosen before anything is measured.

    Args:
        folder: see `read_corpus`.
        text: where `text.symbols` is filled in (a run that goes on), that vocabulary is used; else it is built.
        cache: folder for features; None is `~/.cache/mytts`.
        progress: called with (recordings done, recordings in all) while features are computed.

    Raises:
        CorpusError: if nothing usable remains, or the cache cannot be written.
        TextError: if phonemes are asked for and phonemizer is missing.
    """
    corpus = read_corpus(folder)
    cache = Path(cache) if cache is not None else default_cache()
    acoustic = acoustic_features(corpus, audio, cache, progress)
    by_id = {utterance.id: utterance for utterance in corpus.utterances}
    texts = {identity: by_id[identity].text for identity in acoustic.ids}
    tokenizer, symbols = _tokenize(list(texts.values()), text, cache)
    problems = corpus.problems + [RowProblem(by_id[p.id].row, p.id, p.reason) for p in acoustic.problems]
    examples: list[Example] = []
    rows: dict[str, int] = {}
    for index, (identity, split) in enumerate(zip(acoustic.ids, symbols)):
        mel = acoustic.mels[acoustic.offsets[index]:acoustic.offsets[index + 1]]
        try:
            token_ids = tokenizer.encode_symbols(split, texts[identity])
        except TextError as error:
            problems.append(RowProblem(by_id[identity].row, identity, str(error)))
            continue
        if reason := _too_long(len(mel), len(token_ids), training):
            problems.append(RowProblem(by_id[identity].row, identity, reason))
            continue
        prosody = acoustic.prosody[index].copy()
        prosody[0] -= np.log(len(token_ids) - 2)   # the cache knows frames, not tokens
        rows[identity] = index
        examples.append(Example(identity, texts[identity], token_ids, [START, *split, END], mel, prosody,
                                by_id[identity].speaker))
    return _finish(corpus, acoustic, tokenizer, examples, rows, problems, audio, training)


def _finish(corpus: Corpus, acoustic: AcousticFeatures, tokenizer: Tokenizer, examples: list[Example],
            rows: dict[str, int], problems: list[RowProblem], audio: AudioConfig, training: TrainingConfig,
            ) -> FeatureSet:
    """Choose the held-out ids and take the statistics of the others."""
    if not examples:
        reason = f"; the first: {problems[0].reason}" if problems else ""
        raise CorpusError(f"no utterance of {corpus.folder} can be used for training{reason}")
    examples.sort(key=lambda example: example.id)
    held_out = held_out_ids(rows, training.held_out_every, training.held_out_minimum)
    withheld = set(held_out)
    trained = [example for example in examples if example.id not in withheld]
    chosen = [rows[example.id] for example in trained]
    frames = np.diff(acoustic.offsets)[chosen].sum()
    mean = acoustic.band_sums[chosen].sum(axis=0) / frames
    variance = acoustic.band_square_sums[chosen].sum(axis=0) / frames - mean ** 2
    std = np.sqrt(np.maximum(variance, 0))
    std = np.where(std > 1e-3, std, 1.0)           # a band that never changes is left as it is
    prosody_mean, prosody_std = prosody_statistics(np.stack([example.prosody for example in trained]))
    total = sum(len(example.mel) for example in examples) / audio.frames_per_second
    return FeatureSet(examples, tokenizer, mean.astype(np.float32), std.astype(np.float32), prosody_mean, prosody_std,
                      problems, _fingerprint(acoustic, examples), float(total), held_out, corpus.folder)


def _too_long(frames: int, tokens: int, training: TrainingConfig) -> str:
    if frames > training.max_frames:
        return f"has {frames} mel frames, more than training.max_frames ({training.max_frames})"
    if tokens > training.max_tokens:
        return f"has {tokens} tokens, more than training.max_tokens ({training.max_tokens})"
    return ""


def _fingerprint(acoustic: AcousticFeatures, examples: list[Example]) -> str:
    digest = hashlib.sha256(acoustic.fingerprint.encode())
    for example in examples:
        digest.update(f"{example.id}\0{example.text}\n".encode())
    return digest.hexdigest()[:32]


def _tokenize(texts: list[str], config: TextConfig, cache: Path) -> tuple[Tokenizer, list[list[str]]]:
    """Return the tokenizer and the symbols of each text; phonemes come from the cache where they can."""
    config = with_lexicon_file(config)
    tokenizer = tokenizer_from_config(config) if config.symbols else empty_tokenizer(config)
    if isinstance(tokenizer, PhonemeTokenizer):
        tokenizer.cache_folder = cache
    symbols = tokenizer.split(texts)
    return (tokenizer if config.symbols else with_vocabulary(tokenizer, symbols)), symbols
