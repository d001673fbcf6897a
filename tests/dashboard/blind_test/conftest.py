"""The blind test's page over the espeak sample run."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.dashboard.blind_tests import RUN, copy_run


@pytest.fixture
def root(repository: Path, tmp_path: Path) -> Path:
    """A folder with the espeak sample run, without samples."""
    return copy_run(repository, tmp_path / "runs")


@pytest.fixture
def open_test(open_page, root):
    """A function: query → the page."""
    return lambda **query: open_page(root, "blind_test", RUN, **query)
