"""Weights of the previous model: its reference outputs come out again; what does not fit is refused whole."""

import json
import shutil

import numpy as np
import pytest

keras = pytest.importorskip("keras")
h5py = pytest.importorskip("h5py")

from mytts_core.errors import CheckpointError  # noqa: E402
from mytts_core.model.previous_weights import load_previous_weights  # noqa: E402
from mytts_core.model.transformer_tts import TransformerTTS  # noqa: E402


@pytest.fixture(scope="module")
def previous(shared_data):
    folder = shared_data / "previous_model"
    config = json.loads((folder / "config.json").read_text())
    model = TransformerTTS(**config)
    load_previous_weights(model, folder / "classic.weights.h5")
    with np.load(folder / "expected.npz", allow_pickle=False) as expected:
        return folder, config, model, dict(expected)


def _relative(value, reference) -> float:
    reference = np.asarray(reference, np.float64)
    return float(np.linalg.norm(np.asarray(value, np.float64) - reference) / np.linalg.norm(reference))


def test_teacher_forced_outputs_and_attention_come_out_again(previous):
    _, _, model, expected = previous
    inputs = {name: expected[name] for name in ("enc_ids", "dec_mel", "enc_len", "mel_len")}
    for value, name in zip(model(inputs, return_attn=True), ("mel_pre", "mel_post", "stop_logits", "attn")):
        assert _relative(value, expected[name]) <= 1e-4, name


def test_greedy_decoding_comes_out_again_frame_by_frame(previous):
    _, _, model, expected = previous
    steps = expected["greedy_mel_pre"].shape[1]
    mel_pre, mel, stop = model.greedy_generate_fast(expected["greedy_enc_ids"], max_steps=steps, min_steps=steps,
                                                    return_pre=True)
    for value, name in ((mel_pre, "greedy_mel_pre"), (mel, "greedy_mel"), (stop, "greedy_stop_probs")):
        value, reference = np.asarray(value)[0], expected[name][0]
        assert value.shape == reference.shape
        worst = max(_relative(value[t], reference[t]) for t in range(steps))
        assert worst <= 5e-3, (name, worst)     # untrained weights amplify rounding from frame to frame


@pytest.mark.parametrize(("change", "message"), [
    ({"d_model": 32}, r"vars/0|embedding.*does not fit"),
    ({"num_layers": 3}, "encoder_layer_2.*num_layers"),
    ({"num_layers": 1}, "has no place in this configuration"),
    ({"use_postnet": False}, "post_net.*has no place"),
    ({"use_prenet": False}, "prenet"),
])
def test_another_configuration_is_refused_naming_the_first_array_that_differs(previous, change, message):
    folder, config, _, _ = previous
    model = TransformerTTS(**{**config, **change})
    before = [np.array(weight) for weight in model.get_weights()]
    with pytest.raises(CheckpointError, match=message):
        load_previous_weights(model, folder / "classic.weights.h5")
    for old, new in zip(before, model.get_weights()):
        np.testing.assert_array_equal(old, new)


def test_missing_truncated_and_not_finite_files_are_refused(previous, tmp_path):
    folder, config, _, _ = previous
    model = TransformerTTS(**config)
    with pytest.raises(CheckpointError, match="no such weights file"):
        load_previous_weights(model, tmp_path / "none.h5")
    truncated = tmp_path / "truncated.weights.h5"
    truncated.write_bytes((folder / "classic.weights.h5").read_bytes()[:100_000])
    with pytest.raises(CheckpointError, match="not a readable HDF5"):
        load_previous_weights(model, truncated)
    poisoned = tmp_path / "poisoned.weights.h5"
    shutil.copyfile(folder / "classic.weights.h5", poisoned)
    with h5py.File(poisoned, "r+") as file:
        file["layers/dense/vars/1"][3] = np.nan
    with pytest.raises(CheckpointError, match="layers/dense/vars/1 holds values that are not finite"):
        load_previous_weights(model, poisoned)
