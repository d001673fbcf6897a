"""Configurations: presets, rules, JSON and overrides. What breaks a rule is one ConfigError that names the field."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mytts_core.config import (
    PRESET_NAMES,
    AudioConfig,
    ModelConfig,
    RunConfig,
    TextConfig,
    TrainingConfig,
    apply_overrides,
    get_model_preset,
)
from mytts_core.errors import ConfigError

NAN, INFINITY = float("nan"), float("inf")
SMALL = dict(num_layers=1, d_model=8, num_heads=2, dff=8)


@pytest.fixture
def config() -> RunConfig:
    return RunConfig(get_model_preset("modern_cpu"), preset="modern_cpu")


# API.md, section 2.
@pytest.mark.parametrize(("name", "shape"), [
    ("tiny", (4, 256, 4, 1024)), ("normal", (8, 512, 8, 2048)), ("large", (12, 768, 12, 3072)),
    ("modern_small", (6, 512, 8, 2048)), ("modern_base", (8, 512, 8, 2048)), ("modern_large", (12, 768, 12, 3072)),
])
def test_presets_have_the_shapes_that_people_know(name: str, shape: tuple[int, ...]) -> None:
    preset = get_model_preset(name)
    assert (preset.num_layers, preset.d_model, preset.num_heads, preset.dff) == shape
    kind = ("swiglu", "rope") if name.startswith("modern_") else ("gelu", "sinusoidal")
    assert (preset.activation, preset.pos_encoding_type) == kind
    assert preset.cross_win is None, "a window hides from training what decoding has to do without it"
    assert preset.reduction_factor == 1
    assert get_model_preset(name) is not preset


def test_an_unknown_preset_lists_those_there_are() -> None:
    with pytest.raises(ValueError, match="unknown model preset 'small'") as caught:
        get_model_preset("small")
    assert all(name in str(caught.value) for name in PRESET_NAMES)


def test_defaults_are_those_of_the_interface() -> None:
    config = ModelConfig(1, 8, 2, 8)
    fields = ("dropout_rate", "droppath_rate", "use_prenet", "prenet_drop", "cross_win", "max_length", "activation",
              "pos_encoding_type")
    assert [item.name for item in dataclasses.fields(ModelConfig)][:12] == ["num_layers", "d_model", "num_heads", "dff",
                                                                            *fields]
    assert [getattr(config, name) for name in fields] == [0.1, 0.05, True, 0.5, 0.2, 4096, "gelu", "sinusoidal"]
    assert config.use_postnet and config.postnet_filters == 512 and config.reduction_factor == 1 and not config.prosody


@pytest.mark.parametrize(("part", "field", "value"), [
    (ModelConfig, "d_model", 9), (ModelConfig, "d_model", 8.0), (ModelConfig, "num_layers", 0),
    (ModelConfig, "num_layers", True), (ModelConfig, "dropout_rate", NAN), (ModelConfig, "dropout_rate", 1.0),
    (ModelConfig, "cross_win", 0.0), (ModelConfig, "cross_win", NAN), (ModelConfig, "activation", "relu"),
    (ModelConfig, "pos_encoding_type", None), (ModelConfig, "use_prenet", "no"), (ModelConfig, "prosody", 1),
    (AudioConfig, "hop_length", 2048), (AudioConfig, "fmax", NAN), (AudioConfig, "fmin", "low"),
    (AudioConfig, "peak", 0), (TextConfig, "tokenizer", "words"), (TextConfig, "symbols", ["a", "a"]),
    (TextConfig, "symbols", [1]), (TextConfig, "lexicon", {"a": 1}), (TextConfig, "max_unknown_share", INFINITY),
    (TrainingConfig, "learning_rate", NAN), (TrainingConfig, "learning_rate", "fast"),
    (TrainingConfig, "mel_noise", "loud"), (TrainingConfig, "mel_noise", True), (TrainingConfig, "mel_noise", -0.1),
    (TrainingConfig, "seed", 1.5), (TrainingConfig, "seed", -1), (TrainingConfig, "seed", 2**32),
    (TrainingConfig, "guided_attention_heads", 1.5), (TrainingConfig, "schedule", "linear"),
    (TrainingConfig, "clip_strategy", "none"), (TrainingConfig, "mixed_precision", "float64"),
    (TrainingConfig, "detach_postnet", "yes"), (TrainingConfig, "ema_decay", 1.0),
    (TrainingConfig, "clip_percentile", 0), (TrainingConfig, "keep_checkpoints", 0),
])
def test_a_value_that_breaks_a_rule_is_named(part: type, field: str, value: Any) -> None:
    required = SMALL if part is ModelConfig else {}
    with pytest.raises(ValueError, match=field) as caught:
        part(**{**required, field: value})
    assert isinstance(caught.value, ConfigError) and "must be" in str(caught.value)


def test_an_odd_head_size_is_refused_with_rope_alone() -> None:
    shape = dict(num_layers=1, d_model=6, num_heads=2, dff=8)
    assert ModelConfig(**shape).d_model == 6
    with pytest.raises(ValueError, match="even with RoPE"):
        ModelConfig(**shape, pos_encoding_type="rope")


def test_a_configuration_comes_back_from_json(config: RunConfig) -> None:
    config.text.symbols = ["<start>", "<pad>", "<end>", "<unknown>", "ä"]
    config.corpus.mel_mean = [-5.5, -6.0]
    assert RunConfig.from_dict(json.loads(json.dumps(config.to_dict()))) == config


@pytest.mark.parametrize("data", [
    [], {}, {"model": 3}, {"model": {}}, {"model": {**SMALL, "colour": 1}}, {"model": SMALL, "text": []},
    {"model": SMALL, "corpus": {"mel_mean": [None]}}, {"model": SMALL, "corpus": {"mel_std": [NAN]}},
    {"model": SMALL, "training": {"betas": 1}}, {"model": {**SMALL, "d_model": "8"}},
])
def test_json_that_is_no_configuration_is_refused(data: Any) -> None:
    with pytest.raises(ConfigError):
        RunConfig.from_dict(data)


@settings(max_examples=60, deadline=None)
@given(st.dictionaries(
    st.sampled_from([f"{part}.{item.name}" for part, kind in
                     (("model", ModelConfig), ("audio", AudioConfig), ("training", TrainingConfig))
                     for item in dataclasses.fields(kind)]),
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=3), st.lists(st.integers())),
    max_size=2))
def test_any_json_value_is_taken_or_refused_in_words(values: dict[str, Any]) -> None:
    data = RunConfig(get_model_preset("modern_cpu")).to_dict()
    for key, value in values.items():
        part, _, name = key.partition(".")
        data[part][name] = value
    try:
        config = RunConfig.from_dict(data)
    except ConfigError:
        return
    assert RunConfig.from_dict(config.to_dict()) == config


@pytest.mark.parametrize(("override", "part", "field", "value"), [
    ("batch_size=8", "training", "batch_size", 8), ("training.learning_rate=3e-4", "training", "learning_rate", 3e-4),
    ("cross_win=None", "model", "cross_win", None), ("cross_win=null", "model", "cross_win", None),
    ("use_postnet=False", "model", "use_postnet", False), (" schedule = cosine ", "training", "schedule", "cosine"),
])
def test_overrides(config: RunConfig, override: str, part: str, field: str, value: Any) -> None:
    config.model.cross_win = 0.3
    changed = apply_overrides(config, [override])
    assert getattr(getattr(changed, part), field) == value
    assert getattr(getattr(config, part), field) != value, "the configuration given stays as it is"


@pytest.mark.parametrize(("override", "words"), [
    ("batch_size", "not of the form key=value"), ("=3", "not of the form"), ("batch_sise=3", "is unknown"),
    ("model.batch_size=3", "is unknown"), ("corpus.path=x", "is unknown"), ("mel_noise=abc", "mel_noise is 'abc'"),
    ("learning_rate=abc", "learning_rate is 'abc'"), ("batch_size=", "batch_size is ''"),
])
def test_overrides_that_are_refused(config: RunConfig, override: str, words: str) -> None:
    with pytest.raises(ConfigError, match=words):
        apply_overrides(config, [override])


def test_the_shipped_runs_have_configurations_that_are_read(repository: Path) -> None:
    found = sorted((repository / "sample_runs").glob("*/config.json"))
    assert len(found) >= 4
    for path in found:
        assert RunConfig.from_dict(json.loads(path.read_bytes())).corpus.held_out
