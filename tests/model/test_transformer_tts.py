"""The model: shapes, causality, mask invariance, reduction factor, window, refusals; classic and modern."""

import inspect

import numpy as np
import pytest

keras = pytest.importorskip("keras")

from mytts_core.config import get_model_preset  # noqa: E402
from mytts_core.model.transformer_tts import TransformerTTS  # noqa: E402

SMALL = dict(num_layers=2, d_model=16, num_heads=2, dff=24, input_vocab_size=12, n_mels=6, postnet_filters=8)
KINDS = {
    "classic": dict(SMALL),
    "modern": dict(SMALL, activation="swiglu", pos_encoding_type="rope", final_norm=True, prosody=True,
                   prenet_drop_at_inference=True, reduction_factor=2),
    "both_positions": dict(SMALL, pos_encoding_type="rope", absolute_positions=True),
    "no_prenet": dict(SMALL, use_prenet=False, use_postnet=False, reduction_factor=3),
}


@pytest.fixture(scope="module", params=KINDS)
def model(request):
    keras.utils.set_random_seed(3)
    return TransformerTTS(**KINDS[request.param])


def _inputs(batch=2, tokens=7, frames=12):
    random = np.random.default_rng(5)
    return {"enc_ids": random.integers(2, 12, (batch, tokens)).astype(np.int32),
            "dec_mel": random.normal(size=(batch, frames, 6)).astype(np.float32)}


def _run(model, inputs, **options):
    return [np.asarray(part) for part in model(inputs, **options)]


def test_everything_comes_in_frames(model):
    mel_pre, mel_post, stop, attention = _run(model, _inputs(frames=13), return_attn=True)
    assert mel_pre.shape == mel_post.shape == (2, 13, 6) and stop.shape == (2, 13, 1)
    assert attention.shape == (2, 13, 7)
    np.testing.assert_allclose(attention.sum(axis=-1), 1, atol=1e-5)
    groups = -(-13 // model.config.reduction_factor)
    assert _run(model, _inputs(frames=13), return_attn="all")[-1].shape == (2, 2, 2, groups, 7)


def test_a_frame_changes_later_groups_only(model):
    inputs, factor = _inputs(), model.config.reduction_factor
    changed = {**inputs, "dec_mel": inputs["dec_mel"].copy()}
    changed["dec_mel"][:, 6] += 1.0                 # the frame fed to group 6 / r
    before, after = _run(model, inputs)[0], _run(model, changed)[0]
    np.testing.assert_allclose(after[:, :6], before[:, :6], atol=1e-5)
    if 6 % factor == 0:
        assert np.abs(after[:, 6:] - before[:, 6:]).max() > 1e-4


def test_padding_never_changes_a_valid_output(model):
    inputs = _inputs()
    lengths = {"enc_len": np.array([7, 7]), "mel_len": np.array([12, 12])}
    padded = {"enc_ids": np.pad(inputs["enc_ids"], ((0, 0), (0, 4)), constant_values=1),
              "dec_mel": np.pad(inputs["dec_mel"], ((0, 0), (0, 6), (0, 0)), constant_values=9.0), **lengths}
    for alone, with_padding in zip(_run(model, {**inputs, **lengths}, return_attn=True),
                                   _run(model, padded, return_attn=True)):
        np.testing.assert_allclose(with_padding[:, :12, :alone.shape[2]], alone, atol=2e-5)


def test_padding_by_pad_id_is_padding_by_length(model):
    inputs = _inputs()
    inputs["enc_ids"][0, 5:] = 1
    by_length = _run(model, {**inputs, "enc_len": np.array([5, 7])})
    for one, other in zip(_run(model, inputs), by_length):
        np.testing.assert_allclose(one, other, atol=1e-6)


def test_the_go_frame_stands_in_for_frame_zero(model):
    inputs = _inputs()
    changed = {**inputs, "dec_mel": inputs["dec_mel"].copy()}
    changed["dec_mel"][:, 0] = 100.0
    np.testing.assert_array_equal(_run(model, changed)[0], _run(model, inputs)[0])


def test_shift_right_starts_with_zeros():
    model = TransformerTTS(**KINDS["classic"])
    mel = np.arange(24, dtype=np.float32).reshape(1, 4, 6)
    shifted = np.asarray(model.shift_right_mel(mel))
    np.testing.assert_array_equal(shifted[0, 0], 0)
    np.testing.assert_array_equal(shifted[0, 1:], mel[0, :-1])


def test_the_window_holds_when_lengths_are_known_and_can_be_lifted():
    model = TransformerTTS(**KINDS["classic"], cross_win=0.2)
    inputs = {**_inputs(tokens=11, frames=31), "enc_len": np.array([11, 11]), "mel_len": np.array([31, 31])}
    attention = _run(model, inputs, return_attn=True)[-1][0]
    distance = np.abs(np.arange(31)[:, None] / 30 - np.arange(11)[None] / 10)
    assert attention[distance > 0.2 + 1e-6].max() == 0 and attention[distance <= 0.2 - 1e-6].min() > 0
    assert _run(model, inputs, return_attn=True, cross_window=False)[-1].min() > 0
    without = {key: inputs[key] for key in ("enc_ids", "dec_mel")}
    assert _run(model, without, return_attn=True)[-1].min() > 0


def test_the_nearest_token_is_allowed_where_the_window_holds_none():
    model = TransformerTTS(**KINDS["classic"], cross_win=0.01)
    inputs = {**_inputs(tokens=7, frames=31), "enc_len": np.array([5, 7]), "mel_len": np.array([31, 31])}
    attention = _run(model, inputs, return_attn=True)[-1]
    for row, tokens in enumerate((5, 7)):
        distance = np.abs(np.arange(31)[:, None] / 30 - np.arange(tokens)[None] / (tokens - 1))
        allowed = np.zeros((31, 7), bool)
        allowed[:, :tokens] = distance <= np.maximum(0.01, distance.min(axis=1, keepdims=True)) + 1e-6
        assert attention[row][~allowed].max() == 0
        np.testing.assert_allclose(attention[row].sum(axis=-1), 1, atol=1e-5)


def test_a_text_of_one_token_counts_as_position_zero():
    model = TransformerTTS(**KINDS["classic"], cross_win=0.1)
    inputs = {**_inputs(tokens=1, frames=8), "enc_len": np.array([1, 1]), "mel_len": np.array([8, 8])}
    np.testing.assert_allclose(_run(model, inputs, return_attn=True)[-1], 1.0)


def test_configuration_round_trip_and_save_and_load(model, tmp_path):
    again = TransformerTTS.from_config(model.get_config())
    assert again.config == model.config
    path = tmp_path / "model.weights.h5"
    model.save_weights(path)
    again.load_weights(path)
    for one, other in zip(_run(again, _inputs()), _run(model, _inputs())):
        np.testing.assert_allclose(one, other, atol=1e-6)


def test_prosody_conditions_the_mel_and_is_predicted_where_not_given():
    model = TransformerTTS(**KINDS["modern"])
    inputs = _inputs()
    mean, spread = (np.asarray(part) for part in model.predict_prosody(inputs["enc_ids"]))
    assert mean.shape == spread.shape == (2, 4) and (spread > 0).all()
    default = _run(model, inputs)[0]
    np.testing.assert_allclose(_run(model, {**inputs, "prosody": mean})[0], default, atol=1e-5)
    assert np.abs(_run(model, {**inputs, "prosody": mean + 2})[0] - default).max() > 1e-3
    with pytest.raises(ValueError, match="prosody=False"):
        TransformerTTS(**KINDS["classic"]).predict_prosody(inputs["enc_ids"])


@pytest.mark.parametrize(("change", "message"), [
    ({"num_heads": 3}, "d_model is 16; it must be divisible by num_heads"),
    ({"activation": "relu"}, "activation is 'relu'; it must be one of gelu, swiglu"),
    ({"pos_encoding_type": "learnt"}, "pos_encoding_type is 'learnt'"),
    ({"d_model": 6, "num_heads": 2, "pos_encoding_type": "rope"}, "even with RoPE"),
    ({"n_mels": 0}, "n_mels is 0"),
])
def test_wrong_arguments_name_the_value_and_the_rule(change, message):
    with pytest.raises(ValueError, match=message):
        TransformerTTS(**{**SMALL, **change})


def test_longer_than_max_length_is_refused():
    model = TransformerTTS(**SMALL, max_length=10)
    with pytest.raises(ValueError, match=r"12 mel frames are more than max_length \(10\)"):
        model(_inputs())
    with pytest.raises(ValueError, match=r"11 text tokens are more than max_length \(10\)"):
        model(_inputs(tokens=11, frames=4))


def test_decoding_takes_its_first_arguments_by_place():
    parameters = list(inspect.signature(TransformerTTS.greedy_generate_fast).parameters.values())[1:4]
    assert [(item.name, item.default) for item in parameters[1:]] == [("max_steps", 600), ("temperature", 1.0)]
    assert all(item.kind is inspect.Parameter.POSITIONAL_OR_KEYWORD for item in parameters)


def test_presets_give_models_of_their_shape():
    config = get_model_preset("modern_cpu")
    assert TransformerTTS(**config.model_kwargs(), input_vocab_size=20, n_mels=80).config == config


def test_the_text_only_mel_does_not_see_the_fed_frames_values_directly():
    model = TransformerTTS(**{**SMALL, "num_layers": 1})
    inputs = _inputs()
    output = model.forward(inputs, text_only=True)
    assert output.mel_text.shape == output.mel_pre.shape
    assert model.forward(inputs).mel_text is None
    # With uniform attention (zero queries) what cross-attention adds cannot depend on the frames at all.
    attention = model.decoder_blocks[0].cross_attention
    attention.query_dense.kernel.assign(np.zeros_like(attention.query_dense.kernel))
    first = np.asarray(model.forward(inputs, text_only=True).mel_text)
    second = np.asarray(model.forward({**inputs, "dec_mel": inputs["dec_mel"] + 3}, text_only=True).mel_text)
    np.testing.assert_allclose(first, second, atol=1e-5)
    assert np.abs(np.asarray(model(inputs)[0]) -
                  np.asarray(model({**inputs, "dec_mel": inputs["dec_mel"] + 3})[0])).max() > 1e-3
