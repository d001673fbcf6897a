"""What pages get from the cache: windows, digests and attempts, up to date at every call, nothing from outside."""

from __future__ import annotations

import math
import os
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import streamlit as st

from dashboard import cache
from tests.runs.event_bytes import record, scalar, write_events

NAME = "events.out.tfevents.0000000001.host"


@pytest.fixture(autouse=True)
def own_caches(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    st.cache_resource.clear()
    st.cache_data.clear()
    yield
    st.cache_resource.clear()
    st.cache_data.clear()


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A root with a run of 20,000 points, one of which is a spike and one NaN."""
    events = [scalar(step, "loss", 1e6 if step == 7_777 else math.nan if step == 12_000 else 1.0, 1.7e9 + step)
              for step in range(20_000)]
    write_events(tmp_path / "root" / "run" / NAME, events)
    return tmp_path / "root"


def append(path: Path, step: int, value: float) -> None:
    with open(path, "ab") as file:
        file.write(record(scalar(step, "loss", value).SerializeToString()))


def test_window_is_reduced_and_gets_finer_on_zoom(root: Path) -> None:
    run = cache.open_run(root, root / "run")
    whole = cache.series_window(root, run, "loss", max_points=100)
    assert len(whole.steps) <= 100 and {0, 7_777, 12_000, 19_999} <= set(whole.steps.tolist())
    zoomed = cache.series_window(root, run, "loss", 7_750, 7_800, max_points=100)
    assert zoomed.steps.tolist() == list(range(7_749, 7_802))
    by_time = cache.series_window(root, run, "loss", 1.7e9 + 7_750, 1.7e9 + 7_800, 100, "wall_time")
    assert by_time.steps.tolist() == zoomed.steps.tolist()
    assert len(cache.series_window(root, run, "no such tag").steps) == 0


def test_every_call_sees_what_was_written_since(root: Path) -> None:
    run = cache.open_run(root, root / "run")
    assert cache.scalar_digests(root, run)["loss"].count == 20_000
    for step in range(20_000, 20_005):
        append(root / "run" / NAME, step, 0.5)
        assert cache.open_run(root, root / "run") is run
        digest = cache.scalar_digests(root, run)["loss"]
        assert (digest.count, digest.last_step, digest.last, digest.best_min) == (step + 1, step, 0.5, 0.5)
        assert cache.series_window(root, run, "loss", step - 1, step).steps[-1] == step
        assert cache.scalars(root, run)["loss"].steps[-1] == step


def test_older_attempts_are_there_on_request(root: Path) -> None:
    append(root / "run" / NAME, 100, 3.0)
    run = cache.open_run(root, root / "run")
    assert cache.scalars(root, run)["loss"].steps.tolist() == list(range(101))
    assert [len(part.steps) for part in cache.series_attempts(root, run, "loss")] == [20_000, 1]


def test_second_process_takes_digests_from_the_index(root: Path, tmp_path: Path) -> None:
    first = cache.scalar_digests(root, cache.open_run(root, root / "run"))["loss"]
    assert list((tmp_path / "cache" / "mytts" / "index").glob("*.sqlite"))
    st.cache_resource.clear()
    second = cache.scalar_digests(root, cache.open_run(root, root / "run"))["loss"]
    assert second is not first and second.count == 20_000 and second.non_finite == 1
    np.testing.assert_array_equal(second.sparkline, first.sparkline)


def test_a_log_linked_from_outside_neither_shows_nor_stops_the_run(root: Path, tmp_path: Path) -> None:
    write_events(tmp_path / "secret" / NAME, [scalar(1, "secret", 1.0)])
    (root / "run" / "zz.tfevents.9").symlink_to(tmp_path / "secret" / NAME)
    run = cache.open_run(root, root / "run")
    assert set(cache.scalars(root, run)) == {"loss"} and "link out of" in run.problems[0]
    before = cache.run_stamp(root, root / "run")
    os.utime(tmp_path / "secret" / NAME, (1, 1))
    (root / "run" / "samples").mkdir()
    (root / "run" / "samples" / "step_000001").symlink_to(tmp_path / "secret")
    looked_at = [Path(path).name for path, _, _ in cache.run_stamp(root, root / "run")]
    assert len(looked_at) == len(before) and "step_000001" not in looked_at
