"""Starting a training: a new run, a resumed one, or one that starts from another's weights."""

from __future__ import annotations

import dataclasses
import json
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Optional

from mytts_core.config import RunConfig, apply_overrides, get_model_preset, get_training_preset
from mytts_core.data.batches import BatchPlan
from mytts_core.data.features import FeatureSet, prepare_features
from mytts_core.errors import CheckpointError, ConfigError, CorpusError, RunError
from mytts_core.model.weights import load_weights
from mytts_core.monitoring.norm_history import NormHistory
from mytts_core.runs import schema
from mytts_core.runs.atomic_files import write_json
from mytts_core.runs.folder_claim import refuse_occupied
from mytts_core.runs.writer import RunWriter
from mytts_core.training.checkpoints import checkpoint_steps, load_state
from mytts_core.training.host_state import HostState
from mytts_core.training.progress import Progress
from mytts_core.training.quiet_start import quiet_start

CHANGEABLE = ("training.max_steps", "training.keep_checkpoints", "training.early_stopping_patience")
"""What may be another on resume: everything else would make the rest another training."""


def resolve_config(preset: Optional[str], overrides: Sequence[str], run: Optional[Path], resume: bool,
                   init_from: Optional[Path]) -> RunConfig:
    """Return the configuration asked for; of a resumed run, the one it was started with.

    Raises:
        ConfigError: if a value breaks a rule, or differs from the run that is resumed.
        RunError: if there is no run to resume.
    """
    if resume and run is not None:
        kept = read_run_config(run)
        wanted = RunConfig(get_model_preset(preset), kept.audio, kept.text, kept.training, kept.corpus, preset) \
            if preset and preset != kept.preset else kept
        wanted = apply_overrides(wanted, list(overrides))
        _refuse_changes(kept, wanted, run)
        return wanted
    if init_from is not None:
        source = _config_of_weights(init_from)
        if preset is None:
            source = dataclasses.replace(source, corpus=RunConfig(source.model).corpus)
            return apply_overrides(source, list(overrides))
        base = RunConfig(get_model_preset(preset), source.audio, source.text, get_training_preset(preset),
                         preset=preset)
        return apply_overrides(base, list(overrides))
    if preset is None:
        raise ConfigError("--preset is missing: name a model preset (modern_cpu suits two CPU cores), or go on with "
                          "a run by --resume")
    return apply_overrides(RunConfig(get_model_preset(preset), training=get_training_preset(preset), preset=preset),
                           list(overrides))


def train(config: RunConfig, data: Path, run: Path, *, resume: bool = False, init_from: Optional[Path] = None,
          command: Sequence[str] = (), quiet: bool = False) -> str:
    """Train a run to its end and return the state it ended in, 'finished' or 'interrupted'.

    Args:
        config: what `resolve_config` returned.
        data: corpus folder.
        run: run folder; new or empty, unless resumed.
        init_from: a run or a checkpoint whose weights to start from.
        command: the command line, kept in run.json.

    Raises:
        MyTTSError: one of its kinds, for whatever a user can do something about.
    """
    if not resume:
        refuse_folder(run)      # before the work of preparing, not after it
    saved = load_state(run) if resume else None
    features = prepare(config, data, quiet)
    if resume:
        _refuse_other_corpus(config, features, data)
    config = dataclasses.replace(config, text=features.tokenizer.to_config(), corpus=features.corpus_info())
    model, step = build(config, len(features.tokenizer))
    if init_from is not None and saved is None:
        load_weights(model, find_weights(init_from)[0])
        step.restart_averages()
    host, history = HostState(), NormHistory(config.training.clip_percentile)
    if saved is not None:
        step.load_state(saved.arrays)
        host = HostState.from_dict(saved.host)
        history = NormHistory(config.training.clip_percentile, norms=saved.norm_history)
    with _open(config, run, resume, host.step, command) as writer:
        return _run(config, features, model, step, writer, host, history, quiet)


def refuse_folder(run: Path) -> None:
    """Raise RunError for a folder that a new run cannot have, as far as looking tells; nothing is written."""
    if run.is_dir():
        refuse_occupied(run)
    existing = next(path for path in [run, *run.absolute().parents] if path.exists())
    if not existing.is_dir():
        raise RunError(f"{existing} is a file, not a folder: choose another folder with --run")
    if not os.access(existing, os.W_OK):
        raise RunError(f"{existing} cannot be written: change its permissions, or choose another folder with --run")


def _open(config: RunConfig, run: Path, resume: bool, step: int, command: Sequence[str]) -> RunWriter:
    if not resume:
        return RunWriter.create(run, config, command=command, device=device_name())
    writer = RunWriter.resume(run, step)
    write_json(run / schema.CONFIG_FILE, config.to_dict())     # more steps, for example
    return writer


def prepare(config: RunConfig, data: Path, quiet: bool) -> FeatureSet:
    """Prepare the corpus, and say what was left out."""
    def show(done: int, total: int) -> None:
        if not quiet and sys.stderr.isatty():
            print(f"\rfeatures {done}/{total}", end="\n" if done == total else "", file=sys.stderr, flush=True)

    features = prepare_features(data, config.audio, config.text, config.training, progress=show)
    if not features.train_ids:
        raise CorpusError(f"{data} leaves no utterance to train on beside the held-out ones: add recordings")
    _refuse_lengths(config, features)
    if not quiet:
        print(f"{len(features.train_ids)} utterances to train on, {len(features.held_out)} held out, "
              f"{features.total_seconds / 60:.1f} minutes in all", file=sys.stderr)
        for problem in features.problems[:5]:
            print(f"left out {problem.id}: {problem.reason}", file=sys.stderr)
        if len(features.problems) > 5:
            print(f"… and {len(features.problems) - 5} more; mytts inspect {data} shows what is in it", file=sys.stderr)
    return features


def build(config: RunConfig, vocabulary: int) -> tuple[Any, Any]:
    """Return the model, its weights drawn from the seed, and the backend's step around it."""
    with quiet_start():
        import keras

        from mytts_core.model.transformer_tts import TransformerTTS

        keras.utils.set_random_seed(config.training.seed)
        keras.ops.zeros(1)      # the first array starts the devices, which print as well
    model = TransformerTTS(**config.model.model_kwargs(), input_vocab_size=vocabulary, n_mels=config.audio.n_mels,
                           dtype=config.training.mixed_precision)
    if keras.backend.backend() == "tensorflow":
        from mytts_core.training.step_tensorflow import TensorFlowStep

        return model, TensorFlowStep(model, config)
    if keras.backend.backend() == "jax":
        from mytts_core.training.step_jax import JaxStep

        return model, JaxStep(model, config)
    raise ConfigError(f"KERAS_BACKEND is {keras.backend.backend()!r}; training works with tensorflow and jax")


def find_weights(place: Path) -> tuple[Path, Path]:
    """Return the weights file and the run folder that a run (its last checkpoint) or a weights file stands for.

    Raises:
        CheckpointError: if there are none.
    """
    if place.is_dir():
        steps = checkpoint_steps(place)
        if not steps:
            raise CheckpointError(f"{place} holds no checkpoints: give a run that has reached one, or a weights file")
        name = schema.step_name(steps[-1]) + schema.CHECKPOINT_SUFFIX
        return place / schema.CHECKPOINTS_FOLDER / name, place
    if not place.is_file():
        raise CheckpointError(f"{place}: no such run or weights file")
    return place, place.resolve().parent.parent


def read_run_config(run: Path) -> RunConfig:
    """Read `config.json` of a run.

    Raises:
        RunError: if it is missing or damaged.
    """
    path = run / schema.CONFIG_FILE
    try:
        return RunConfig.from_dict(json.loads(path.read_bytes()))
    except FileNotFoundError:
        if (run / schema.RUN_FILE).exists():
            raise RunError(f"the run in {run} was killed before it had begun ({schema.CONFIG_FILE} is missing): remove "
                           "the folder and start it anew") from None
        raise RunError(f"{run} holds no run ({schema.CONFIG_FILE} is missing): start it without --resume") from None
    except (OSError, ValueError) as error:
        raise RunError(f"{path} cannot be read ({error})") from error


def _config_of_weights(place: Path) -> RunConfig:
    folder = find_weights(place)[1]
    if not (folder / schema.CONFIG_FILE).exists():
        raise CheckpointError(f"{place} lies in no run ({folder / schema.CONFIG_FILE} is missing), so its model is "
                              "unknown: give --init a run folder, or a weights file in the checkpoints/ of one")
    return read_run_config(folder)


def device_name() -> str:
    """Return what a training runs on, in words."""
    import keras

    if keras.backend.backend() == "jax":
        import jax

        if jax.default_backend() != "cpu":
            return str(jax.devices()[0].device_kind)
    if keras.backend.backend() == "tensorflow":
        import tensorflow as tf

        gpus = tf.config.list_physical_devices("GPU")
        if gpus:
            return str(tf.config.experimental.get_device_details(gpus[0]).get("device_name", "GPU"))
    return f"CPU, {len(os.sched_getaffinity(0)) if hasattr(os, 'sched_getaffinity') else os.cpu_count()} threads"


def _run(config: RunConfig, features: FeatureSet, model: Any, step: Any, writer: RunWriter, host: HostState,
         history: NormHistory, quiet: bool) -> str:
    from mytts_core.training.trainer import Trainer

    progress = Progress(host.step, config.training.max_steps, quiet)
    if writer.attempt:
        progress.say(f"going on after step {host.step}")
    try:
        return Trainer(config, features, model, step, writer, host, history, progress).run()
    except KeyboardInterrupt:
        writer.status("interrupted", host.step, "stopped at once; go on with --resume")
        raise
    except Exception as error:
        _report_failure(writer, host.step, error)
        raise
    finally:
        progress.close()


def _report_failure(writer: RunWriter, step: int, error: Exception) -> None:
    try:
        writer.status("failed", step, str(error) or type(error).__name__)
    except RunError:
        pass        # the disk is full, for example: the first error is the one to tell


def _refuse_changes(kept: RunConfig, wanted: RunConfig, run: Path) -> None:
    before, after = _flat(kept), _flat(wanted)
    changed = [name for name in before if before[name] != after[name] and name not in CHANGEABLE]
    if changed:
        name = changed[0]
        raise ConfigError(f"run {run} was started with {name}={before[name]!r}, not {after[name]!r}: resume without "
                          f"changing it ({', '.join(CHANGEABLE)} may change), or start another run with --init {run}")


def _refuse_other_corpus(config: RunConfig, features: FeatureSet, data: Path) -> None:
    if features.fingerprint != config.corpus.fingerprint:
        raise CorpusError(f"{data} is not the corpus this run was started on ({config.corpus.path}), or it has changed "
                          "since: give that corpus, or start another run with --init")


def _refuse_lengths(config: RunConfig, features: FeatureSet) -> None:
    tokens, frames = BatchPlan(features, 1, 1, reduction_factor=config.model.reduction_factor).shapes[-1]
    if max(tokens, frames) > config.model.max_length:
        raise ConfigError(f"batches of this corpus have up to {tokens} tokens and {frames} frames, more than "
                          f"model.max_length ({config.model.max_length}): raise it, or leave out long utterances with "
                          "training.max_frames and training.max_tokens")


def _flat(config: RunConfig) -> dict[str, Any]:
    data = config.to_dict()
    return {"preset": data["preset"], **{f"{part}.{name}": value for part in ("model", "audio", "text", "training")
                                         for name, value in data[part].items()}}
