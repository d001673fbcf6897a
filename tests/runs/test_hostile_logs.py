"""Logs that are unreadable, hostile or out of the root: a line says so, and everything else is shown."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from tensorboard.compat.proto.event_pb2 import Event
from tensorboard.compat.proto.summary_pb2 import Summary

from mytts_core.diagnosis.facts import read_facts
from mytts_core.errors import RunError
from mytts_core.runs import event_decoder, log_index
from mytts_core.runs.json_files import read_object
from mytts_core.runs.reader import find_runs, open_run
from tests.runs.event_bytes import file_bytes, record, scalar, write_events

NAME = "events.out.tfevents.0000000001.host"
OTHER = "events.out.tfevents.0000000002.host"

HOSTILE_TAGS = ["<script>alert(1)</script>", "</div><img src=x onerror=alert(1)>", "../../etc/passwd", "/", "//a//", "",
                "سلام/خطا", "\u202eevil\u202c", "a\nb\tc\x00d", "loss' OR 1=1 --", "$x$ **bold** [link](javascript:1)",
                "🙂" * 50, "x" * 10_000, "loss", "loss ", "LOSS"]


def test_names_of_tags_are_data_and_come_back_as_they_are(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(log_index, "MIN_NEW_BYTES", 1)
    write_events(tmp_path / "run" / NAME, [scalar(step, tag, number) for step in range(40)
                                           for number, tag in enumerate(HOSTILE_TAGS)])
    for _ in range(2):                      # read, then taken from the index
        run = open_run(tmp_path / "run", index_folder=tmp_path / "index")
        assert run.tags() == HOSTILE_TAGS and run.problems == []
        scalars, digests = run.scalars(), run.digests()
        for number, tag in enumerate(HOSTILE_TAGS):
            assert scalars[tag].values.tolist() == [number] * 40
            assert (digests[tag].count, digests[tag].last) == (40, number)
            assert len(run.series_window(tag, 10, 20).steps) == 13
    assert sorted(path.name for path in tmp_path.iterdir()) == ["index", "run"]


def test_bytes_that_are_no_text_are_a_tag_all_the_same(tmp_path: Path) -> None:
    data = scalar(1, "abcd", 2.0).SerializeToString().replace(b"abcd", b"\xff\xfe\x80d")
    (tmp_path / NAME).write_bytes(file_bytes([]) + record(data))
    assert [series.values.tolist() for series in open_run(tmp_path).scalars().values()] == [[2.0]]


def test_very_many_tags_are_cut_off_with_a_note_and_the_first_ones_stay_whole(tmp_path: Path) -> None:
    limit = event_decoder.MAX_TAGS
    many = [scalar(step, f"layer_{number}", step) for step in range(2) for number in range(limit + 500)]
    write_events(tmp_path / NAME, [scalar(0, "loss", 1.0), *many, scalar(1, "loss", 2.0)])
    run = open_run(tmp_path)
    scalars = run.scalars()
    assert len(scalars) == limit and scalars["loss"].values.tolist() == [1.0, 2.0]
    assert all(len(series.steps) == 2 for series in scalars.values())
    assert len(run.problems) == 1 and f"1,002 values are left out; of one file, {limit:,} metrics" in run.problems[0]


def test_an_event_of_very_many_values_is_read(tmp_path: Path) -> None:
    values = [Summary.Value(tag=f"tag_{number}", simple_value=number) for number in range(500)]
    write_events(tmp_path / NAME, [Event(step=step, wall_time=1.0, summary=Summary(value=values))
                                   for step in range(30)])
    scalars = open_run(tmp_path).scalars()
    assert len(scalars) == 500 and scalars["tag_321"].values.tolist() == [321.0] * 30


def test_a_log_that_is_a_link_out_of_the_root_is_not_read(tmp_path: Path) -> None:
    root, secret = tmp_path / "root", tmp_path / "secret"
    write_events(secret / NAME, [scalar(1, "secret", 1.0)])
    write_events(root / "run" / NAME, [scalar(1, "loss", 1.0)])
    write_events(root / "shared" / OTHER, [scalar(1, "rate", 3.0)])
    (root / "run" / "zz.tfevents.3").symlink_to(secret / NAME)
    (root / "run" / OTHER).symlink_to(root / "shared" / OTHER)
    (root / "linked").symlink_to(secret)
    assert {run.name for run in find_runs(root)} == {"run", "shared"}
    run = open_run(root / "run", root)
    assert set(run.scalars()) == {"loss", "rate"} == set(run.digests())
    assert run.problems == [f"zz.tfevents.3 is a link out of {root}: not read"]
    with pytest.raises(RunError, match="outside"):
        open_run(root / "linked", root)
    with pytest.raises(RunError, match="outside"):
        open_run(root / ".." / "secret", root)


def test_a_text_log_that_is_a_link_out_of_the_root_is_not_read(tmp_path: Path) -> None:
    (tmp_path / "secret.jsonl").write_text('{"step": 1, "secret": 2}\n')
    folder = tmp_path / "root" / "run"
    folder.mkdir(parents=True)
    (folder / "log.jsonl").write_text('{"step": 1, "loss": 2}\n')
    (folder / "more.jsonl").symlink_to(tmp_path / "secret.jsonl")
    run = open_run(folder, tmp_path / "root")
    assert set(run.scalars()) == {"loss"} and "more.jsonl is a link out of" in run.problems[0]


def test_samples_that_are_links_out_of_the_root_are_not_read(tmp_path: Path) -> None:
    root, away = tmp_path / "runs", tmp_path / "away"
    for place in (root / "run" / "samples" / "step_000001" / "mine", away / "step_000002" / "secret", away / "secret"):
        place.mkdir(parents=True)
        (place / "sample.json").write_text(json.dumps({"id": place.name, "text": "secret"}))
    write_events(root / "run" / NAME, [scalar(1, "loss", 1.0)])
    (root / "run" / "samples" / "step_000002").symlink_to(away / "step_000002")
    (root / "run" / "samples" / "step_000001" / "secret").symlink_to(away / "secret")
    run = open_run(root / "run", root)
    assert run.sample_steps() == [1] and [sample.id for sample in run.samples(1)] == ["mine"]
    of_facts = read_facts(run).samples
    assert list(of_facts) == [1] and [sample.id for sample in of_facts[1]] == ["mine"]
    assert open_run(root / "run").sample_steps() == [1, 2]        # without a root nothing is outside


def test_half_a_surrogate_pair_in_a_sample_can_be_shown(tmp_path: Path) -> None:
    path = tmp_path / "sample.json"
    path.write_bytes(rb'{"id": "a\ud800b", "tokens": ["\uDFFF", "\ud83d\ude00"], "score": NaN}')
    record, problem = read_object(path)
    assert problem == "" and record["id"] == "a?b" and record["tokens"] == ["?", "\U0001f600"]


UNPRIVILEGED = """
import os, sys
from mytts_core.errors import RunError
from mytts_core.runs.reader import find_runs, open_run
if os.getuid() == 0:
    os.setuid(65534)
for summary in find_runs(sys.argv[1]):
    print(summary.name, "|", summary.kind, "|", summary.problem)
run = open_run(sys.argv[1] + "/half")
print(sorted(run.scalars()), sorted(run.digests()), run.problems)
try:
    open_run(sys.argv[1] + "/locked")
except RunError as error:
    print(error)
"""


def test_folder_and_file_without_permission_are_said_and_the_rest_is_shown(repository: Path, tmp_path: Path) -> None:
    root = tmp_path / "root"
    for name in ("half", "locked", "open"):
        write_events(root / name / NAME, [scalar(1, "loss", 1.0)])
    write_events(root / "half" / OTHER, [scalar(1, "hidden", 1.0)]).chmod(0)
    (root / "locked").chmod(0)
    for folder in [tmp_path, *tmp_path.parents][:3]:
        folder.chmod(folder.stat().st_mode | 0o055)
    try:
        done = subprocess.run([sys.executable, "-c", UNPRIVILEGED, str(root)], cwd=repository, text=True,
                              capture_output=True, timeout=120)
    finally:
        (root / "locked").chmod(0o755)
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == [
        "half | tensorboard | ", f"locked |  | {root}/locked: Permission denied", "open | tensorboard | ",
        f"['loss'] ['loss'] ['{OTHER}: Permission denied']",
        f"run folder {root}/locked cannot be read (Permission denied)"]


def test_a_file_that_grows_while_it_is_read_never_shows_half_a_step(tmp_path: Path) -> None:
    path = tmp_path / NAME
    path.write_bytes(file_bytes([]))
    total = 3_000

    def write() -> None:
        with open(path, "ab", buffering=0) as file:
            pending = b""
            for step in range(total):
                pending += record(scalar(step, "loss", step).SerializeToString())
                if len(pending) > 1_000 or step == total - 1:
                    file.write(pending[:len(pending) // 2])         # a record is torn between two writes
                    file.write(pending[len(pending) // 2:])
                    pending = b""

    run = open_run(tmp_path, index_folder=tmp_path / "index")
    writer = threading.Thread(target=write)
    writer.start()
    seen = 0
    while seen < total:
        steps = run.series("loss").steps
        assert len(steps) >= seen and steps.tolist() == list(range(len(steps))) and run.problems == []
        seen = len(steps)
        assert writer.is_alive() or len(run.series("loss").steps) == total
    writer.join()


def test_a_run_whose_folder_goes_away_and_comes_back(tmp_path: Path) -> None:
    write_events(tmp_path / "run" / NAME, [scalar(1, "loss", 1.0)])
    run = open_run(tmp_path / "run", tmp_path)
    assert len(run.scalars()) == 1
    os.rename(tmp_path / "run", tmp_path / "elsewhere")
    assert len(run.scalars()) == 1 and "No such file or directory" in run.problems[0]
    run.digests()
    os.rename(tmp_path / "elsewhere", tmp_path / "run")
    assert len(run.scalars()) == 1 and run.problems == []


def test_a_folder_whose_name_is_not_utf_8_is_named_in_a_line_and_the_others_open(tmp_path: Path) -> None:
    try:
        os.mkdir(os.fsencode(tmp_path) + b"/caf\xe9")
    except OSError:
        pytest.skip("this file system keeps names in UTF-8")
    for folder in (tmp_path / os.fsdecode(b"caf\xe9"), tmp_path / "good"):
        folder.mkdir(exist_ok=True)
        (folder / "log.csv").write_text("epoch,loss\n0,1.0\n1,0.5\n", encoding="utf-8")
    listed = {run.name: run for run in find_runs(tmp_path)}
    assert sorted(listed) == ["caf?", "good"] and listed["good"].problem == ""
    assert "not UTF-8" in listed["caf?"].problem and "rename" in listed["caf?"].problem
    for run in listed.values():
        f"{run.name}{run.folder}{run.problem}".encode()     # every part of it can be shown
