"""Tests are kept as they were made: plan, trials and votes cannot be changed; what is added stands apart."""

from __future__ import annotations

import sqlite3
import threading
import time
from contextlib import closing

import pytest

from mytts_core.errors import ListeningError, RunError
from mytts_core.listening import ABX, FINISHED, MAKING, OPEN, Ballot, ListeningStore, open_results
from mytts_core.listening.tables import FILE, listening_database

AGAIN = "listener, 'B', plays, seconds, voted_at, version FROM votes"
FILL = """
INSERT INTO votes SELECT NULL, trials.test_id, trials.block, trials.seat_id, trial_id, listener,
    CASE trials.number % 3 WHEN 0 THEN 'A' WHEN 1 THEN 'B' ELSE 'none' END, '[1, 1]', 2.5, 0, 'v'
FROM trials JOIN seats USING (seat_id)"""


@pytest.fixture
def store(root) -> ListeningStore:
    return ListeningStore(root)


def test_a_look_leaves_nothing_behind(store, root):
    assert store.tests() == [] and list(root.iterdir()) == []
    with pytest.raises(ListeningError, match="no listening test 'x' here"):
        store.test("x")
    assert list(root.iterdir()) == []


def test_test_comes_back_as_it_was_made(store, root, make_plan):
    plan = make_plan(settings=3, title="عنوان <b> \ud800", listeners=2)
    test = store.test(store.create(plan, seed=7))
    assert (test.plan, test.state, test.seed, test.ended_early) == (plan, MAKING, 7, None)
    assert test.blocks == ((0, 2, 10, 0),) and test.votes_left == 20
    assert test.clips_made == 0 < test.clips and test.version.startswith("1.")
    assert (root / ".mytts" / FILE).exists()


def test_tests_are_listed_the_newest_first(store, make_plan):
    ids = [store.create(make_plan(title=title)) for title in "abc"]
    assert [test.test_id for test in store.tests()] == ids[::-1]


@pytest.mark.parametrize("plan", ["json_set(plan, '$.further', 1)", "json_remove(plan, '$.texts')", "'{'", "'[]'"])
def test_a_plan_of_another_version_hides_no_other_test(store, root, make_plan, plan):
    kept, other = store.create(make_plan()), store.create(make_plan(title="other"))
    with closing(sqlite3.connect(root / ".mytts" / FILE)) as connection, connection:
        connection.execute("DROP TRIGGER plans_are_not_changed")
        connection.execute(f"UPDATE tests SET plan = {plan} WHERE test_id = ?", (other,))
    tests, problems = store.tests_and_problems()
    assert [test.test_id for test in tests] == [test.test_id for test in store.tests()] == [kept]
    assert len(problems) == 1 and other in problems[0] and "cannot be read" in problems[0]
    with pytest.raises(ListeningError, match="cannot be read"):
        store.test(other)


def test_same_plan_has_the_same_version_and_another_one_another(store, make_plan):
    first, second, other = (store.test(store.create(plan)) for plan in (make_plan(), make_plan(), make_plan(texts=4)))
    assert first.version == second.version != other.version
    assert first.seed != second.seed and first.test_id != second.test_id


@pytest.mark.parametrize("seed", [-1, 2 ** 63])
def test_seed_out_of_range_is_refused(store, make_plan, seed):
    with pytest.raises(ListeningError, match="2⁶³"):
        store.create(make_plan(), seed)


def test_identities_tell_no_setting(store, root, make_plan):
    store.create(make_plan(settings=3), seed=1)
    with listening_database(root) as connection:
        clips = connection.execute("SELECT clip_id, setting FROM clips ORDER BY rowid").fetchall()
        trials = connection.execute("SELECT trial_id, id_a, id_b, id_x FROM trials").fetchall()
    names = [row["clip_id"] for row in clips] + [name for row in trials for name in row]
    assert len(set(names)) == len(names) and all(int(name, 16) >= 0 for name in names)
    settings = [row["setting"] for row in clips]
    assert settings != sorted(settings), "rows are not in the order of settings (chance of a wrong alarm: 1 in 10⁵)"


@pytest.mark.parametrize(("statement", "reason"), [
    ("UPDATE votes SET answer = 'B'", "votes are never changed"), ("DELETE FROM votes", "votes are never deleted"),
    (f"INSERT INTO votes SELECT NULL, test_id, block, seat_id, trial_id, {AGAIN}", "already has a vote"),
    (f"INSERT OR REPLACE INTO votes SELECT vote, test_id, block, seat_id, trial_id, {AGAIN}", "already has a vote"),
    (f"INSERT OR REPLACE INTO votes SELECT vote, test_id, block, seat_id, 'other', {AGAIN}", "already has a vote"),
    ("UPDATE tests SET plan = '{}'", "plan of a test is never changed"), ("UPDATE tests SET seed = 0", "never changed"),
    ("UPDATE trials SET x_is = 'A'", "trials of a test are never changed"),
    ("DELETE FROM trials", "never deleted"), ("UPDATE seats SET listener = 'Eve'", "never given away")])
def test_the_database_itself_refuses_to_change_votes(root, open_test, vote_all, statement, reason):
    vote_all(open_test(), "Mina", lambda trial: "A", most=1)
    connection = sqlite3.connect(root / ".mytts" / FILE)       # not through our code
    before = connection.execute("SELECT * FROM votes").fetchall()
    with pytest.raises(sqlite3.IntegrityError, match=reason):
        connection.execute(statement)
    connection.rollback()
    assert connection.execute("SELECT * FROM votes").fetchall() == before and len(before) == 1
    connection.close()


def test_states_of_a_test(store, make_plan, open_test, vote_all):
    assert store.test(store.create(make_plan())).state == MAKING
    test_id = open_test(listeners=2)
    assert store.test(test_id).state == OPEN
    vote_all(test_id, "Mina", lambda trial: "A")
    assert (store.test(test_id).state, store.test(test_id).votes_left) == (OPEN, 10)
    vote_all(test_id, "Ali", lambda trial: "none")
    assert (store.test(test_id).state, store.test(test_id).votes_left) == (FINISHED, 0)
    assert store.end_early(test_id).ended_early is None, "a finished test stays as it is"


def test_ending_early_is_noted_once(store, make_plan, open_test):
    test_id = open_test()
    first = store.end_early(test_id)
    assert first.state == FINISHED and first.ended_early is not None
    assert store.end_early(test_id).ended_early == first.ended_early
    with pytest.raises(ListeningError, match="still to be made"):
        store.end_early(store.create(make_plan()))


@pytest.mark.parametrize("mode", ["ab", ABX])
def test_trials_that_are_added_use_recordings_that_are_there(store, root, open_test, vote_all, mode):
    test_id = open_test(settings=3, mode=mode)
    before = store.test(test_id)
    after = store.add_trials(test_id, 12, listeners=2)
    assert after.blocks == ((0, 1, 10, 0), (1, 2, 12, 0))
    assert (after.state, after.plan, after.clips, after.votes_left) == (OPEN, before.plan, before.clips, 10)
    vote_all(test_id, "Mina", lambda trial: "A")
    vote_all(test_id, "Mina", lambda trial: "B")
    assert [block.votes for block in store.test(test_id).blocks] == [10, 12]


def test_trials_cannot_be_added_before_the_recordings_are_there(store, make_plan):
    with pytest.raises(ListeningError, match="still to be made"):
        store.add_trials(store.create(make_plan()), 10)


def test_test_without_votes_can_be_deleted_and_one_with_a_vote_cannot(store, root, open_test, vote_all):
    first, second = open_test(), open_test()
    vote_all(second, "Mina", lambda trial: "A", most=1)
    store.delete(first)
    assert [test.test_id for test in store.tests()] == [second]
    assert not (root / ".mytts" / "listening" / first).exists()
    with pytest.raises(ListeningError, match="1 votes, and votes are never deleted"):
        store.delete(second)
    assert (root / ".mytts" / "listening" / second).exists() and store.test(second).blocks[0].votes == 1


def test_root_that_cannot_be_written_keeps_tests_in_the_users_folder(root, tmp_path, make_plan):
    (root / ".mytts").write_text("a file where the folder should be")
    store = ListeningStore(root)
    test_id = store.create(make_plan())
    assert store.test(test_id).state == MAKING and list((tmp_path / "data").rglob(FILE))
    (root / ".mytts").unlink()
    assert store.test(test_id).state == MAKING, "a test that was begun there goes on when the root becomes writable"


def test_database_of_a_later_version_is_refused(root, store, make_plan):
    store.create(make_plan())
    with closing(sqlite3.connect(root / ".mytts" / FILE)) as connection:
        connection.execute("PRAGMA user_version = 9")
    with pytest.raises(RunError, match="version 9, this program reads 1"):
        store.tests()


def test_damaged_database_is_named(root, store, make_plan):
    store.create(make_plan())
    (root / ".mytts" / FILE).write_bytes(b"not a database" * 1_000)
    with pytest.raises(RunError, match=r"listening tests in .*listening\.sqlite3 cannot be used"):
        store.tests()


def test_log_is_written_ahead_and_synchronised(root, store, make_plan):
    store.create(make_plan())
    with listening_database(root) as connection:
        assert connection.execute("PRAGMA journal_mode").fetchone()[0] == "wal"
        assert connection.execute("PRAGMA synchronous").fetchone()[0] == 2, "FULL: a kept vote survives a power cut"


def test_makers_in_several_threads_do_not_lose_each_others_tests(store, make_plan):
    threads = [threading.Thread(target=store.create, args=(make_plan(title=f"test {number}"),)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {test.plan.title for test in store.tests()} == {f"test {number}" for number in range(6)}


def test_ten_thousand_votes_open_quickly(root, store, make_plan, open_test):
    test_id = open_test(trials=500, listeners=20, texts=10)
    with listening_database(root, writes=True) as connection:
        connection.execute("UPDATE seats SET listener = 'L' || number, listener_key = 'l' || number")
        connection.execute(FILL)
    started = time.process_time()
    assert store.test(test_id).blocks[0].votes == 10_000
    seat = Ballot(root, test_id).join("l3")
    assert Ballot(root, test_id).next_trial(seat.seat_id) is None
    assert time.process_time() - started < 1.0
    results = open_results(root, test_id)
    assert sum(row.votes for row in results.planned.listeners) == 10_000
    assert time.process_time() - started < 5.0
