"""Configuration by its old import name: a thin face over `mytts_core.config`."""

from mytts_core.config import (
    PRESET_NAMES,
    AudioConfig,
    CorpusInfo,
    ModelConfig,
    RunConfig,
    TextConfig,
    TrainingConfig,
    apply_overrides,
    get_model_preset,
)

__all__ = ["PRESET_NAMES", "AudioConfig", "CorpusInfo", "ModelConfig", "RunConfig", "TextConfig", "TrainingConfig",
           "apply_overrides", "get_model_preset"]
