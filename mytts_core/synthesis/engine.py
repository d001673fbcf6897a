"""Text to speech with a run's checkpoint, in this process.

    from mytts_core.synthesis import Synthesizer
    take = Synthesizer.from_run("sample_runs/kathleen").synthesize("Hello.")
    take.save("hello.wav")
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any, Optional

import numpy as np

from mytts_core.config import RunConfig
from mytts_core.errors import AudioError, SynthesisError, TextError
from mytts_core.monitoring.alignment import choose_head, score_alignment
from mytts_core.monitoring.alignment_path import diagnose_path
from mytts_core.runs.types import CheckpointInfo
from mytts_core.synthesis.checkpoint_choice import Choice, choose_checkpoint, read_run_config
from mytts_core.synthesis.take import Progress, SynthesisCancelled, Take
from mytts_core.synthesis.utterance import ReadText, Utterance, in_batches, read_tokens, utterance
from mytts_core.text.symbols import PAD_ID, UNKNOWN_ID
from mytts_core.text.tokenizer import tokenizer_from_config
from mytts_core.vocoder import DEFAULT_VOCODER, make_vocoder
from mytts_core.vocoder.protocol import Vocoder

BATCH_SIZE = 16
VOCODER_THREADS = min(4, os.cpu_count() or 1)
"""Waveforms made at once: a vocoder's transforms leave Python's lock."""

Cancelled = Callable[[], bool]


class Synthesizer:
    """A model with everything it needs to speak; see `from_run`.

    Args:
        model: a `TransformerTTS` with its weights.
        config: of its run: audio, text, mel statistics.
        checkpoint: where the weights came from.
        head: (layer, head) chosen on training sentences; None chooses one on each take.
        vocoder: for takes that name none; Griffin-Lim by default.
    """

    def __init__(self, model: Any, config: RunConfig, checkpoint: CheckpointInfo,
                 head: Optional[tuple[int, int]] = None, vocoder: Optional[Vocoder] = None) -> None:
        self.model = model
        self.config = config
        self.checkpoint = checkpoint
        self.head = head
        self.tokenizer = tokenizer_from_config(config.text)
        self.vocoder: Vocoder = make_vocoder(DEFAULT_VOCODER, config.audio) if vocoder is None else vocoder
        self._vocoder_name = DEFAULT_VOCODER if vocoder is None else type(vocoder).__name__
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
                   cancelled: Optional[Cancelled] = None, vocoder: Optional[str] = None) -> Take:
        """Speak one text.

        Args:
            text: what to say. Symbols the model was not trained on are listed in the take.
            temperature: 1.0 is deterministic; more adds variation, less speaks flatter.
            seed: of the variation, at least 0; None draws one, which the take names.
            max_seconds: cut the take there; None allows 2.5 times what the corpus' speaking rate predicts.
            progress: called with (stage, done, most): "decoding" in frames, then "waveform".
            cancelled: asked now and then; where it returns True, SynthesisCancelled is raised.
            vocoder: a name of `mytts_core.vocoder.VOCODERS`; None for this synthesizer's own.

        Raises:
            TextError: (a ValueError) if the text is empty, holds no known letter, or is longer than `max_length`.
            ValueError: for a temperature, seed, max_seconds or vocoder out of range.
            SynthesisError: if the model yields values that are not finite.
        """
        return self.synthesize_batch([text], temperature, None if seed is None else [seed], max_seconds, progress,
                                     cancelled, vocoder=vocoder)[0]

    def synthesize_batch(self, texts: Sequence[str], temperature: float | Sequence[float] = 1.0,
                         seeds: Optional[Sequence[int]] = None, max_seconds: Optional[float] = None,
                         progress: Optional[Progress] = None, cancelled: Optional[Cancelled] = None,
                         with_audio: bool = True, vocoder: Optional[str] = None) -> list[Take]:
        """Speak several texts, decoded together 16 at a time.

        A take equals that of its text, temperature and seed alone within 1e-4.

        Args:
            texts: at least one.
            temperature: one for all, or one a text.
            seeds: one a text; None draws them.
            with_audio: False leaves the waveform out (no samples), where attention alone is of interest.

        The other arguments and the errors are those of `synthesize`.
        """
        from mytts_core.model.variation import utterance_temperatures

        if not len(texts):
            raise TextError("no texts were given: give at least one")
        if seeds is not None and len(seeds) != len(texts):
            raise ValueError(f"{len(seeds)} seeds for {len(texts)} texts: give one each")
        temperatures = utterance_temperatures(temperature, len(texts))
        utterances = [self.utterance(self.read(text), temperatures[row], None if seeds is None else seeds[row],
                                     max_seconds, vocoder) for row, text in enumerate(texts)]
        takes: dict[int, Take] = {}
        for rows in in_batches(utterances, BATCH_SIZE):
            batch = [utterances[row] for row in rows]
            for number, take in self.speak(batch, progress, cancelled, with_audio):
                if isinstance(take, SynthesisError):
                    raise take
                takes[rows[number]] = take
        return [takes[row] for row in range(len(texts))]

    def read(self, text: str) -> ReadText:
        """Return a text's tokens; TextError where nothing can be said of it."""
        return read_tokens(text, self.tokenizer, self.config.model.max_length)

    def utterance(self, read: ReadText, temperature: float = 1.0, seed: Optional[int] = None,
                  max_seconds: Optional[float] = None, vocoder: Optional[str] = None) -> Utterance:
        """Return what `speak` speaks; arguments and errors are those of `synthesize`."""
        return utterance(read, self.config, temperature, seed, max_seconds, vocoder)

    def speak(self, utterances: Sequence[Utterance], progress: Optional[Progress] = None,
              cancelled: Optional[Cancelled] = None,
              with_audio: bool = True) -> Iterator[tuple[int, Take | SynthesisError]]:
        """Decode utterances together and yield each with its index, as its waveform is there, in order.

        A take whose values are not finite is a SynthesisError in its place. Cancelling raises SynthesisCancelled.
        """
        watch, check = _watch(progress, cancelled), _check_cancelled
        check(cancelled)
        started = time.perf_counter()
        ids = np.full((len(utterances), max(len(one.read.ids) for one in utterances)), PAD_ID, np.int32)
        for row, one in enumerate(utterances):
            ids[row, :len(one.read.ids)] = one.read.ids
        generation = self.model.generate(
            ids, max_steps=[one.most_frames for one in utterances], head=self.head,
            temperature=[one.temperature for one in utterances], seed=[one.seed or 0 for one in utterances],
            progress=watch)
        # A take's share of the decoding is that of its frames.
        second_a_frame = (time.perf_counter() - started) / max(1, int(np.sum(generation.lengths)))
        arrays = generation._replace(**{name: np.asarray(getattr(generation, name)) for name in
                                        ("mel", "attention", "stop_probs", "lengths")})

        num_threads = min(VOCODER_THREADS, len(utterances))

        def finish(row: int) -> Take | SynthesisError:
            check(cancelled)
            begun = time.perf_counter()
            take = self._take(utterances[row], arrays, row, with_audio)
            if isinstance(take, Take):
                own = (time.perf_counter() - begun) / num_threads       # of which so many work at once
                take = replace(take, work_seconds=len(take.mel) * second_a_frame + own)
            return take

        with ThreadPoolExecutor(num_threads) as threads:
            for row, take in enumerate(threads.map(finish, range(len(utterances)))):
                if progress is not None:
                    progress("waveform", row + 1, len(utterances))
                yield row, take

    def _take(self, one: Utterance, generation: Any, row: int, with_audio: bool) -> Take | SynthesisError:
        """Return a take that does not know its work yet."""
        read = one.read
        factor, rate = self.config.model.reduction_factor, self.config.audio.frames_per_second
        frames, stop_reason = int(generation.lengths[row]), generation.stop_reason[row]
        # Copies: a view would keep the whole batch in memory as long as the take.
        attention = generation.attention[row, :, :, :-(-frames // factor), :len(read.ids)].copy()
        mel = generation.mel[row, :frames] * self._mel_std + self._mel_mean
        if not np.isfinite(mel).all():
            return SynthesisError(f"{self.checkpoint.path.name} yields values that are not finite: its training had "
                                  "diverged; choose an earlier checkpoint")
        head = self.head or choose_head([attention], [read.spoken])
        report = diagnose_path(attention[head], read.tokens, read.spoken, rate, stop_reason, factor)
        vocoder = self.vocoder if one.vocoder is None else make_vocoder(one.vocoder, self.config.audio)
        try:
            wav = vocoder(mel) if with_audio else np.zeros(0, np.float32)
        except AudioError as error:
            return SynthesisError(str(error))
        return Take(
            text=read.text, tokens=read.tokens, spoken=read.spoken, unknown=read.unknown,
            num_unknown=read.ids.count(UNKNOWN_ID), wav=wav, sample_rate=self.config.audio.sample_rate, mel=mel,
            frames_per_second=rate, attention=attention, reduction_factor=factor,
            stop_probabilities=generation.stop_probs[row, :frames, 0].copy(), stop_reason=stop_reason, head=head,
            head_recorded=self.head is not None, scores=score_alignment(attention[head], read.spoken), report=report,
            temperature=one.temperature, seed=one.seed,
            variation="prosody" if self.config.model.prosody else "perturbation",
            checkpoint=self.checkpoint.path.name, step=self.checkpoint.step,
            work_seconds=0.0, faults=report.in_words(rate),
            vocoder=(one.vocoder or self._vocoder_name) if with_audio else "")


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


def _watch(progress: Optional[Progress], cancelled: Optional[Cancelled]) -> Callable[[int, int], None]:
    """Return what decoding calls at every chunk of frames."""
    def watch(done: int, most: int) -> None:
        _check_cancelled(cancelled)
        if progress is not None:
            progress("decoding", done, most)
    return watch


def _check_cancelled(cancelled: Optional[Cancelled]) -> None:
    if cancelled is not None and cancelled():
        raise SynthesisCancelled("synthesis cancelled")
