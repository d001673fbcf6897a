"""Numba's decoding loop against XLA's; bits that depend on no batch and no thread; weights that change."""

import numpy as np
import pytest

keras = pytest.importorskip("keras")
pytest.importorskip("numba")

from mytts_core.model import compilers  # noqa: E402
from mytts_core.model.cpu import loop  # noqa: E402
from mytts_core.model.cpu.weights import panels_of  # noqa: E402
from mytts_core.model.transformer_tts import TransformerTTS  # noqa: E402

pytestmark = pytest.mark.skipif(not compilers.on_cpu(), reason="the model is on an accelerator")

SMALL = dict(num_layers=2, d_model=16, num_heads=2, dff=24, input_vocab_size=12, n_mels=6, postnet_filters=8)
KINDS = {
    "classic": dict(SMALL),
    "modern": dict(SMALL, activation="swiglu", pos_encoding_type="rope", final_norm=True, prosody=True,
                   prenet_drop_at_inference=True, reduction_factor=4),
    "heads of 48, no prenet": dict(SMALL, d_model=96, dff=40, use_prenet=False, final_norm=True),
}
IDS = np.random.default_rng(0).integers(4, 12, (3, 45)).astype(np.int32)
IDS[1, 30:] = 1


@pytest.fixture(scope="module", params=KINDS)
def model(request):
    keras.utils.set_random_seed(4)
    model = TransformerTTS(**KINDS[request.param])
    model.mel_dense.kernel.assign(model.mel_dense.kernel * 0.3)     # so that feeding back stays bounded
    return model


def _decode(model, ids=IDS, **options):
    return model.generate(ids, **{"max_steps": 90, "stop_threshold": 2.0, "seed": 3, "compiler": "numba", **options})


def _arrays(generation):
    return [np.asarray(generation[i]) for i in (1, 2, 5)]    # mel_pre, stop_probs, attention


@pytest.mark.parametrize("temperature", [1.0, 1.7])
def test_it_decodes_as_xla_does(model, temperature):
    numba, xla = (_decode(model, compiler=compiler, temperature=temperature) for compiler in ("numba", "xla"))
    for found, expected in zip(_arrays(numba), _arrays(xla)):
        np.testing.assert_allclose(found, expected, atol=1e-4)
    np.testing.assert_allclose(np.asarray(numba.mel), np.asarray(xla.mel), atol=1e-4)


def test_a_cache_that_grows_changes_nothing(model, monkeypatch):
    whole = _decode(model, max_steps=600)
    monkeypatch.setattr(loop, "FIRST_CAPACITY", 33)
    for found, expected in zip(_arrays(_decode(model, max_steps=600)), _arrays(whole)):
        np.testing.assert_array_equal(found, expected)


@pytest.mark.parametrize("rule", [dict(window=1), dict(window=7, patience=3, check_stop_every=5, min_steps=8),
                                  dict(stop_threshold=2.0, end_of_text_frames=8)])
def test_each_utterance_stops_where_xla_stops_it(model, rule):
    probabilities = np.asarray(_decode(model).stop_probs)
    options = {"stop_threshold": float(np.quantile(probabilities, 0.6)), "head": (1, 0), **rule}
    numba, xla = (_decode(model, compiler=compiler, **options) for compiler in ("numba", "xla"))
    assert numba.stop_reason == xla.stop_reason
    np.testing.assert_array_equal(np.asarray(numba.lengths), np.asarray(xla.lengths))
    for found, expected in zip(_arrays(numba), _arrays(xla)):
        np.testing.assert_allclose(found, expected, atol=1e-4)


def test_a_text_gives_the_same_bits_alone_in_a_batch_and_on_one_thread(model, monkeypatch):
    together = _arrays(_decode(model, temperature=1.5))
    alone = _arrays(_decode(model, IDS[2:], temperature=1.5))
    if model.prosody is None:       # the encoder, before the loop, is exact within 1e-4 only
        for found, expected in zip(alone, together):
            np.testing.assert_allclose(found[0], expected[2], atol=1e-5)
    monkeypatch.setattr(loop, "MOST_THREADS", 1)
    for found, expected in zip(_arrays(_decode(model, temperature=1.5)), together):
        np.testing.assert_array_equal(found, expected)


def test_packed_weights_are_kept_until_one_is_assigned_to(model):
    first = panels_of(model, "float32")
    assert panels_of(model, "float32").matrices is first.matrices
    before = np.asarray(_decode(model).mel_pre)
    kernel = model.decoder_blocks[1].feed_forward.w2.kernel
    old = np.array(kernel)
    kernel.assign(old * 1.5)
    changed = np.asarray(_decode(model).mel_pre)
    np.testing.assert_allclose(changed, np.asarray(_decode(model, compiler="xla").mel_pre), atol=1e-4)
    assert np.abs(changed - before).max() > 1e-4
    kernel.assign(old)
    np.testing.assert_array_equal(np.asarray(_decode(model).mel_pre), before)


def test_bfloat16_comes_close(model):
    exact, rounded = (np.asarray(_decode(model, precision=name, max_steps=20).mel_pre)
                      for name in ("float32", "bfloat16"))
    difference = np.abs(rounded - exact).max()
    assert 1e-5 < difference < 0.1 * np.abs(exact).max()


def test_what_cannot_be_done_is_refused():
    with pytest.raises(ValueError, match="compiler is 'gcc'"):
        compilers.choose_compiler("gcc", "float32")
    with pytest.raises(ValueError, match="precision is 'int3'"):
        compilers.choose_compiler("auto", "int3")
    with pytest.raises(ValueError, match="float32 alone"):
        compilers.choose_compiler("xla", "bfloat16")


def test_numba_is_refused_on_an_accelerator_and_not_taken_there(monkeypatch):
    monkeypatch.setattr(compilers, "on_cpu", lambda: False)
    assert compilers.choose_compiler("auto", "float32") == "xla"
    with pytest.raises(ValueError, match="not on a CPU"):
        compilers.choose_compiler("numba", "float32")


def test_without_numba_xla_is_taken(monkeypatch):
    monkeypatch.setattr(compilers, "find_spec", lambda name: None)
    assert compilers.choose_compiler("auto", "float32") == "xla"
