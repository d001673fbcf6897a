"""Samples: what the model does with fixed held-out utterances, teacher-forced and free-running."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple, Optional

import numpy as np

from mytts_core.audio.waveform import normalise_peak, read_audio
from mytts_core.config import RunConfig
from mytts_core.data.corpora import read_corpus
from mytts_core.data.features import Example, FeatureSet
from mytts_core.errors import MyTTSError
from mytts_core.monitoring.alignment import AlignmentScores, score_alignment
from mytts_core.monitoring.alignment_path import PathReport, diagnose_path
from mytts_core.runs import schema
from mytts_core.runs.writer import RunWriter
from mytts_core.text.symbols import PAD_ID
from mytts_core.training.validation import TeacherForced
from mytts_core.vocoder.griffin_lim import GriffinLim

AUDIO_UTTERANCES = 2
GRIFFIN_LIM_ITERATIONS = 30
LONGEST_SHARE = 2.0
"""Free-running synthesis is cut at this multiple of the longest target among the samples."""


class FreeRunning(NamedTuple):
    """One free-running synthesis: mel (T, n_mels) normalised, stop probabilities (T,), attention (L, H, groups, S)."""

    mel: np.ndarray
    stop_probabilities: np.ndarray
    attention: np.ndarray
    stop_reason: str
    scores: AlignmentScores
    report: PathReport


class Sampler:
    """Writes samples of one run.

    Args:
        recordings: utterance id → audio file, for the samples that get audio.
    """

    def __init__(self, config: RunConfig, features: FeatureSet, sample_ids: Sequence[str]) -> None:
        self.config, self.features = config, features
        self.examples = [features.by_id[identity] for identity in sample_ids]
        self.free_examples = self.examples[:int(config.training.free_running_texts)]
        self._vocoder = GriffinLim(config.audio, iterations=GRIFFIN_LIM_ITERATIONS)
        self._recordings = _recordings(features.folder, [example.id for example in self.examples[:AUDIO_UTTERANCES]])

    def run(self, model: Any, writer: RunWriter, step: int, head: tuple[int, int],
            passes: Sequence[TeacherForced]) -> dict[str, float]:
        """Synthesise, write every sample, and return the means for the scalars `free_running/…`."""
        free = self._synthesize(model, head)
        teacher_forced = {item.example.id: item for item in passes}
        for place, example in enumerate(self.examples):
            if example.id in teacher_forced:
                self._write(writer, step, head, teacher_forced[example.id], free.get(example.id),
                            with_audio=place < AUDIO_UTTERANCES)
        return self._means(free)

    def _synthesize(self, model: Any, head: tuple[int, int]) -> dict[str, FreeRunning]:
        if not self.free_examples:
            return {}
        factor, examples = self.config.model.reduction_factor, self.free_examples
        longest = max(len(example.token_ids) for example in examples)
        ids = np.full((len(examples), longest), PAD_ID, np.int32)
        for row, example in enumerate(examples):
            ids[row, :len(example.token_ids)] = example.token_ids
        limit = int(LONGEST_SHARE * max(len(example.mel) for example in examples))
        generation = model.generate(ids, max_steps=limit, head=head)
        mel, attention, stop = (np.asarray(part) for part in (generation.mel, generation.attention,
                                                             generation.stop_probs))
        made = {}
        for row, example in enumerate(examples):
            frames, tokens = int(generation.lengths[row]), len(example.token_ids)
            own = attention[row, :, :, :-(-frames // factor), :tokens]
            report = diagnose_path(own[head], example.tokens, example.spoken, self.config.audio.frames_per_second,
                                   generation.stop_reason[row], factor)
            made[example.id] = FreeRunning(mel[row, :frames], stop[row, :frames, 0], own, generation.stop_reason[row],
                                           score_alignment(own[head], example.spoken), report)
        return made

    def _means(self, free: dict[str, FreeRunning]) -> dict[str, float]:
        if not free:
            return {}
        takes = list(free.values())
        means = {name: np.mean([getattr(take.scores, name) for take in takes])
                 for name in ("diagonality", "focus", "coverage")}
        means["stop_rate"] = np.mean([take.stop_reason == "stop_token" for take in takes])
        means["length_ratio"] = np.mean([len(take.mel) / len(self.features.by_id[identity].mel)
                                         for identity, take in free.items()])
        for kind in ("skipped", "repeated", "stalled"):
            means[kind] = np.mean([len(getattr(take.report, kind)) for take in takes])
        return {name: float(value) for name, value in means.items()}

    def _write(self, writer: RunWriter, step: int, head: tuple[int, int], item: TeacherForced,
               free: Optional[FreeRunning], with_audio: bool) -> None:
        example, audio = item.example, self.config.audio
        teacher_forced = {schema.ATTENTION_KEY: item.attention, schema.MEL_TARGET_KEY: example.mel,
                          schema.MEL_PREDICTED_KEY: self._log_mel(item.mel)}
        free_arrays, free_audio = None, None
        if free is not None:
            log_mel = self._log_mel(free.mel)
            free_arrays = {schema.ATTENTION_KEY: free.attention, schema.MEL_PREDICTED_KEY: log_mel,
                           schema.STOP_PROBABILITIES_KEY: free.stop_probabilities}
            if with_audio and np.isfinite(log_mel).all():
                free_audio = self._vocoder(log_mel)
        record = {
            "text": example.text, "tokens": example.tokens, "spoken": example.spoken,
            "reduction_factor": self.config.model.reduction_factor, "frames_per_second": audio.frames_per_second,
            "head": list(head), "target_frames": len(example.mel),
            "teacher_forced": score_alignment(item.attention[head], example.spoken)._asdict(),
            "free_running": None if free is None else self._free_record(free)}
        writer.sample(step, example.id, record, teacher_forced=teacher_forced, free_running=free_arrays,
                      target_audio=self._recording(example) if with_audio else None, free_running_audio=free_audio,
                      sample_rate=audio.sample_rate)

    def _free_record(self, free: FreeRunning) -> dict[str, Any]:
        report = free.report
        faults = [{"kind": fault.kind, "token_index": fault.token_index, "token": fault.token,
                   "start_frame": fault.start_frame, "end_frame": fault.end_frame} for fault in report.faults]
        return {**free.scores._asdict(), "frames": len(free.mel), "stop_reason": free.stop_reason,
                "skipped": len(report.skipped), "repeated": len(report.repeated), "stalled": len(report.stalled),
                "faults": faults, "words": report.in_words(self.config.audio.frames_per_second)}

    def _log_mel(self, mel: np.ndarray) -> np.ndarray:
        return mel * self.features.mel_std + self.features.mel_mean

    def _recording(self, example: Example) -> Optional[np.ndarray]:
        path = self._recordings.get(example.id)
        if path is None:
            return None
        try:
            return normalise_peak(read_audio(path, self.config.audio.sample_rate)[0], self.config.audio.peak)
        except MyTTSError:
            return None     # the recording has gone since; the rest of the sample is still worth writing


def _recordings(folder: Path, ids: Sequence[str]) -> dict[str, Path]:
    wanted = set(ids)
    return {item.id: item.audio_path for item in read_corpus(folder).utterances if item.id in wanted}
