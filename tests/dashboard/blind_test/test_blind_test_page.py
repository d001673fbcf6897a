"""The blind test's page: its list of tests, the form of a new one, and recordings that are missing."""

from __future__ import annotations

import html
import sqlite3
from contextlib import closing

import pytest
import streamlit as st

from dashboard.figures.blind_test_cost import count_recordings, describe_cost, duration, expected_seconds
from dashboard.widgets import blind_test_settings
from dashboard.widgets.blind_test_form import parse_seeds
from dashboard.widgets.blind_test_settings import Row, label_settings
from mytts_core.errors import ListeningError
from mytts_core.listening.plan import MAX_TEXTS, ListeningPlan
from mytts_core.listening.power import power_of_plan
from mytts_core.listening.state import read_test
from mytts_core.listening.store import ListeningStore
from mytts_core.listening.tables import FILE
from tests.dashboard.blind_tests import (
    CALM,
    TEXTS,
    VARIED,
    WILD,
    button,
    make_test,
    vote_all,
    with_texts,
    words_of,
)
from tests.dashboard.page_parts import html_of


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


def test_a_row_is_left_out_once_and_two_stay(monkeypatch):
    rows = [0, 1, 2]
    monkeypatch.setattr(st, "session_state", {"blind_test_rows": rows})
    for number in (1, 1, 0):        # pressed twice, and one of the last two
        blind_test_settings._leave_out(number)
    assert rows == [0, 2]


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


# The list.

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
