"""The sentences of a stress test as rows of a table, the worst first, and what is to be said of one of them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

from dashboard.figures.health import Fact
from dashboard.figures.labels import shortened
from dashboard.figures.samples import STOP_REASONS
from mytts_core.evaluation.stress_board import MENDED, NEW, Board, change
from mytts_core.evaluation.stress_choice import Choice, discordant, mcnemar
from mytts_core.evaluation.stress_record import StressFault, StressOutcome, StressResult
from mytts_core.evaluation.stress_report import choice_lines

ALL, FAILING, CHANGED = "all", "failing", "changed"
MOST_FAULTS = 5
_FEW, _MANY = 0.2, 0.5


class StressRow(NamedTuple):
    """A sentence as the table shows it; numbers are NaN where they are not known.

    Attributes:
        verdict: '✓ nothing wrong', '✕ skipped, no stop', or '– not speakable'.
        change: since the checkpoint before.
        length_ratio: length ÷ what the speaking rate expects.
        character_errors: the recogniser's, as a share of the characters said.
    """

    id: str
    text: str
    category: str
    verdict: str
    change: str
    fails: bool
    length_ratio: float
    coverage: float
    jumps_back: int
    character_errors: float
    num_unknown: int


def get_stress_rows(now: StressResult, before: StressResult) -> list[StressRow]:
    """Return a row a sentence: those that fail in most ways first, then by the recogniser's errors."""
    earlier = before.by_id
    rows = [_row(outcome, earlier.get(outcome.id)) for outcome in now.outcomes]
    kinds = {outcome.id: len(outcome.kinds) for outcome in now.outcomes}
    order = {row.id: place for place, row in enumerate(rows)}
    return sorted(rows, key=lambda row: (-kinds[row.id], -_known(row.character_errors), order[row.id]))


def select_stress_rows(rows: Sequence[StressRow], category: str = "", outcome: str = ALL) -> list[StressRow]:
    """Return the rows of a category, '' for every one, that fail or whose verdict changed, if only those are wanted."""
    def fits(row: StressRow) -> bool:
        return (category in ("", row.category)
                and (outcome == ALL or (row.fails if outcome == FAILING else row.change in (NEW, MENDED))))

    return [row for row in rows if fits(row)]


def get_choice_facts(choice: Choice | None, board: Board) -> list[Fact]:
    """Return which checkpoint to choose, and what cannot be compared."""
    first, *rest = choice_lines(choice)
    share = choice.tally.share if choice else 1.0
    facts = [Fact("good" if share <= _FEW else "info" if share <= _MANY else "warning", first)]
    facts += [Fact("info", " ".join(rest))] if rest else []
    if board.left_out:
        told = "; ".join(f"step {step:,}: {reason}" for step, reason in list(board.left_out.items())[:4])
        more = f"; {len(board.left_out) - 4} more" if len(board.left_out) > 4 else ""
        facts.append(Fact("info", f"Not compared: {told}{more}."))
    return facts


def compare_runs(name: str, chosen: StressResult, other_name: str, other: StressResult) -> Fact:
    """Return how the checkpoints to choose of two runs compare, over the sentences that both have spoken."""
    common = sum(outcome.spoken and outcome.id in other.by_id and other.by_id[outcome.id].spoken
                 for outcome in chosen.outcomes)
    if not common:
        return Fact("info", f"{other_name} was tested with other sentences: nothing to compare.")
    here, there = discordant(chosen, other)
    p = mcnemar(here, there)
    told = "not told apart" if p > 0.05 else f"{other_name if here > there else name} is better beyond chance"
    return Fact("info", f"{name}, step {chosen.step:,}, against {other_name}, step {other.step:,}: of {common} "
                        f"sentences {here} fail with the first alone, {there} with the second alone: {told} "
                        f"(exact McNemar, p = {p:.2g}).")


def fault_in_words(fault: StressFault, outcome: StressOutcome) -> str:
    """Return a fault as a sentence with the written words it falls on: 'Skipped “of the” at 1.20 s.'"""
    if fault.kind == "lost":
        return "Attention is too diffuse to be reading: no path through it stands out."
    words = outcome.words[fault.first_word:fault.last_word + 1] if fault.first_word >= 0 else ()
    count = f" ({len(words)} words)" if len(words) > 3 else ""
    name = f"“{shortened(' '.join(words), 70)}”{count}" if words else f"token {fault.token_index}"
    if fault.is_pause:
        name = f"the pause after {name}" if words else "the pause at the start"
    start, end = fault.start_frame / outcome.frames_per_second, fault.end_frame / outcome.frames_per_second
    return {"skipped": f"Skipped {name} at {start:.2f} s.",
            "repeated": f"Repeated {name} from {start:.2f} to {end:.2f} s.",
            "stalled": f"Held {name} for {end - start:.2f} s from {start:.2f} s.",
            "truncated": f"Ended at {end:.2f} s before {name}."}.get(fault.kind, f"{fault.kind} {name}.")


def get_outcome_facts(outcome: StressOutcome) -> list[Fact]:
    """Return what is to be said of a sentence at a checkpoint; texts may quote the list."""
    if not outcome.spoken:
        return [Fact("warning", f"It could not be spoken: {outcome.problem}")]
    lost = "lost" in outcome.kinds
    faults = [fault for fault in outcome.faults if fault.kind == "lost" or not lost]
    facts = [Fact("bad" if lost else "warning", fault_in_words(fault, outcome)) for fault in faults[:MOST_FAULTS]]
    if len(faults) > MOST_FAULTS:
        facts.append(Fact("warning", f"And {len(faults) - MOST_FAULTS} more faults."))
    if "limit" in outcome.stop_reasons:
        facts.append(Fact("warning", f"It never stopped, and was cut at the length limit, {outcome.seconds:.1f} s."))
    if "length" in outcome.kinds:
        facts.append(Fact("warning", f"It lasts {outcome.seconds:.1f} s; the speaking rate of the corpus expects "
                                     f"{outcome.expected_seconds:.1f} s."))
    if "end_of_text" in outcome.stop_reasons:
        facts.append(Fact("warning", "The stop token never came: it ended because the end of the text was held."))
    if not facts:
        facts.append(Fact("good", "It follows the text to its end: nothing skipped, repeated or held."))
    ended = ", ".join(dict.fromkeys(STOP_REASONS.get(reason, reason) for reason in outcome.stop_reasons))
    facts.append(Fact("info", f"Ended by {ended} after {outcome.seconds:.1f} s; coverage {outcome.scores.coverage:.2f},"
                              f" diagonality {outcome.scores.diagonality:.2f}, {outcome.jumps_back} "
                              f"jump{'' if outcome.jumps_back == 1 else 's'} back."))
    if outcome.unknown:
        facts.append(Fact("info", f"Unknown to this run, and guessed at: {' '.join(outcome.unknown)} "
                                  f"({outcome.num_unknown} of {outcome.num_tokens} tokens)."))
    if outcome.heard:
        facts.append(Fact("info", f"The recogniser heard “{outcome.heard.text}”: {outcome.heard.word_errors} errors in "
                                  f"{outcome.heard.words} words, {outcome.heard.character_errors} in "
                                  f"{outcome.heard.characters} characters."))
    return facts


def _row(outcome: StressOutcome, before: StressOutcome | None) -> StressRow:
    verdict = f"✕ {', '.join(outcome.kinds)}" if outcome.fails else "✓ nothing wrong"
    heard = outcome.heard
    share = heard.character_errors / heard.characters if heard and heard.characters else math.nan
    return StressRow(outcome.id, outcome.text, outcome.category, verdict if outcome.spoken else "– not speakable",
                     change(outcome, before), outcome.fails, outcome.length_ratio, outcome.scores.coverage,
                     outcome.jumps_back, share, outcome.num_unknown)


def _known(value: float) -> float:
    return 0.0 if math.isnan(value) else value
