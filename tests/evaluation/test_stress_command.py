"""`mytts stress` on a model of a few thousand random weights: what it writes and prints, what it does not do twice."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from mytts_core.cli import main
from mytts_core.commands.stress import choose_checkpoints
from mytts_core.errors import CheckpointError
from mytts_core.evaluation import stress_files
from mytts_core.evaluation.stress_checkpoint import seed_of
from mytts_core.runs import schema
from tests.synthesis.conftest import HEAD, tiny_run_config

pytestmark = pytest.mark.slow

SENTENCES = ["short|Go on.", "short|No.", "names|Ann and Bob.", "names|سلام", "numbers|It is 5."]


@pytest.fixture(scope="module")
def written_run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run with checkpoints of steps 10 (the best), 20 and 30; to copy."""
    import keras

    from mytts_core.runs.writer import RunWriter
    from mytts_core.synthesis.engine import build_model
    from mytts_core.training.checkpoints import save_checkpoint

    config, folder = tiny_run_config(max_length=1_024), tmp_path_factory.mktemp("stress") / "tiny"
    with RunWriter.create(folder, config) as writer:
        keras.utils.set_random_seed(3)
        network = build_model(config)
        for step in (10, 20, 30):
            network.go_frame.assign(network.go_frame + 1.0)
            save_checkpoint(writer, network, step, {"head": HEAD, "dtype": "float32"})
        writer.mark_best(10)
        writer.status("finished", 30)
    return folder


@pytest.fixture
def run(written_run: Path, tmp_path: Path) -> Path:
    """A copy to write to, with a list beside it."""
    (tmp_path / "list.txt").write_text("\n".join(SENTENCES), "utf-8")
    return Path(shutil.copytree(written_run, tmp_path / "run"))


def stress(run: Path, *more: str) -> int:
    return main(["stress", str(run), "--sentences", str(run.parent / "list.txt"), "--no-words", *more])


def states(run: Path) -> dict[Path, int]:
    return {path: path.stat().st_mtime_ns for path in (run / schema.STRESS_FOLDER).rglob("*") if path.is_file()}


def test_every_checkpoint_is_judged_once(run: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert stress(run) == 0
    told = capsys.readouterr()
    assert "5 sentences, 3 checkpoints" in told.err and "done before" not in told.err
    header, *rows = told.out.splitlines()
    assert header.split() == ["failing", "sentences", "at", "step", "10", "20", "30"]
    assert any(row.split()[0] == "short" and all(cell.endswith("/2") for cell in row.split()[1:]) for row in rows)
    assert any(row.split() == ["not", "speakable", "1", "1", "1"] for row in rows)
    assert "Choose step" in told.out
    for step in (10, 20, 30):
        found = stress_files.read_result(step, stress_files.step_folder(run, step))
        assert found.complete and found.list_name == "list.txt" and [one.text for one in found.outcomes] == [
            line.split("|")[1] for line in SENTENCES]
        assert found.by_id[found.outcomes[4].id].words[-1] == "five."
        assert "not trained on" in found.outcomes[3].problem
        for one in found.outcomes:
            assert stress_files.sound_file(run, step, one.id).is_file() == one.spoken
            arrays = stress_files.read_spoken(run, step, one.id)
            assert (arrays is not None) == one.spoken and (arrays is None or len(arrays.tokens) == one.num_tokens)
    before = states(run)
    assert stress(run) == 0
    told = capsys.readouterr()
    assert "had been done before: 3 of 3" in told.err and states(run) == before
    assert stress(run, "--json") == 0
    record = json.loads(capsys.readouterr().out)
    assert [one["step"] for one in record["checkpoints"]] == [10, 20, 30] and record["choice"]["step"] in (10, 20, 30)


def test_what_changed_is_spoken_again_and_the_rest_is_kept(run: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert stress(run, "--no-audio", "--checkpoints", "10,20") == 0
    assert not list(run.rglob("*.ogg"))
    before = states(run)
    names = {one.text: f"{one.id}.npz" for one in stress_files.read_results(run)[0].outcomes}
    (run.parent / "list.txt").write_text("new|Go on.\nnew|Yes.\n", "utf-8")
    shutil.copy(run / "checkpoints" / "step_000030.weights.h5", run / "checkpoints" / "step_000020.weights.h5")
    assert stress(run, "--no-audio", "--checkpoints", "10,20") == 0
    after, ten, twenty = states(run), stress_files.step_folder(run, 10), stress_files.step_folder(run, 20)
    assert after[ten / names["Go on."]] == before[ten / names["Go on."]]            # the same weights spoke it before
    assert after[twenty / names["Go on."]] > before[twenty / names["Go on."]]       # other weights
    assert {path.name for path in ten.iterdir()} == {"result.json", names["Go on."], *(
        f"{one.id}.npz" for one in stress_files.read_results(run)[0].outcomes if one.text == "Yes.")}
    assert [one.category for one in stress_files.read_results(run)[0].outcomes] == ["new", "new"]
    capsys.readouterr()
    assert stress(run, "--no-audio", "--checkpoints", "10", "--temperature", "1.5", "--seed", "4") == 0
    found = stress_files.read_results(run)[0]
    assert found.temperature == 1.5 and found.outcomes[0].seed == seed_of("Go on.", 4) != found.outcomes[1].seed
    assert "Not compared, step 20: it was tested with temperature 1" in capsys.readouterr().out or \
        "Not compared, step 10: it was tested with temperature 1.5" in capsys.readouterr().out


def test_a_killed_test_goes_on_with_what_it_has(run: Path, capsys: pytest.CaptureFixture[str]) -> None:
    texts = [f"Go {first}{second}." for first in "aeiou" for second in "bdgklmst"]
    (run.parent / "list.txt").write_text("\n".join(texts), "utf-8")
    path = stress_files.step_folder(run, 10) / schema.STRESS_RESULT_FILE
    process = subprocess.Popen([sys.executable, "-m", "mytts_core", "stress", str(run), "--sentences",
                                str(run.parent / "list.txt"), "--no-words", "--checkpoints", "10"],
                               stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                               env={**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3"})
    until = time.monotonic() + 900     # a machine that trains meanwhile is slow
    while process.poll() is None and time.monotonic() < until:
        if path.exists() and len(stress_files.read_result(10, path.parent).outcomes) >= 16:
            break
        time.sleep(0.01)
    process.send_signal(signal.SIGKILL)
    process.wait(60)
    killed = stress_files.read_result(10, path.parent)
    assert process.returncode == -signal.SIGKILL and not killed.complete and 16 <= len(killed.outcomes) < 40
    kept = {state: when for state, when in states(run).items() if state.stem in killed.by_id}
    assert stress(run, "--checkpoints", "10") == 0
    whole = stress_files.read_result(10, path.parent)
    assert whole.complete and [one.text for one in whole.outcomes] == texts
    assert all(whole.by_id[one.id] == one for one in killed.outcomes)
    assert {state: when for state, when in states(run).items() if state in kept} == kept
    assert not list(path.parent.glob(".tmp-*"))


def test_a_checkpoint_that_cannot_be_judged_is_told_and_the_others_are(run: Path,
                                                                       capsys: pytest.CaptureFixture[str]) -> None:
    (run / "checkpoints" / "step_000020.weights.h5").write_bytes(b"torn")
    assert stress(run, "--no-audio") == 1
    told = capsys.readouterr()
    assert "step 20 could not be judged: " in told.err and "Choose step" in told.out
    assert [one.step for one in stress_files.read_results(run)] == [10, 30]


def test_two_tests_of_a_run_do_not_mix(run: Path, capsys: pytest.CaptureFixture[str]) -> None:
    from mytts_core.runs.write_lock import hold_run

    (run / schema.STRESS_FOLDER).mkdir()
    release = hold_run(run / schema.STRESS_FOLDER)
    try:
        assert stress(run) == 2
        assert "another process" in capsys.readouterr().err
    finally:
        release()


@pytest.mark.parametrize(("arguments", "told"), [
    (["--temperature", "0"], "--temperature is 0.0"), (["--temperature", "nan"], "--temperature is nan"),
    (["--seed", "-1"], "--seed is -1"), (["--limit", "0"], "--limit is 0"),
    (["--checkpoints", "first"], "give all, last, best, or steps"),
    (["--checkpoints", "15"], "no checkpoint of step 15"),
    (["--sentences", "none.txt"], "none.txt cannot be read"),
])
def test_bad_input_is_one_line_and_nothing_is_written(run: Path, arguments: list[str], told: str,
                                                      capsys: pytest.CaptureFixture[str]) -> None:
    assert stress(run, *arguments) == 2
    message = capsys.readouterr().err
    assert message.startswith("mytts: error: ") and told in message and message.count("\n") == 1
    assert not (run / schema.STRESS_FOLDER).exists()


def test_which_checkpoints(run: Path, tmp_path: Path) -> None:
    def steps(choice: str) -> list[int]:
        return [checkpoint.step for checkpoint in choose_checkpoints(run, choice)]

    assert (steps("all"), steps("last"), steps("best")) == ([10, 20, 30], [30], [10])
    assert steps("30,best,30") == [10, 30]
    (tmp_path / "empty").mkdir()
    with pytest.raises(CheckpointError, match="no checkpoint yet"):
        choose_checkpoints(tmp_path / "empty", "all")
