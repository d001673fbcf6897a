"""Words on figures: names of metrics with their unit, and text from logs made harmless for plotly."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence

from mytts_core.runs import schema

MAX_NAME_LENGTH = 90
SECTION_NAMES = ("Loss", "Alignment", "Free running", "Optimisation", "Other")

# Metric (last part of a tag) → section, name, axis title with unit, range of the axis (None: what the data needs).
_METRICS: dict[str, tuple[str, str, str, tuple[float, float] | None]] = {
    "loss": ("Loss", "Loss", "weighted sum (no unit)", None),
    "mel_loss_pre": ("Loss", "Mel loss before the PostNet", "error (standard deviations)", None),
    "mel_loss_post": ("Loss", "Mel loss after the PostNet", "error (standard deviations)", None),
    "stop_loss": ("Loss", "Stop-token loss", "cross-entropy (nats)", None),
    "guided_attention_loss": ("Loss", "Guided-attention loss", "penalty (0–1)", None),
    "prosody_loss": ("Loss", "Prosody loss", "log-likelihood, negated (nats)", None),
    "diagonality": ("Alignment", "Diagonality", "diagonality (0–1)", (0, 1)),
    "focus": ("Alignment", "Focus", "mean largest weight (0–1)", (0, 1)),
    "coverage": ("Alignment", "Coverage", "share of letters or phonemes (0–1)", (0, 1)),
    "monotonicity": ("Alignment", "Monotonicity", "share of steps (0–1)", (0, 1)),
    "stop_rate": ("Free running", "Ended by the stop token", "share of takes (0–1)", (0, 1)),
    "length_ratio": ("Free running", "Length", "take ÷ recording (ratio)", None),
    "skipped": ("Free running", "Skipped tokens", "tokens a take (count)", None),
    "repeated": ("Free running", "Repeated tokens", "tokens a take (count)", None),
    "stalled": ("Free running", "Stalled tokens", "tokens a take (count)", None),
    "learning_rate": ("Optimisation", "Learning rate", "rate (per step)", None),
    "gradient_norm": ("Optimisation", "Gradient norm before clipping", "norm (L2)", None),
    "clip_threshold": ("Optimisation", "Clipping threshold", "norm (L2)", None),
    "clipped_share": ("Optimisation", "Clipped steps", "share of steps (0–1)", (0, 1)),
    "skipped_steps": ("Optimisation", "Steps skipped, gradients not finite", "steps since the start (count)", None),
    "seconds_per_step": ("Optimisation", "Time of a step", "time (s)", None),
    "monitoring_seconds": ("Optimisation", "Time spent on monitoring", "time since the start (s)", None),
}
_PARTS = {"train": "training", schema.VALIDATION_PREFIX.rstrip("/"): "held out",
          schema.FREE_RUNNING_PREFIX.rstrip("/"): "free running"}


def split_tag(tag: str) -> tuple[str, str]:
    """Return (metric, part): 'validation/loss' → ('loss', 'held out'); another program's tag is its own metric."""
    prefix, _, metric = tag.partition("/")
    if metric in _METRICS and prefix in _PARTS:
        return metric, _PARTS[prefix]
    return tag, ""


def section(metric: str) -> str:
    """Return the section of the trends page that shows a metric."""
    return _METRICS[metric][0] if metric in _METRICS else "Other"


def metric_name(metric: str) -> str:
    """Return a metric's name for people, safe for plotly."""
    return _METRICS[metric][1] if metric in _METRICS else plain(shortened(metric))


def axis_title(metric: str) -> str:
    """Return the title of a metric's axis, with its unit."""
    return _METRICS[metric][2] if metric in _METRICS else "value (unit not known)"


def axis_range(metric: str) -> tuple[float, float] | None:
    """Return the smallest and largest value a metric can have, None where it is open."""
    return _METRICS[metric][3] if metric in _METRICS else None


def known_metrics() -> tuple[str, ...]:
    """Return the metrics this module knows, in the order they are shown."""
    return tuple(_METRICS)


def shortened(text: str, length: int = MAX_NAME_LENGTH) -> str:
    """Return text with its middle left out where it is long; both its ends tell it from others."""
    half = (length - 1) // 2
    return text if len(text) <= length else f"{text[:length - 1 - half]}…{text[-half:]}"


def plain(text: object) -> str:
    """Return text from a log so that plotly shows it as it is: no tags, links, entities or formulas."""
    escaped = str(text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return escaped.replace("$", "&#36;")


def shown_token(token: str) -> str:
    """Return a token as one can see it: a space as ␣, a combining mark on a dotted circle."""
    if token.isspace():
        return "␣"
    if token and unicodedata.category(token[0]).startswith("M"):
        return "◌" + token
    return token


def token_labels(tokens: Sequence[str], count: int) -> list[str]:
    """Return `count` different labels, 'number · token', safe for plotly; numbers alone where tokens are missing."""
    return [f"{index} · {plain(shown_token(tokens[index]))}" if index < len(tokens) else str(index)
            for index in range(count)]
