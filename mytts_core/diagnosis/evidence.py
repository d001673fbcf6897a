"""Where the dashboard shows what a rule saw. Names of views and parameters are those of the dashboard's addresses."""

from __future__ import annotations

from mytts_core.diagnosis.finding import Evidence


def overview() -> Evidence:
    """Return the page with the run's state."""
    return Evidence("overview", {})


def trend(tag: str, first_step: int, last_step: int) -> Evidence:
    """Return the chart of a metric, zoomed to steps."""
    return Evidence("metric_trends", {"metric": tag, "from": str(first_step), "to": str(last_step)})


def sample(step: int, utterance_id: str = "") -> Evidence:
    """Return the samples of a step, with one of them opened where it is named."""
    return Evidence("alignments", {"step": str(step), **({"sample": utterance_id} if utterance_id else {})})


def gradients(step: int, variable: str = "") -> Evidence:
    """Return the gradient norms of a step, and of one variable over steps where it is named."""
    query = {"gradient_step": str(step)} if step >= 0 else {}
    return Evidence("gradients", {**query, **({"variable": variable} if variable else {})})
