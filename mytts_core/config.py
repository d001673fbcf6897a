"""The configuration of a run: model, audio, text, training; presets; JSON and overrides."""

from __future__ import annotations

import dataclasses
import json
import math
import typing
from dataclasses import dataclass, field
from typing import Any, Optional

from mytts_core.errors import ConfigError

ACTIVATIONS = ("gelu", "swiglu")
POSITION_ENCODINGS = ("sinusoidal", "rope")
CLIPPING_STRATEGIES = ("global", "per_layer", "percentile")
SCHEDULES = ("inverse_sqrt", "cosine", "constant")


@dataclass
class ModelConfig:
    """Shape and options of a `TransformerTTS`.

    Widths are in units, rates are probabilities in [0, 1), `cross_win` is a share of the utterance,
    `max_length` is in tokens and in mel frames. The fields after `pos_encoding_type` default to the classic model.
    `absolute_positions` adds sinusoids to the inputs of a model with RoPE too: encoder and decoder then agree on where
    they are. `feed_whole_groups` feeds back all `reduction_factor` frames of a group instead of its last.
    """

    num_layers: int
    d_model: int
    num_heads: int
    dff: int
    dropout_rate: float = 0.1
    droppath_rate: float = 0.05
    use_prenet: bool = True
    prenet_drop: float = 0.5
    cross_win: Optional[float] = 0.2
    max_length: int = 4096
    activation: str = "gelu"
    pos_encoding_type: str = "sinusoidal"
    use_postnet: bool = True
    postnet_filters: int = 512
    reduction_factor: int = 1
    prosody: bool = False
    prenet_drop_at_inference: bool = False
    final_norm: bool = False
    absolute_positions: bool = False
    feed_whole_groups: bool = False

    def __post_init__(self) -> None:
        for name in ("num_layers", "d_model", "num_heads", "dff", "max_length", "postnet_filters", "reduction_factor"):
            _require(_is_whole(getattr(self, name)) and getattr(self, name) >= 1, name, getattr(self, name),
                     "a whole number of at least 1")
        for name in ("dropout_rate", "droppath_rate", "prenet_drop"):
            _require(_is_number(getattr(self, name)) and 0 <= getattr(self, name) < 1, name, getattr(self, name),
                     "a number in [0, 1)")
        _require(self.cross_win is None or (_is_number(self.cross_win) and 0 < self.cross_win <= 1), "cross_win",
                 self.cross_win, "None or a number in (0, 1]")
        _require(self.activation in ACTIVATIONS, "activation", self.activation, "one of " + ", ".join(ACTIVATIONS))
        _require(self.pos_encoding_type in POSITION_ENCODINGS, "pos_encoding_type", self.pos_encoding_type,
                 "one of " + ", ".join(POSITION_ENCODINGS))
        _require(self.d_model % self.num_heads == 0, "d_model", self.d_model,
                 f"divisible by num_heads ({self.num_heads})")
        _require(self.pos_encoding_type != "rope" or (self.d_model // self.num_heads) % 2 == 0, "d_model", self.d_model,
                 f"such that d_model / num_heads is even with RoPE (num_heads is {self.num_heads})")

    def model_kwargs(self) -> dict[str, Any]:
        """Return what `TransformerTTS(**…, input_vocab_size=, n_mels=)` takes."""
        return dataclasses.asdict(self)


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
        for name in ("sample_rate", "n_fft", "win_length", "hop_length", "n_mels"):
            _require(_is_whole(getattr(self, name)) and getattr(self, name) >= 1, name, getattr(self, name),
                     "a whole number of at least 1")
        _require(self.win_length <= self.n_fft, "win_length", self.win_length, f"at most n_fft ({self.n_fft})")
        _require(self.hop_length <= self.win_length, "hop_length", self.hop_length,
                 f"at most win_length ({self.win_length})")
        _require(_is_number(self.fmin) and _is_number(self.fmax) and 0 <= self.fmin < self.fmax <= self.sample_rate / 2,
                 "fmin, fmax", (self.fmin, self.fmax), f"0 <= fmin < fmax <= {self.sample_rate / 2:g}")
        _require(_is_number(self.peak) and 0 < self.peak <= 1, "peak", self.peak, "in (0, 1]")

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
        _require(self.tokenizer in ("characters", "phonemes"), "tokenizer", self.tokenizer, "characters or phonemes")
        _require(_is_whole(self.normalizer_version) and self.normalizer_version >= 1, "normalizer_version",
                 self.normalizer_version, "a whole number of at least 1")
        _require(isinstance(self.lexicon, dict) and all(isinstance(part, str) for item in self.lexicon.items()
                                                        for part in item), "lexicon", self.lexicon, "words to texts")
        _require(_is_number(self.max_unknown_share) and 0 <= self.max_unknown_share <= 1, "max_unknown_share",
                 self.max_unknown_share, "a number in [0, 1]")
        _require(len(set(self.symbols)) == len(self.symbols), "symbols", "a list with repetitions",
                 "without repetition")


@dataclass
class TrainingConfig:
    """How a run is trained. Intervals are in steps, weights multiply losses, rates are per step.

    What is fed back in teacher forcing is made worse on purpose, so that the decoder reads the text instead of copying
    the frame before: `mel_noise` is the deviation of added noise (normalised mel), `frame_drop` the share of fed frames
    replaced by the mean, `own_frames` the share replaced by what a first pass over the same batch predicts for them, as
    decoding will feed them (Duckworth et al. 2019, arXiv:1906.04331, section 3). `detach_postnet` trains the decoder by
    its own loss alone: through the PostNet, which sees later frames, it learns to pass on the frame it was fed.
    `text_mel_weight` weighs the error of the mel read off what cross-attention alone adds to the decoder: copying does
    nothing for it, so the text is used from the start.
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
        whole = ("max_steps", "batch_size", "max_frames", "max_tokens", "length_buckets", "held_out_every",
                 "log_interval", "gradient_interval", "validation_interval", "sample_interval", "checkpoint_interval",
                 "keep_checkpoints", "max_nonfinite_steps")
        for name in whole:
            _require(_is_whole(getattr(self, name)) and getattr(self, name) >= 1, name, getattr(self, name),
                     "a whole number of at least 1")
        for item in dataclasses.fields(self):
            value = getattr(self, item.name)
            if item.name in whole or isinstance(value, (str, bool)):
                continue
            _require(_is_number(value) and value >= 0, item.name, value, "a finite number of at least 0")
        _require(self.schedule in SCHEDULES, "schedule", self.schedule, "one of " + ", ".join(SCHEDULES))
        _require(self.clip_strategy in CLIPPING_STRATEGIES, "clip_strategy", self.clip_strategy,
                 "one of " + ", ".join(CLIPPING_STRATEGIES))
        _require(self.mixed_precision in ("float32", "mixed_bfloat16", "mixed_float16"), "mixed_precision",
                 self.mixed_precision, "float32, mixed_bfloat16 or mixed_float16")
        for name in ("learning_rate", "max_norm", "guided_attention_sigma"):
            _require(getattr(self, name) > 0, name, getattr(self, name), "greater than 0")
        for name in ("beta_1", "beta_2", "ema_decay", "frame_drop", "own_frames"):
            _require(getattr(self, name) < 1, name, getattr(self, name), "in [0, 1)")
        _require(0 < self.clip_percentile <= 100, "clip_percentile", self.clip_percentile, "in (0, 100]")


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
        built = {name: _build(part, filled.get(name, {}), name) for name, part in parts.items()}
        return cls(**built, preset=str(data.get("preset", "")))


_PRESETS: dict[str, dict[str, Any]] = {
    "tiny": dict(num_layers=4, d_model=256, num_heads=4, dff=1024),
    "normal": dict(num_layers=8, d_model=512, num_heads=8, dff=2048),
    "large": dict(num_layers=12, d_model=768, num_heads=12, dff=3072),
    "modern_small": dict(num_layers=6, d_model=512, num_heads=8, dff=2048),
    "modern_base": dict(num_layers=8, d_model=512, num_heads=8, dff=2048),
    "modern_large": dict(num_layers=12, d_model=768, num_heads=12, dff=3072),
    "modern_cpu": dict(num_layers=3, d_model=192, num_heads=4, dff=512, postnet_filters=128, reduction_factor=4),
}
PRESET_NAMES = tuple(_PRESETS)


def get_model_preset(name: str) -> ModelConfig:
    """Return a fresh `ModelConfig` of a named preset.

    `tiny`, `normal` and `large` are classic; the `modern_…` ones use RoPE, SwiGLU and prosody conditioning;
    `modern_cpu` is sized for two CPU cores.

    Raises:
        ConfigError: (a ValueError) for an unknown name; the message lists the names.
    """
    if name not in _PRESETS:
        raise ConfigError(f"unknown model preset {name!r}: choose one of {', '.join(PRESET_NAMES)}")
    values: dict[str, Any] = dict(cross_win=None, **_PRESETS[name])
    if name.startswith("modern_"):
        values.update(activation="swiglu", pos_encoding_type="rope", prosody=True, final_norm=True,
                      prenet_drop_at_inference=True)
    return ModelConfig(**values)


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


def _build(part: type, values: Any, name: str) -> Any:
    if not isinstance(values, dict):
        raise ConfigError(f"configuration part {name!r} must be an object, not {type(values).__name__}")
    hints = typing.get_type_hints(part)
    unknown = sorted(set(values) - set(hints))
    if unknown:
        raise ConfigError(f"unknown field {name}.{unknown[0]}: the fields are {', '.join(sorted(hints))}")
    for key, value in values.items():
        wanted = hints[key]
        if wanted is bool and not isinstance(value, bool):
            raise ConfigError(f"{name}.{key} is {value!r}; it must be true or false")
        if wanted is str and not isinstance(value, str):
            raise ConfigError(f"{name}.{key} is {value!r}; it must be text")
        if typing.get_origin(wanted) is list and not isinstance(value, list):
            raise ConfigError(f"{name}.{key} is {value!r}; it must be a list")
    try:
        return part(**values)
    except TypeError as error:
        raise ConfigError(f"configuration part {name!r} is incomplete: {error}") from error


def _is_whole(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value)


def _require(holds: bool, name: str, value: Any, rule: str) -> None:
    if not holds:
        raise ConfigError(f"{name} is {value!r}; it must be {rule}")
