"""Text to speech with a run's checkpoint, in this process.

    from mytts_core.synthesis import Synthesizer
    take = Synthesizer.from_run("sample_runs/kathleen").synthesize("Hello.")
    take.save("hello.wav")
"""

from __future__ import annotations

import math
import os
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple, Optional

import numpy as np

from mytts_core.config import RunConfig
from mytts_core.errors import SynthesisError, TextError
from mytts_core.monitoring.alignment import choose_head, score_alignment
from mytts_core.monitoring.alignment_path import diagnose_path
from mytts_core.runs.types import CheckpointInfo
from mytts_core.synthesis.checkpoint_choice import Choice, choose_checkpoint, read_run_config
from mytts_core.synthesis.take import Progress, SynthesisCancelled, Take
from mytts_core.text.symbols import PAD_ID, UNKNOWN_ID
from mytts_core.text.tokenizer import is_spoken, tokenizer_from_config
from mytts_core.vocoder.griffin_lim import GriffinLim
from mytts_core.vocoder.protocol import Vocoder

BATCH_SIZE = 16
LONGEST_SHARE = 2.5
"""A take is cut at this multiple of the length that the corpus' speaking rate predicts for its tokens."""

SHORTEST_LIMIT_SECONDS = 3.0
FRAMES_PER_TOKEN = 8.0
"""Speaking rate where the run does not say its own."""

Cancelled = Callable[[], bool]


class _Text(NamedTuple):
    text: str
    ids: list[int]
    tokens: list[str]
    spoken: np.ndarray
    unknown: list[str]


class _Request(NamedTuple):
    """What the takes of a batch have in common."""

    temperature: float
    max_seconds: Optional[float]
    progress: Optional[Progress]
    cancelled: Optional[Cancelled]
    with_audio: bool


class Synthesizer:
    """A model with everything it needs to speak; see `from_run`.

    Args:
        model: a `TransformerTTS` with its weights.
        config: of its run: audio, text, mel statistics.
        checkpoint: where the weights came from.
        head: (layer, head) chosen on training sentences; None chooses one on each take.
        vocoder: Griffin-Lim by default.
    """

    def __init__(self, model: Any, config: RunConfig, checkpoint: CheckpointInfo,
                 head: Optional[tuple[int, int]] = None, vocoder: Optional[Vocoder] = None) -> None:
        self.model = model
        self.config = config
        self.checkpoint = checkpoint
        self.head = head
        self.tokenizer = tokenizer_from_config(config.text)
        self.vocoder: Vocoder = GriffinLim(config.audio) if vocoder is None else vocoder
        self._mel_mean = np.asarray(config.corpus.mel_mean, np.float32)
        self._mel_std = np.asarray(config.corpus.mel_std, np.float32)

    @classmethod
    def from_run(cls, run_folder: str | os.PathLike, checkpoint: Choice = None) -> Synthesizer:
        """Load a checkpoint of a run.

        Args:
            run_folder: what `mytts train --run` wrote.
            checkpoint: a step number, "best", "last" (the default), or the path of a weights file inside the run.

        Raises:
            RunError: if there is no run, or its configuration cannot be read.
            CheckpointError: if there is no such checkpoint, it is damaged, or it was made for another configuration.
        """
        folder = Path(run_folder)
        config = read_run_config(folder)
        chosen = choose_checkpoint(folder, checkpoint)
        model = build_model(config)
        from mytts_core.model.weights import load_weights

        load_weights(model, chosen.path)
        return cls(model, config, chosen, _recorded_head(chosen, config))

    def synthesize(self, text: str, temperature: float = 1.0, seed: Optional[int] = None,
                   max_seconds: Optional[float] = None, progress: Optional[Progress] = None,
                   cancelled: Optional[Cancelled] = None) -> Take:
        """Speak one text.

        Args:
            text: what to say. Symbols the model was not trained on are listed in the take.
            temperature: 1.0 is deterministic; more adds variation, less speaks flatter.
            seed: of the variation, at least 0; None draws one, which the take names.
            max_seconds: cut the take there; None allows 2.5 times what the corpus' speaking rate predicts.
            progress: called with (stage, done, most): "decoding" in frames, then "waveform".
            cancelled: asked now and then; where it returns True, SynthesisCancelled is raised.

        Raises:
            TextError: (a ValueError) if the text is empty, holds no known letter, or is longer than `max_length`.
            ValueError: for a temperature, seed or max_seconds out of range.
            SynthesisError: if the model yields values that are not finite.
        """
        return self.synthesize_batch([text], temperature, None if seed is None else [seed], max_seconds, progress,
                                     cancelled)[0]

    def synthesize_batch(self, texts: Sequence[str], temperature: float = 1.0, seeds: Optional[Sequence[int]] = None,
                         max_seconds: Optional[float] = None, progress: Optional[Progress] = None,
                         cancelled: Optional[Cancelled] = None, with_audio: bool = True) -> list[Take]:
        """Speak several texts, decoded together 16 at a time.

        A take that ends by itself equals that of its text alone within 1e-4; the limit is that of the longest text.

        Args:
            texts: at least one.
            seeds: one a text; None draws them.
            with_audio: False leaves the waveform out (no samples), where attention alone is of interest.

        The other arguments and the errors are those of `synthesize`.
        """
        if not len(texts):
            raise TextError("no texts were given: give at least one")
        if max_seconds is not None and not (math.isfinite(max_seconds) and max_seconds > 0):
            raise ValueError(f"max_seconds is {max_seconds!r}; it must be a finite number above 0")
        if seeds is not None and len(seeds) != len(texts):
            raise ValueError(f"{len(seeds)} seeds for {len(texts)} texts: give one each")
        if seeds is None and temperature > 1:
            seeds = [int(value) for value in np.random.SeedSequence().generate_state(len(texts))]
        read = [self._read(text) for text in texts]
        request = _Request(temperature, max_seconds, progress, cancelled, with_audio)
        order = sorted(range(len(read)), key=lambda index: len(read[index].ids))
        takes: dict[int, Take] = {}
        for start in range(0, len(order), BATCH_SIZE):
            rows = order[start:start + BATCH_SIZE]
            made = self._speak([read[row] for row in rows], None if seeds is None else [seeds[row] for row in rows],
                               request)
            takes.update(zip(rows, made))
        return [takes[row] for row in range(len(read))]

    def _read(self, text: str) -> _Text:
        ids = self.tokenizer.encode(text)
        limit = self.config.model.max_length
        if len(ids) > limit:
            raise TextError(f"text of {len(ids)} tokens is longer than this model's max_length ({limit}): split it "
                            "into sentences and speak them one by one")
        tokens = self.tokenizer.tokens(text)
        return _Text(text, ids, tokens, np.array([is_spoken(token) for token in tokens]), self.tokenizer.unknown(text))

    def _speak(self, texts: list[_Text], seeds: Optional[list[int]], request: _Request) -> list[Take]:
        started = time.perf_counter()
        longest = max(len(text.ids) for text in texts)
        ids = np.full((len(texts), longest), PAD_ID, np.int32)
        for row, text in enumerate(texts):
            ids[row, :len(text.ids)] = text.ids
        generation = self.model.generate(ids, max_steps=self._most_frames(longest, request), head=self.head,
                                         temperature=request.temperature, seed=seeds, progress=_watch(request))
        decoded = time.perf_counter() - started
        takes = []
        for row, text in enumerate(texts):
            _check_cancelled(request)
            seed = None if seeds is None else seeds[row]
            takes.append(self._take(text, generation, row, seed, decoded / len(texts), request))
            if request.progress is not None:
                request.progress("waveform", row + 1, len(texts))
        return takes

    def _take(self, text: _Text, generation: Any, row: int, seed: Optional[int], decoding_seconds: float,
              request: _Request) -> Take:
        started = time.perf_counter()
        factor, rate = self.config.model.reduction_factor, self.config.audio.frames_per_second
        frames = int(generation.lengths[row])
        attention = np.asarray(generation.attention[row])[:, :, :-(-frames // factor), :len(text.ids)]
        normalised = np.asarray(generation.mel[row])[:frames]
        if not np.isfinite(normalised).all():
            raise SynthesisError(f"{self.checkpoint.path.name} yields values that are not finite: its training had "
                                 "diverged; choose an earlier checkpoint")
        mel = normalised * self._mel_std + self._mel_mean
        head = self.head or choose_head([attention], [text.spoken])
        report = diagnose_path(attention[head], text.tokens, text.spoken, rate, generation.stop_reason[row], factor)
        wav = self.vocoder(mel) if request.with_audio else np.zeros(0, np.float32)
        return Take(
            text=text.text, tokens=text.tokens, spoken=text.spoken, unknown=text.unknown,
            num_unknown=text.ids.count(UNKNOWN_ID), wav=wav, sample_rate=self.config.audio.sample_rate, mel=mel,
            frames_per_second=rate, attention=attention, reduction_factor=factor,
            stop_probabilities=np.asarray(generation.stop_probs[row])[:frames, 0],
            stop_reason=generation.stop_reason[row], head=head, head_recorded=self.head is not None,
            scores=score_alignment(attention[head], text.spoken), report=report,
            temperature=float(request.temperature), seed=seed,
            variation="prosody" if self.config.model.prosody else "perturbation",
            checkpoint=self.checkpoint.path.name, step=self.checkpoint.step,
            work_seconds=decoding_seconds + time.perf_counter() - started, faults=report.in_words(rate))

    def _most_frames(self, num_tokens: int, request: _Request) -> int:
        rate = self.config.audio.frames_per_second
        if request.max_seconds is not None:
            return max(1, round(request.max_seconds * rate))
        per_token = FRAMES_PER_TOKEN
        if self.config.corpus.prosody_mean:
            # Prosody dimension 0 is log frames per token; a high temperature may speak far slower than the mean.
            spread = max(0.0, request.temperature - 1) * self.config.corpus.prosody_std[0]
            per_token = math.exp(min(self.config.corpus.prosody_mean[0] + spread, 5.0))
        return math.ceil(max(LONGEST_SHARE * per_token * num_tokens, SHORTEST_LIMIT_SECONDS * rate))


def build_model(config: RunConfig) -> Any:
    """Return a model of a run's configuration with fresh weights, in single precision."""
    from mytts_core.model.transformer_tts import TransformerTTS

    return TransformerTTS(**config.model.model_kwargs(), input_vocab_size=len(config.text.symbols),
                          n_mels=config.audio.n_mels, dtype="float32")


def _recorded_head(checkpoint: CheckpointInfo, config: RunConfig) -> Optional[tuple[int, int]]:
    recorded = checkpoint.info.get("head")
    if not isinstance(recorded, (list, tuple)) or len(recorded) != 2:
        return None
    layer, head = recorded
    fits = (isinstance(layer, int) and isinstance(head, int) and 0 <= layer < config.model.num_layers
            and 0 <= head < config.model.num_heads)
    return (layer, head) if fits else None


def _watch(request: _Request) -> Callable[[int, int], None]:
    """Return what decoding calls at every chunk of frames."""
    def watch(done: int, most: int) -> None:
        _check_cancelled(request)
        if request.progress is not None:
            request.progress("decoding", done, most)
    return watch


def _check_cancelled(request: _Request) -> None:
    if request.cancelled is not None and request.cancelled():
        raise SynthesisCancelled("synthesis cancelled")
