"""Every layer: configuration round trip, symbolic and eager call, mixed precision; and what each promises."""

import numpy as np
import pytest

keras = pytest.importorskip("keras")

from mytts_core.layers.attention import MultiHeadAttention  # noqa: E402
from mytts_core.layers.decoder_block import DecoderBlock  # noqa: E402
from mytts_core.layers.drop_path import DropPath  # noqa: E402
from mytts_core.layers.encoder_block import EncoderBlock  # noqa: E402
from mytts_core.layers.feed_forward import FeedForward  # noqa: E402
from mytts_core.layers.positions import sinusoidal_positions  # noqa: E402
from mytts_core.layers.postnet import PostNet  # noqa: E402
from mytts_core.layers.prenet import Prenet, prenet_masks  # noqa: E402
from mytts_core.layers.prosody import ProsodyConditioning  # noqa: E402
from mytts_core.layers.rotary import apply_rotary  # noqa: E402

BLOCK = dict(d_model=16, num_heads=2, dff=24)
LAYERS = {
    "attention": (MultiHeadAttention, dict(d_model=16, num_heads=2, rotary=True), 2),
    "gelu": (FeedForward, dict(d_model=16, dff=24, activation="gelu"), 1),
    "swiglu": (FeedForward, dict(d_model=16, dff=24, activation="swiglu", dropout_rate=0.1), 1),
    "encoder": (EncoderBlock, dict(**BLOCK, activation="swiglu", rotary=True), 1),
    "decoder": (DecoderBlock, dict(**BLOCK, activation="gelu"), 2),
    "prenet": (Prenet, dict(d_model=16, units=8, dropout_rate=0.5), 1),
    "postnet": (PostNet, dict(n_mels=16, filters=8), 1),
    "drop_path": (DropPath, dict(rate=0.5, seed=1), 1),
}


def _first(result):
    return np.asarray(keras.ops.convert_to_numpy(result[0] if isinstance(result, tuple) else result), np.float32)


@pytest.mark.parametrize("name", LAYERS)
def test_configuration_round_trip_gives_a_layer_that_computes_the_same(name):
    kind, arguments, num_inputs = LAYERS[name]
    inputs = [np.random.default_rng(i).normal(size=(2, 6, 16)).astype(np.float32) for i in range(num_inputs)]
    layer = kind(**arguments)
    expected = _first(layer(*inputs))
    again = kind.from_config(layer.get_config())
    again(*inputs)
    again.set_weights(layer.get_weights())
    np.testing.assert_allclose(_first(again(*inputs)), expected, atol=1e-6)
    for key, value in arguments.items():
        assert again.get_config()[key] == value


@pytest.mark.parametrize("name", LAYERS)
def test_symbolic_shapes_are_those_of_an_eager_call(name):
    kind, arguments, num_inputs = LAYERS[name]
    layer = kind(**arguments)
    symbolic = layer(*[keras.KerasTensor((2, 6, 16)) for _ in range(num_inputs)])
    eager = layer(*[np.zeros((2, 6, 16), np.float32) for _ in range(num_inputs)])
    first = symbolic[0] if isinstance(symbolic, tuple) else symbolic
    assert tuple(first.shape) == _first(eager).shape


@pytest.mark.parametrize("name", LAYERS)
def test_mixed_precision_computes_in_half_and_keeps_float32_variables(name):
    kind, arguments, num_inputs = LAYERS[name]
    layer = kind(**arguments, dtype="mixed_bfloat16")
    result = layer(*[np.ones((2, 6, 16), np.float32) for _ in range(num_inputs)])
    assert keras.backend.standardize_dtype((result[0] if isinstance(result, tuple) else result).dtype) == "bfloat16"
    assert all(variable.dtype == "float32" for variable in layer.trainable_variables)


def test_rotary_scores_depend_on_the_distance_of_positions_alone():
    random = np.random.default_rng(0)
    query, key = (np.repeat(random.normal(size=(1, 1, 1, 8)), 12, axis=2) for _ in range(2))
    rotated = [np.asarray(apply_rotary(keras.ops.convert_to_tensor(x.astype(np.float32)), np.arange(12) + 5))
               for x in (query, key)]
    scores = rotated[0][0, 0] @ rotated[1][0, 0].T
    for distance in range(-11, 12):
        diagonal = np.diagonal(scores, distance)
        np.testing.assert_allclose(diagonal, diagonal[0], atol=1e-5)
    assert np.ptp(scores[0]) > 0.1, "the distance must matter"


def test_sinusoidal_positions_against_the_formula_in_float64():
    positions = np.arange(50, dtype=np.float64)
    expected = np.empty((50, 16))
    for i in range(0, 16, 2):
        angle = positions / 10_000 ** (i / 16)
        expected[:, i], expected[:, i + 1] = np.sin(angle), np.cos(angle)
    np.testing.assert_allclose(np.asarray(sinusoidal_positions(np.arange(50), 16)), expected, atol=1e-4)


def test_attention_against_numpy_in_float64():
    random = np.random.default_rng(1)
    layer = MultiHeadAttention(8, 2)
    query, memory = (random.normal(size=(1, n, 8)).astype(np.float32) for n in (3, 5))
    allowed = random.random((1, 1, 3, 5)) > 0.4
    allowed[..., 0] = True
    output, weights = layer(query, memory, allowed=allowed)
    kernel = [np.asarray(v, np.float64) for d in (layer.query_dense, layer.key_dense, layer.value_dense,
                                                  layer.output_dense) for v in (d.kernel, d.bias)]
    q, k, v = (x.astype(np.float64) @ kernel[2 * i] + kernel[2 * i + 1] for i, x in enumerate((query, memory, memory)))
    expected, heads = [], []
    for h in range(2):
        part = slice(4 * h, 4 * h + 4)
        scores = np.where(allowed[0, 0], q[0, :, part] @ k[0, :, part].T / 2, -np.inf)
        heads.append(np.exp(scores) / np.exp(scores).sum(axis=1, keepdims=True))
        expected.append(heads[-1] @ v[0, :, part])
    np.testing.assert_allclose(np.asarray(weights)[0], heads, atol=1e-5)
    np.testing.assert_allclose(np.asarray(output)[0], np.concatenate(expected, 1) @ kernel[6] + kernel[7], atol=1e-5)


def test_wrong_arguments_name_the_value_and_the_rule():
    with pytest.raises(ValueError, match="10; it must be divisible by num_heads .3"):
        MultiHeadAttention(10, 3)
    with pytest.raises(ValueError, match="head size is 3; it must be even"):
        MultiHeadAttention(6, 2, rotary=True)
    with pytest.raises(ValueError, match="'relu'; it must be 'gelu' or 'swiglu'"):
        FeedForward(8, 8, "relu")
    with pytest.raises(ValueError, match=r"rate is 1.0; it must be in \[0, 1\)"):
        DropPath(1.0)


def test_drop_path_drops_whole_utterances_and_keeps_the_mean():
    x = np.ones((2000, 3, 2), np.float32)
    y = np.asarray(DropPath(0.25, seed=3)(x, training=True))
    assert set(np.unique(y)) == {0.0, np.float32(1 / 0.75)}
    assert np.all(y == y[:, :1, :1])
    assert abs(y.mean() - 1) < 0.05
    np.testing.assert_array_equal(np.asarray(DropPath(0.25, seed=3)(x, training=False)), x)


def test_prenet_masks_depend_on_seed_layer_group_and_unit_alone():
    short, long = prenet_masks(7, 10, 64, 0.5), prenet_masks(7, 300, 64, 0.5)
    np.testing.assert_array_equal(short, long[:10])
    assert (prenet_masks(8, 10, 64, 0.5) != short).mean() > 0.3
    assert (long[:, 0] != long[:, 1]).mean() > 0.3
    assert abs(long.mean() - 0.5) < 0.02


def test_postnet_padding_never_changes_a_valid_frame():
    layer, mel = PostNet(8, 6), np.random.default_rng(0).normal(size=(1, 30, 8)).astype(np.float32)
    valid = np.arange(30)[None] < 20
    alone = np.asarray(layer(mel[:, :20], valid=valid[:, :20]))
    np.testing.assert_allclose(np.asarray(layer(mel, valid=valid))[:, :20], alone, atol=1e-5)
    layer.mask_padding = False
    assert np.abs(np.asarray(layer(mel, valid=valid))[:, :20] - alone).max() > 1e-3


def test_prosody_is_predicted_within_its_bounds_and_sends_no_gradient_into_the_text():
    tf = pytest.importorskip("tensorflow")
    if keras.backend.backend() != "tensorflow":
        pytest.skip("gradients are taken with TensorFlow")
    layer = ProsodyConditioning(16)
    layer.statistics.build((None, 64))
    layer.statistics.kernel.assign(np.random.default_rng(0).normal(size=(64, 8)) * 10)
    memory = tf.Variable(np.random.default_rng(1).normal(size=(2, 5, 16)).astype(np.float32))
    with tf.GradientTape() as tape:
        mean, log_std = layer.predict(memory, np.ones((2, 5), bool))
        total = tf.reduce_sum(mean) + tf.reduce_sum(log_std)
    assert np.asarray(log_std).min() >= -2 and np.asarray(log_std).max() <= 1
    assert tape.gradient(total, memory) is None
