"""The blind test's page at the end: results, and trials added to them."""

from __future__ import annotations

import pytest

from dashboard.figures.blind_test import get_preference_info, plot_preferences, winner_first
from dashboard.widgets.blind_test_results import _signed
from mytts_core.listening.pair_results import PairResult
from mytts_core.listening.state import FINISHED, read_test
from tests.dashboard.blind_tests import CALM, VARIED, WILD, button, make_test, trial_data, vote_all
from tests.dashboard.page_parts import charts_of, html_of


def test_results_come_with_the_last_vote_in_words_and_numbers(open_test, root):
    test_id = make_test(root, identical_share=0.0)
    vote_all(root, test_id, "Mina", "AB", most=9)
    app = open_test(test=test_id)
    assert "What was compared" not in [one.value for one in app.subheader]
    vote_all(root, test_id, "Mina", "A")
    assert read_test(root, test_id).state == FINISHED
    app = open_test(test=test_id)
    assert not app.exception and "What was compared" in [one.value for one in app.subheader]
    assert "ot conclusive" in html_of(app)
    table = app.dataframe[0].value
    assert table["Wins of the first"][0] + table["of the second"][0] + table["No difference"][0] == 10
    settings = app.dataframe[-1].value
    assert list(settings["Setting"]) == ["calm", "varied"] and list(settings["Temperature"]) == [1.0, 1.27]
    [chart] = charts_of(app)
    assert chart["data"][0]["x"][0] == pytest.approx(table["Wins of the first"][0] / 10)
    assert [one.proto.label for one in app.get("download_button")] == ["Votes, CSV", "Results, CSV"]


def pair_result(wins: int, losses: int) -> PairResult:
    share = wins / (wins + losses)
    return PairResult("calm", "varied", wins, losses, 2, share, (share - 0.1, share + 0.2), 0.04, 0.04,
                      (share - 0.3, share + 0.1), True, "", "verdict")


def test_the_winner_stands_first_in_figure_and_table():
    assert winner_first(pair_result(7, 3)) == pair_result(7, 3)
    turned = winner_first(pair_result(3, 7))
    assert (turned.first, turned.second, turned.wins, turned.losses, turned.ties) == ("varied", "calm", 7, 3, 2)
    assert turned.interval == pytest.approx((0.5, 0.8)) and turned.resampled == pytest.approx((0.6, 1.0))
    [row] = get_preference_info([pair_result(3, 7)]).rows
    assert row.name == "varied over calm" and row.value == pytest.approx(0.7) and row.stands_out
    [trace] = plot_preferences(get_preference_info([pair_result(3, 7)])).data
    assert trace.error_x.array[0] == pytest.approx(0.1) and trace.error_x.arrayminus[0] == pytest.approx(0.2)


def test_pairs_without_a_decided_vote_are_in_no_figure():
    undecided = pair_result(3, 7)._replace(wins=0, losses=0, share=float("nan"))
    assert get_preference_info([undecided]).is_empty and get_preference_info([]).is_empty
    plot_preferences(get_preference_info([]))


def test_strengths_have_a_sign_but_nought():
    assert [_signed(number) for number in (0.204, -0.004, -1.5)] == ["+0.20", "+0.00", "−1.50"]


def test_more_than_two_settings_are_ranked(open_test, root):
    test_id = make_test(root, (CALM, VARIED, WILD), listeners=2, trials_per_listener=12)
    for name in ("Mina", "Omid"):
        vote_all(root, test_id, name, ["A", "B", "none", "A"])
    app = open_test(test=test_id)
    assert not app.exception and "Ranking" in [one.value for one in app.subheader]
    ranks = next(one.value for one in app.dataframe if "Rank" in one.value)
    assert list(ranks["Rank"]) == [1, 2, 3] and set(ranks["Setting"]) == {"calm", "varied", "wild"}
    assert len(charts_of(app)) == 2


def test_ended_early_it_needs_a_second_look_and_is_exploratory(open_test, root):
    test_id = make_test(root)
    vote_all(root, test_id, "Mina", "A", most=6)
    app = open_test(test=test_id)
    assert button(app, "End the test and open its results").disabled
    assert "4 planned votes would be missing" in html_of(app)
    app.checkbox(key="sure_to_end").check().run()
    button(app, "End the test and open its results").click().run()
    assert not app.exception and "xploratory" in html_of(app) and "ended early" in html_of(app)


def test_trials_added_later_are_apart(open_test, root):
    test_id = make_test(root)
    vote_all(root, test_id, "Mina", "A")
    app = open_test(test=test_id)
    before = app.dataframe[0].value
    app.number_input(key="added_trials").set_value(4)
    button(app, "Add exploratory trials").click().run()
    assert "Listen to exploratory trials" in [one.value for one in app.subheader]
    assert [one.proto.text for one in app.get("progress")] == ["0 of 4 exploratory votes are in"]
    app = open_test(test=test_id, listener="Mina")
    assert "exploratory" in html_of(app) and trial_data(app)["trial"] == 1
    vote_all(root, test_id, "Mina", "B")
    app = open_test(test=test_id)
    assert "Exploratory trials 1" in [one.value for one in app.subheader]
    assert app.dataframe[0].value.equals(before)
