"""Listeners come back to their seats, vote once on each trial, and see nothing that tells a setting."""

from __future__ import annotations

import math
import threading

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mytts_core.errors import ListeningError
from mytts_core.listening import ABX, Ballot, ListeningStore
from mytts_core.listening.seats import clean_name
from mytts_core.listening.vote_records import read_votes


@pytest.fixture
def ballot(root, open_test) -> Ballot:
    return Ballot(root, open_test(listeners=2))


def first_trial(ballot: Ballot, name: str = "Mina"):
    return ballot.next_trial(ballot.join(name).seat_id)


@pytest.mark.parametrize("again", ["Mina", " mina ", "MINA", "Ｍｉｎａ", "mi\u006ea"])
def test_a_listener_comes_back_by_name(ballot, again):
    seat = ballot.join("Mina")
    ballot.vote(ballot.next_trial(seat.seat_id).trial_id, "A", (1, 1), 2)
    assert ballot.join(again) == seat._replace(votes=1)
    assert len(ballot.progress().seats) == 1


@pytest.mark.parametrize(("name", "other"), [("Straße", "STRASSE"), ("Ångström", "A\u030angstro\u0308m"),
                                             ("سارا  رضایی", " سارا رضایی")])
def test_names_of_other_scripts(ballot, name, other):
    assert ballot.join(name).seat_id == ballot.join(other).seat_id
    assert ballot.join(other).listener == " ".join(name.split())


@settings(deadline=None)
@given(st.text(max_size=90))
def test_cleaning_a_name_is_done_once(name):
    try:
        shown, key = clean_name(name)
    except ListeningError:
        return
    assert clean_name(shown) == (shown, key) and clean_name(shown.upper().lower())[1]
    assert shown == shown.strip() and 0 < len(shown) <= 80 and "\u202e" not in shown


@pytest.mark.parametrize("name", ["", "  \n ", "x" * 81, "a\u202eb", "a\x00b", "a\x1bb", "\u200b", "\u3164",
                                  " \xad\ufe0f"])
def test_name_that_cannot_be_one_is_refused(ballot, name):
    with pytest.raises(ListeningError, match="name"):
        ballot.join(name)
    assert ballot.progress().seats == ()


@pytest.mark.parametrize("same", ["Mi\u200bna", "mina\xad", "\u2060MINA\ufeff", "Mina\u3164", "Ｍｉｎａ\ufe0f"])
def test_names_that_look_the_same_are_one_listener(ballot, same):
    assert ballot.join(same).seat_id == ballot.join("Mina").seat_id
    joined = "\u0645\u06cc\u200c\u0646\u0627"      # shown as it was given
    assert ballot.join(joined).listener == joined


def test_seats_are_as_many_as_planned(ballot):
    assert {ballot.join(name).seat_id for name in ("Mina", "Ali", "mina")} == {
        seat.seat_id for seat in ballot.progress().seats}
    with pytest.raises(ListeningError, match=r"every place of this test is taken \(2\)"):
        ballot.join("Eve")
    ballot.leave(ballot.join("Ali").seat_id)
    assert ballot.progress().free_seats == 1 and ballot.join("Eve").listener == "Eve"


def test_seat_with_a_vote_stays(ballot):
    seat = ballot.join("Mina")
    ballot.vote(ballot.next_trial(seat.seat_id).trial_id, "A", (1, 1), 2)
    with pytest.raises(ListeningError, match="stays theirs"):
        ballot.leave(seat.seat_id)


def test_two_who_join_at_once_do_not_get_one_seat(root, ballot):
    seats: list[str] = []
    threads = [threading.Thread(target=lambda name=name: seats.append(Ballot(root, ballot.test_id).join(name).seat_id))
               for name in ("Mina", "Ali", "mina", "ali", "MINA", "ALI")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(seats) == 6 and len(set(seats)) == 2


def test_what_a_listener_is_asked_tells_nothing(ballot, make_plan):
    trial = first_trial(ballot)
    assert (trial.number, trial.trials, trial.answers, trial.vote) == (1, 10, ("A", "B", "none"), None)
    assert trial.text in make_plan().texts and len(set(trial.clip_ids)) == 2
    seen = repr((trial, ballot.join("Mina"), ballot.progress()))
    assert not any(word in seen for word in ("T0", "T1", "run", "500", "1.1", "identical", "comparison"))


def test_abx_asks_for_x(root, open_test):
    ballot = Ballot(root, open_test(mode=ABX))
    trial = first_trial(ballot)
    assert trial.answers == ("A", "B") and len(set(trial.clip_ids)) == 3
    with pytest.raises(ListeningError, match="'none'"):
        ballot.vote(trial.trial_id, "none", (1, 1, 1), 1)
    with pytest.raises(ListeningError, match="X was not heard"):
        ballot.vote(trial.trial_id, "A", (1, 1, 0), 1)
    assert ballot.vote(trial.trial_id, "A", (1, 1, 1), 1).kept


def test_votes_go_on_to_the_end(ballot):
    seat = ballot.join("Mina")
    for number in range(1, 11):
        trial = ballot.next_trial(seat.seat_id)
        assert trial.number == number
        receipt = ballot.vote(trial.trial_id, "none", (1, 3), 2.5)
        assert (receipt.kept, receipt.votes, receipt.trials, receipt.words) == (True, number, 10, "")
    assert ballot.next_trial(seat.seat_id) is None
    assert (ballot.progress().votes, ballot.progress().planned) == (10, 20)


def test_the_first_vote_of_a_trial_counts(ballot, root):
    trial = first_trial(ballot)
    ballot.vote(trial.trial_id, "B", (2, 1), 4.0)
    second = ballot.vote(trial.trial_id, "A", (1, 1), 1.0)     # from a second tab, or by going back
    assert (second.kept, second.answer, second.votes) == (False, "B", 1)
    assert "already voted here: B counts" in second.words
    vote, = read_votes(root, ballot.test_id)
    assert (vote.answer, vote.plays, vote.seconds) == ("B", (2, 1), 4.0)
    assert ballot.trial(ballot.join("Mina").seat_id, 1).vote == "B"


def test_two_tabs_that_vote_at_once_give_one_vote(root, ballot):
    trial, receipts = first_trial(ballot), []
    threads = [threading.Thread(target=lambda answer=answer: receipts.append(
        Ballot(root, ballot.test_id).vote(trial.trial_id, answer, (1, 1), 1))) for answer in ("A", "B", "none") * 3]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    kept = [receipt.answer for receipt in receipts if receipt.kept]
    assert len(receipts) == 9 and len(kept) == 1 and {receipt.answer for receipt in receipts} == set(kept)
    assert [vote.answer for vote in read_votes(root, ballot.test_id)] == kept


def test_vote_carries_what_was_recorded(root, ballot):
    trial = first_trial(ballot)
    ballot.vote(trial.trial_id, "A", (3, 2), 7.25)
    vote, = read_votes(root, ballot.test_id)
    assert (vote.listener, vote.number, vote.plays, vote.seconds, vote.block) == ("Mina", 1, (3, 2), 7.25, 0)
    assert vote.version == ListeningStore(root).test(ballot.test_id).version


@pytest.mark.parametrize(("answer", "plays", "seconds", "rule"), [
    ("X", (1, 1), 1, "'X'"), ("", (1, 1), 1, "one of A, B, none"), ("A", (0, 1), 1, "A was not heard"),
    ("A", (0, 0), 1, "A and B was not heard"), ("A", (1,), 1, "not heard"), ("A", (1, 1, 1), 1, "not heard"),
    ("A", (1, 1), -1, "0 or more"), ("A", (1, 1), math.nan, "0 or more")])
def test_vote_that_cannot_be_is_refused(root, ballot, answer, plays, seconds, rule):
    with pytest.raises(ListeningError, match=rule):
        ballot.vote(first_trial(ballot).trial_id, answer, plays, seconds)
    assert read_votes(root, ballot.test_id) == []


def test_unknown_trial_seat_and_number_are_refused(root, ballot, open_test):
    foreign = first_trial(Ballot(root, open_test()))
    for call in (lambda: ballot.vote(foreign.trial_id, "A", (1, 1), 1), lambda: ballot.next_trial("x"),
                 lambda: ballot.trial(ballot.join("Mina").seat_id, 11), lambda: ballot.leave("x")):
        with pytest.raises(ListeningError):
            call()
    with pytest.raises(ListeningError, match="no listening test"):
        Ballot(root, "nothing").join("Mina")


def test_nobody_votes_on_a_free_seat(root, ballot):
    seat = ballot.join("Mina")
    trial = ballot.next_trial(seat.seat_id)
    ballot.leave(seat.seat_id)
    with pytest.raises(ListeningError, match="join it first"):
        ballot.vote(trial.trial_id, "A", (1, 1), 1)


def test_a_vote_never_counts_for_who_took_the_place(root, ballot):
    seat = ballot.join("Mina")
    trial = ballot.next_trial(seat.seat_id)         # a second tab of hers still shows it
    ballot.leave(seat.seat_id)
    assert ballot.join("Ali").seat_id == seat.seat_id
    with pytest.raises(ListeningError, match="Mina left this place"):
        ballot.vote(trial.trial_id, "A", (1, 1), 1, listener="Mina")
    assert read_votes(root, ballot.test_id) == []
    assert ballot.vote(trial.trial_id, "B", (1, 1), 1, listener=" ALI").kept
    with pytest.raises(ListeningError, match="Mina left this place"):      # nor is she told what he said
        ballot.vote(trial.trial_id, "A", (1, 1), 1, listener="Mina")


def test_nobody_joins_before_the_recordings_are_there(root, make_plan):
    with pytest.raises(ListeningError, match="still being made"):
        Ballot(root, ListeningStore(root).create(make_plan())).join("Mina")


def test_a_test_that_was_ended_takes_no_votes_but_added_trials_do(root, ballot):
    seat = ballot.join("Mina")
    trial = ballot.next_trial(seat.seat_id)
    ListeningStore(root).end_early(ballot.test_id)
    assert ballot.next_trial(seat.seat_id) is None
    with pytest.raises(ListeningError, match="takes no more votes"):
        ballot.vote(trial.trial_id, "A", (1, 1), 1)
    with pytest.raises(ListeningError, match="takes no more listeners"):
        ballot.join("Ali")
    ListeningStore(root).add_trials(ballot.test_id, 10)
    added = ballot.join("Ali")
    assert added.block == 1 and ballot.vote(ballot.next_trial(added.seat_id).trial_id, "A", (1, 1), 1).kept


def test_who_is_done_goes_on_with_added_trials(root, open_test, vote_all):
    test_id = open_test()
    vote_all(test_id, "Mina", lambda trial: "A")
    ballot = Ballot(root, test_id)
    assert ballot.join("Mina").block == 0
    ListeningStore(root).add_trials(test_id, 10)
    assert (ballot.join("mina").block, ballot.join("Mina").votes) == (1, 0)
    vote_all(test_id, "Mina", lambda trial: "B")
    assert ballot.join("Mina") == ballot.join("mina") and ballot.join("Mina").votes == 10
