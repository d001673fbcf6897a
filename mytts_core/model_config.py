"""The shape and options of a model, and the presets they have by name."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import Any, Optional

from mytts_core.config_rules import check_types, require
from mytts_core.errors import ConfigError

ACTIVATIONS = ("gelu", "swiglu")
POSITION_ENCODINGS = ("sinusoidal", "rope")


@dataclass
class ModelConfig:
    """Shape and options of a `TransformerTTS`.

    Widths are in units, rates are probabilities in [0, 1), `cross_win` is a share of the utterance,
    `max_length` is in tokens and in mel frames. The fields after `pos_encoding_type` default to the classic model.
    `absolute_positions` adds sinusoids to the inputs of a model with RoPE too: encoder and decoder then agree on where
    they are.
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

    def __post_init__(self) -> None:
        check_types(self)
        for name in ("num_layers", "d_model", "num_heads", "dff", "max_length", "postnet_filters", "reduction_factor"):
            require(getattr(self, name) >= 1, name, getattr(self, name), "at least 1")
        for name in ("dropout_rate", "droppath_rate", "prenet_drop"):
            require(0 <= getattr(self, name) < 1, name, getattr(self, name), "in [0, 1)")
        require(self.cross_win is None or 0 < self.cross_win <= 1, "cross_win", self.cross_win,
                "None or a number in (0, 1]")
        require(self.activation in ACTIVATIONS, "activation", self.activation, "one of " + ", ".join(ACTIVATIONS))
        require(self.pos_encoding_type in POSITION_ENCODINGS, "pos_encoding_type", self.pos_encoding_type,
                "one of " + ", ".join(POSITION_ENCODINGS))
        require(self.d_model % self.num_heads == 0, "d_model", self.d_model,
                f"divisible by num_heads ({self.num_heads})")
        require(self.pos_encoding_type != "rope" or (self.d_model // self.num_heads) % 2 == 0, "d_model", self.d_model,
                f"such that d_model / num_heads is even with RoPE (num_heads is {self.num_heads})")

    def model_kwargs(self) -> dict[str, Any]:
        """Return what `TransformerTTS(**…, input_vocab_size=, n_mels=)` takes."""
        return dataclasses.asdict(self)


_PRESETS: dict[str, dict[str, Any]] = {
    "tiny": dict(num_layers=4, d_model=256, num_heads=4, dff=1024),
    "normal": dict(num_layers=8, d_model=512, num_heads=8, dff=2048),
    "large": dict(num_layers=12, d_model=768, num_heads=12, dff=3072),
    "modern_small": dict(num_layers=6, d_model=512, num_heads=8, dff=2048),
    "modern_base": dict(num_layers=8, d_model=512, num_heads=8, dff=2048),
    "modern_large": dict(num_layers=12, d_model=768, num_heads=12, dff=3072),
    "modern_cpu": dict(num_layers=3, d_model=192, num_heads=4, dff=512, postnet_filters=128, reduction_factor=4,
                       dropout_rate=0.05, droppath_rate=0.0, prenet_drop=0.1, absolute_positions=True),
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
