"""Free-running decoding: cached equals full prefix; batches, stop rule, temperature; by both compilers."""

import numpy as np
import pytest

keras = pytest.importorskip("keras")

from mytts_core.model.transformer_tts import TransformerTTS  # noqa: E402

SMALL = dict(num_layers=2, d_model=16, num_heads=2, dff=24, input_vocab_size=12, n_mels=6, postnet_filters=8)
KINDS = {
    "classic": dict(SMALL),
    "modern": dict(SMALL, activation="swiglu", pos_encoding_type="rope", final_norm=True, prosody=True,
                   prenet_drop_at_inference=True, reduction_factor=4),
    "both_positions": dict(SMALL, pos_encoding_type="rope", absolute_positions=True, reduction_factor=2),
}
IDS = np.random.default_rng(0).integers(4, 12, (1, 9)).astype(np.int32)


@pytest.fixture(scope="module", params=["xla", "numba"])
def compiler(request):
    if request.param == "numba":
        pytest.importorskip("numba")
    return request.param


@pytest.fixture(scope="module", params=KINDS)
def model(request, compiler):
    keras.utils.set_random_seed(4)
    model = TransformerTTS(**KINDS[request.param])
    if model.prosody is not None:
        model.prosody.statistics.kernel.assign(np.random.default_rng(1).normal(size=(64, 8)) * 0.3)
    model.compiler_under_test = compiler
    return model


def _decode(model, ids=IDS, **options):
    options = {"max_steps": 24, "stop_threshold": 2.0, "compiler": model.compiler_under_test, **options}
    return model.generate(ids, **options)


def test_cached_decoding_equals_full_prefixes_attention_included(model):
    generation, factor = _decode(model), model.config.reduction_factor
    mel_pre = np.asarray(generation.mel_pre)
    output = model({"enc_ids": IDS, "dec_mel": model.shift_right_mel(mel_pre)}, return_attn="all")
    np.testing.assert_allclose(np.asarray(output[0]), mel_pre, atol=1e-4)
    np.testing.assert_allclose(np.asarray(output[1]), np.asarray(generation.mel), atol=1e-4)
    np.testing.assert_allclose(np.asarray(output[3]), np.asarray(generation.attention), atol=1e-4)
    assert mel_pre.shape == (1, 24, 6) and generation.attention.shape == (1, 2, 2, 24 // factor, 9)
    assert generation.stop_reason == ["limit"]


def test_a_text_gives_the_same_alone_and_in_a_batch_of_longer_texts(model):
    longer = np.random.default_rng(2).integers(4, 12, (3, 70)).astype(np.int32)
    longer[1, :9], longer[1, 9:] = IDS[0], 1
    alone, together = _decode(model), _decode(model, longer)
    np.testing.assert_allclose(np.asarray(together.mel)[1], np.asarray(alone.mel)[0], atol=1e-4)
    np.testing.assert_allclose(np.asarray(together.attention)[1, ..., :9], np.asarray(alone.attention)[0], atol=1e-4)


def test_the_stop_token_ends_each_utterance_for_itself(model):
    probabilities = np.asarray(_decode(model).stop_probs)[0, :, 0]
    late = 12
    threshold = float(np.sort(probabilities[late:])[0]) - 1e-6
    stopped = _decode(model, stop_threshold=threshold, min_steps=late, max_steps=24)
    assert stopped.stop_reason == ["stop_token"] and late <= int(np.asarray(stopped.lengths)[0]) < 24
    never = _decode(model, stop_threshold=2.0)
    assert never.stop_reason == ["limit"] and int(np.asarray(never.lengths)[0]) == 24


def test_temperature_one_is_the_default_bit_for_bit_whatever_the_seed(model):
    default = np.asarray(_decode(model).mel)
    np.testing.assert_array_equal(np.asarray(_decode(model, temperature=1.0, seed=5).mel), default)


def test_variation_is_reproducible_and_changes_what_is_fed_back_not_only_what_is_emitted(model):
    options = dict(temperature=2.0, seed=7)
    first, second = _decode(model, **options), _decode(model, **options)
    np.testing.assert_array_equal(np.asarray(first.mel), np.asarray(second.mel))
    plain = _decode(model)
    assert np.abs(np.asarray(first.mel) - np.asarray(plain.mel)).max() > 1e-4
    assert np.abs(np.asarray(_decode(model, temperature=2.0, seed=8).mel) - np.asarray(first.mel)).max() > 1e-4
    # Noise on emitted frames alone would leave the decoder's own states, and so its attention, where they were.
    assert np.abs(np.asarray(first.attention) - np.asarray(plain.attention)).max() > 1e-6
    assert np.abs(np.asarray(first.stop_probs) - np.asarray(plain.stop_probs)).max() > 1e-6


def test_a_take_depends_on_its_own_seed_never_on_its_row(model):
    two = np.repeat(IDS, 2, axis=0)
    forward = np.asarray(_decode(model, two, temperature=1.5, seed=[3, 4]).mel)
    backward = np.asarray(_decode(model, two, temperature=1.5, seed=[4, 3]).mel)
    np.testing.assert_allclose(forward, backward[::-1], atol=5e-5)


def test_takes_of_several_texts_temperatures_seeds_and_limits_equal_each_alone(model):
    texts = np.random.default_rng(6).integers(4, 12, (4, 20)).astype(np.int32)
    lengths, temperatures, seeds, limits = [20, 9, 15, 20], [1.0, 0.7, 1.5, 2.0], [1, 2, 3, 4], [90, 6, 31, 72]
    for row, length in enumerate(lengths):
        texts[row, length:] = 1
    together = _decode(model, texts, temperature=temperatures, seed=seeds, max_steps=limits)
    assert np.asarray(together.lengths).tolist() == limits and set(together.stop_reason) == {"limit"}
    for row, (length, limit) in enumerate(zip(lengths, limits)):
        alone = _decode(model, texts[row:row + 1, :length], temperature=temperatures[row], seed=seeds[row],
                        max_steps=limit)
        mel = np.asarray(together.mel)[row]
        np.testing.assert_allclose(mel[:limit], np.asarray(alone.mel)[0], atol=1e-4)
        assert not mel[limit:].any()
        groups = alone.attention.shape[3]
        np.testing.assert_allclose(np.asarray(together.attention)[row, ..., :groups, :length],
                                   np.asarray(alone.attention)[0], atol=1e-4)


@pytest.mark.parametrize("options", [{"temperature": [1.0, 2.0]}, {"max_steps": [3, 4]}, {"temperature": [0.0]},
                                     {"max_steps": [0]}])
def test_one_value_or_one_each(model, options):
    with pytest.raises(ValueError, match=next(iter(options))):
        _decode(model, **options)


@pytest.mark.parametrize("temperature", [0, -1, float("nan"), float("inf"), "hot"])
def test_a_temperature_out_of_range_is_refused(model, temperature):
    with pytest.raises(ValueError, match="temperature"):
        _decode(model, temperature=temperature)


def test_greedy_generate_fast_returns_its_tuple_from_generate(model):
    generation = _decode(model)
    mel_pre, mel, stop = model.greedy_generate_fast(IDS, max_steps=24, stop_threshold=2.0, return_pre=True,
                                                     compiler=model.compiler_under_test)
    np.testing.assert_array_equal(np.asarray(mel), np.asarray(generation.mel))
    np.testing.assert_array_equal(np.asarray(mel_pre), np.asarray(generation.mel_pre))
    np.testing.assert_array_equal(np.asarray(stop), np.asarray(generation.stop_probs))
