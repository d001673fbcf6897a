"""The board, and which checkpoint is chosen of it: against scipy's statistics and by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.stats import binomtest

from mytts_core.evaluation.stress_board import (
    MENDED,
    NEW,
    STILL,
    change,
    make_board,
    recognition,
    tally,
    tally_category,
    wilson_interval,
)
from mytts_core.evaluation.stress_choice import character_difference, choose, discordant, holm, mcnemar
from mytts_core.evaluation.stress_record import KINDS, StressResult
from mytts_core.evaluation.stress_report import board_to_dict, choice_lines, steps_in_words, table_lines
from tests.evaluation.stress_examples import outcome, result

TEXTS = [f"sentence {number}" for number in range(40)]


def spoken(step: int, failing: int, first: int = 0, errors: int | None = None, **fields: object) -> StressResult:
    """Return a result in which `failing` sentences from the `first` on fail."""
    return result(step, [outcome(text, "lists" if number % 2 else "numbers",
                                 ("skipped",) if first <= number < first + failing else (), errors)
                         for number, text in enumerate(TEXTS)], **fields)


@pytest.mark.parametrize(("hits", "count"), [(0, 10), (3, 10), (10, 10), (1, 103), (52, 103), (103, 103)])
def test_wilson_intervals_are_scipy_s(hits: int, count: int) -> None:
    theirs = binomtest(hits, count).proportion_ci(0.95, "wilson")
    assert wilson_interval(hits, count) == pytest.approx((theirs.low, theirs.high), abs=1e-6)


def test_the_interval_of_nothing_is_everything() -> None:
    assert wilson_interval(0, 0) == (0, 1) and math.isnan(tally([]).share)


@pytest.mark.parametrize(("first", "second"), [(0, 0), (1, 0), (5, 5), (12, 3), (0, 6), (40, 21)])
def test_mcnemar_is_scipy_s_binomial(first: int, second: int) -> None:
    theirs = binomtest(first, first + second, 0.5).pvalue if first + second else 1.0
    assert mcnemar(first, second) == mcnemar(second, first) == pytest.approx(theirs)


def test_holm_by_hand() -> None:
    assert holm([0.01, 0.04, 0.03]) == pytest.approx([0.03, 0.06, 0.06])
    assert holm([]) == [] and holm([0.9]) == [0.9] and holm([0.5, 0.6]) == [1.0, 1.0]


def test_counts_leave_out_what_was_not_spoken() -> None:
    outcomes = [outcome("a"), outcome("b", kinds=("skipped", "no stop")), outcome("c", problem="not known")]
    counted = tally(outcomes)
    assert (counted.sentences, counted.fails) == (2, 1)
    assert dict(zip(KINDS, counted.by_kind)) == {**dict.fromkeys(KINDS, 0), "skipped": 1, "no stop": 1}
    assert tally_category(spoken(5, 10), "lists").fails == 5


def test_recognition_is_over_all_that_was_said() -> None:
    assert recognition([outcome("a", errors=2), outcome("b", errors=5), outcome("c")]) == (2, 0.35, 0.35)
    assert math.isnan(recognition([outcome("c")]).word_share)


def test_the_fewest_failures_win_and_what_may_be_chance_is_said() -> None:
    choice = choose(make_board([spoken(500, 40), spoken(1_000, 6), spoken(1_500, 4), spoken(2_000, 30)]))
    assert choice is not None and (choice.step, choice.tally.fails, choice.by_recognizer) == (1_500, 4, False)
    assert choice.not_told_apart == (1_000,) and choice.worse == (500, 2_000)
    told = " ".join(choice_lines(choice))
    assert "Choose step 1,500: 4 of 40 sentences fail (10 %, 95 % interval 4 to 23 %)." in told
    assert "Not told apart from step 1,000" in told and "Worse beyond chance: steps 500 and 2,000." in told


def test_pairs_tell_more_than_shares() -> None:
    assert discordant(spoken(1, 8), spoken(2, 8)) == (0, 0)             # the same ones
    assert discordant(spoken(1, 8), spoken(2, 8, first=30)) == (8, 8)   # as many, but others
    choice = choose(make_board([spoken(1, 12), spoken(2, 6)]))
    assert choice is not None and choice.others[0].p == pytest.approx(2 / 64) and choice.worse == (1,)
    choice = choose(make_board([spoken(1, 12, first=20), spoken(2, 6)]))
    assert choice is not None and choice.not_told_apart == (1,)         # 12 against 6 alone may be chance


def test_the_later_of_equals_is_chosen() -> None:
    choice = choose(make_board([spoken(500, 0), spoken(1_000, 0)]))
    assert choice is not None and choice.step == 1_000


def test_the_recogniser_chooses_among_those_that_failures_do_not_tell_apart() -> None:
    choice = choose(make_board([spoken(1, 3, errors=1), spoken(2, 2, errors=6), spoken(3, 40, errors=0)]))
    assert choice is not None and (choice.step, choice.by_recognizer) == (1, True)
    assert choice.worse == (2, 3) and choice.others[0].heard_worse      # 3 is heard best and fails everywhere
    choice = choose(make_board([spoken(1, 3, errors=1), spoken(2, 2)]))
    assert choice is not None and (choice.step, choice.by_recognizer) == (2, False)     # not heard at both


def test_the_difference_of_characters_has_an_interval_over_sentences() -> None:
    generator = np.random.default_rng(1)
    one = result(1, [outcome(text, errors=int(generator.integers(2, 9))) for text in TEXTS])
    two = result(2, [outcome(text, errors=int(generator.integers(0, 7))) for text in TEXTS])
    difference, (low, high) = character_difference(one, two)
    errors = [(a.heard.character_errors - b.heard.character_errors) / 10       # type: ignore[union-attr]
              for a, b in zip(one.outcomes, two.outcomes)]
    half = 1.96 * np.std(errors) / math.sqrt(len(errors))       # what resampling comes to for sentences of one length
    assert difference == pytest.approx(np.mean(errors))
    assert (low, high) == pytest.approx((difference - half, difference + half), abs=0.03)
    assert math.isnan(character_difference(one, spoken(3, 0))[0])


def test_results_that_cannot_be_compared_are_left_out_with_the_reason() -> None:
    board = make_board([spoken(1, 3), spoken(2, 3), spoken(3, 3, list_digest="two", list_name="mine.txt"),
                        spoken(4, 3, temperature=1.5), spoken(5, 3, complete=False), StressResult(6, problem="torn")])
    assert board.steps == (1, 2)
    assert board.left_out == {3: "it was tested with another list of sentences (mine.txt)",
                              4: "it was tested with temperature 1.5",
                              5: "its test has not ended, or was interrupted", 6: "torn"}


def test_of_two_lists_the_newer_is_compared() -> None:
    board = make_board([spoken(1, 3), spoken(2, 3, list_digest="two", created="2026-02-01T00:00:00+00:00")])
    assert board.steps == (2,)
    assert make_board([]).results == () and choose(make_board([])) is None


@pytest.mark.parametrize(("now", "before", "told"), [
    (("skipped",), (), NEW), ((), ("skipped",), MENDED), (("skipped",), ("no stop",), STILL), ((), (), "")])
def test_changes(now: tuple, before: tuple, told: str) -> None:
    assert change(outcome("a", kinds=now), outcome("a", kinds=before)) == told
    assert change(outcome("a", kinds=now), None) == ""
    assert change(outcome("a", kinds=now), outcome("a", problem="not known")) == ""


def test_one_checkpoint_is_no_choice_and_most_failing_is_said() -> None:
    told = choice_lines(choose(make_board([spoken(500, 30)])))
    assert told[0].startswith("Step 500 is the only one tested: 30 of 40 sentences fail (75 %")
    assert "trained on" in told[-1] and choice_lines(None) == ["No checkpoint has spoken a sentence."]


def test_steps_in_words() -> None:
    assert steps_in_words([500]) == "step 500" and steps_in_words([500, 1_000]) == "steps 500 and 1,000"
    assert steps_in_words([1, 2, 3, 4, 5, 6]) == "steps 3, 4, 5, 6 and 2 more"


def test_the_table_has_categories_kinds_and_the_recogniser() -> None:
    lines = table_lines(make_board([spoken(step, 20 - step, errors=3) for step in range(1, 15)]))
    told = "\n".join(lines)
    assert "(2 earlier checkpoints not shown)" in told and "  lists" in told
    row = next(line for line in lines if line.startswith("all")).split()
    assert row == ["all", *(f"{20 - step}/40" for step in range(3, 15))]
    assert "30.0%" in next(line for line in lines if line.startswith("character errors"))
    assert table_lines(make_board([])) == []


def test_everything_as_json() -> None:
    import json

    from mytts_core.runs.atomic_files import json_bytes

    record = json.loads(json_bytes(board_to_dict(make_board([spoken(1, 12), spoken(2, 6)]))))
    assert record["choice"]["step"] == 2 and record["choice"]["worse"] == [1]
    assert record["checkpoints"][0]["categories"]["lists"]["fails"] == 6
    assert len(record["checkpoints"][1]["outcomes"]) == 40
    assert json.loads(json_bytes(board_to_dict(make_board([]))))["choice"] is None
