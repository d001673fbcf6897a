"""Tags and notes come back as they were given, stay beside the runs, and go to the user's folder where they must."""

from __future__ import annotations

import os
import sqlite3
import threading
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mytts_core.errors import RunError
from mytts_core.runs.annotations import Annotation, clean_tags, read_annotations, write_annotation
from mytts_core.runs.discovery import find_runs

NOTE = "Learning rate ×2 <script>alert(1)</script>\nسلام"


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    (tmp_path / "runs").mkdir()
    return tmp_path / "runs"


def test_annotation_comes_back_as_it_was_given(root):
    write_annotation(root, "a/b", Annotation(("second", " first  one "), NOTE))
    assert read_annotations(root) == {"a/b": Annotation(("first one", "second"), NOTE)}
    assert (root / ".mytts").is_dir() and find_runs(root) == []


def test_half_a_surrogate_pair_is_replaced(root):
    write_annotation(root, "a", Annotation(("x\ud800",), "y\udfff"))
    assert read_annotations(root) == {"a": Annotation(("x?",), "y?")}


def test_annotation_is_replaced_and_forgotten_when_empty(root):
    write_annotation(root, "a", Annotation(("x",), "y"))
    write_annotation(root, "b", Annotation(("x",), ""))
    write_annotation(root, "a", Annotation((), "  "))
    assert read_annotations(root) == {"b": Annotation(("x",), "")}


def test_nothing_said_yet(root):
    assert read_annotations(root) == {} and list(root.iterdir()) == [], "a look leaves nothing behind"


@given(st.lists(st.text(max_size=30), max_size=15))
def test_cleaning_tags_is_done_once(tags):
    cleaned = clean_tags(tags)
    assert clean_tags(cleaned) == cleaned == tuple(sorted(set(cleaned)))
    assert {tag.split()[0] for tag in cleaned} == {tag.split()[0] for tag in tags if tag.split()}


@pytest.mark.parametrize(("annotation", "rule"), [
    (Annotation(tuple(map(str, range(21)))), "20 at most"), (Annotation(("x" * 41,)), "40 at most"),
    (Annotation((), "x" * 10_001), "10,000 at most")])
def test_too_much_is_refused_and_changes_nothing(root, annotation, rule):
    write_annotation(root, "a", Annotation(("kept",), ""))
    with pytest.raises(RunError, match=rule):
        write_annotation(root, "a", annotation)
    assert read_annotations(root)["a"].tags == ("kept",)


@pytest.mark.skipif(os.geteuid() == 0, reason="the administrator may write anywhere")
def test_root_without_permission_is_kept_in_the_users_folder_by_mode(root, tmp_path):
    root.chmod(0o500)
    try:
        write_annotation(root, "a", Annotation(("x",), ""))
    finally:
        root.chmod(0o700)
    assert not (root / ".mytts").exists() and list((tmp_path / "data").rglob("*.sqlite3"))


def test_root_that_cannot_be_written_is_kept_in_the_users_folder(root, tmp_path):
    (root / ".mytts").write_text("a file where the folder should be")
    write_annotation(root, "a", Annotation(("x",), ""))
    assert read_annotations(root) == {"a": Annotation(("x",), "")}
    assert list((tmp_path / "data").rglob("*.sqlite3"))
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / ".mytts").write_text("")
    assert read_annotations(tmp_path / "other") == {}, "each root has a database of its own"


def test_link_out_of_the_root_is_not_followed(root, tmp_path):
    (tmp_path / "elsewhere").mkdir()
    (root / ".mytts").symlink_to(tmp_path / "elsewhere")
    write_annotation(root, "a", Annotation(("x",), ""))
    assert list((tmp_path / "elsewhere").iterdir()) == []


def test_damaged_database_is_named(root):
    (root / ".mytts").mkdir()
    (root / ".mytts" / "mytts.sqlite3").write_bytes(b"not a database" * 100)
    with pytest.raises(RunError, match=r"mytts\.sqlite3.*move the file away"):
        read_annotations(root)


def test_two_writers_do_not_lose_each_others_words(root):
    threads = [threading.Thread(target=write_annotation, args=(root, f"run {number}", Annotation((f"t{number}",), "")))
               for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(read_annotations(root)) == 8


def test_log_is_written_ahead_where_the_disk_can(root):
    write_annotation(root, "a", Annotation(("x",), ""))
    with sqlite3.connect(root / ".mytts" / "mytts.sqlite3") as connection:
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
