"""What conftest.py promises: missing data or browser skip a test, or fail it on request; slow tests run last."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

TESTS = """
import pytest

@pytest.mark.browser
def test_page(chromium_path): pass

@pytest.mark.slow
def test_training(): pass

def test_data(shared_data): pass
"""


@pytest.fixture
def run_tests(tmp_path: Path, repository: Path):
    """A function (**environment) → output of a pytest of three tests, in which neither data nor browser are found."""
    folder = tmp_path / "clone" / "tests"
    folder.mkdir(parents=True)
    shutil.copy(repository / "tests" / "conftest.py", folder)
    shutil.copy(repository / "pyproject.toml", folder.parent)
    (folder / "test_three.py").write_text(TESTS, encoding="utf-8")
    hidden = ("MYTTS_SHARED_DATA", "MYTTS_REQUIRE_DATA", "MYTTS_REQUIRE_BROWSER", "MYTTS_CHROMIUM")
    bare = {name: value for name, value in os.environ.items() if name not in hidden}

    def run(**environment: str) -> str:
        command = [sys.executable, "-m", "pytest", "-v", "-p", "no:cacheprovider", "tests"]
        return subprocess.run(command, cwd=folder.parent, env={**bare, "PATH": str(tmp_path), **environment},
                              capture_output=True, text=True, check=False).stdout
    return run


def test_missing_data_and_browser_skip_with_a_reason(run_tests) -> None:
    output = run_tests()
    assert "1 passed, 2 skipped" in output
    assert "no test data at" in output and "no Chromium: install it" in output


def test_missing_data_and_browser_fail_where_they_are_required(run_tests) -> None:
    output = run_tests(MYTTS_REQUIRE_DATA="1", MYTTS_REQUIRE_BROWSER="1")
    assert "1 passed, 2 errors" in output


def test_given_data_and_browser_are_used_and_slow_tests_come_after_fast_ones(run_tests, tmp_path: Path) -> None:
    output = run_tests(MYTTS_SHARED_DATA=str(tmp_path), MYTTS_CHROMIUM=sys.executable)
    order = [output.index(f"::{name} PASSED") for name in ("test_data", "test_training", "test_page")]
    assert order == sorted(order)
