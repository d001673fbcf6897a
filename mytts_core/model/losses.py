"""Training losses, written with `keras.ops`."""

from __future__ import annotations

from keras import ops

from mytts_core.config import TrainingConfig
from mytts_core.model.masks import group_lengths, length_mask
from mytts_core.model.transformer_tts import ModelOutput


def mel_loss(predicted, target, mask, l2_weight: float = 0.0):
    """Return the mean absolute error over valid frames, plus `l2_weight` times the mean squared error.

    Args:
        predicted, target: float (batch, frames, bands), normalised.
        mask: boolean (batch, frames).
        l2_weight: weight of the squared error.
    """
    difference = predicted - target
    error = ops.abs(difference) + l2_weight * ops.square(difference)
    return _masked_mean(ops.mean(error, axis=-1), mask)


def stop_loss(logits, mel_len, mask, reduction_factor: int, positive_weight: float):
    """Return the binary cross-entropy of the stop token over valid frames; its target is 1 in the last group.

    Args:
        logits: float (batch, frames, 1).
        mel_len: int (batch,), frames.
        mask: boolean (batch, frames).
        reduction_factor: frames a group.
        positive_weight: weight of the few positive frames.
    """
    logits = logits[..., 0]
    last_group = (group_lengths(mel_len, reduction_factor) - 1)[:, None]
    target = ops.cast(ops.arange(ops.shape(logits)[1])[None, :] // reduction_factor >= last_group, "float32")
    entropy = positive_weight * target * ops.softplus(-logits) + (1 - target) * ops.softplus(logits)
    return _masked_mean(entropy, mask)


def guided_attention_loss(attention, mel_len, enc_len, reduction_factor: int, sigma: float):
    """Return the mean attention mass far from the diagonal.

    Args:
        attention: float (batch, heads, groups, tokens).
        mel_len, enc_len: int (batch,), frames and tokens.
        reduction_factor: frames a group.
        sigma: width of the tolerated band, as a share of the utterance.

    Source:
        Tachibana et al. 2018, arXiv:1710.08969, section 4.1.
    """
    num_groups, num_tokens = ops.shape(attention)[2], ops.shape(attention)[3]
    lengths = group_lengths(mel_len, reduction_factor)
    times = ops.cast(ops.arange(num_groups), "float32")[None, :, None] / ops.cast(lengths, "float32")[:, None, None]
    places = ops.cast(ops.arange(num_tokens), "float32")[None, None, :] / ops.cast(enc_len, "float32")[:, None, None]
    penalty = 1 - ops.exp(-ops.square(places - times) / (2 * sigma**2))
    mass = ops.sum(attention * penalty[:, None], axis=-1)
    return _masked_mean(ops.mean(mass, axis=1), length_mask(lengths, num_groups))


def prosody_loss(mean, log_std, observed):
    """Return the Gaussian negative log-likelihood of the observed prosody, without its constant.

    Args:
        mean, log_std, observed: float (batch, dimensions), z-scored.
    """
    return ops.mean(0.5 * ops.square((observed - mean) * ops.exp(-log_std)) + log_std)


def guided_attention_weight(step, config: TrainingConfig):
    """Return the weight of the guided attention loss at a step: held, then lowered linearly to its final value."""
    progress = (ops.cast(step, "float32") - config.guided_attention_hold) / max(config.guided_attention_ramp, 1)
    progress = ops.clip(progress, 0.0, 1.0)
    final = min(config.guided_attention_final_weight, config.guided_attention_weight)
    return config.guided_attention_weight + progress * (final - config.guided_attention_weight)


def compute_losses(output: ModelOutput, batch: dict, config: TrainingConfig, reduction_factor: int, guided_weight):
    """Return a dict of scalar losses: "loss" is their weighted sum, the others are unweighted.

    Args:
        output: what `TransformerTTS.forward` returned.
        batch: "mel" (batch, frames, bands) normalised, "mel_len", "enc_len" (batch,), "prosody" (batch, 4).
        config: weights and widths.
        reduction_factor: frames a group.
        guided_weight: weight of the guided attention loss at this step.
    """
    frame_mask = length_mask(batch["mel_len"], ops.shape(batch["mel"])[1])
    heads = config.guided_attention_heads
    guided_layers = output.attention[-config.guided_attention_layers:] if config.guided_attention_layers else ()
    losses = {
        "mel_loss_pre": mel_loss(output.mel_pre, batch["mel"], frame_mask, config.mel_l2_weight),
        "mel_loss_post": mel_loss(output.mel_post, batch["mel"], frame_mask, config.mel_l2_weight),
        "stop_loss": stop_loss(output.stop_logits, batch["mel_len"], frame_mask, reduction_factor,
                               config.stop_positive_weight),
    }
    total = losses["mel_loss_pre"] + losses["mel_loss_post"] + config.stop_weight * losses["stop_loss"]
    if heads and guided_layers:
        guided = [guided_attention_loss(weights[:, :heads], batch["mel_len"], batch["enc_len"], reduction_factor,
                                        config.guided_attention_sigma) for weights in guided_layers]
        losses["guided_attention_loss"] = sum(guided[1:], guided[0]) / len(guided)
        total = total + guided_weight * losses["guided_attention_loss"]
    if output.mel_text is not None:
        losses["text_mel_loss"] = mel_loss(output.mel_text, batch["mel"], frame_mask, config.mel_l2_weight)
        total = total + config.text_mel_weight * losses["text_mel_loss"]
    if output.prosody_mean is not None:
        losses["prosody_loss"] = prosody_loss(output.prosody_mean, output.prosody_log_std, batch["prosody"])
        total = total + config.prosody_weight * losses["prosody_loss"]
    return {"loss": total, **losses}


def _masked_mean(values, mask):
    weights = ops.cast(mask, values.dtype)
    return ops.sum(values * weights) / ops.maximum(ops.sum(weights), 1)
