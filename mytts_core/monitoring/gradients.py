"""Gradients measured and clipped. TensorFlow is imported only where a loss has to be differentiated."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Optional

import numpy as np

EXPLODING_FACTOR = 10.0
"""A global norm above this many times `max_norm` is called exploding: clipping throws away nine tenths of the step."""

VANISHING_NORM = 1e-6
"""A global norm below this is called vanishing: a step of it is lost in float32's resolution of the weights."""

NUM_NAMED = 3
"""Variables that a warning names."""

DEFAULT_PERCENTILE = 10.0


def analyze_gradients(model: Any, loss: Any, max_norm: float = 1.0, *, tape: Any = None,
                      gradients: Optional[Sequence[Any]] = None) -> dict[str, Any]:
    """Measure the gradients of a model's trainable variables.

    Give one of: `loss` as a callable that returns the loss (a tape is not used then); `loss` as a tensor with the
    persistent `tape` it was computed under; `gradients` already taken (`loss` is not used then).

    Args:
        model: with `trainable_variables`.
        loss: see above.
        max_norm: the norm that training clips to; a global norm 10 times above it is called exploding.
        tape: a `tf.GradientTape(persistent=True)`.
        gradients: one for each trainable variable: tensors, `IndexedSlices` or None.

    Returns:
        global_norm: over all gradients. min_norm, max_norm, mean_norm, std_norm: over the finite norms of the
        gradients that are not None (0 without any). variable_norms: norm by the variable's path, without None.
        num_zero, num_none, num_nonfinite: numbers of variables. clip_norm: the `max_norm` given. warning: in words,
        only when gradients explode, vanish or are not finite. In graph mode the values are tensors, without `warning`:
        see `gradient_warnings`.

    Raises:
        ValueError: for a bare eager tensor, from which nothing can be differentiated, or gradients that do not match
            the variables.
    """
    if not (math.isfinite(max_norm) and max_norm > 0):
        raise ValueError(f"max_norm is {max_norm!r}; it must be a finite number above 0")
    variables = list(model.trainable_variables)
    grads = list(gradients) if gradients is not None else _differentiate(loss, variables, tape)
    if len(grads) != len(variables):
        raise ValueError(f"{len(grads)} gradients for {len(variables)} trainable variables: give one each, None where "
                         "a variable has none")
    from mytts_core.monitoring.clipping import densify, global_norm, variable_norms

    present = [index for index, gradient in enumerate(grads) if gradient is not None]
    norms = variable_norms([densify(grads[index]) for index in present])
    names = _unique_names(getattr(variables[index], "path", None) or variables[index].name for index in present)
    total = global_norm(norms)
    if _is_symbolic(total):
        stats = _summarize_in_graph(norms)
    else:
        norms, total = [float(np.asarray(norm)) for norm in norms], float(np.asarray(total))
        stats = _summarize(norms)
    stats.update(global_norm=total, variable_norms=dict(zip(names, norms)), num_none=len(grads) - len(present),
                 clip_norm=max_norm)
    return stats if _is_symbolic(total) else gradient_warnings(stats)


def gradient_warnings(stats: dict[str, Any]) -> dict[str, Any]:
    """Add `warning` to the statistics of `analyze_gradients` where something is wrong, and return them.

    Args:
        stats: eager values, for example what a compiled step returned; changed in place.
    """
    total, limit = float(np.asarray(stats["global_norm"])), float(np.asarray(stats["clip_norm"]))
    norms = {name: float(np.asarray(norm)) for name, norm in stats["variable_norms"].items()}
    broken = [name for name, norm in norms.items() if not math.isfinite(norm)]
    stats.pop("warning", None)
    if broken or not math.isfinite(total):
        stats["warning"] = (f"Gradients are not finite (NaN or infinite) in {len(broken)} of {len(norms)} variables: "
                            f"{_listed(broken)}. Skip this step.")
    elif not norms:
        stats["warning"] = "Gradients reach no trainable variable: all are None. Is the loss computed from the model?"
    elif total > EXPLODING_FACTOR * limit:
        largest = sorted(norms, key=lambda name: -norms[name])[:NUM_NAMED]
        stats["warning"] = (f"Gradients are exploding: the global norm is {total:.3g}, {total / limit:.3g} times the "
                            f"limit of {limit:g}; the largest are in {_listed(largest)}.")
    elif total < VANISHING_NORM:
        stats["warning"] = f"Gradients are vanishing: the global norm is {total:.3g}, below {VANISHING_NORM:g}."
    return stats


def adaptive_gradient_clipping(grads: Sequence[Any], max_norm: float = 1.0, norm_type: str = "global", *,
                               history: Any = None,
                               percentile: float = DEFAULT_PERCENTILE) -> tuple[list[Any], Any]:
    """Clip gradients by one of three strategies.

    If any gradient is NaN or infinite, the norm returned is not finite and the gradients are zeros: do not apply that
    step, and keep its norm out of the history. The history is only read: add each step's finite norm to it yourself.

    Args:
        grads: float arrays; None stays None; repeated rows of `IndexedSlices` are summed.
        max_norm: the largest norm, above 0.
        norm_type: 'global' scales all gradients together to a global norm of at most `max_norm`; 'per_layer' each one
            to a norm of at most `max_norm`; 'percentile' all together to a percentile, never above `max_norm`.
        history: global norms of earlier steps, for 'percentile'; what is not finite is left out. None, or one without
            a finite norm: the 95th percentile of this step's per-variable norms.
        percentile: of the history, in (0, 100]. At 10 most steps are clipped, by design: read logs with that in mind.

    Returns:
        The clipped gradients, and the global norm before clipping, a float32 scalar.

    Raises:
        ValueError: for an unknown `norm_type`, or a `max_norm` or `percentile` out of range.

    Source:
        Seetharaman et al. 2020, "AutoClip", arXiv:2007.14469, section 2.
    """
    from mytts_core.monitoring.clipping import clip_gradients

    if not 0 < percentile <= 100:
        raise ValueError(f"percentile is {percentile!r}; it must be in (0, 100]")
    threshold = None
    if norm_type == "percentile" and history is not None:
        norms = np.asarray([np.asarray(norm) for norm in history], np.float64).ravel()
        norms = norms[np.isfinite(norms)]
        threshold = float(np.percentile(norms, percentile)) if len(norms) else None
    return clip_gradients(grads, norm_type, max_norm, threshold)


def _differentiate(loss: Any, variables: list[Any], tape: Any) -> list[Any]:
    import keras

    if keras.backend.backend() != "tensorflow":
        raise ValueError(f"under the {keras.backend.backend()} backend gradients have to be taken first: pass them as "
                         "gradients=")
    import tensorflow as tf

    values = [getattr(variable, "value", variable) for variable in variables]
    values = [value() if callable(value) else value for value in values]
    if isinstance(loss, Callable):  # type: ignore[arg-type]
        with tf.GradientTape() as new_tape:
            value = loss()
        return list(new_tape.gradient(value, values))
    if tape is not None:
        try:
            return list(tape.gradient(loss, values))
        except RuntimeError as error:
            raise ValueError(f"the tape cannot be read any more ({error}): make it with persistent=True") from error
    if tf.is_tensor(loss) and not tf.executing_eagerly():
        return list(tf.gradients(loss, values))
    raise ValueError("a loss that is already a value cannot be differentiated: pass a callable that returns the loss, "
                     "or tape= (persistent) with the loss computed under it, or gradients= already taken")


def _summarize(norms: list[float]) -> dict[str, Any]:
    finite = np.array([norm for norm in norms if math.isfinite(norm)] or [0.0])
    return {"min_norm": float(finite.min()), "max_norm": float(finite.max()), "mean_norm": float(finite.mean()),
            "std_norm": float(finite.std()), "num_zero": sum(norm == 0 for norm in norms),
            "num_nonfinite": sum(not math.isfinite(norm) for norm in norms)}


def _summarize_in_graph(norms: list[Any]) -> dict[str, Any]:
    from keras import ops

    values = ops.stack(norms) if norms else ops.zeros((1,))     # as `_summarize` has it
    finite = ops.isfinite(values)
    some = ops.any(finite)
    count = ops.maximum(ops.sum(ops.cast(finite, "float32")), 1.0)
    mean = ops.sum(ops.where(finite, values, 0.0)) / count
    variance = ops.sum(ops.where(finite, ops.square(values - mean), 0.0)) / count
    return {"min_norm": ops.where(some, ops.min(ops.where(finite, values, math.inf)), 0.0),
            "max_norm": ops.where(some, ops.max(ops.where(finite, values, -math.inf)), 0.0),
            "mean_norm": mean, "std_norm": ops.sqrt(variance),
            "num_zero": ops.sum(ops.cast(ops.equal(values, 0.0), "int32")) if norms else 0,
            "num_nonfinite": ops.sum(ops.cast(ops.logical_not(finite), "int32"))}


def _is_symbolic(value: Any) -> bool:
    if isinstance(value, float):
        return False
    import keras

    if keras.backend.backend() == "jax":
        import jax

        return isinstance(value, jax.core.Tracer)
    return not hasattr(value, "numpy")


def _unique_names(names: Iterable[str]) -> list[str]:
    unique: list[str] = []
    for name in names:
        number, candidate = 1, name
        while candidate in unique:
            number, candidate = number + 1, f"{name}_{number}"
        unique.append(candidate)
    return unique


def _listed(names: list[str]) -> str:
    more = f" and {len(names) - NUM_NAMED} more" if len(names) > NUM_NAMED else ""
    return ", ".join(names[:NUM_NAMED]) + more
