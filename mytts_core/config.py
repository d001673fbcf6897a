"""The configuration of a run: model, audio, text, training; JSON and overrides."""

from __future__ import annotations

import dataclasses
import json
from dataclasses import dataclass, field
from typing import Any

from mytts_core.config_rules import build_part, check_types, require
from mytts_core.errors import ConfigError
from mytts_core.model_config import PRESET_NAMES, ModelConfig, get_model_preset

__all__ = ["CLIPPING_STRATEGIES", "PRESET_NAMES", "SCHEDULES", "AudioConfig", "CorpusInfo", "ModelConfig", "RunConfig",
           "TextConfig", "TrainingConfig", "apply_overrides", "get_model_preset"]

CLIPPING_STRATEGIES = ("global", "per_layer", "percentile")
SCHEDULES = ("inverse_sqrt", "cosine", "constant")


@dataclass
class AudioConfig:
    """Mel analysis. Lengths are in samples, frequencies in Hz; magnitudes are natural logs.

    The defaults are those of published HiFi-GAN vocoders (Kong et al. 2020, arXiv:2010.05646).
    """

    sample_rate: int = 22050
    n_fft: int = 1024
    win_length: int = 1024
    hop_length: int = 256
    n_mels: int = 80
    fmin: float = 0.0
    fmax: float = 8000.0
    peak: float = 0.95

    def __post_init__(self) -> None:
        check_types(self)
        for name in ("sample_rate", "n_fft", "win_length", "hop_length", "n_mels"):
            require(getattr(self, name) >= 1, name, getattr(self, name), "at least 1")
        require(self.win_length <= self.n_fft, "win_length", self.win_length, f"at most n_fft ({self.n_fft})")
        require(self.hop_length <= self.win_length, "hop_length", self.hop_length,
                f"at most win_length ({self.win_length})")
        require(0 <= self.fmin < self.fmax <= self.sample_rate / 2, "fmin, fmax", (self.fmin, self.fmax),
                f"0 <= fmin < fmax <= {self.sample_rate / 2:g}")
        require(0 < self.peak <= 1, "peak", self.peak, "in (0, 1]")

    @property
    def frames_per_second(self) -> float:
        """Mel frames in a second."""
        return self.sample_rate / self.hop_length


@dataclass
class TextConfig:
    """What turns a text into token ids. `symbols` (in id order) is filled in from the corpus when a run starts.

    `lexicon` maps a word to how it is said, a spelling or /phonemes/; it is filled in from `lexicon_file`, where one is
    given, when a run starts. A text of which more than `max_unknown_share` is unknown symbols is refused.
    """

    tokenizer: str = "characters"
    language: str = "en-us"
    normalizer_version: int = 2
    symbols: list[str] = field(default_factory=list)
    lexicon: dict[str, str] = field(default_factory=dict)
    lexicon_file: str = ""
    max_unknown_share: float = 0.3

    def __post_init__(self) -> None:
        check_types(self)
        require(self.tokenizer in ("characters", "phonemes"), "tokenizer", self.tokenizer, "characters or phonemes")
        require(self.normalizer_version >= 1, "normalizer_version", self.normalizer_version, "at least 1")
        require(0 <= self.max_unknown_share <= 1, "max_unknown_share", self.max_unknown_share, "in [0, 1]")
        require(len(set(self.symbols)) == len(self.symbols), "symbols", "a list with repetitions",
                "without repetition")


@dataclass
class TrainingConfig:
    """How a run is trained. Intervals are in steps, weights multiply losses, rates are per step.

    What is fed back in teacher forcing is made worse on purpose, so that the decoder reads the text instead of copying
    the frame before: `mel_noise` is the deviation of added noise (normalised mel), `frame_drop` the share of fed frames
    replaced by the mean. `own_frames` is the share of utterances fed with what a first pass predicts for them, as
    decoding will feed them; the second of two `own_passes` predicts from the first's frames again (Duckworth et al.
    2019, arXiv:1906.04331, section 3). `detach_postnet` trains the decoder by its own loss alone: through the PostNet,
    which sees later frames, it learns to pass on the frame it was fed. `text_mel_weight` weighs the error of the mel
    read off what cross-attention alone adds to the decoder: copying does nothing for it, so the text is used from the
    start.
    """

    seed: int = 0
    max_steps: int = 10_000
    batch_size: int = 16
    max_frames: int = 1_000
    max_tokens: int = 400
    length_buckets: int = 3
    learning_rate: float = 1e-3
    warmup_steps: int = 500
    schedule: str = "inverse_sqrt"
    final_learning_rate: float = 1e-5
    beta_1: float = 0.9
    beta_2: float = 0.98
    epsilon: float = 1e-9
    weight_decay: float = 0.01
    clip_strategy: str = "global"
    max_norm: float = 1.0
    clip_percentile: float = 10.0
    max_nonfinite_steps: int = 50
    mixed_precision: str = "float32"
    ema_decay: float = 0.0
    mel_noise: float = 0.1
    frame_drop: float = 0.0
    own_frames: float = 0.0
    own_passes: int = 1
    detach_postnet: bool = False
    text_mel_weight: float = 0.0
    mel_l2_weight: float = 0.0
    stop_weight: float = 1.0
    stop_positive_weight: float = 5.0
    guided_attention_weight: float = 5.0
    guided_attention_sigma: float = 0.2
    guided_attention_heads: int = 2
    guided_attention_layers: int = 2
    guided_attention_hold: int = 2_000
    guided_attention_ramp: int = 2_000
    guided_attention_final_weight: float = 1.0
    prosody_weight: float = 0.1
    held_out_every: int = 20
    held_out_minimum: int = 50
    log_interval: int = 10
    gradient_interval: int = 100
    validation_interval: int = 500
    sample_interval: int = 500
    checkpoint_interval: int = 500
    sample_utterances: int = 8
    free_running_texts: int = 4
    keep_checkpoints: int = 3
    early_stopping_patience: int = 0

    def __post_init__(self) -> None:
        check_types(self)
        for name in ("max_steps", "batch_size", "max_frames", "max_tokens", "length_buckets", "held_out_every",
                     "log_interval", "gradient_interval", "validation_interval", "sample_interval",
                     "checkpoint_interval", "keep_checkpoints", "max_nonfinite_steps",
                     "own_passes"):
            require(getattr(self, name) >= 1, name, getattr(self, name), "at least 1")
        for item in dataclasses.fields(self):
            value = getattr(self, item.name)
            require(isinstance(value, (str, bool)) or value >= 0, item.name, value, "at least 0")
        require(self.seed < 2**32, "seed", self.seed, "less than 2^32")
        require(self.schedule in SCHEDULES, "schedule", self.schedule, "one of " + ", ".join(SCHEDULES))
        require(self.clip_strategy in CLIPPING_STRATEGIES, "clip_strategy", self.clip_strategy,
                "one of " + ", ".join(CLIPPING_STRATEGIES))
        require(self.mixed_precision in ("float32", "mixed_bfloat16", "mixed_float16"), "mixed_precision",
                self.mixed_precision, "float32, mixed_bfloat16 or mixed_float16")
        for name in ("learning_rate", "max_norm", "guided_attention_sigma"):
            require(getattr(self, name) > 0, name, getattr(self, name), "greater than 0")
        for name in ("beta_1", "beta_2", "ema_decay", "frame_drop", "own_frames"):
            require(getattr(self, name) < 1, name, getattr(self, name), "in [0, 1)")
        require(0 < self.clip_percentile <= 100, "clip_percentile", self.clip_percentile, "in (0, 100]")


_TRAINING_PRESETS: dict[str, dict[str, Any]] = {
    # What made unseen sentences understood within forty minutes of two cores (see sample_runs/espeak).
    "modern_cpu": dict(learning_rate=2e-3, warmup_steps=300, schedule="cosine", ema_decay=0.998, mel_noise=0.2,
                       own_frames=0.75, own_passes=2, detach_postnet=True, text_mel_weight=1.0,
                       guided_attention_sigma=0.1, guided_attention_final_weight=5.0),
}


def get_training_preset(name: str) -> TrainingConfig:
    """Return a fresh `TrainingConfig` that suits a model preset: the defaults where nothing better was found."""
    return TrainingConfig(**_TRAINING_PRESETS.get(name, {}))


@dataclass
class CorpusInfo:
    """What a run must remember of its corpus: where it was, what it held, who is held out, and its statistics.

    `mel_mean` and `mel_std` have one value per mel band (ln-magnitude); `prosody_mean` and `prosody_std` one per
    prosody dimension (see `mytts_core.data.prosody`). Ids of `held_out` are in sorted order.
    """

    path: str = ""
    fingerprint: str = ""
    num_utterances: int = 0
    total_seconds: float = 0.0
    held_out: list[str] = field(default_factory=list)
    mel_mean: list[float] = field(default_factory=list)
    mel_std: list[float] = field(default_factory=list)
    prosody_mean: list[float] = field(default_factory=list)
    prosody_std: list[float] = field(default_factory=list)

    def __post_init__(self) -> None:
        check_types(self)


@dataclass
class RunConfig:
    """The whole resolved configuration of a run, as `config.json` keeps it."""

    model: ModelConfig
    audio: AudioConfig = field(default_factory=AudioConfig)
    text: TextConfig = field(default_factory=TextConfig)
    training: TrainingConfig = field(default_factory=TrainingConfig)
    corpus: CorpusInfo = field(default_factory=CorpusInfo)
    preset: str = ""

    def to_dict(self) -> dict[str, Any]:
        """Return the configuration as plain JSON types."""
        return dataclasses.asdict(self)

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> RunConfig:
        """Build a configuration from `to_dict`'s form.

        Raises:
            ConfigError: on a missing part, an unknown field, or a value that breaks a rule.
        """
        parts = {"model": ModelConfig, "audio": AudioConfig, "text": TextConfig, "training": TrainingConfig,
                 "corpus": CorpusInfo}
        if not isinstance(data, dict) or "model" not in data:
            raise ConfigError("configuration without a 'model' part: this is not the config.json of a MyTTS run")
        filled = {**data, "text": _with_first_front_end(data.get("text", {}))}
        built = {name: build_part(part, filled.get(name, {}), name) for name, part in parts.items()}
        return cls(**built, preset=str(data.get("preset", "")))


def apply_overrides(config: RunConfig, overrides: list[str]) -> RunConfig:
    """Return a new configuration with `part.field=value` (or a unique `field=value`) overrides applied.

    Values are JSON where they parse as JSON, else text.

    Raises:
        ConfigError: on a malformed override, an unknown or ambiguous field, or a value that breaks a rule.
    """
    data = config.to_dict()
    parts = ("model", "audio", "text", "training")
    for override in overrides:
        key, separator, raw = override.partition("=")
        key = key.strip()
        if not separator or not key:
            raise ConfigError(f"--set {override!r} is not of the form key=value, for example training.batch_size=8")
        part, _, name = key.rpartition(".")
        owners = [p for p in parts if name in data[p] and part in ("", p)]
        if len(owners) != 1:
            known = sorted(f"{p}.{f}" for p in parts for f in data[p])
            reason = "is ambiguous" if owners else "is unknown"
            raise ConfigError(f"--set {key!r} {reason}; the fields are: {', '.join(known)}")
        data[owners[0]][name] = _parse_value(raw.strip())
    return RunConfig.from_dict(data)


def _parse_value(raw: str) -> Any:
    aliases = {"None": None, "True": True, "False": False}
    if raw in aliases:
        return aliases[raw]
    try:
        return json.loads(raw)
    except json.JSONDecodeError:
        return raw


def _with_first_front_end(text: Any) -> Any:
    """Fill in what runs were made with before these fields were: the first normaliser, and no share that refuses."""
    if not isinstance(text, dict) or not text:
        return text
    filled = {"normalizer_version": 1, **text}
    return {"max_unknown_share": 1.0, **filled} if filled["normalizer_version"] == 1 else filled
