"""Which takes a form asks for: temperatures and seeds as people type them, and their bound."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard.figures.take_plan import (
    COLDEST,
    HOTTEST,
    LARGEST_SEED,
    MOST_PIECES,
    MOST_TAKES,
    parse_seeds,
    parse_temperatures,
    plan_takes,
    variation_words,
)


@pytest.mark.parametrize(("typed", "expected"), [
    (["1.5", "1.0"], (1.0, 1.5)), (["1,25"], (1.25,)), ([" 2 ", "2.0"], (2.0,)), (["۱٫۵"], (1.5,)),
    (["0.5", "3"], (0.5, 3.0)),
])
def test_temperatures_are_read_as_typed(typed, expected):
    assert parse_temperatures(typed) == (expected, ())


@pytest.mark.parametrize("typed", ["0", "-1", "3.01", "nan", "inf", "1e999", "warm", "", "0.49", "1.2.3"])
def test_a_temperature_out_of_range_is_named_with_the_rule(typed):
    found, [problem] = parse_temperatures(["1.2", typed])
    assert found == (1.2,)
    assert typed in problem and "from 0.5 to 3" in problem


@pytest.mark.parametrize(("typed", "expected"), [
    ("0", (0,)), ("0-3, 7", (0, 1, 2, 3, 7)), ("5;5،6", (5, 6)), (" 2 – 4 ", (2, 3, 4)), ("", ()), (",,", ()),
    ("۳", (3,)), (str(LARGEST_SEED), (LARGEST_SEED,)),
])
def test_seeds_are_numbers_and_ranges(typed, expected):
    assert parse_seeds(typed) == (expected, ())


@pytest.mark.parametrize("typed", ["-1", "3-1", "1.5", "x", "99999999999", str(LARGEST_SEED + 1), "1-2-3", "²"])
def test_a_seed_that_is_none_is_named(typed):
    found, [problem] = parse_seeds(f"4, {typed}")
    assert found == (4,) and typed in problem


def test_a_range_of_two_thousand_million_costs_nothing():
    found, problems = parse_seeds(f"0-{LARGEST_SEED}")
    assert problems == () and len(found) == MOST_TAKES + 1
    plan = plan_takes([1], [1.5], found, num_pieces=1)
    assert "More than 24 takes" in plan.problems[0] and f"{MOST_TAKES} can be made together" in plan.problems[0]


@given(st.lists(st.text(max_size=12), max_size=6))
def test_any_text_gives_temperatures_in_range_or_a_problem(typed):
    found, problems = parse_temperatures(typed)
    assert all(COLDEST <= value <= HOTTEST for value in found) and list(found) == sorted(set(found))
    assert len(found) + len(problems) <= len(typed) and (found or problems or not typed)


@given(st.text(alphabet="0123456789-–,; .x۱", max_size=40))
def test_any_text_gives_seeds_in_range_each_once(typed):
    found, problems = parse_seeds(typed)
    assert all(0 <= seed <= LARGEST_SEED for seed in found) and len(set(found)) == len(found)
    assert found or problems or not typed.strip(" ,;.") or set(typed) <= set(" ,;")


@given(st.lists(st.tuples(st.integers(0, 40), st.integers(0, 5)), max_size=5))
def test_ranges_mean_what_python_ranges_mean(ranges):
    wanted = dict.fromkeys(seed for first, more in ranges for seed in range(first, first + more + 1))
    typed = ", ".join(f"{first}-{first + more}" for first, more in ranges)
    assert parse_seeds(typed) == (tuple(wanted), ())


def test_a_plan_has_every_combination_and_one_take_where_nothing_varies():
    plan = plan_takes([500, 1_000], [0.8, 1.0, 1.5], [3, 9], num_pieces=1)
    assert plan.problems == ()
    assert [tuple(setting) for setting in plan.settings] == [
        (step, temperature, seed) for step in (500, 1_000)
        for temperature, seed in ((0.8, None), (1.0, None), (1.5, 3), (1.5, 9))]


@pytest.mark.parametrize(("steps", "temperatures", "seeds", "said"), [
    ([], [1.0], [0], "No checkpoint"), ([1], [], [0], "No temperature"), ([1], [1.5], [], "No seed"),
])
def test_what_is_missing_is_said(steps, temperatures, seeds, said):
    assert said in plan_takes(steps, temperatures, seeds, 1).problems[0]


def test_no_seed_is_needed_where_nothing_varies():
    assert plan_takes([1], [0.8, 1.0], [], 1).problems == ()


def test_takes_of_a_long_text_are_bounded_by_its_pieces():
    assert plan_takes([1], [1.5], list(range(4)), num_pieces=MOST_PIECES // 4).problems == ()
    [problem] = plan_takes([1], [1.5], list(range(4)), num_pieces=MOST_PIECES // 3).problems
    assert problem.startswith("4 takes at once are too many: 3 of a text of 32 pieces")
    assert plan_takes([1], [1.0], [], num_pieces=10 * MOST_PIECES).problems == ()       # one take is always possible


@pytest.mark.parametrize(("temperature", "words"), [
    (1.0, "extra variation 0"), (1.5, "extra variation +0.50"), (0.8, "extra variation −0.20")])
def test_variation_is_the_temperature_minus_one(temperature, words):
    assert variation_words(temperature) == words
