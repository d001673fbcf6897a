"""The training loop: the same for every backend. The step trains; this decides when to look, to write and to stop."""

from __future__ import annotations

import hashlib
import json
import time
from typing import Any, Optional

import numpy as np

from mytts_core.config import RunConfig
from mytts_core.data.batches import BatchPlan
from mytts_core.data.features import FeatureSet
from mytts_core.errors import TrainingError
from mytts_core.model.losses import guided_attention_weight
from mytts_core.model.weights import named_variables
from mytts_core.monitoring.norm_history import NormHistory
from mytts_core.runs import schema
from mytts_core.runs.writer import RunWriter
from mytts_core.training.checkpoints import SavedState, remove_old_checkpoints, save_checkpoint, save_state
from mytts_core.training.host_state import HostState
from mytts_core.training.interruption import Interruption
from mytts_core.training.progress import Progress
from mytts_core.training.sampling import Sampler
from mytts_core.training.schedule import learning_rate
from mytts_core.training.validation import Validation, mean_scores

WINDOW_LIFTED_FROM = 0.8
"""Share of the steps after which the cross-attention window is lifted, because decoding has none."""

MONITORING_SECONDS = "train/monitoring_seconds"


class Trainer:
    """Trains one run from where its state stands to the end.

    Args:
        step: a backend's step (see `TensorFlowStep`) around the model.
        writer: of the run, open.
        host, history: fresh, or restored from the resume folder.
    """

    def __init__(self, config: RunConfig, features: FeatureSet, model: Any, step: Any, writer: RunWriter,
                 host: HostState, history: NormHistory, progress: Progress) -> None:
        self.config, self.training, self.model, self.step = config, config.training, model, step
        self.writer, self.host, self.history, self.progress = writer, host, history, progress
        training, factor = self.training, config.model.reduction_factor
        self.plan = BatchPlan(features, training.batch_size, training.length_buckets, training.seed, factor)
        self.validation = Validation(features, training, factor)
        self.sampler = Sampler(config, features, self.validation.sample_ids)
        names = {id(variable): name for name, variable in named_variables(model).items()}
        writer.gradient_variables([names[id(variable)] for variable in step.variables.weights],
                                  [tuple(variable.shape) for variable in step.variables.weights])
        writer.resume_folder.mkdir(exist_ok=True)   # from now on the run can be resumed, from its first step if need be
        self._pending: Optional[tuple[int, Any]] = None
        self._saved_step = -1
        self._last_log = time.monotonic()
        self._other_seconds = 0.0       # spent on looking and writing since the last log line

    def run(self) -> str:
        """Train; return the state the run ended in: 'finished' or 'interrupted'.

        Raises:
            TrainingError: after too many non-finite steps in a row.
            RunError: when the run folder can no longer be written.
        """
        with Interruption() as interruption:
            while self.host.step < self.training.max_steps:
                self._one_step()
                if interruption.signal_number is not None:
                    self._end("interrupted", "stopped by a signal; go on with --resume")
                    return "interrupted"
                if self._stops_early():
                    self._end("finished", f"stopped early: no better validation loss in {self.host.worse_validations} "
                                          f"validations; the best was at step {self.host.best_step}")
                    return "finished"
            self._end("finished", "")
            return "finished"

    def _one_step(self) -> None:
        config, host = self.training, self.host
        number = host.step + 1
        threshold = host.threshold(number, self.history, config)
        guided = float(guided_attention_weight(host.step, config))
        metrics, norms = self.step.train(
            self.plan.batch_at(host.step), host.step, learning_rate(number, config), guided, threshold,
            window_applies(number, config.max_steps))
        self._absorb()      # the step before: the host never waits for the one just started
        host.step, self._pending = number, (number, metrics)
        self.progress.step(number)
        started = time.monotonic()
        if self._is_due(config.log_interval):
            self._log(threshold)
        if self._is_due(config.gradient_interval):
            self._write_gradients(np.asarray(norms))
        self._look()
        host.monitoring_seconds += time.monotonic() - started
        if self._is_due(config.checkpoint_interval):
            self._checkpoint()
        self._other_seconds += time.monotonic() - started

    def _absorb(self) -> None:
        """Read the metrics of the last step, and stop after too many that were not applied."""
        if self._pending is None:
            return
        number, metrics = self._pending
        self._pending = None
        self.host.absorb(number, np.asarray(metrics))
        if self.host.skipped_in_a_row >= self.training.max_nonfinite_steps:
            raise TrainingError(
                f"stopped at step {number}: loss or gradients were not finite in {self.host.skipped_in_a_row} steps in "
                "a row (training.max_nonfinite_steps); the last good checkpoint is kept. Lower training.learning_rate "
                "or training.max_norm, or lengthen training.warmup_steps, in a new run")

    def _log(self, threshold: float) -> None:
        started = time.monotonic()
        self._absorb()
        now = time.monotonic()
        self._other_seconds -= now - started    # waiting for the step is training
        self.host.monitoring_seconds -= now - started
        count = self.host.count
        seconds = (now - self._last_log - self._other_seconds) / max(count, 1)
        self.host.training_seconds += seconds * count
        means, largest = self.host.means()
        values = dict(zip(self.step.metric_names, means.tolist()))
        scalars = {f"train/{name}": value for name, value in values.items()
                   if name not in ("gradient_norm", "applied", "clipped")}
        limit = min(threshold, self.training.max_norm) if self.training.clip_strategy == "percentile" else \
            self.training.max_norm
        scalars |= {schema.LEARNING_RATE: learning_rate(self.host.step, self.training),
                    schema.GRADIENT_NORM: largest, schema.CLIP_THRESHOLD: limit,
                    schema.CLIPPED_SHARE: values["clipped"], schema.SKIPPED_STEPS: self.host.skipped,
                    schema.SECONDS_PER_STEP: seconds, MONITORING_SECONDS: self.host.monitoring_seconds}
        self.writer.scalars(self.host.step, scalars)
        self.writer.status("running", self.host.step)
        self.progress.metrics(self.host.step, values)
        self._last_log, self._other_seconds = started, 0.0

    def _write_gradients(self, norms: np.ndarray) -> None:
        self.writer.gradient_norms(self.host.step, norms.tolist())
        positive = norms[np.isfinite(norms) & (norms > 0)]
        if len(positive):
            self.writer.histogram(self.host.step, schema.GRADIENT_HISTOGRAM, np.log10(positive))

    def _look(self) -> None:
        """Validate and write samples where they are due, and at the end; both use one pass over held-out utterances."""
        host = self.host
        is_last = host.step == self.training.max_steps      # what the run ends with is what people ask for first
        validates, samples = (is_last or self._is_due(interval) for interval in
                              (self.training.validation_interval, self.training.sample_interval))
        if not (validates or samples):
            return
        with self.step.averaged_weights():
            losses, passes = self.validation.run(self.step)
            if samples or host.head is None:
                host.head = list(self.validation.choose_head(self.step, host.head))
            head = (host.head[0], host.head[1])
            if samples:
                host.free_running = self.sampler.run(self.model, self.writer, host.step, head, passes)
        self._write_scalars(schema.FREE_RUNNING_PREFIX, host.free_running if samples else {})
        if validates and losses:
            self._validated({**losses, **mean_scores(passes, head)})

    def _validated(self, values: dict[str, float]) -> None:
        self.host.validation = values
        self._write_scalars(schema.VALIDATION_PREFIX, values)
        shown = "  ".join(f"{name} {values[name]:.3f}" for name in ("loss", "diagonality", "focus", "coverage"))
        self.progress.say(f"step {self.host.step}: validation {shown}")
        if self.host.validated(values["loss"], self.host.step):
            self._save_weights()
            self.writer.mark_best(self.host.step)

    def _write_scalars(self, prefix: str, values: dict[str, float]) -> None:
        if values:
            self.writer.scalars(self.host.step, {prefix + name: value for name, value in values.items()})

    def _save_weights(self) -> None:
        host = self.host
        if self._saved_step == host.step:
            return
        info = {"head": host.head, "validation": host.validation, "free_running": host.free_running,
                "configuration": fingerprint(self.config),
                "weights": "averaged" if self.training.ema_decay else "latest",
                "prenet_drop_at_inference": self.config.model.prenet_drop_at_inference,
                "precision": self.training.mixed_precision, "dtype": "float32",
                "cross_window_lifted": self.config.model.cross_win is None or
                not window_applies(host.step, self.training.max_steps)}
        with self.step.averaged_weights():
            save_checkpoint(self.writer, self.model, host.step, info)
        self._saved_step = host.step

    def _checkpoint(self) -> None:
        """Write weights for synthesis, then the state to resume from; then remove what is no longer wanted."""
        self._absorb()
        self._save_weights()
        save_state(self.writer.resume_folder, self.host.step,
                   SavedState(self.step.state(), self.history.to_array(), self.host.to_dict()))
        remove_old_checkpoints(self.writer.folder, int(self.training.keep_checkpoints), self.host.best_step)

    def _end(self, state: str, message: str) -> None:
        self._absorb()
        if self.host.step and not self._is_due(self.training.checkpoint_interval):
            self._checkpoint()
        self.writer.status(state, self.host.step, message)
        if message:
            self.progress.say(message)

    def _stops_early(self) -> bool:
        patience = int(self.training.early_stopping_patience)
        return bool(patience) and self.host.worse_validations >= patience

    def _is_due(self, interval: int) -> bool:
        return self.host.step % int(interval) == 0


def window_applies(step: int, max_steps: int) -> bool:
    """Tell whether the cross-attention window of the configuration, if any, is used in the update to `step`."""
    return step <= WINDOW_LIFTED_FROM * max_steps


def fingerprint(config: RunConfig) -> str:
    """Return a short hash of what the weights' function depends on: model, audio and text."""
    data = config.to_dict()
    text = json.dumps({part: data[part] for part in ("model", "audio", "text")}, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:16]
