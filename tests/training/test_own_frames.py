"""A share of the utterances fed with the model's own predictions."""

from __future__ import annotations

import numpy as np
import pytest

from mytts_core.config import ConfigError, RunConfig, apply_overrides

pytestmark = pytest.mark.slow

NO_DROPOUT = ["dropout_rate=0", "droppath_rate=0", "prenet_drop=0", "mel_noise=0"]
NEARLY_ALL = "own_frames=0.9999999"


def _batch(config: RunConfig) -> dict[str, np.ndarray]:
    random = np.random.default_rng(5)
    return {"enc_ids": random.integers(3, 12, (2, 7)).astype(np.int32), "enc_len": np.array([7, 5], np.int32),
            "mel": random.normal(size=(2, 16, config.audio.n_mels)).astype(np.float32),
            "mel_len": np.array([16, 12], np.int32), "prosody": random.normal(size=(2, 4)).astype(np.float32)}


def _build(tiny_config: RunConfig, *settings: str):
    from mytts_core.training.session import build

    config = apply_overrides(tiny_config, [*NO_DROPOUT, *settings])
    return config, *build(config, 12)


@pytest.mark.parametrize("passes", [1, 2])
def test_with_all_frames_its_own_the_decoder_is_fed_what_it_predicted_pass_by_pass(tiny_config: RunConfig,
                                                                                  passes: int) -> None:
    config, model, step = _build(tiny_config, NEARLY_ALL, f"own_passes={passes}")
    batch = _batch(config)
    predictions = [batch["mel"]]
    for _ in range(passes + 1):
        fed = model.shift_right_mel(predictions[-1])
        predictions.append(np.asarray(model.forward({**batch, "dec_mel": fed}).mel_pre))
    found = np.asarray(step.losses(batch, 0.0, training=True, cross_window=True)[1].mel_pre)
    np.testing.assert_allclose(found, predictions[-1], atol=1e-5)
    assert np.abs(found - predictions[-2]).max() > 1e-4


def test_an_utterance_is_fed_its_own_frames_as_a_whole_or_not_at_all(tiny_config: RunConfig) -> None:
    config, model, step = _build(tiny_config, "own_frames=0.5")
    batch = {name: np.repeat(rows, 16, axis=0) for name, rows in _batch(config).items()}
    fed = np.asarray(step._with_own_frames(batch, batch["mel"], True))
    kept = (fed == batch["mel"]).all(axis=2)
    assert set(kept.mean(axis=1).tolist()) == {0.0, 1.0}


def test_validation_is_teacher_forced_all_the_same(tiny_config: RunConfig) -> None:
    config, model, step = _build(tiny_config, NEARLY_ALL)
    batch = _batch(config)
    wanted = model.forward({**batch, "dec_mel": model.shift_right_mel(batch["mel"])}).mel_pre
    found = step.losses(batch, 0.0, training=False, cross_window=False)[1].mel_pre
    np.testing.assert_allclose(np.asarray(found), np.asarray(wanted), atol=1e-6)


def test_the_first_pass_leaves_batch_statistics_alone(tiny_config: RunConfig) -> None:
    moved = []
    for settings in ([], [NEARLY_ALL]):
        config, _, step = _build(tiny_config, *settings)
        before = [np.array(variable.value) for variable in step.variables.statistics]
        step.losses(_batch(config), 0.0, training=True, cross_window=True)
        moved.append(sum(np.abs(np.array(variable.value) - old).max() > 1e-6
                         for variable, old in zip(step.variables.statistics, before)))
    assert moved[0] == moved[1] > 0


def test_a_share_of_one_or_more_is_refused(tiny_config: RunConfig) -> None:
    with pytest.raises(ConfigError, match="own_frames is 1"):
        apply_overrides(tiny_config, ["own_frames=1"])
