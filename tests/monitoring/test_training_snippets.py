"""The two training snippets at the end of API.md section 5, run on a tiny model; the names people import."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest


@pytest.mark.slow
def test_the_snippets_of_the_design_run(tmp_path, monkeypatch) -> None:
    tf = pytest.importorskip("tensorflow")
    import keras

    from mytts_core import TransformerTTS
    from TTSConfig import get_model_preset
    from TTSMonitoring import (
        MetricsAggregator,
        adaptive_gradient_clipping,
        analyze_gradients,
        compute_alignment_diagonality,
        extract_alignment_from_model,
        visualize_alignment_matrix,
    )

    monkeypatch.chdir(tmp_path)
    keras.utils.set_random_seed(0)
    shape = {**get_model_preset("tiny").model_kwargs(), "num_layers": 1, "d_model": 16, "num_heads": 2, "dff": 32,
             "max_length": 64, "postnet_filters": 8}
    model = TransformerTTS(**shape, input_vocab_size=12, n_mels=6)
    optimizer = keras.optimizers.Adam(1e-2)
    rng = np.random.default_rng(0)
    batch = {"enc_ids": rng.integers(4, 12, (2, 9)), "mel_target": rng.normal(size=(2, 24, 6)).astype(np.float32)}
    train_dataset, val_dataset, printed = [batch] * 12, [batch], []

    def compute_loss(model, batch):
        mel = tf.constant(batch["mel_target"])
        inputs = {"enc_ids": batch["enc_ids"], "dec_mel": model.shift_right_mel(mel)}
        mel_pre, mel_post, _ = model(inputs, training=True)
        return tf.reduce_mean(tf.abs(mel_pre - mel)) + tf.reduce_mean(tf.abs(mel_post - mel))

    aggregator = MetricsAggregator(window_size=100)
    for step, batch in enumerate(train_dataset):
        with tf.GradientTape() as tape:
            loss = compute_loss(model, batch)
        grads = tape.gradient(loss, model.trainable_variables)
        if step % 100 == 0:
            grad_stats = analyze_gradients(model, loss, max_norm=1.0, gradients=grads)
            if "warning" in grad_stats:
                printed.append(grad_stats["warning"])
        clipped_grads, global_norm = adaptive_gradient_clipping(grads, max_norm=1.0, norm_type="percentile")
        optimizer.apply_gradients(zip(clipped_grads, model.trainable_variables))
        aggregator.update({"loss": loss.numpy()})

    for batch in val_dataset:
        alignment = extract_alignment_from_model(model, batch["enc_ids"], batch["mel_target"])
        score = compute_alignment_diagonality(alignment)
        if score < 0.5:
            visualize_alignment_matrix(alignment[0].numpy(), save_path=f"debug/alignment_step_{step}.png")

    assert printed == [] and grad_stats["global_norm"] > 0
    assert grad_stats["num_none"] == 2                    # the stop head has no loss here
    assert float(global_norm) > 0
    statistics = aggregator.get_statistics("loss")
    assert statistics["count"] == 12 and statistics["trend"] == "improving"
    assert 0.3 < score < 0.5                              # untrained attention is near uniform
    assert (tmp_path / "debug" / "alignment_step_11.png").stat().st_size > 1000


def test_the_names_of_the_faces() -> None:
    import TTSConfig
    import TTSMonitoring

    assert set(TTSMonitoring.__all__) >= {
        "extract_alignment_from_model", "visualize_alignment_matrix", "compute_alignment_diagonality",
        "analyze_gradients", "adaptive_gradient_clipping", "MetricsAggregator"}
    assert set(TTSConfig.__all__) >= {"ModelConfig", "get_model_preset"}
    for face in (TTSMonitoring, TTSConfig):
        assert all(hasattr(face, name) for name in face.__all__)
    assert TTSConfig.get_model_preset("tiny") == TTSConfig.ModelConfig(4, 256, 4, 1024, cross_win=None)


def test_importing_the_faces_loads_nothing_heavy(repository) -> None:
    code = ("import sys, TTSMonitoring, TTSConfig\n"
            "print([name for name in ('tensorflow', 'keras', 'matplotlib') if name in sys.modules])")
    done = subprocess.run([sys.executable, "-c", code], cwd=repository, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
