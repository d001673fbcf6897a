"""Alignment out of a model: shifted, window off, in frames, a head of one's choice; and out of a generation."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest

from mytts_core.monitoring.extraction import extract_alignment_from_generation, extract_alignment_from_model

pytestmark = pytest.mark.slow

BATCH, TOKENS, FRAMES, BANDS, LAYERS, HEADS = 2, 7, 10, 5, 2, 2


def make_model(**options):
    pytest.importorskip("tensorflow")
    import keras

    from mytts_core import TransformerTTS

    keras.utils.set_random_seed(1)
    return TransformerTTS(num_layers=LAYERS, d_model=16, num_heads=HEADS, dff=16, input_vocab_size=11, n_mels=BANDS,
                          max_length=64, postnet_filters=8, **options)


@pytest.fixture(scope="module")
def inputs():
    rng = np.random.default_rng(0)
    ids = rng.integers(3, 11, (BATCH, TOKENS))
    ids[1, 5:] = 1                                        # padding
    return ids, rng.normal(size=(BATCH, FRAMES, BANDS)).astype(np.float32)


@pytest.fixture(scope="module")
def classic():
    return make_model()


def test_it_is_the_models_own_attention_for_the_shifted_mel(classic, inputs) -> None:
    ids, mel = inputs
    alignment = np.asarray(extract_alignment_from_model(classic, ids, mel))
    shifted = np.concatenate([np.zeros((BATCH, 1, BANDS), np.float32), mel[:, :-1]], axis=1)
    expected = np.asarray(classic({"enc_ids": ids, "dec_mel": shifted}, return_attn=True)[-1])
    assert alignment.shape == (BATCH, FRAMES, TOKENS)
    np.testing.assert_allclose(alignment, expected, atol=1e-6)
    np.testing.assert_allclose(alignment.sum(axis=-1), 1, atol=1e-5)
    assert (alignment[1, :, 5:] < 1e-6).all()             # nothing on padding
    unshifted = np.asarray(classic({"enc_ids": ids, "dec_mel": mel}, return_attn=True)[-1])
    assert np.abs(alignment - unshifted).max() > 1e-4


def test_the_window_is_off_even_when_lengths_are_given(inputs) -> None:
    ids, mel = inputs
    model = make_model(cross_win=0.1)
    lengths = {"enc_len": np.array([7, 5]), "mel_len": np.array([10, 8])}
    alignment = np.asarray(extract_alignment_from_model(model, ids, mel, **lengths))
    windowed = np.asarray(model({"enc_ids": ids, "dec_mel": model.shift_right_mel(mel), **lengths},
                                return_attn=True)[-1])
    assert windowed[0, 0, -1] < 1e-6 < 1e-3 < alignment[0, 0, -1]


def test_any_head_and_all_of_them(classic, inputs) -> None:
    everything = np.asarray(extract_alignment_from_model(classic, *inputs, all_layers_and_heads=True))
    assert everything.shape == (BATCH, LAYERS, HEADS, FRAMES, TOKENS)
    for layer in range(LAYERS):
        for head in range(HEADS):
            one = np.asarray(extract_alignment_from_model(classic, *inputs, head=(layer, head)))
            np.testing.assert_allclose(one, everything[:, layer, head], atol=1e-6)
    mean = np.asarray(extract_alignment_from_model(classic, *inputs))
    np.testing.assert_allclose(mean, everything[:, -1].mean(axis=1), atol=1e-6)


def test_with_a_reduction_factor_rows_are_still_frames(inputs) -> None:
    model = make_model(reduction_factor=4, activation="swiglu", pos_encoding_type="rope", prosody=True)
    alignment = np.asarray(extract_alignment_from_model(model, *inputs, prosody=np.zeros((BATCH, 4), np.float32)))
    assert alignment.shape == (BATCH, FRAMES, TOKENS)
    for start in (0, 4, 8):                               # 10 frames: groups of 4, 4 and 2
        assert (alignment[:, start:start + 4] == alignment[:, start:start + 1]).all()
    assert not np.allclose(alignment[:, 0], alignment[:, 4])


@pytest.mark.parametrize(("head", "message"), [((2, 0), "layers 0..1"), ((0, 2), "heads 0..1"), ((-1, 0), "head is")])
def test_a_head_that_is_not_there_is_refused(classic, inputs, head, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        extract_alignment_from_model(classic, *inputs, head=head)


def test_inputs_without_a_batch_are_refused(classic, inputs) -> None:
    with pytest.raises(ValueError, match=r"\(batch, tokens\)"):
        extract_alignment_from_model(classic, inputs[0][0], inputs[1][0])


def test_from_a_generation() -> None:
    pytest.importorskip("keras")
    attention = np.random.default_rng(0).random((BATCH, LAYERS, HEADS, 3, TOKENS)).astype(np.float32)
    generation = SimpleNamespace(attention=attention, mel=np.zeros((BATCH, 10, BANDS)))
    chosen = np.asarray(extract_alignment_from_generation(generation, 4, head=(1, 0)))
    assert chosen.shape == (BATCH, 10, TOKENS)
    np.testing.assert_array_equal(chosen, attention[:, 1, 0].repeat(4, axis=1)[:, :10])
    everything = np.asarray(extract_alignment_from_generation(generation, 4, all_layers_and_heads=True))
    assert everything.shape == (BATCH, LAYERS, HEADS, 10, TOKENS)


def test_from_a_real_generation(inputs) -> None:
    model = make_model(reduction_factor=2)
    generation = model.generate(inputs[0][:1], max_steps=8)
    alignment = np.asarray(extract_alignment_from_generation(generation, 2, head=(0, 1)))
    assert alignment.shape == (1, generation.mel.shape[1], TOKENS)
    np.testing.assert_allclose(alignment[0, :int(generation.lengths[0])].sum(axis=-1), 1, atol=1e-4)
