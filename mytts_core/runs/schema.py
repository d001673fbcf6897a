"""The run folder: every file, field and tag name, and the version. Writer and reader both import this.

    <run>/run.json                    RUN_FILE      who made it, when, with what
          config.json                 CONFIG_FILE   the resolved configuration (`RunConfig.to_dict`)
          status.json                 STATUS_FILE   state, step, heartbeat; replaced atomically
          events.out.tfevents.*                     scalars and histograms (TensorBoard's format)
          gradients/variables.json                  names and shapes, in column order
          gradients/norms.bin                       rows: int64 step, then float32 norm per variable (little endian)
          samples/step_000500/<utterance>/sample.json, teacher_forced.npz, free_running.npz, *.flac
          checkpoints/step_000500.weights.h5 + .json
          stress/step_000500/result.json, <sentence>.ogg, <sentence>.npz    what `mytts stress` found
          evaluation/step_000500.json               what `mytts evaluate` found
          resume/                                   what `--resume` needs; never in git
"""

from __future__ import annotations

import re

SCHEMA_VERSION = 1

RUN_FILE = "run.json"
CONFIG_FILE = "config.json"
STATUS_FILE = "status.json"
EVENT_FILE_MARK = "tfevents"
GRADIENTS_FOLDER = "gradients"
GRADIENT_VARIABLES_FILE = "variables.json"
GRADIENT_NORMS_FILE = "norms.bin"
SAMPLES_FOLDER = "samples"
CHECKPOINTS_FOLDER = "checkpoints"
STRESS_FOLDER = "stress"
EVALUATION_FOLDER = "evaluation"
RESUME_FOLDER = "resume"

SAMPLE_FILE = "sample.json"
TEACHER_FORCED_FILE = "teacher_forced.npz"   # attention, mel_target, mel_predicted
FREE_RUNNING_FILE = "free_running.npz"       # attention, mel_predicted, stop_probabilities
TARGET_AUDIO_FILE = "target.flac"
FREE_RUNNING_AUDIO_FILE = "free_running.flac"

STRESS_RESULT_FILE = "result.json"
STRESS_AUDIO_SUFFIX = ".ogg"
STRESS_ARRAYS_SUFFIX = ".npz"                # attention uint8 (groups, tokens), tokens, word_of_token

# npz keys. attention: float16 (layers, heads, groups, tokens), window off, a row a group of `reduction_factor` frames.
ATTENTION_KEY = "attention"
MEL_TARGET_KEY = "mel_target"                # float16 (frames, bands), ln-magnitude
MEL_PREDICTED_KEY = "mel_predicted"          # float16 (frames, bands), ln-magnitude
STOP_PROBABILITIES_KEY = "stop_probabilities"  # float16 (frames,)

STATES = ("running", "finished", "failed", "interrupted")

STEP_FOLDER_PATTERN = re.compile(r"^step_(\d{6,12})$")
EVALUATION_PATTERN = re.compile(r"^step_(\d{6,12})\.json$")
EVALUATION_VERSION = 1
CHECKPOINT_PATTERN = re.compile(r"^step_(\d{6,12})\.weights\.h5$")


def step_name(step: int) -> str:
    """Return the folder or file stem of a step: 500 → 'step_000500'."""
    return f"step_{step:06d}"


# Scalar tags.
TRAIN_LOSS = "train/loss"
TRAIN_MEL_PRE = "train/mel_loss_pre"
TRAIN_MEL_POST = "train/mel_loss_post"
TRAIN_STOP = "train/stop_loss"
TRAIN_GUIDED = "train/guided_attention_loss"
TRAIN_PROSODY = "train/prosody_loss"
LEARNING_RATE = "train/learning_rate"
GRADIENT_NORM = "train/gradient_norm"
CLIP_THRESHOLD = "train/clip_threshold"
CLIPPED_SHARE = "train/clipped_share"
SKIPPED_STEPS = "train/skipped_steps"
SECONDS_PER_STEP = "train/seconds_per_step"
# loss, mel_loss_pre, mel_loss_post, stop_loss, diagonality, focus, coverage
VALIDATION_PREFIX = "validation/"
# diagonality, focus, coverage, stop_rate, length_ratio, skipped, repeated, stalled
FREE_RUNNING_PREFIX = "free_running/"
GRADIENT_HISTOGRAM = "gradients/log10_norm"

# Fields of the JSON files; docs/RUN_FOLDER.md explains each.
SCHEMA_FIELD = "schema"
BEST_CHECKPOINT_FILE = "best.json"           # {"schema", "step"}: replaced atomically when a better one is saved
CHECKPOINT_SUFFIX = ".weights.h5"
EVENT_FILE_SUFFIX = ".mytts"


def event_file_name(seconds: int, attempt: int) -> str:
    """Return an event file's name; TensorBoard reads a run's files in the order of their names.

    The host name that others put here is left out: runs are made to be shared.
    """
    return f"events.out.tfevents.{seconds:010d}.{attempt:04d}{EVENT_FILE_SUFFIX}"


def is_event_file(name: str) -> bool:
    """Tell whether a file name is that of a TensorBoard event file, ours or another program's."""
    return EVENT_FILE_MARK in name and not name.startswith(".")
