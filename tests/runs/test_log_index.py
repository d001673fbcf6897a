"""The index: a second opening reads nothing; whatever happens to the index, the points of the logs are shown."""

from __future__ import annotations

import json
import math
import os
import random
import sqlite3
import subprocess
import sys
from collections import OrderedDict
from pathlib import Path

import numpy as np
import pytest
from tensorboard.compat.proto import types_pb2
from tensorboard.compat.proto.event_pb2 import Event, SessionLog
from tensorboard.compat.proto.tensor_pb2 import TensorProto

from mytts_core.runs import event_files, index_database, log_index, residency
from mytts_core.runs.log_index import LogIndex, default_index_folder
from mytts_core.runs.reader import Run, open_run
from mytts_core.runs.run_logs import RunLogs
from tests.runs.event_bytes import file_bytes, record, scalar, tensor_event, write_events
from tests.runs.test_digest import assert_same_digest

FIRST, SECOND = "events.out.tfevents.0000000001.host", "events.out.tfevents.0000000002.host"


@pytest.fixture(autouse=True)
def small_logs_count(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(log_index, "MIN_NEW_BYTES", 1)
    monkeypatch.setattr(log_index, "MAX_NEW_BYTES", 1)


def content(first: int, stop: int) -> list[Event]:
    words = TensorProto(dtype=types_pb2.DT_STRING, string_val=[b"hello"])
    events = [scalar(step, tag, math.nan if step % 7 == 0 else step / 3, 1.7e9 + step)
              for step in range(first, stop) for tag in ("loss", "سلام/<b>", "a/b\x00c")]
    return [tensor_event(first, "note", words, "text"), *events, tensor_event(stop, "note", words)]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A run of two attempts, the second with a restart marker."""
    folder = tmp_path / "run"
    write_events(folder / FIRST, content(0, 200))
    write_events(folder / SECOND, [Event(step=150, wall_time=math.nan, session_log=SessionLog(status=1)),
                                   *content(150, 180)])
    return folder


def logs(folder: Path) -> RunLogs:
    return RunLogs(folder, "tensorboard", LogIndex(folder, folder.parent / "index"))


def index_path(folder: Path) -> Path:
    return LogIndex(folder, folder.parent / "index").path


def assert_shows(run: RunLogs, folder: Path) -> None:
    """Everything is what a reader without an index finds."""
    plain = RunLogs(folder)
    plain.refresh()
    run.refresh()
    assert run.tags() == plain.tags() and run.problems == plain.problems
    assert run.media() == plain.media() and repr(run.restarts()) == repr(plain.restarts())
    for tag in plain.tags():
        for mine, expected in zip([run.series(tag), *run.attempts(tag)], [plain.series(tag), *plain.attempts(tag)]):
            for part, other in zip(mine, expected):
                np.testing.assert_array_equal(part, other)
    digests, expected_digests = run.digests(), plain.digests()
    assert list(digests) == list(expected_digests)
    for tag in digests:
        assert_same_digest(digests[tag], expected_digests[tag])


def refuse_reading(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise AssertionError("the log is read")
    monkeypatch.setattr(event_files, "find_frames", refuse)


def append(path: Path, events: list[Event]) -> None:
    with open(path, "ab") as file:
        file.write(b"".join(record(event.SerializeToString()) for event in events))


def test_second_opening_reads_no_log(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    logs(folder).refresh()
    expected = RunLogs(folder)
    expected.refresh()
    refuse_reading(monkeypatch)
    second = logs(folder)
    assert second.refresh() == expected.refresh() + sum(file.num_events for file in expected.files.values())
    assert second.tags() == expected.tags() and second.media() == expected.media()
    for tag in expected.tags():
        np.testing.assert_array_equal(second.series(tag).values, expected.series(tag).values)


def test_digests_of_an_unchanged_run_come_without_points(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    expected = logs(folder).digests()
    refuse_reading(monkeypatch)
    monkeypatch.setattr(log_index.rows, "read_points", lambda *_: pytest.fail("points are loaded"))
    second = logs(folder)
    found = second.digests()
    assert list(found) == list(expected) and second.files == {}
    for tag in found:
        assert_same_digest(found[tag], expected[tag])


def test_reading_goes_on_where_the_index_ends_and_chunks_are_only_appended(folder: Path) -> None:
    for step in range(200, 260, 10):
        run = logs(folder)
        assert_shows(run, folder)
        append(folder / SECOND, content(step, step + 10))
        assert_shows(run, folder)           # the same process reads on
        with sqlite3.connect(index_path(folder)) as database:
            kept = sum(len(data) // 24 for data, in database.execute("SELECT data FROM points"))
        assert kept == sum(len(column) for file in run.files.values() for column in file.scalars.values())


def test_a_torn_tail_in_the_index_is_read_once_whole(folder: Path) -> None:
    torn = record(scalar(180, "loss", 1.0).SerializeToString())
    with open(folder / SECOND, "ab") as file:
        file.write(torn[:20])
    assert_shows(logs(folder), folder)
    with open(folder / SECOND, "ab") as file:
        file.write(torn[20:])
    run = logs(folder)
    assert_shows(run, folder)
    assert run.series("loss").steps[-1] == 180


def test_small_additions_wait_for_more(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    logs(folder).refresh()
    before = index_path(folder).read_bytes()
    monkeypatch.setattr(log_index, "MAX_NEW_BYTES", 64 << 10)
    monkeypatch.setattr(log_index, "MIN_NEW_BYTES", 64 << 10)
    append(folder / SECOND, [scalar(200, "loss", 1.0)])
    run = logs(folder)
    run.refresh()
    assert run.series("loss").steps[-1] == 200 and index_path(folder).read_bytes() == before


@pytest.mark.parametrize("change", ["shorter", "longer", "longer, same inode", "touched", "gone", "emptied"])
def test_a_log_that_is_another_one_now_is_read_anew(folder: Path, change: str) -> None:
    live = logs(folder)
    assert_shows(live, folder)
    path = folder / SECOND
    if change == "gone":
        path.unlink()
    elif change == "touched":
        os.utime(path, ns=(1, 1))
    elif change == "longer, same inode":
        path.write_bytes(file_bytes(content(300, 900)))
    elif change == "emptied":
        path.write_bytes(b"")
    else:
        os.replace(write_events(folder.parent / "other", content(0, 3 if change == "shorter" else 900)), path)
    assert_shows(logs(folder), folder)
    assert_shows(live, folder)
    assert_shows(logs(folder), folder)


def damage_bytes(path: Path, seed: int) -> None:
    data = bytearray(path.read_bytes())
    noise = random.Random(seed)
    for _ in range(20):
        data[noise.randrange(len(data))] ^= noise.randrange(1, 256)
    path.write_bytes(data)


def change_sql(path: Path, statement: str) -> None:
    with sqlite3.connect(path) as database:
        database.execute(statement)


DAMAGES = {
    "empty": lambda path: path.write_bytes(b""), "no database": lambda path: path.write_bytes(b"{}" * 5_000),
    "half": lambda path: path.write_bytes(path.read_bytes()[:path.stat().st_size // 2]),
    "zeros": lambda path: path.write_bytes(bytes(path.stat().st_size)),
    "another version": lambda path: change_sql(path, "PRAGMA user_version = 999"),
    "another run": lambda path: change_sql(path, "UPDATE run SET folder = '/elsewhere'"),
    "no table": lambda path: change_sql(path, "DROP TABLE points"),
    "lost chunk": lambda path: change_sql(path, "DELETE FROM points WHERE id = 2"),
    "lost tag": lambda path: change_sql(path, "DELETE FROM tag WHERE id = 1"),
    "tag as text": lambda path: change_sql(path, "UPDATE tag SET name = CAST(name AS TEXT)"),
    "lost digest": lambda path: change_sql(path, "DELETE FROM digest WHERE id = 1"),
    "flipped point": lambda path: change_sql(path, "UPDATE points SET data = zeroblob(length(data))"),
    "flipped state": lambda path: change_sql(path, "UPDATE file SET state = replace(state, '1', '2')"),
    **{f"noise {seed}": lambda path, seed=seed: damage_bytes(path, seed) for seed in range(20)},
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_damaged_or_outdated_index_is_made_anew_silently(folder: Path, damage: str) -> None:
    logs(folder).refresh()
    logs(folder).digests()
    DAMAGES[damage](index_path(folder))
    assert_shows(logs(folder), folder)
    append(folder / SECOND, content(180, 200))
    assert_shows(logs(folder), folder)
    assert_shows(logs(folder), folder)


def test_a_running_process_whose_index_is_removed_or_damaged_goes_on(folder: Path) -> None:
    run = logs(folder)
    assert_shows(run, folder)
    for change in (Path.unlink, DAMAGES["no database"], DAMAGES["lost chunk"]):
        change(index_path(folder))
        append(folder / SECOND, content(180, 200))
        assert_shows(run, folder)
        assert_shows(logs(folder), folder)


def test_two_processes_that_keep_one_index_do_not_write_points_twice(folder: Path) -> None:
    first, second = logs(folder), logs(folder)
    assert_shows(first, folder)
    assert_shows(second, folder)
    for step in range(200, 240, 10):
        append(folder / SECOND, content(step, step + 10))
        assert_shows(first, folder)
        assert_shows(second, folder)
    assert_shows(logs(folder), folder)


def test_an_index_that_another_process_holds_is_done_without(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(index_database, "_BUSY_SECONDS", 0.01)
    logs(folder).refresh()
    holder = sqlite3.connect(index_path(folder), isolation_level=None)
    holder.execute("BEGIN EXCLUSIVE")
    assert_shows(logs(folder), folder)
    holder.close()
    assert index_path(folder).exists()


@pytest.mark.parametrize("obstacle", ["file in the way", "not a folder"])
def test_without_a_cache_folder_everything_works(folder: Path, obstacle: str) -> None:
    place = folder.parent / "index"
    if obstacle == "file in the way":
        place.write_text("words")
    else:
        index_path(folder).mkdir(parents=True)
    for _ in range(2):
        assert_shows(logs(folder), folder)


def test_all_indices_together_stay_below_their_limit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folders = [tmp_path / f"run{number}" for number in range(4)]
    for number, folder in enumerate(folders):
        write_events(folder / FIRST, content(0, 100))
        logs(folder).refresh()
        os.utime(index_path(folder), (number, number))
        monkeypatch.setattr(index_database, "MAX_FOLDER_BYTES", 2 * index_path(folder).stat().st_size)
    assert [index_path(folder).exists() for folder in folders] == [False, True, True, True]
    for folder in folders:
        assert_shows(logs(folder), folder)


def test_text_logs_are_kept_too(tmp_path: Path) -> None:
    folder = tmp_path / "run"
    folder.mkdir()
    path = folder / "log.jsonl"
    path.write_text("".join(json.dumps({"step": step, "loss": step, "\ud800": 1.0}) + "\n" for step in range(100)))
    index = tmp_path / "index"
    for step in range(100, 104):
        run = RunLogs(folder, "json_lines", LogIndex(folder, index))
        run.refresh()
        assert run.series("loss").steps.tolist() == list(range(step))
        assert len(run.series("?").steps) == 100
        with open(path, "a") as file:
            file.write(json.dumps({"step": step, "loss": 2.5}) + "\n")


def test_index_lies_in_the_users_cache_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert default_index_folder() == tmp_path / "mytts" / "index"
    monkeypatch.delenv("XDG_CACHE_HOME")
    assert default_index_folder() == Path.home() / ".cache" / "mytts" / "index"


def opened(folder: Path) -> Run:
    return open_run(folder, index_folder=folder.parent / "index")


def test_an_opened_run_uses_it_and_a_run_opened_without_leaves_no_trace(folder: Path,
                                                                        monkeypatch: pytest.MonkeyPatch) -> None:
    open_run(folder).scalars()
    assert not (folder.parent / "index").exists()
    expected = opened(folder).scalars()
    refuse_reading(monkeypatch)
    assert repr(opened(folder).scalars()) == repr(expected)


def test_points_of_runs_unused_longest_are_let_go_and_come_back(tmp_path: Path,
                                                                monkeypatch: pytest.MonkeyPatch) -> None:
    folders = [tmp_path / f"run{number}" for number in range(5)]
    for number, folder in enumerate(folders):
        write_events(folder / FIRST, [scalar(step, "loss", number + step) for step in range(100)])
    monkeypatch.setattr(residency, "MAX_POINTS", 250)
    monkeypatch.setattr(residency, "_resident", OrderedDict())
    runs = [opened(folder) for folder in folders]
    for _ in range(2):
        for number, run in enumerate(runs):
            assert run.scalars()["loss"].values.tolist() == [number + step for step in range(100)]
            loaded = [other._logs.num_points() for other in runs]
            assert loaded[number] == 100 and sum(loaded) <= 250
    del runs, run                           # runs that are gone do not count
    assert sum(method() is not None for _, method in residency._resident.values()) == 0


def test_digests_alone_keep_no_points_until_the_run_is_seen_to_grow(folder: Path) -> None:
    run = opened(folder)
    before = run.digests()["loss"].count
    assert run._logs.num_points() == 0
    for step in (180, 190):
        append(folder / SECOND, content(step, step + 10))
        assert run.digests()["loss"].count == before + step - 170
    assert run._logs.num_points() > 0


UNPRIVILEGED = """
import os, sys
from pathlib import Path
from mytts_core.runs import log_index
from mytts_core.runs.reader import open_run
log_index.MIN_NEW_BYTES = log_index.MAX_NEW_BYTES = 1
if os.getuid() == 0:
    os.setuid(65534)
for index in sys.argv[2:]:
    for _ in range(2):
        run = open_run(sys.argv[1], index_folder=Path(index))
        print(len(run.series("loss").steps), run.digests()["loss"].count, run.problems)
"""


def test_cache_folder_that_may_not_be_written_is_done_without(folder: Path, repository: Path) -> None:
    logs(folder).refresh()
    append(folder / SECOND, content(180, 200))
    index, absent = folder.parent / "index", folder.parent / "locked" / "index"
    absent.parent.mkdir()
    for place in (folder, *list(folder.parents)[:3]):
        place.chmod(place.stat().st_mode | 0o055)
    index_path(folder).chmod(0o444)
    for place in (index, absent.parent):
        place.chmod(0o555)
    try:
        before = index_path(folder).read_bytes()
        done = subprocess.run([sys.executable, "-c", UNPRIVILEGED, str(folder), str(index), str(absent)],
                              cwd=repository, text=True, capture_output=True, timeout=120)
    finally:
        for place in (index, absent.parent):
            place.chmod(0o755)
    assert done.returncode == 0, done.stderr
    assert done.stdout == "200 200 []\n" * 4
    assert index_path(folder).read_bytes() == before and not absent.exists()
