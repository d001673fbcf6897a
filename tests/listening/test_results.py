"""Results open at the end only, and say what the votes say: counted here again from what was heard."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.stats import binomtest

from mytts_core.errors import ListeningError
from mytts_core.listening import ABX, Ballot, ClipFiles, ListeningStore, ResultsClosed, open_results
from mytts_core.listening.pair_results import sensitivity_index
from mytts_core.listening.tables import listening_database


@pytest.fixture
def sides(root):
    """Return trial id → (setting of A, setting of B, what X is)."""
    def read(test_id):
        with listening_database(root) as connection:
            return {row["trial_id"]: (row["a"], row["b"], row["x_is"]) for row in connection.execute(
                "SELECT trial_id, x_is, a.setting AS a, b.setting AS b FROM trials JOIN clips AS a ON "
                "a.clip_id = clip_a JOIN clips AS b ON b.clip_id = clip_b WHERE trials.test_id = ?", (test_id,))}
    return read


@pytest.fixture
def prefer(sides):
    """Return a maker of voters: the better of two settings wins but for every `slip`-th comparison; ties by request."""
    def make(test_id, best=lambda a, b: max(a, b), slip=0, tie=0):
        known, state = sides(test_id), {"comparisons": 0}

        def choose(trial):
            a, b, _ = known[trial.trial_id]
            if a == b:
                return "none"
            state["comparisons"] += 1
            if tie and state["comparisons"] % tie == 0:
                return "none"
            wins_a = best(a, b) == a
            return "A" if wins_a != bool(slip and state["comparisons"] % slip == 0) else "B"
        return choose
    return make


def test_results_stay_closed_until_the_last_vote(root, open_test, vote_all):
    test_id = open_test()
    for most, left in ((0, 10), (9, 1)):
        vote_all(test_id, "Mina", lambda trial: "A", most=most)
        with pytest.raises(ResultsClosed, match=f"{left} of 10 planned votes are missing") as closed:
            open_results(root, test_id)
        assert closed.value.votes_left == left
    vote_all(test_id, "Mina", lambda trial: "A")
    assert open_results(root, test_id).planned.exploratory is False
    with pytest.raises(ListeningError, match="no listening test"):
        open_results(root, "x")


def test_results_of_a_test_that_is_being_made_are_closed(root, make_plan):
    with pytest.raises(ResultsClosed):
        open_results(root, ListeningStore(root).create(make_plan()))


def test_a_preference_is_found_and_its_numbers_are_scipys(root, open_test, vote_all, prefer):
    test_id = open_test(trials=24)
    vote_all(test_id, "Mina", prefer(test_id, slip=7, tie=5))
    pair, = open_results(root, test_id).planned.pairs
    # 22 comparisons: every fifth a tie (4), every seventh of the others lost (7, 14, 21)
    assert (pair.first, pair.second, pair.wins, pair.losses, pair.ties) == ("T0", "T1", 3, 15, 4)
    expected = binomtest(3, 18)
    wilson = expected.proportion_ci(method="wilson")
    assert (pair.p, pair.adjusted_p) == (expected.pvalue, expected.pvalue) and pair.share == 3 / 18
    assert pair.interval == (wilson.low, wilson.high) and pair.conclusive
    assert pair.verdict.startswith("T1 was preferred: 15 of 18") and pair.verdict.endswith("4 more said no difference.")
    assert pair.resampled is not None and 0 <= pair.resampled[0] <= pair.share <= pair.resampled[1] <= 1


def test_fourteen_of_twenty_is_not_conclusive_and_fifteen_is(root, open_test, vote_all, sides):
    for wins, conclusive in ((14, False), (15, True)):
        test_id = open_test(trials=20, identical_share=0)
        known = sides(test_id)
        def choose(trial, wins=wins, known=known):
            return "A" if (known[trial.trial_id][0] == 1) == (trial.number <= wins) else "B"
        vote_all(test_id, "Mina", choose)
        pair, = open_results(root, test_id).planned.pairs
        assert (pair.losses, pair.conclusive) == (wins, conclusive)
        assert pair.verdict.startswith("T1 was preferred" if conclusive else "Not conclusive: 14 of 20")


def test_ranking_of_four_settings(root, open_test, vote_all, prefer):
    test_id = open_test(settings=4, trials=40, listeners=3, texts=5)
    for name in ("Mina", "Ali", "Sara"):
        vote_all(test_id, name, prefer(test_id, slip=9))
    planned = open_results(root, test_id).planned
    assert [strength.label for strength in planned.ranking] == ["T3", "T2", "T1", "T0"]
    assert all(strength.interval[0] < strength.strength < strength.interval[1] for strength in planned.ranking)
    assert sum(strength.best_share for strength in planned.ranking) == pytest.approx(1)
    assert planned.ranking[0].best_share > 0.9 and len(planned.pairs) == 6
    assert all(pair.adjusted_p >= pair.p for pair in planned.pairs)
    assert sum(pair.wins + pair.losses for pair in planned.pairs) == 36 * 3
    again = open_results(root, test_id).planned
    assert (again.pairs, again.ranking) == (planned.pairs, planned.ranking), "resampling is seeded"


def test_two_settings_are_not_ranked(root, open_test, vote_all):
    test_id = open_test()
    vote_all(test_id, "Mina", lambda trial: "none")
    planned = open_results(root, test_id).planned
    assert planned.ranking == () and math.isnan(planned.pairs[0].share) and planned.pairs[0].ties == 9
    assert 'all 9 votes said "no difference"' in planned.pairs[0].verdict


def test_abx_counts_right_answers(root, open_test, vote_all, sides):
    test_id = open_test(mode=ABX, trials=16)
    known = sides(test_id)
    vote_all(test_id, "Mina", lambda trial: known[trial.trial_id][2] if trial.number <= 12 else (
        "A" if known[trial.trial_id][2] == "B" else "B"))
    planned = open_results(root, test_id).planned
    abx, = planned.abx
    assert (abx.correct, abx.answers, abx.conclusive) == (12, 16, True) and planned.pairs == planned.ranking == ()
    assert abx.p == binomtest(12, 16, alternative="greater").pvalue
    assert abx.verdict.startswith("T0 and T1 can be told apart") and planned.identical is None
    assert (planned.listeners[0].correct, planned.listeners[0].votes) == (12, 16)


@pytest.mark.parametrize("d_prime", [0.2, 1.0, 2.0, 3.5])
def test_sensitivity_of_a_listener_who_compares_two_noisy_impressions(d_prime):
    rng = np.random.default_rng(0)
    a, b = rng.normal(0, 1, 400_000), rng.normal(d_prime, 1, 400_000)
    x_is_b = rng.random(400_000) < 0.5
    x = rng.normal(np.where(x_is_b, d_prime, 0), 1)
    # the order of A and B is known by their difference, X lies nearer to one of the two means
    share = np.mean(((b > a) == (x > d_prime / 2)) == x_is_b)
    assert sensitivity_index(float(share)) == pytest.approx(d_prime, abs=0.04)


def test_sensitivity_at_its_ends():
    assert (sensitivity_index(0.3), sensitivity_index(0.5), sensitivity_index(1.0)) == (0.0, 0.0, math.inf)
    assert math.isnan(sensitivity_index(math.nan))


def test_test_ended_early_is_exploratory(root, open_test, vote_all, prefer):
    test_id = open_test(trials=40)
    vote_all(test_id, "Mina", prefer(test_id), most=30)
    ListeningStore(root).end_early(test_id)
    planned = open_results(root, test_id).planned
    assert planned.exploratory and not planned.pairs[0].conclusive and planned.pairs[0].p < 0.001
    assert planned.pairs[0].verdict.startswith("Exploratory, not a finding.")
    assert any("ended early, after 30 of 40 planned votes" in note for note in planned.notes)


def test_test_ended_without_votes(root, open_test):
    test_id = open_test(settings=3)
    ListeningStore(root).end_early(test_id)
    planned = open_results(root, test_id).planned
    assert planned.listeners == () and planned.identical is None and "Nobody has voted." in planned.notes
    assert [pair.adjusted_p for pair in planned.pairs] == [1, 1, 1]
    assert all(strength.strength == 0 and strength.interval is None for strength in planned.ranking)


def test_added_trials_are_reported_apart_and_change_nothing_of_the_plan(root, open_test, vote_all, prefer):
    test_id = open_test(trials=20)
    vote_all(test_id, "Mina", prefer(test_id, best=min))
    before = open_results(root, test_id)
    ListeningStore(root).add_trials(test_id, 20)
    assert open_results(root, test_id).added == ()
    vote_all(test_id, "Mina", prefer(test_id))
    after = open_results(root, test_id)
    assert repr(after.planned) == repr(before.planned) and after.planned.pairs[0].wins == 18
    added, = after.added
    assert added.number == 1 and added.exploratory and added.pairs[0].losses == 18 and not added.pairs[0].conclusive
    assert any("added after the test was planned" in note for note in added.notes)


def test_identical_pairs_and_sides_are_checked(root, open_test, vote_all):
    test_id = open_test(trials=20, listeners=2, identical_share=0.2)
    vote_all(test_id, "Lefty", lambda trial: "A")
    vote_all(test_id, "Careful", lambda trial: "none")
    planned = open_results(root, test_id).planned
    assert (planned.identical.a, planned.identical.b, planned.identical.ties) == (4, 0, 4)
    assert "4 of 8 identical pairs (50%)" in planned.identical.words
    assert (planned.sides.a, planned.sides.b, planned.sides.p) == (16, 0, binomtest(0, 16).pvalue)
    assert "answers follow the side" in planned.sides.words
    lefty, careful = planned.listeners
    assert (lefty.listener, lefty.side_a, lefty.checks, lefty.checks_passed, lefty.ties) == ("Lefty", 1.0, 4, 0, 0)
    assert (careful.checks_passed, careful.ties, careful.median_seconds) == (4, 16, 1.5) and math.isnan(careful.side_a)
    # sides are balanced: one who always says A prefers neither setting
    assert (planned.pairs[0].wins, planned.pairs[0].losses) == (8, 8)


def test_checks_that_found_nothing(root, open_test, vote_all, prefer):
    test_id = open_test(trials=20)
    vote_all(test_id, "Mina", prefer(test_id))
    planned = open_results(root, test_id).planned
    assert planned.identical.words == 'All 2 identical pairs were answered "no difference".'
    assert "no habit of side shows" in planned.sides.words


def test_notes_say_who_listened_to_what(root, open_test, vote_all):
    one, two = open_test(texts=1), open_test(listeners=2)
    vote_all(one, "Mina", lambda trial: "A")
    notes = open_results(root, one).planned.notes
    assert any("One listener" in note for note in notes) and any("One text" in note for note in notes)
    assert open_results(root, one).planned.pairs[0].resampled is None
    for name in ("Mina", "Ali"):
        vote_all(two, name, lambda trial: "A")
    assert any("2 listeners voted on 3 texts" in note for note in open_results(root, two).planned.notes)


def test_a_finding_that_hangs_on_one_listener_is_doubted(root, open_test, vote_all, prefer):
    divided, agreed = (open_test(listeners=4, trials=20) for _ in range(2))
    for number, name in enumerate(("Mina", "Ali", "Omid", "Sara")):
        vote_all(agreed, name, prefer(agreed, slip=4))
        # three hear it each time, the fourth never
        vote_all(divided, name, prefer(divided, best=min if number == 3 else max))
    doubted, sure = (open_results(root, test_id).planned for test_id in (divided, agreed))
    assert doubted.pairs[0].conclusive and doubted.pairs[0].resampled[0] <= 0.5
    low, high = doubted.pairs[0].resampled
    said = f"T0 and T1: the interval from resampling listeners and texts reaches from {1 - high:.0%} to {1 - low:.0%}"
    assert any("across one half" in note and note.startswith(said) for note in doubted.notes)      # as seen by T1
    assert sure.pairs[0].conclusive and sure.pairs[0].resampled[1] < 0.5
    assert not any("across one half" in note for note in sure.notes)


def test_differing_lengths_are_said_with_the_result(root, open_test, vote_all):
    test_id = open_test()       # 0.05 and 0.06 s
    vote_all(test_id, "Mina", lambda trial: "A")
    planned = open_results(root, test_id).planned
    warning = ClipFiles(root, test_id).duration_differences()[0].warning
    assert "18%" in warning and planned.pairs[0].duration_warning == warning and warning in planned.notes


def test_a_seat_without_votes_is_a_row_of_its_own(root, open_test, vote_all):
    test_id = open_test(listeners=2)
    Ballot(root, test_id).join("Mina")
    ListeningStore(root).end_early(test_id)
    row, = open_results(root, test_id).planned.listeners
    assert (row.listener, row.votes, row.trials) == ("Mina", 0, 10) and math.isnan(row.median_seconds)
