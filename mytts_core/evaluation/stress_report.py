"""A stress board in words: the table that `mytts stress` prints, which checkpoint to choose, and all of it as JSON."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from mytts_core.evaluation.stress_board import Board, Tally, recognition, tally, tally_category
from mytts_core.evaluation.stress_choice import Choice, choose
from mytts_core.evaluation.stress_record import KINDS, outcome_to_dict

STEPS_SHOWN = 12
"""Columns of the table; of more checkpoints the newest are shown."""

_MOST_FAIL = 0.5
_NAME_WIDTH, _CELL_WIDTH = 24, 9


def table_lines(board: Board) -> list[str]:
    """Return a table of failing sentences: a row a category, then a row a kind of failure, a column a checkpoint."""
    shown = board.results[-STEPS_SHOWN:]
    if not shown:
        return []
    header = "".join(f"{result.step:>{_CELL_WIDTH},}" for result in shown)
    rows = [("failing sentences at step", header), *((f"  {category}", _cells(
        _fraction(tally_category(result, category)) for result in shown)) for category in board.categories)]
    tallies = [tally(result.outcomes) for result in shown]
    rows += [("all", _cells(map(_fraction, tallies))), ("95 % interval", _cells(map(_interval, tallies)))]
    rows += [(f"  {kind}", _cells(str(one.by_kind[place]) for one in tallies)) for place, kind in enumerate(KINDS)
             if any(one.by_kind[place] for one in tallies)]
    heard = [recognition(result.outcomes) for result in shown]
    if any(one.sentences for one in heard):
        rows += [("word errors, recogniser", _cells(_percent(one.word_share) for one in heard)),
                 ("character errors", _cells(_percent(one.character_share) for one in heard))]
    silent = [sum(not outcome.spoken for outcome in result.outcomes) for result in shown]
    if any(silent):
        rows.append(("not speakable", _cells(map(str, silent))))
    left = len(board.results) - len(shown)
    note = [f"({left} earlier checkpoint{'s' if left > 1 else ''} not shown)"] if left else []
    return [f"{name:{_NAME_WIDTH + 2}}{cells}" for name, cells in rows] + note


def choice_lines(choice: Choice | None) -> list[str]:
    """Return which checkpoint to choose, and from which others it is not told apart, a sentence a line."""
    if choice is None:
        return ["No checkpoint has spoken a sentence."]
    one, (low, high) = choice.tally, choice.tally.interval
    named = f"Choose step {choice.step:,}" if choice.others else f"Step {choice.step:,} is the only one tested"
    lines = [f"{named}: {one.fails} of {one.sentences} sentences fail "
             f"({100 * one.share:.0f} %, 95 % interval {100 * low:.0f} to {100 * high:.0f} %)."]
    if choice.by_recognizer:
        lines.append("Failures alone left several; the recogniser makes fewest character errors with this one.")
    if choice.not_told_apart:
        lines.append(f"Not told apart from {steps_in_words(choice.not_told_apart)}: the difference may be chance.")
    if choice.worse:
        lines.append(f"Worse beyond chance: {steps_in_words(choice.worse)}.")
    if one.share > _MOST_FAIL:
        lines.append("Most sentences fail even so: the voice has to be trained on.")
    return lines


def steps_in_words(steps: Sequence[int]) -> str:
    """Return 'step 500', 'steps 500 and 1,000', 'steps 500, 1,000 and 4 more'."""
    shown = [f"{step:,}" for step in steps[-4:]]
    more = len(steps) - len(shown)
    if more:
        shown.append(f"{more} more")
    together = shown[0] if len(shown) == 1 else f"{', '.join(shown[:-1])} and {shown[-1]}"
    return f"step{'s' if len(steps) > 1 else ''} {together}"


def board_to_dict(board: Board) -> dict[str, Any]:
    """Return everything as JSON types."""
    choice = choose(board)
    return {
        "choice": choice and {
            "step": choice.step, "by_recognizer": choice.by_recognizer, "not_told_apart": list(choice.not_told_apart),
            "worse": list(choice.worse), "others": [{**other._asdict(), "told_apart": other.told_apart}
                                                    for other in choice.others],
            "words": choice_lines(choice)},
        "left_out": {str(step): reason for step, reason in board.left_out.items()},
        "checkpoints": [{
            "step": result.step, "weights": result.weights, "list": result.list_name, "language": result.language,
            "temperature": result.temperature, "seed": result.seed, **_tally_to_dict(tally(result.outcomes)),
            "recognition": recognition(result.outcomes)._asdict(),
            "categories": {category: _tally_to_dict(tally_category(result, category)) for category in board.categories},
            "outcomes": [outcome_to_dict(outcome) for outcome in result.outcomes]} for result in board.results]}


def _tally_to_dict(one: Tally) -> dict[str, Any]:
    return {"sentences": one.sentences, "fails": one.fails, "interval": list(one.interval),
            "by_kind": dict(zip(KINDS, one.by_kind))}


def _cells(values: Any) -> str:
    return "".join(f"{value:>{_CELL_WIDTH}}" for value in values)


def _fraction(one: Tally) -> str:
    return f"{one.fails}/{one.sentences}" if one.sentences else "–"


def _interval(one: Tally) -> str:
    low, high = one.interval
    return f"{100 * low:.0f}–{100 * high:.0f} %"


def _percent(share: float) -> str:
    return "–" if math.isnan(share) else f"{share:.1%}"
