"""A blind test from its making to its result in a real Chromium, with real speech, kills of the server and two tabs."""

from __future__ import annotations

import os
import re
import shutil
import socket
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from mytts_core.listening.ballot import Ballot
from mytts_core.listening.store import ListeningStore
from mytts_core.listening.tables import FILE
from tests.browser.conftest import IDLE, PATIENCE_MS, wait_until_healthy
from tests.dashboard.blind_tests import make_test as make_tones
from tests.dashboard.blind_tests import vote_all

pytestmark = pytest.mark.browser

TEXTS = ("I needed the story.", "My friends found the money.", "We took two tickets.")
TELLING = ("temperature", "1.37", "8000", "8,000", "step_", "griffin", "calm", "seed")
KEYS = {"A": "ArrowLeft", "none": "n", "B": "ArrowRight"}
BUTTONS = {"A": "A is better", "none": "No difference", "B": "B is better"}


class Dashboard:
    """A server that can be killed and started again at the same address."""

    def __init__(self, repository: Path, root: Path, logs: Path) -> None:
        self.repository, self.root, self.logs = repository, root, logs
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.address = f"http://127.0.0.1:{self.port}"
        self.process: subprocess.Popen | None = None

    def start(self) -> None:
        log = self.logs / "server.log"
        with open(log, "ab") as output:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "streamlit", "run", str(self.repository / "dashboard" / "app.py"),
                 "--server.port", str(self.port), "--server.headless", "true", "--", str(self.root)],
                stdout=output, stderr=subprocess.STDOUT, cwd=self.root, env={**os.environ, "MYTTS_ALLOW_REMOTE": ""})
        wait_until_healthy(self.address, self.process, log)

    def kill(self) -> None:
        assert self.process is not None
        self.process.kill()         # SIGKILL: nothing is written any more
        self.process.wait(20)


@pytest.fixture(scope="module")
def dashboard(repository: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Dashboard]:
    root = tmp_path_factory.mktemp("runs")
    shutil.copytree(repository / "sample_runs" / "espeak", root / "espeak",
                    ignore=shutil.ignore_patterns("samples", "gradients"))
    server = Dashboard(repository, root, tmp_path_factory.mktemp("log"))
    server.start()
    yield server
    server.kill()


def votes_in(root: Path) -> list[tuple[int, str, str]]:
    """Return (number of the trial, answer, listener) of every vote, in the order they were written."""
    with sqlite3.connect(root / ".mytts" / FILE) as connection:
        return connection.execute("SELECT trials.number, votes.answer, votes.listener FROM votes JOIN trials USING "
                                  "(trial_id) ORDER BY votes.vote").fetchall()


def secrets_in(root: Path) -> list[str]:
    """Return what names recordings in the database and on the disk."""
    with sqlite3.connect(root / ".mytts" / FILE) as connection:
        rows = connection.execute("SELECT clip_id, file FROM clips").fetchall()
        trials = connection.execute("SELECT trial_id, id_a, id_b FROM trials").fetchall()
    return [name for row in (*rows, *trials) for name in row]


def make_test(browser, dashboard: Dashboard) -> str:
    """Fill in the form, have the recordings made, and return the test's address."""
    context = browser.new_context(viewport={"width": 1280, "height": 1200})
    page = context.new_page()
    page.set_default_timeout(PATIENCE_MS)
    page.goto(f"{dashboard.address}/blind_test?run=espeak")
    page.get_by_text("No blind test yet").wait_for()
    for label, value in (("Texts, one a line", "\n".join(TEXTS)), ("Temperature 2", "1.37"), ("Seeds", "1, 2"),
                         ("Trials per listener", "10")):
        field = page.get_by_label(label, exact=True)
        field.fill(value)
        field.press("Tab")
        page.locator(IDLE).wait_for()
    page.get_by_text("At most 9 recordings").wait_for()
    page.get_by_role("button", name="Make the recordings").click()
    page.wait_for_function("() => location.search.includes('test=')")
    page.get_by_label("Your name").wait_for()       # all recordings are there
    address = f"{dashboard.address}/blind_test?test={re.search(r'test=([0-9a-f]+)', page.url).group(1)}"
    context.close()
    return address


def hear(page, trial: int) -> None:
    """Listen to both recordings of a trial to their ends, with keys and with clicks."""
    page.locator(f'.mytts-trial[data-trial="{trial}"]').wait_for()
    players, vote = page.locator(".mytts-trial-clip"), page.locator(".mytts-trial-vote").first
    assert vote.is_disabled()
    if trial % 2:
        page.keyboard.press("a")
    else:
        players.nth(0).click()
    players.nth(0).get_by_text("heard ✓").wait_for()
    assert vote.is_disabled()
    page.keyboard.press("2")
    players.nth(1).get_by_text("heard ✓").wait_for()
    assert vote.is_enabled()


def vote(page, trial: int, answer: str) -> None:
    if trial % 2:
        page.keyboard.press(KEYS[answer])
    else:
        page.get_by_role("button", name=BUTTONS[answer]).dblclick()      # the second click counts for nothing


def vote_in_two_tabs(page, trial: int, first: str, other: str) -> None:
    """Vote on a trial, and once more in a second tab that still shows it: the first counts, and the page says so."""
    second = page.context.new_page()
    second.set_default_timeout(PATIENCE_MS)
    second.goto(page.url)
    hear(second, trial)
    page.bring_to_front()
    vote(page, trial, first)
    page.locator(f'.mytts-trial[data-trial="{trial + 1}"]').wait_for()
    second.bring_to_front()
    vote(second, trial, other)
    second.get_by_text("already").wait_for()
    second.locator(f'.mytts-trial[data-trial="{trial + 1}"]').wait_for()
    second.close()
    page.bring_to_front()


def without_sound(frames: list[bytes | str]) -> str:
    """Return what was sent to the browser as text, sound left out."""
    text = "\n".join(frame if isinstance(frame, str) else frame.decode("utf-8", "replace") for frame in frames)
    return re.sub(r"[A-Za-z0-9+/=]{400,}", "<sound>", text)


def test_ten_trials_from_the_form_to_the_result(browser, dashboard):
    address = make_test(browser, dashboard)
    root, frames = dashboard.root, []
    context = browser.new_context(viewport={"width": 1280, "height": 1000})
    page = context.new_page()
    page.set_default_timeout(PATIENCE_MS)
    page.on("websocket", lambda socket: socket.on("framereceived", lambda frame: frames.append(frame)))
    page.goto(address)
    page.get_by_label("Your name").fill("Mina")
    page.get_by_role("button", name="Start").click()
    pressed = ["A", "B", "none", "B", "A", "A", "B", "A", "A", "B"]
    for trial in (1, 2, 3):
        hear(page, trial)
        vote(page, trial, pressed[trial - 1])
    hear(page, 4)
    source = page.content() + without_sound(frames)
    assert "<sound>" in source and any(text in source for text in TEXTS)
    assert [word for word in (*TELLING, *secrets_in(root)) if word in source] == []

    vote(page, 4, pressed[3])                   # killed between the click and the page
    dashboard.kill()
    assert len(votes_in(root)) in (3, 4)
    dashboard.start()
    hear(page, 5)
    assert len(votes_in(root)) == 4
    dashboard.kill()                            # voted while there is no server
    vote(page, 5, pressed[4])
    page.get_by_text("Keeping your vote").wait_for()
    dashboard.start()
    hear(page, 6)

    vote_in_two_tabs(page, 6, pressed[5], "B")
    page.goto(dashboard.address + "/?run=espeak")       # left, and gone back
    page.get_by_role("heading", name="Overview", exact=True).wait_for()
    page.go_back()
    for trial in (7, 8, 9, 10):
        hear(page, trial)
        vote(page, trial, pressed[trial - 1])
    page.get_by_text("that was the last trial").wait_for()
    assert votes_in(root) == [(number, answer, "Mina") for number, answer in enumerate(pressed, start=1)]

    page.get_by_role("button", name="Results").click()
    page.get_by_text("What was compared").wait_for()
    page.get_by_text(re.compile(r"onclusive: \d of \d decided votes|can be conclusive|decided vote")).first.wait_for()
    progress = Ballot(root, re.search(r"test=([0-9a-f]+)", page.url).group(1)).progress()
    assert progress.votes == progress.planned == 10
    context.close()


def votes_of(ballot: Ballot, listener: str) -> list[str | None]:
    """Return the answers of a listener on the seat that the listener has now."""
    seat = ballot.join(listener)
    return [ballot.trial(seat.seat_id, number).vote for number in range(1, seat.trials + 1)]


def test_a_vote_is_of_the_trial_that_was_heard_and_of_who_heard_it(browser, dashboard):
    page = browser.new_context().new_page()
    page.set_default_timeout(PATIENCE_MS)
    test_id = make_tones(dashboard.root)
    vote_all(dashboard.root, test_id, "Mina", "A")
    for _ in range(2):      # two lists of one trial each: the number alone does not tell them apart
        ListeningStore(dashboard.root).add_trials(test_id, 1)
    ballot = Ballot(dashboard.root, test_id)
    page.goto(f"{dashboard.address}/blind_test?test={test_id}&listener=Mina")
    hear(page, 1)
    vote(page, 1, "B")
    page.get_by_text("Listen to A and B to the end").wait_for()
    assert ballot.join("Mina").block == 2 and votes_of(ballot, "Mina") == [None]
    hear(page, 1)
    vote(page, 1, "none")
    page.get_by_text("that was the last trial").wait_for()
    assert votes_of(ballot, "Mina") == ["none"]

    test_id = make_tones(dashboard.root)
    ballot = Ballot(dashboard.root, test_id)
    page.goto(f"{dashboard.address}/blind_test?test={test_id}&listener=Mina")
    hear(page, 1)
    ballot.leave(ballot.join("Mina").seat_id)       # in another tab, where Ali sits down then
    ballot.join("Ali")
    vote(page, 1, "A")
    page.get_by_text("Mina left this place").wait_for()
    assert ballot.progress().votes == 0
    page.context.close()
