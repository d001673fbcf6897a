"""Plans say how many trials, checks and comparisons they make, come back from JSON, and refuse what cannot be."""

from __future__ import annotations

import json
import math

import pytest

from mytts_core.errors import ListeningError
from mytts_core.listening import ABX, ListeningPlan, Setting


@pytest.mark.parametrize(("trials", "share", "checks"), [
    (9, 0.1, 1), (10, 0.1, 1), (10, 0.01, 1), (9, 0.01, 0), (4, 0.1, 0), (20, 0.1, 2), (25, 0.1, 3), (40, 0.25, 10),
    (40, 0.0, 0)])
def test_number_of_identical_pairs(make_plan, trials, share, checks):
    plan = make_plan(trials=trials, identical_share=share)
    assert plan.checks_per_listener == checks and plan.comparisons_per_listener == trials - checks
    assert make_plan(trials=trials, identical_share=share, mode=ABX).checks_per_listener == 0


def test_comparisons_of_each_pair(make_plan):
    plan = make_plan(settings=3, trials=20, listeners=4)
    assert plan.pairs == ((0, 1), (0, 2), (1, 2))
    assert plan.comparisons_per_pair == 18 * 4 // 3 and plan.votes == 80


def test_only_a_temperature_above_one_uses_the_seed():
    assert [Setting("x", "r", 1, value).uses_seed for value in (0.8, 1.0, 1.01, 2.0)] == [False, False, True, True]


def test_plan_comes_back_from_json(make_plan):
    plan = make_plan(settings=3, title="  سلام \n test ", listeners=2)
    assert plan.title == "سلام test"
    assert ListeningPlan.from_dict(json.loads(json.dumps(plan.to_dict()))) == plan


@pytest.mark.parametrize("values", [{}, {"settings": [{"label": "x"}]}, {"settings": [], "colour": 1}])
def test_what_is_no_plan_is_refused(values):
    with pytest.raises(ListeningError):
        ListeningPlan.from_dict(values)


def two(**second):
    return Setting("a", "run", 500), Setting(**{"label": "b", "run": "run", "step": 500, "temperature": 1.5} | second)


@pytest.mark.parametrize(("change", "rule"), [
    ({"settings": two()[:1]}, "1 settings.*2 to 12"), ({"texts": ()}, "0 texts"), ({"seeds": ()}, "0 seeds"),
    ({"trials_per_listener": 0}, "0 trials"), ({"trials_per_listener": 501}, "501 trials"),
    ({"listeners": 0}, "0 listeners"), ({"settings": two(label="a")}, "label of its own"),
    ({"settings": two(label=" ")}, "label of its own"), ({"settings": two(temperature=0.0)}, "above 0"),
    ({"settings": two(temperature=math.nan)}, "above 0"), ({"settings": two(temperature=1.0)}, "the same setting"),
    ({"title": " "}, "title"), ({"mode": "mos"}, "'mos'"), ({"identical_share": 0.6}, "0 to 0.5"),
    ({"identical_share": math.nan}, "0 to 0.5"), ({"texts": ("a", " ")}, "not all spaces"),
    ({"texts": ("x" * 2_001,)}, "2,001 characters"), ({"texts": ("a", "b", "a")}, "'a' is given twice"),
    ({"seeds": (1, 1)}, "seed '1' is given twice"), ({"seeds": (-1,)}, "seed -1"), ({"seeds": (2 ** 63,)}, "2⁶³")])
def test_broken_rule_is_named(change, rule):
    values = {"title": "t", "settings": two(), "texts": ("a",), "trials_per_listener": 4} | change
    with pytest.raises(ListeningError, match=rule):
        ListeningPlan(**values)


def test_every_pair_needs_a_comparison(make_plan):
    with pytest.raises(ListeningError, match="5 comparisons for 6 pairs"):
        make_plan(settings=4, trials=5, identical_share=0)
    assert make_plan(settings=4, trials=3, listeners=2, identical_share=0).comparisons_per_pair == 1
