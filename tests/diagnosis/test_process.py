"""The training as a process: failed, silent, short of disk; and facts read from a folder."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from mytts_core.config import RunConfig
from mytts_core.diagnosis import diagnose, read_facts
from mytts_core.diagnosis.facts import MAX_TAGS, SAMPLE_STEPS_READ, free_space
from mytts_core.diagnosis.rules.process import duration, size
from mytts_core.runs.reader import open_run
from mytts_core.runs.types import CheckpointInfo, RunStatus
from mytts_core.runs.writer import RunWriter
from tests.diagnosis.healthy_facts import NOW, config, findings, healthy

GIB = 1 << 30


@pytest.mark.parametrize(("silence", "severity"), [(301, "warning"), (1_700, "warning"), (1_900, "serious")])
def test_a_silent_run_is_found_and_serious_after_half_an_hour(silence: float, severity: str) -> None:
    item = findings(healthy(status=RunStatus("running", 1_234, NOW - silence)))["stalled_run"]
    assert item.severity == severity and item.first_step == item.last_step == 1_234


@pytest.mark.parametrize("status", [RunStatus("running", 9, NOW - 299), RunStatus("finished", 9, NOW - 1e6),
                                    RunStatus("running", 9, NOW + 1e6), RunStatus("running", 9), RunStatus()])
def test_a_run_that_speaks_has_ended_or_tells_no_time_is_not_silent(status: RunStatus) -> None:
    assert findings(healthy(status=status)) == {}


def test_a_failed_run_says_why() -> None:
    item = findings(healthy(status=RunStatus("failed", 77, NOW, "the disk is full")))["failed_run"]
    assert item.is_serious and item.first_step == 77 and item.explanation == "It ended at step 77: the disk is full"


@pytest.mark.parametrize(("free", "weights", "severity"), [
    (100 << 20, 0, "serious"), (1 * GIB, 0, "warning"), (3 * GIB, 0, None),
    (3 * GIB, 1 * GIB, "serious"), (10 * GIB, 1 * GIB, "warning"), (30 * GIB, 1 * GIB, None),
])
def test_the_disk_of_a_running_training_must_hold_its_checkpoints(free: int, weights: int,
                                                                  severity: str | None) -> None:
    kept = [CheckpointInfo(500, Path("w.h5"), weights, NOW)] if weights else []
    facts = healthy(status=RunStatus("running", 4_000, NOW - 1), free_bytes=free, checkpoints=kept)
    found = findings(facts)
    assert (found["disk_nearly_full"].severity if found else None) == severity
    assert findings(facts._replace(status=RunStatus("finished", 4_000, NOW))) == {}
    assert findings(facts._replace(free_bytes=None)) == {}


def test_free_space_of_a_folder_and_of_one_that_is_gone(tmp_path: Path) -> None:
    assert free_space(tmp_path) > 0 and free_space(tmp_path / "gone") is None


@pytest.mark.parametrize(("seconds", "words"), [(40, "40 seconds"), (119, "119 seconds"), (150, "2 minutes"),
                                                (7_200, "2 hours"), (400_000, "5 days")])
def test_durations_in_words(seconds: float, words: str) -> None:
    assert duration(seconds) == words


@pytest.mark.parametrize(("num_bytes", "words"), [(3 << 20, "3 MiB"), (3 << 29, "1.5 GiB")])
def test_sizes_in_words(num_bytes: int, words: str) -> None:
    assert size(num_bytes) == words


def write_run(folder: Path, looks: int, settings: RunConfig) -> None:
    with RunWriter.create(folder, settings, command=["mytts", "train"]) as writer:
        for step in range(10, 10 * looks + 1, 10):
            writer.scalars(step, {"train/loss": 2.0, "validation/diagonality": 0.9})
            writer.sample(step, "first", {"teacher_forced": {"diagonality": 0.9}})
        writer.status("running", 10 * looks, "at work")


def test_facts_are_read_from_the_folder(tmp_path: Path) -> None:
    write_run(tmp_path / "run", SAMPLE_STEPS_READ + 2, config("seed=3"))
    facts = read_facts(open_run(tmp_path / "run"), now=NOW, free_bytes=lambda folder: len(folder.name))
    assert facts.kind == "mytts" and facts.config == config("seed=3") and facts.command == ("mytts", "train")
    assert facts.free_bytes == len("run") and facts.now == NOW and facts.status.state == "running"
    assert len(facts.series("train/loss").steps) == facts.last_step / 10 == SAMPLE_STEPS_READ + 2
    assert list(facts.samples) == [10 * look for look in range(3, SAMPLE_STEPS_READ + 3)]
    assert not len(facts.gradients.steps) and not facts.has_ended and facts.series("none").steps.size == 0


def test_of_many_tags_only_those_that_a_rule_looks_at_are_read(tmp_path: Path) -> None:
    with RunWriter.create(tmp_path / "run", config()) as writer:
        for step in (1, 2):
            writer.scalars(step, {"train/loss": 1.0, "train/learning_rate": 1e-3, "train/seconds_per_step": 2.0,
                                  **{f"loss/{number}": 1.0 for number in range(2 * MAX_TAGS)},
                                  **{f"weather/{number}": 1.0 for number in range(50)}})
    scalars = read_facts(open_run(tmp_path / "run")).scalars
    assert len(scalars) == MAX_TAGS and {"train/loss", "train/learning_rate"} <= set(scalars)
    assert not any(tag.startswith("weather") or tag == "train/seconds_per_step" for tag in scalars)


def test_a_sample_that_is_written_again_is_read_again(tmp_path: Path) -> None:
    write_run(tmp_path / "run", 1, config())
    step_folder = tmp_path / "run" / "samples" / "step_000010"
    os.utime(step_folder, (NOW - 1e8, NOW - 1e8))
    assert [item.id for item in read_facts(open_run(tmp_path / "run")).samples[10]] == ["first"]
    with RunWriter.resume(tmp_path / "run", 5) as writer:
        writer.sample(10, "second", {})
    for _ in range(2):
        assert [item.id for item in read_facts(open_run(tmp_path / "run")).samples[10]] == ["first", "second"]


def test_diagnose_takes_the_time_and_the_disk_from_its_caller(tmp_path: Path) -> None:
    write_run(tmp_path / "run", 1, config())
    run = open_run(tmp_path / "run")
    assert diagnose(run, run.status.heartbeat + 1, free_bytes=lambda _: 500 * GIB) == []
    assert [item.rule for item in diagnose(run, run.status.heartbeat + 9_999, free_bytes=lambda _: 1)] == [
        "stalled_run", "disk_nearly_full"]
    assert "stalled_run" not in {item.rule for item in diagnose(run)}      # by default it is now


def test_a_run_without_a_readable_configuration_is_diagnosed_all_the_same(tmp_path: Path) -> None:
    write_run(tmp_path / "run", 5, config("use_prenet=false"))
    (tmp_path / "run" / "config.json").write_text("{ torn", encoding="utf-8")
    run = open_run(tmp_path / "run")
    assert run.config is None
    assert [item.rule for item in diagnose(run, run.status.heartbeat + 9_999)] == ["stalled_run"]
