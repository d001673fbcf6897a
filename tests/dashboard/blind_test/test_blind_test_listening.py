"""The blind test's page for listeners: trials, and votes that come twice, late or unheard."""

from __future__ import annotations

import base64
import io
import json

import pytest
import soundfile

from dashboard.widgets.blind_test_player import Click, read_click
from mytts_core.listening.ballot import Ballot
from mytts_core.listening.store import ListeningStore
from tests.dashboard.blind_tests import VARIED, button, make_test, trial_data, vote_all, words_of
from tests.dashboard.page_parts import component_data, html_of


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
