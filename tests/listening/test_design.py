"""Balance of 1,000 made-up designs: within one where it is promised, and by chi-square where chance decides.

`faults_of` is tried on designs that are wrong on purpose first: it can find something.
"""

from __future__ import annotations

import random
from collections import Counter

import pytest
from scipy.stats import chisquare

from mytts_core.errors import ListeningError
from mytts_core.listening import AB, ABX, ListeningPlan, Setting
from mytts_core.listening.design import COMPARISON, IDENTICAL, TARGET, Clip, Dealer, DesignedTrial

DESIGNS = 1_000


def made_up_plan(rng: random.Random) -> ListeningPlan:
    while True:
        try:
            return ListeningPlan(
                "t", tuple(Setting(str(place), "r", 1, 1 + place / 10) for place in range(rng.choice((2, 2, 3, 4, 5)))),
                tuple(f"t{number}" for number in range(rng.randint(1, 8))), tuple(range(rng.randint(1, 4))),
                rng.randint(1, 24), rng.randint(1, 3), rng.choice((AB, ABX)))
        except ListeningError:
            continue


def spread(counts: Counter, keys) -> int:
    values = [counts[key] for key in keys]
    return max(values) - min(values)


def faults_of(plan: ListeningPlan, trials: list[DesignedTrial]) -> set[str]:
    """Return what is not as promised among one listener's trials."""
    compared = [trial for trial in trials if trial.kind != IDENTICAL]
    pairs = [(min(sides), max(sides)) for sides in ((t.a.setting, t.b.setting) for t in compared)]
    left_more: Counter = Counter()
    for trial, pair in zip(compared, pairs):
        for key in (trial.a.setting, (pair, trial.a.setting)):
            left_more[key] += 1
        for key in (trial.b.setting, (pair, trial.b.setting)):
            left_more[key] -= 1
    targets = Counter((trial.x_is, pair) for trial, pair in zip(compared, pairs))
    heaviest = max(Counter(trial.text for trial in trials).values())
    repeats = sum(first.text == second.text for first, second in zip(trials, trials[1:]))
    found = {
        "number": len(trials) != plan.trials_per_listener or len(compared) != plan.comparisons_per_listener,
        "pairs": spread(Counter(pairs), plan.pairs) > 1,
        "sides": any(abs(value) > 1 for value in left_more.values()),
        "same text": any(trial.a.text != trial.b.text for trial in trials),
        "identical": any((trial.a == trial.b) != (trial.kind == IDENTICAL) for trial in trials),
        "seeds": any((clip.seed in plan.seeds) != plan.settings[clip.setting].uses_seed or clip.seed not in (
            *plan.seeds, None) for trial in trials for clip in (trial.a, trial.b)),
        "one seed": any(len({clip.seed for clip in (trial.a, trial.b)} - {None}) > 1 for trial in trials),
        "text after itself": repeats != max(0, 2 * heaviest - len(trials) - 1),
        "targets": plan.mode == ABX and (
            any(abs(targets["A", pair] - targets["B", pair]) > 1 for pair in plan.pairs)
            or abs(sum(1 if trial.x_is == "A" else -1 for trial in compared)) > 1)}
    return {name for name, wrong in found.items() if wrong}


def lopsided(trials: list[DesignedTrial]) -> list[DesignedTrial]:
    return [trial._replace(a=min(trial.a, trial.b), b=max(trial.a, trial.b)) for trial in trials]


@pytest.mark.parametrize(("spoil", "fault"), [
    (lopsided, "sides"), (lambda trials: trials[1:], "number"),
    (lambda trials: sorted(trials, key=lambda trial: trial.text), "text after itself"),
    (lambda trials: [trial._replace(b=trial.a) for trial in trials], "identical"),
    (lambda trials: [trial._replace(b=Clip(trial.b.setting, trial.b.text, 99)) for trial in trials], "seeds")])
def test_the_check_finds_a_design_that_is_wrong(make_plan, spoil, fault):
    plan = make_plan(settings=3, trials=20)
    trials = Dealer(plan, 1).deal()
    assert faults_of(plan, trials) == set()
    assert fault in faults_of(plan, spoil(trials))


def test_the_check_finds_targets_on_one_side(make_plan):
    plan = make_plan(mode=ABX)
    trials = Dealer(plan, 1).deal()
    assert faults_of(plan, trials) == set()
    assert "targets" in faults_of(plan, [trial._replace(x_is="A") for trial in trials])


def test_a_thousand_designs_are_balanced():
    rng = random.Random(20)
    for seed in range(DESIGNS):
        plan = made_up_plan(rng)
        dealer = Dealer(plan, seed)
        seats = [dealer.deal() for _ in range(plan.listeners)]
        for trials in seats:
            assert faults_of(plan, trials) == set(), (seed, plan)
        assert_balanced_over_listeners(plan, [trial for trials in seats for trial in trials], seed)


def assert_balanced_over_listeners(plan: ListeningPlan, trials: list[DesignedTrial], seed: int) -> None:
    compared = [trial for trial in trials if trial.kind != IDENTICAL]
    pairs = Counter((min(t.a.setting, t.b.setting), max(t.a.setting, t.b.setting)) for t in compared)
    assert spread(pairs, plan.pairs) <= 1, seed
    for pair in plan.pairs:
        own = [trial for trial in compared if {trial.a.setting, trial.b.setting} == set(pair)]
        assert spread(Counter(trial.text for trial in own), range(len(plan.texts))) <= 1, seed
        lead = sum(1 if trial.a.setting == pair[0] else -1 for trial in own)
        assert abs(lead) <= (1 if len(plan.settings) == 2 else plan.listeners), seed
        for text in range(len(plan.texts)):
            seeds = Counter(max((trial.a.seed or 0, trial.b.seed or 0)) for trial in own if trial.text == text)
            assert spread(seeds, plan.seeds) <= 1, seed
    checks = Counter(trial.a.setting for trial in trials if trial.kind == IDENTICAL)
    assert spread(checks, range(len(plan.settings))) <= 1, seed


def test_what_chance_decides_is_spread_evenly_over_a_thousand_designs(make_plan):
    plans = {AB: make_plan(trials=11, texts=4), ABX: make_plan(trials=11, texts=4, mode=ABX)}
    seen: dict[str, Counter] = {name: Counter() for name in (
        "who is left first", "text of the first trial", "place of the check", "X of the first trial",
        "X is the setting on place 5")}
    for seed in range(DESIGNS):
        trials = Dealer(plans[AB], seed).deal()
        seen["who is left first"][next(trial for trial in trials if trial.kind == COMPARISON).a.setting] += 1
        seen["text of the first trial"][trials[0].text] += 1
        seen["place of the check"][[trial.kind for trial in trials].index(IDENTICAL)] += 1
        asked = Dealer(plans[ABX], seed).deal()
        seen["X of the first trial"][asked[0].x_is] += 1
        seen["X is the setting on place 5"][(asked[4].a if asked[4].x_is == "A" else asked[4].b).setting] += 1
    for name, counts in seen.items():
        assert len(counts) == {"text of the first trial": 4, "place of the check": 11}.get(name, 2)
        assert chisquare(list(counts.values())).pvalue > 1e-3, (name, counts)


def test_a_design_is_repeated_by_its_seed_and_listeners_have_orders_of_their_own(make_plan):
    plan = make_plan(trials=20, texts=6, listeners=2)
    first, second, again = Dealer(plan, 5), Dealer(plan, 6), Dealer(plan, 5)
    one, two = first.deal(), first.deal()
    assert (one, two) == (again.deal(), again.deal())
    assert one != two and one != second.deal()


def test_only_recordings_that_are_there_are_used(make_plan):
    plan = make_plan(settings=3, trials=12, identical_share=0.25)
    there = frozenset({Clip(setting, text, 2 if setting else None) for setting in range(3) for text in (0, 2)})
    used = {clip for trial in Dealer(plan, 1, there).deal() for clip in (trial.a, trial.b)}
    assert used == there


def test_kinds_of_trials(make_plan):
    assert {trial.kind for trial in Dealer(make_plan(), 1).deal()} == {COMPARISON, IDENTICAL}
    assert {trial.kind for trial in Dealer(make_plan(mode=ABX), 1).deal()} == {TARGET}
