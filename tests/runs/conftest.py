"""A configuration, and a run that is being written."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from mytts_core.config import RunConfig, get_model_preset
from mytts_core.runs.writer import RunWriter


@pytest.fixture
def config() -> RunConfig:
    return RunConfig(get_model_preset("modern_cpu"), preset="modern_cpu")


@pytest.fixture
def writer(tmp_path: Path, config: RunConfig) -> Iterator[RunWriter]:
    with RunWriter.create(tmp_path / "runs" / "first", config, command=["mytts", "train"], device="2 cores") as made:
        yield made
