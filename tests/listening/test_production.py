"""Recordings of a listening test, made by a real worker with the espeak sample run."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import soundfile

from mytts_core.audio.loudness import integrated_loudness
from mytts_core.errors import ListeningError, RunError
from mytts_core.listening.clips import ClipFiles
from mytts_core.listening.plan import ListeningPlan, Setting
from mytts_core.listening.production import CANCELLED, FAILED, FAULTY, OPENED, ClipProduction, run_folder
from mytts_core.listening.productions import Productions
from mytts_core.listening.state import MAKING, OPEN, read_test
from mytts_core.listening.store import ListeningStore
from mytts_core.synthesis.checkpoint_choice import choose_checkpoint
from mytts_core.synthesis.client import WorkerClient

pytestmark = pytest.mark.slow
PATIENCE_SECONDS = 300.0
SHORT = ("My friends found the money.", "I needed the story.", "We took two tickets.")


@pytest.fixture(scope="module")
def root(repository: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a run that speaks, and one that was never trained to stop."""
    folder = tmp_path_factory.mktemp("runs")
    for name in ("espeak", "never_aligned"):
        (folder / name).mkdir()
        for file in ("run.json", "config.json", "status.json"):
            shutil.copy(repository / "sample_runs" / name / file, folder / name)
        shutil.copytree(repository / "sample_runs" / name / "checkpoints", folder / name / "checkpoints")
    return folder


@pytest.fixture(scope="module")
def client():
    """One worker for all tests of this module."""
    client = WorkerClient()
    yield client
    client.close()


def step_of(root: Path, run: str) -> int:
    return choose_checkpoint(root / run).step


def plan_of(root: Path, texts=SHORT, seeds=(1, 2), trials=10, run="espeak") -> ListeningPlan:
    step = step_of(root, run)
    return ListeningPlan("temperature", (Setting("calm", run, step), Setting("varied", run, step, 1.5)), texts, seeds,
                         trials_per_listener=trials)


def written_files(root: Path, test_id: str) -> list[Path]:
    return sorted((root / ".mytts" / "listening" / test_id).rglob("*.wav"))


def test_recordings_are_equally_loud_and_the_test_opens(root, client):
    test_id = ListeningStore(root).create(plan_of(root))
    production = ClipProduction(root, test_id, client)
    production.start()
    seen = []
    while production.wait(0.1) == "running":
        seen.append(production.progress)
    assert production.state == OPENED, production.error
    test = read_test(root, test_id)
    assert test.state == OPEN and test.clips_made == test.clips >= 5
    files = written_files(root, test_id)
    assert len(files) == test.clips
    levels = [integrated_loudness(*soundfile.read(path)) for path in files]
    assert max(levels) - min(levels) < 0.5, levels
    shares = [progress.share for progress in seen]
    assert shares == sorted(shares) and 0 <= shares[0] and shares[-1] <= 1
    assert production.progress.done == production.progress.total == test.clips
    assert any(progress.seconds_left is not None and progress.seconds_left >= 0 for progress in seen)


def test_cancelled_it_keeps_what_was_made_and_another_attempt_makes_the_rest(root, client, monkeypatch):
    monkeypatch.setattr("mytts_core.listening.production.TAKES_TOGETHER", 2)      # several jobs
    test_id = ListeningStore(root).create(plan_of(root))
    productions = Productions()
    production = productions.start(root, test_id, client)
    assert productions.start(root, test_id, client) is production      # one at a time
    until = time.monotonic() + PATIENCE_SECONDS
    while production.progress.done < 2 and time.monotonic() < until:
        time.sleep(0.02)
    production.cancel()
    assert production.wait(PATIENCE_SECONDS) == CANCELLED
    test = read_test(root, test_id)
    assert test.state == MAKING and 2 <= test.clips_made < test.clips
    kept = {path: path.stat().st_mtime_ns for path in written_files(root, test_id)}
    assert len(kept) == test.clips_made
    monkeypatch.setattr(ClipFiles, "seal", lambda self, level: None)               # to look before they are shuffled
    second = productions.start(root, test_id, client)
    assert second is not production and second.wait(PATIENCE_SECONDS) == OPENED
    now = {path: path.stat().st_mtime_ns for path in written_files(root, test_id)}
    assert len(now) == test.clips and now.items() >= kept.items()                  # nothing was made twice


def test_killed_it_goes_on_where_it_was(root, client):
    test_id = ListeningStore(root).create(plan_of(root, texts=SHORT[:2]))
    script = ("import sys, pathlib\nfrom mytts_core.listening import production\nproduction.TAKES_TOGETHER = 1\n"
              "from mytts_core.synthesis.client import WorkerClient\n"
              "made = production.ClipProduction(pathlib.Path(sys.argv[1]), sys.argv[2], WorkerClient())\n"
              "made.start()\nmade.wait()\n")
    process = subprocess.Popen([sys.executable, "-c", script, str(root), test_id], start_new_session=True,
                               env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])})
    until = time.monotonic() + PATIENCE_SECONDS
    while not read_test(root, test_id).clips_made and time.monotonic() < until:
        time.sleep(0.02)
    os.killpg(process.pid, signal.SIGKILL)
    process.wait(30)
    made = read_test(root, test_id).clips_made
    assert made and len(ClipFiles(root, test_id).missing()) == read_test(root, test_id).clips - made > 0
    production = ClipProduction(root, test_id, client)
    production.start()
    assert production.wait(PATIENCE_SECONDS) == OPENED
    assert read_test(root, test_id).state == OPEN and not ClipFiles(root, test_id).damaged()


def test_takes_that_do_not_stop_are_named_and_the_maker_decides(root, client):
    test_id = ListeningStore(root).create(plan_of(root, SHORT[:1], seeds=(1,), trials=2, run="never_aligned"))
    production = ClipProduction(root, test_id, client)
    production.start()
    assert production.wait(PATIENCE_SECONDS) == FAULTY, production.error
    assert {faulty.order.text for faulty in production.faulty} == {SHORT[0]}
    assert all("does not stop by itself" in faulty.fault for faulty in production.faulty)
    assert read_test(root, test_id).state == MAKING and ClipFiles(root, test_id).missing()
    production.accept()
    assert production.state == OPENED and read_test(root, test_id).state == OPEN
    with pytest.raises(ListeningError, match="no takes of this test wait"):
        production.accept()


def test_a_text_that_cannot_be_spoken_is_named_and_the_others_are_made(root, client):
    test_id = ListeningStore(root).create(plan_of(root, (SHORT[0], "🙂🙂"), seeds=(1,), trials=4))
    production = ClipProduction(root, test_id, client)
    production.start()
    assert production.wait(PATIENCE_SECONDS) == FAULTY, production.error
    assert {faulty.order.text for faulty in production.faulty} == {"🙂🙂"}
    assert all("nothing to speak" in faulty.fault for faulty in production.faulty)
    assert read_test(root, test_id).clips_made == read_test(root, test_id).clips - len(production.faulty)
    with pytest.raises(ListeningError, match="cannot be heard"):
        production.accept()


def test_a_checkpoint_that_vanished_ends_it_with_a_reason(root, client):
    settings = (Setting("calm", "espeak", 4_000), Setting("varied", "espeak", 4_000, 1.5))
    test_id = ListeningStore(root).create(ListeningPlan("gone", settings, SHORT[:1], trials_per_listener=2))
    production = ClipProduction(root, test_id, client)
    production.start()
    assert production.wait(PATIENCE_SECONDS) == FAILED
    assert "no checkpoint of step 4000" in str(production.error)


def test_a_run_outside_the_root_is_refused(root):
    assert run_folder(root, "espeak") == (root / "espeak").resolve() and run_folder(root, ".") == root.resolve()
    with pytest.raises(RunError, match="outside"):
        run_folder(root, "../elsewhere")
