"""When free-running decoding ends: by the stop token, at the end of the text, or at the limit."""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np
from keras import ops

RUNNING, STOP_TOKEN, END_OF_TEXT, AT_LIMIT = 0, 1, 2, 3
REASONS = {RUNNING: "limit", AT_LIMIT: "limit", STOP_TOKEN: "stop_token", END_OF_TEXT: "end_of_text"}
MAX_WINDOW_GROUPS = 64


class StopRule(NamedTuple):
    """The stop rule in decoder groups; a rule given in frames is rounded up to whole groups.

    The stop token ends an utterance when the mean of its last `window` probabilities (of those there are) is above
    `threshold` in `patience` consecutive checks, the first after `minimum` groups, then one every `interval` groups.
    The end of the text ends it when more than half of the attention, averaged over the heads looked at, has rested on
    the last token for `end_patience` consecutive groups (0: never).
    """

    threshold: float
    window: int
    patience: int
    interval: int
    minimum: int
    end_patience: int

    @classmethod
    def in_frames(cls, reduction_factor: int, *, stop_threshold: float, window: int, patience: int,
                  check_stop_every: int, min_steps: int, end_of_text_frames: int | None) -> StopRule:
        """Build the rule from arguments in frames.

        Raises:
            ValueError: for a value out of range, naming it and the rule.
        """
        if not isinstance(stop_threshold, (int, float)) or not math.isfinite(stop_threshold):
            raise ValueError(f"stop_threshold is {stop_threshold!r}; it must be a finite number")
        for name, value, least in (("window", window, 1), ("patience", patience, 1), ("min_steps", min_steps, 0),
                                   ("check_stop_every", check_stop_every, 1),
                                   ("end_of_text_frames", end_of_text_frames or 0, 0)):
            require_whole(name, value, least)
        groups = -(-window // reduction_factor)
        if groups > MAX_WINDOW_GROUPS:
            raise ValueError(f"window is {window} frames; it must be at most {MAX_WINDOW_GROUPS * reduction_factor}")
        return cls(float(stop_threshold), groups, patience, -(-check_stop_every // reduction_factor),
                   max(1, -(-min_steps // reduction_factor)), -(-(end_of_text_frames or 0) // reduction_factor))


class StopState(NamedTuple):
    """What the rule remembers of each utterance.

    reason: int32 (batch,), one of RUNNING, STOP_TOKEN, END_OF_TEXT, AT_LIMIT.
    num_groups: int32 (batch,), groups decoded until the decision, or so far.
    history: float32 (batch, MAX_WINDOW_GROUPS), the last probabilities, newest last.
    checks_above: int32 (batch,), consecutive checks above the threshold.
    groups_at_end: int32 (batch,), consecutive groups with the attention at the last token.
    """

    reason: Any
    num_groups: Any
    history: Any
    checks_above: Any
    groups_at_end: Any


def initial_state(batch: int, num_utterances: int) -> StopState:
    """Return the state before the first group; rows from `num_utterances` on are padding, stopped from the start."""
    zeros = ops.zeros((batch,), "int32")
    padding = ops.arange(batch, dtype="int32") >= num_utterances
    reason = ops.where(padding, ops.full_like(zeros, STOP_TOKEN), zeros)
    return StopState(reason, zeros, ops.zeros((batch, MAX_WINDOW_GROUPS), "float32"), zeros, zeros)


def update(rule: StopRule, state: StopState, group, probability, mass_at_end) -> StopState:
    """Return the state after a group.

    Args:
        rule: its fields may be numbers or scalar tensors.
        state: the state before the group; stopped utterances stay as they are.
        group: int32 scalar, index of the group just decoded.
        probability: float32 (batch,), its stop probability.
        mass_at_end: float32 (batch,), its attention on the last token, averaged over the heads looked at.
    """
    running = ops.equal(state.reason, RUNNING)
    done = group + 1
    history = ops.concatenate([state.history[:, 1:], probability[:, None]], axis=1)
    width = ops.minimum(rule.window, done)
    recent = ops.arange(MAX_WINDOW_GROUPS, dtype="int32") >= MAX_WINDOW_GROUPS - width
    mean = ops.sum(ops.where(recent, history, 0.0), axis=1) / ops.cast(width, "float32")

    is_check = ops.logical_and(done >= rule.minimum, ops.equal(ops.mod(done - rule.minimum, rule.interval), 0))
    counted = ops.where(mean > rule.threshold, state.checks_above + 1, ops.zeros_like(state.checks_above))
    checks_above = ops.where(is_check, counted, state.checks_above)
    at_end = ops.where(mass_at_end > 0.5, state.groups_at_end + 1, ops.zeros_like(state.groups_at_end))

    by_token = checks_above >= rule.patience
    by_text = ops.logical_and(rule.end_patience > 0, at_end >= rule.end_patience)
    reason = ops.where(by_token, STOP_TOKEN, ops.where(by_text, END_OF_TEXT, RUNNING))
    reason = ops.where(running, ops.cast(reason, "int32"), state.reason)
    num_groups = ops.where(running, done, state.num_groups)
    return StopState(reason, num_groups, history, checks_above, at_end)


def frame_limits(max_steps: Any, num_utterances: int, max_length: int) -> np.ndarray:
    """Return the most frames of each utterance, int64 (batch,): a number serves all of them, a sequence one each.

    Raises:
        ValueError: for a sequence of another length, or a limit that is not a whole number of at least 1.
    """
    limits = [max_steps] * num_utterances if np.ndim(max_steps) == 0 else list(max_steps)
    if len(limits) != num_utterances:
        raise ValueError(f"{len(limits)} max_steps were given for {num_utterances} utterances; give one or one each")
    for limit in limits:
        require_whole("max_steps", limit, 1)
    return np.array([min(int(limit), max_length) for limit in limits])


def at_limit(reasons: np.ndarray, limit_groups: np.ndarray, done: int) -> np.ndarray:
    """Return the reasons with AT_LIMIT for running utterances whose limit is within the `done` groups.

    `reasons` may go on with rows of padding.
    """
    reached = np.zeros(len(reasons), bool)
    reached[:len(limit_groups)] = limit_groups <= done
    return np.where(reached & (reasons == RUNNING), AT_LIMIT, reasons).astype(reasons.dtype)


def require_whole(name: str, value: Any, least: int) -> None:
    """Raise a ValueError unless `value` is a whole number of at least `least`."""
    whole = isinstance(value, int) and not isinstance(value, bool)
    if not whole and hasattr(value, "dtype") and getattr(value, "shape", None) == ():
        whole = "int" in str(value.dtype)
    if not whole or int(value) < least:
        raise ValueError(f"{name} is {value!r}; it must be a whole number of at least {least}")
