"""The blind test's page: the form, recordings that are missing, listening, and results."""

from __future__ import annotations

import base64
import html
import io
import json
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
import soundfile
import streamlit as st

from dashboard.figures.blind_test import get_preference_info, plot_preferences, winner_first
from dashboard.figures.blind_test_cost import count_recordings, describe_cost, duration, expected_seconds
from dashboard.widgets.blind_test_form import parse_seeds
from dashboard.widgets.blind_test_player import Click, read_click
from dashboard.widgets.blind_test_settings import Row, label_settings
from mytts_core.errors import ListeningError
from mytts_core.listening.ballot import Ballot
from mytts_core.listening.pair_results import PairResult
from mytts_core.listening.plan import MAX_TEXTS, ListeningPlan
from mytts_core.listening.power import power_of_plan
from mytts_core.listening.state import FINISHED, read_test
from mytts_core.listening.store import ListeningStore
from mytts_core.listening.tables import FILE
from tests.dashboard.blind_tests import CALM, RUN, TEXTS, VARIED, WILD, make_test, vote_all
from tests.dashboard.page_parts import charts_of, component_data, html_of


@pytest.fixture
def root(repository: Path, tmp_path: Path) -> Path:
    """A folder with the espeak sample run, without samples."""
    shutil.copytree(repository / "sample_runs" / RUN, tmp_path / "runs" / RUN,
                    ignore=shutil.ignore_patterns("samples", "gradients", "events*"))
    return tmp_path / "runs"


@pytest.fixture
def open_test(open_page, root):
    """A function: query → the page."""
    return lambda **query: open_page(root, "blind_test", RUN, **query)


def button(app, label: str):
    return app.button[[one.label for one in app.button].index(label)]


def words_of(app) -> str:
    """Return the HTML of the page without its style sheet."""
    return html_of(app).rpartition("</style>")[2] + html_of(app).partition("<style>")[0]


def with_texts(app, *texts: str):
    """Write texts into the form, as the page's first act."""
    app.text_area(key=f"texts of {RUN}").set_value("\n".join(texts)).run()
    assert not app.exception
    return app


def trial_data(app) -> dict:
    [data] = component_data(app, "mytts_blind_test")
    return data


# The form.

def test_without_a_test_the_form_says_what_its_numbers_can_show(open_test):
    app = open_test()
    assert not app.exception and "No blind test yet" in html_of(app)
    assert "0 texts" in words_of(app) and button(app, "Make the recordings").disabled
    with_texts(app, *TEXTS)
    plan = ListeningPlan("as the form has it", (CALM, VARIED), TEXTS, (1, 2, 3))
    assert html.escape(power_of_plan(plan).words) in words_of(app)
    assert any("At most 12 recordings" in caption.value for caption in app.caption)
    assert not button(app, "Make the recordings").disabled


def test_power_follows_the_numbers(open_test):
    app = with_texts(open_test(), *TEXTS)
    app.checkbox(key="blind_test_checks").uncheck()
    app.number_input(key="blind_test_trials").set_value(20).run()
    assert "Of 20 comparisons, 15 decided votes" in words_of(app)          # 15 of 20: the least with p < .05
    app.number_input(key="blind_test_trials").set_value(40).run()
    assert "Of 40 comparisons, 27 decided votes" in words_of(app)
    app.segmented_control(key="blind_test_mode").set_value("abx").run()
    assert app.checkbox(key="blind_test_checks").disabled and not app.exception


@pytest.mark.parametrize("field, value, words", [
    ("texts of espeak", "", "0 texts"),
    ("blind_test_title", " ", "a title of 0 characters"),
    ("blind_test_seeds", "1, two", "seed 'two'"),
    ("blind_test_seeds", "-1", "seed '-1'"),
])
def test_what_is_wrong_with_the_form_is_said_and_nothing_can_be_made(open_test, field, value, words):
    app = with_texts(open_test(), *TEXTS)
    [one] = [one for one in (*app.text_input, *app.text_area) if one.key == field]
    one.set_value(value).run()
    assert not app.exception and words in html_of(app).replace("&#x27;", "'")
    assert button(app, "Make the recordings").disabled


def test_two_equal_settings_are_refused_and_a_third_can_be_added(open_test):
    app = with_texts(open_test(), *TEXTS)
    app.number_input(key="setting 1 temperature").set_value(1.0).run()
    assert "the same setting" in html_of(app) and button(app, "Make the recordings").disabled
    app.number_input(key="setting 1 temperature").set_value(1.2).run()
    button(app, "Add a setting").click().run()
    app.number_input(key="setting 2 temperature").set_value(2.0).run()
    assert not app.exception and not button(app, "Make the recordings").disabled
    app.button(key="remove setting 0").click().run()
    assert not app.exception and len([one for one in app.number_input if "temperature" in (one.key or "")]) == 2


def test_texts_are_read_by_every_run_before_anything_is_made(open_test):
    app = with_texts(open_test(), "a text", "🙂🙂", "a  text ", "")
    assert "espeak cannot speak “🙂🙂”" in words_of(app) and button(app, "Make the recordings").disabled
    with_texts(app, "سلام دنیا", "a text")
    assert "In “سلام دنیا”, symbols unknown to espeak are left out" in words_of(app)
    with_texts(app, "سلام دنیا <em>", "a text")
    assert "&lt;em&gt;" in words_of(app) and "<em>" not in words_of(app)


def test_pressed_the_test_is_made_and_its_page_shown(open_test, root):
    app = with_texts(open_test(), *TEXTS)
    app.text_input(key="blind_test_title").set_value("  Calm or   varied ").run()
    button(app, "Make the recordings").click().run()
    [test] = ListeningStore(root).tests()
    assert not app.exception and test.plan.title == "Calm or varied"
    assert [setting.temperature for setting in test.plan.settings] == [1.0, 1.5]
    assert app.query_params["test"] in (test.test_id, [test.test_id])
    st.cache_resource.clear()       # ends the worker process


def test_seeds_are_read():
    assert parse_seeds(" 3, 1;2  2\n") == (3, 1, 2)
    for wrong in ("", "1.5", "a", "-3", "99999999999", "٣", " ".join(map(str, range(101)))):
        with pytest.raises(ListeningError, match="seed"):
            parse_seeds(wrong)


def test_settings_are_named_by_what_differs():
    first = Row("one", 500, 1.0, "griffin_lim")
    assert label_settings([first, first._replace(temperature=1.5)]) == ["temperature 1", "temperature 1.5"]
    assert label_settings([first, first._replace(step=1_000)]) == ["step 500", "step 1,000"]
    assert label_settings([first, first._replace(run="two", temperature=2.0)]) == ["one, temperature 1",
                                                                                   "two, temperature 2"]
    assert label_settings([first, first]) == ["temperature 1", "temperature 1 (2)"]


def test_cost_counts_each_recording_once():
    plan = ListeningPlan("cost", (CALM, VARIED), TEXTS, (1, 2), trials_per_listener=20)
    assert count_recordings(plan) == 3 * (1 + 2)            # seeds change nothing at a temperature of 1
    assert count_recordings(ListeningPlan("few", (VARIED, WILD), TEXTS, (1, 2), trials_per_listener=2)) == 4
    characters = sum(map(len, TEXTS)) / 3
    assert expected_seconds(plan, []) == pytest.approx(9 * characters / 14)
    assert "a guess" in describe_cost(plan, [])
    assert [duration(seconds) for seconds in (0.2, 7, 33, 300, 7_200)] == ["1 s", "7 s", "35 s", "5 min", "2.0 h"]


# Recordings that are missing.

def test_interrupted_it_offers_to_go_on(open_test, root):
    test_id = make_test(root, made=3)
    total = read_test(root, test_id).clips
    app = open_test(test=test_id)
    assert not app.exception and f"interrupted: 3 of {total} recordings are there" in html_of(app)
    assert not button(app, "Go on making").disabled
    button(app, "Delete this test").click().run()
    assert ListeningStore(root).tests() == [] and "No blind test yet" in html_of(app)


def test_an_address_that_leads_nowhere_is_said(open_test):
    app = open_test(test="no/such test")
    assert not app.exception and "there is no listening test" in html_of(app) and "No blind test yet" in html_of(app)


# Listening.

def test_a_listener_hears_trials_and_nothing_tells_the_setting(open_test, root):
    test_id = make_test(root)
    app = open_test(test=test_id)
    app.text_input(key="blind_test_name").set_value("  Mina ")
    button(app, "Start").click().run()
    assert not app.exception and "Trial 1 of 10" in app.get("progress")[0].proto.text
    data = trial_data(app)
    assert set(data) == {"trial", "seat", "listener", "serial", "refused", "clips", "question", "choices"}
    assert (data["trial"], data["listener"], data["refused"]) == (1, "Mina", "")
    assert [clip["label"] for clip in data["clips"]] == ["A", "B"] and {len(clip) for clip in data["clips"]} == {2}
    assert [choice["value"] for choice in data["choices"]] == ["A", "none", "B"]
    sounds = [soundfile.read(io.BytesIO(base64.b64decode(clip["sound"]))) for clip in data["clips"]]
    assert len({(len(wav), rate) for wav, rate in sounds}) == 1
    words = words_of(app) + json.dumps({**data, "clips": []}) + "".join(caption.value for caption in app.caption)
    for telling in (*(f"{one.temperature:g}" for one in (VARIED,)), "calm", "varied", "8,000", "8000", "seed"):
        assert telling not in words


def test_it_goes_on_at_the_first_trial_without_a_vote(open_test, root):
    test_id = make_test(root)
    vote_all(root, test_id, "Mina", "AB", most=4)
    app = open_test(test=test_id)
    assert "4 of 10 planned votes are in" in app.get("progress")[0].proto.text
    button(app, "Go on as Mina (4 of 10)").click().run()
    assert trial_data(app)["trial"] == 5
    assert trial_data(open_test(test=test_id, listener="MINA"))["listener"] == "Mina"       # one person, however typed


@pytest.fixture
def browser_votes(monkeypatch):
    """Stands for the browser: (trial, refused) of each drawing, and votes that it sends in the next one."""
    drawn, clicks = [], []

    def show(trial, clips, seat, refused, on_vote):
        drawn.append((trial, refused))
        while clicks:
            on_vote(clicks.pop(0))

    monkeypatch.setattr("dashboard.widgets.blind_test_player.show", show)
    return drawn, clicks


def test_a_vote_is_kept_once_whatever_the_browser_sends(open_test, root, browser_votes):
    drawn, clicks = browser_votes
    test_id = make_test(root)
    seat = Ballot(root, test_id).join("Mina").seat_id
    first = Click(seat, "Mina", 1, "A", (1, 1), 3.0, "first")
    clicks += [first, first,                                                    # sent twice
               Click(seat, "Omid", 2, "A", (1, 1), 3.0, "other"),               # of somebody who has left
               Click("another", "Mina", 2, "A", (1, 1), 3.0, "other list")]     # of a list of trials that is not shown
    app = open_test(test=test_id, listener="Mina")
    assert Ballot(root, test_id).progress().votes == 1
    app.run()
    assert drawn[-1][0].number == 2 and "already" not in html_of(app)
    clicks.append(first._replace(answer="B", click="second tab"))
    app.run()
    assert "already voted here" in html_of(app.run()) and Ballot(root, test_id).progress().votes == 1
    assert Ballot(root, test_id).trial(seat, 1).vote == "A"


def test_a_vote_that_cannot_be_kept_is_refused_in_words(open_test, root, browser_votes):
    drawn, clicks = browser_votes
    test_id = make_test(root)
    seat = Ballot(root, test_id).join("Mina").seat_id
    clicks.append(Click(seat, "Mina", 1, "A", (1, 0), 3.0, "unheard"))         # whatever the page allowed
    app = open_test(test=test_id, listener="Mina").run()
    assert "B was not heard" in html_of(app) and drawn[-1][1] == "unheard"
    app.run()
    assert "B was not heard" not in html_of(app) and drawn[-1][1] == ""         # said once
    assert Ballot(root, test_id).progress().votes == 0
    vote_all(root, test_id, "Mina", "A", most=2)
    ListeningStore(root).end_early(test_id)
    assert "was ended before your last trial, Mina" in html_of(app.run()) and not app.exception
    assert "Thank you" not in html_of(app)


def test_two_listeners_one_after_the_other_and_a_name_too_many(open_test, root):
    test_id = make_test(root, listeners=2)
    vote_all(root, test_id, "Mina", "A")
    app = open_test(test=test_id, listener="Mina")
    assert "Thank you, Mina" in html_of(app) and "10 planned votes" in app.caption[-1].value
    assert not component_data(app, "mytts_blind_test")
    button(app, "Next listener").click().run()
    app.text_input(key="blind_test_name").set_value("Omid")
    button(app, "Start").click().run()
    assert trial_data(app)["trial"] == 1 and trial_data(app)["listener"] == "Omid"
    assert "Mina" not in html_of(app)
    vote_all(root, test_id, "Omid", "B", most=1)
    app = open_test(test=test_id)
    app.text_input(key="blind_test_name").set_value("Third")
    button(app, "Start").click().run()
    assert "every place of this test is taken" in html_of(app)


def test_leaving_without_a_vote_gives_the_place_back(open_test, root):
    test_id = make_test(root)
    app = open_test(test=test_id, listener="Mnia")
    button(app, "Leave, or another listener").click().run()
    assert Ballot(root, test_id).progress().free_seats == 1
    assert Ballot(root, test_id).join("Mina").listener == "Mina"


def test_abx_has_a_third_player(open_test, root):
    data = trial_data(open_test(test=make_test(root, mode="abx"), listener="Mina"))
    assert [clip["label"] for clip in data["clips"]] == ["A", "B", "X"]
    assert [choice["label"] for choice in data["choices"]] == ["X is A", "X is B"]
    one, other, target = (base64.b64decode(clip["sound"])[44:] for clip in data["clips"])      # without the header
    pieces = [target[start:start + 64] for start in range(0, len(target) - 64, 2)]
    assert not any(piece in one or piece in other for piece in pieces)      # the bytes do not tell which one X is


SENT = {"trial": 3, "seat": "s", "listener": "M", "answer": "none", "click": "x", "plays": [1, 2.0], "seconds": -1}


@pytest.mark.parametrize("value", [
    None, "A", {}, {"trial": 1},
    *({**SENT, **other} for other in ({"trial": "1"}, {"seat": None}, {"answer": ["A"]}, {"plays": [None]},
                                      {"seconds": float("nan")}, {"trial": 1e300}))])
def test_what_is_no_vote_is_not_read_as_one(value):
    assert read_click(value) is None


def test_a_vote_is_read():
    assert read_click(SENT) == Click("s", "M", 3, "none", (1, 2), 0.0, "x")


# Results.

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


def test_a_test_of_another_version_is_said_and_hides_no_other(open_test, root):
    make_test(root, title="kept", made=2)
    other = make_test(root, title="of another version")
    with closing(sqlite3.connect(root / ".mytts" / FILE)) as connection, connection:
        connection.execute("DROP TRIGGER plans_are_not_changed")
        connection.execute("UPDATE tests SET plan = json_set(plan, '$.further', 1) WHERE test_id = ?", (other,))
    app = open_test()
    assert not app.exception and "kept" in html_of(app)
    assert f"test &#x27;{other}&#x27;" in html_of(app) and "cannot be read" in html_of(app)


def test_more_texts_than_a_test_takes_are_not_dropped_unsaid(open_test):
    app = with_texts(open_test(), *(f"{number}." for number in range(MAX_TEXTS + 1)))
    assert f"{MAX_TEXTS + 1} texts: a listening test has 1 to {MAX_TEXTS}" in words_of(app)
    assert button(app, "Make the recordings").disabled


def test_the_list_tells_how_far_each_test_is(open_test, root):
    make_test(root, title="<i>first</i>", made=2)
    vote_all(root, make_test(root, title="second"), "Mina", "A", most=3)
    app = open_test()
    words = html_of(app)
    assert "&lt;i&gt;first&lt;/i&gt;" in words and "2 of" in words and "3 of 10 votes" in words
    assert "varied" not in words
    button(app, "Listen").click().run()
    assert not app.exception and "3 of 10 planned votes are in" in app.get("progress")[0].proto.text
