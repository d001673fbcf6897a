"""`mytts evaluate RUN` on a tiny run: everything measured, kept, joined, refused."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from mytts_core.cli import build_parser, main
from mytts_core.evaluation.measures.catalogue import BY_KEY, MODES
from mytts_core.runs.evaluation_files import read_evaluations

OWN = ("mcd", "f0", "duration")


@pytest.fixture
def own_run(run: Path, tmp_path: Path) -> Path:
    """A copy, so that what is kept in it is this test's own; with a second checkpoint."""
    folder = tmp_path / "run"
    shutil.copytree(run, folder)
    for name in ("step_000005.weights.h5", "step_000005.json"):
        shutil.copy(folder / "checkpoints" / name, folder / "checkpoints" / name.replace("05.", "09."))
    return folder


@pytest.mark.slow
def test_every_checkpoint_is_measured_and_kept(own_run: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str],
                                               ) -> None:
    out = tmp_path / "all.json"
    assert main(["evaluate", str(own_run), "--all-checkpoints", "--limit", "2", "--json", str(out)]) == 1
    told = capsys.readouterr().out
    assert told.count("kept in ") == 2 and "step_000005.weights.h5: 2 held-out" in told
    assert "Mel-cepstral distance (dB, ↓)" in told and "diagonality, free-running" in told
    first, second = read_evaluations(own_run)
    assert (first.step, second.step, first.problem) == (5, 9, "") and len(first.ids) == 2
    assert first.columns == second.columns or str(first.columns) == str(second.columns)    # the same weights
    for column in first.columns:
        assert column.mode in BY_KEY[column.measure].modes and column.mode in MODES
        assert column.count or column.reason or column.reasons
        assert len(column.values) == 2 or column.reason
    assert first.column("mcd", "copy").mean < first.column("mcd", "free_running").mean    # random weights
    assert first.column("diagonality", "free_running").count == 2
    steps = json.loads(out.read_text())["checkpoints"]
    assert [one["step"] for one in steps] == [5, 9] and steps[0]["measures"][0]["measure"] == "mcd"


@pytest.mark.slow
def test_chosen_measures_join_what_was_kept_and_no_save_keeps_nothing(own_run: Path,
                                                                      capsys: pytest.CaptureFixture[str]) -> None:
    main(["evaluate", "--run", str(own_run), "--measures", "mcd", "--no-save"])
    assert "kept" not in capsys.readouterr().out and read_evaluations(own_run) == []
    main(["evaluate", str(own_run), "--checkpoint", "5", "--measures", "mcd"])
    main(["evaluate", str(own_run), "--checkpoint", "5", "--measures", "duration"])
    found, = read_evaluations(own_run)
    measured = {column.measure for column in found.columns if BY_KEY[column.measure].group != "alignment"}
    assert measured == {"mcd", "warping", "duration_ratio", "duration_error"}
    capsys.readouterr()
    main(["evaluate", str(own_run), "--untrained", "--limit", "1"])
    assert "Mel-cepstral" not in (told := capsys.readouterr().out) and "kept" not in told


@pytest.mark.slow
def test_a_recording_that_went_is_a_reason(own_run: Path, corpus: Path) -> None:
    from mytts_core.evaluation.alignment import evaluate_alignment
    from mytts_core.evaluation.held_out import open_evaluation
    from mytts_core.evaluation.measures.choice import make_measures
    from mytts_core.evaluation.objective import ObjectiveMeasures
    from mytts_core.evaluation.performance import perform

    evaluated = open_evaluation(own_run, limit=2)
    measures = ObjectiveMeasures(evaluated, make_measures(OWN, "en-us"))
    gone = corpus / "wavs" / f"{evaluated.held_out[0].id}.wav"
    kept = gone.read_bytes()
    gone.unlink()
    try:
        performance = perform(evaluated)
        columns = measures.columns(performance, evaluate_alignment(evaluated, performance=performance))
    finally:
        gone.write_bytes(kept)
    pitch = next(column for column in columns if (column.measure, column.mode) == ("f0_error", "copy"))
    assert "does not exist" in pitch.reasons[0] and 1 not in pitch.reasons
    distance = next(column for column in columns if (column.measure, column.mode) == ("mcd", "free_running"))
    assert distance.count == 2                          # it takes the mel, which is in the cache


def test_options_that_cannot_be(run: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for arguments, told in (([], "name the run's folder once"), ([str(run), "--run", str(run)], "once"),
                            ([str(run), "--words", "--all-checkpoints"], "--words judges one checkpoint")):
        assert main(["evaluate", *arguments]) == 2
        assert told in capsys.readouterr().err
    with pytest.raises(SystemExit):
        build_parser().parse_args(["evaluate", str(run), "--measures", "mos"])


@pytest.mark.slow
def test_bad_files_are_named(own_run: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    torn = tmp_path / "torn.onnx"
    torn.write_bytes(b"no network")
    for path, told in ((tmp_path / "none.onnx", "no such file"), (torn, "no DNSMOS P.835 network")):
        assert main(["evaluate", str(own_run), "--measures", "dnsmos", "--dnsmos-model", str(path)]) == 2
        assert told in (message := capsys.readouterr().err) and message.count("mytts: error") == 1
    shutil.rmtree(own_run / "checkpoints")
    assert main(["evaluate", str(own_run), "--all-checkpoints"]) == 2
    assert "no checkpoint yet" in capsys.readouterr().err
