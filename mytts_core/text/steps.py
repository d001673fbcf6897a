"""Normalisation as a list of small named steps, each a pure function from text to text with a cheap test before it."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import NamedTuple, Optional

MOST_PASSES = 4   # of the whole list: what one step writes may be read by an earlier one, "Part C.D." for example


class Step(NamedTuple):
    """One step.

    Attributes:
        name: a word for people, unique in its list.
        rewrite: text to text; never fails, whatever it is given.
        trigger: the step is left out where this finds nothing; None always runs it.
    """

    name: str
    rewrite: Callable[[str], str]
    trigger: Optional[re.Pattern[str]] = None


class StepResult(NamedTuple):
    """What a step made of the text; `text_pass` counts from 1."""

    name: str
    text: str
    changed: bool
    text_pass: int


def run_steps(text: str, steps: Sequence[Step], special: Optional[re.Pattern[str]] = None) -> str:
    """Run a list of steps until the text no longer changes, at most `MOST_PASSES` times.

    Args:
        text: any text.
        steps: in order; the first must bring any text into the form that the others expect.
        special: where this finds nothing in what the first step made, no other step is asked.
    """
    first, others = steps[0], steps[1:]
    for _ in range(MOST_PASSES):
        before = text
        text = first.rewrite(text)
        if special is not None and special.search(text) is None:
            return text
        for _, rewrite, trigger in others:
            if trigger is None or trigger.search(text) is not None:
                text = rewrite(text)
        if text == before:
            break
    return text


def trace_steps(text: str, steps: Sequence[Step], special: Optional[re.Pattern[str]] = None) -> list[StepResult]:
    """Return the result of every step in order; later passes appear only with the steps that changed something.

    The text of the last result is what `run_steps` returns.
    """
    results: list[StepResult] = []
    skipped = False
    for text_pass in range(1, MOST_PASSES + 1):
        before = text
        for index, step in enumerate(steps):
            if index < 2:      # decided once a pass, after the first step
                skipped = index == 1 and special is not None and special.search(text) is None
            rewritten = text if skipped or (step.trigger is not None and step.trigger.search(text) is None) \
                else step.rewrite(text)
            if text_pass == 1 or rewritten != text:
                results.append(StepResult(step.name, rewritten, rewritten != text, text_pass))
            text = rewritten
        if text == before:
            break
    return results
