"""Fixtures for data and browser, and the order of tests: fast ones first, then slow ones, browser tests last.

MYTTS_SHARED_DATA       folder of the shared test data (default: ../shared/data beside the clone)
MYTTS_REQUIRE_DATA=1    a test that finds no data fails instead of being skipped
MYTTS_REQUIRE_BROWSER=1 a test that finds no Chromium fails instead of being skipped
"""

from __future__ import annotations

import importlib.util
import os
import shutil
from pathlib import Path

import pytest

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")  # before any test imports TensorFlow
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "-1")  # tests compare numbers: one device for all machines

REPOSITORY = Path(__file__).resolve().parents[1]
CHROMIUM_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items.sort(key=lambda item: 2 if item.get_closest_marker("browser") else bool(item.get_closest_marker("slow")))


@pytest.fixture(scope="session")
def repository() -> Path:
    """The root of the clone."""
    return REPOSITORY


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of shared test data (SOURCES.md lists it); the test is skipped, or fails, where there is none."""
    given = os.environ.get("MYTTS_SHARED_DATA")
    folder = Path(given) if given else REPOSITORY.parent / "shared" / "data"
    if not folder.is_dir():
        _skip_or_fail("MYTTS_REQUIRE_DATA", f"no test data at {folder}: set MYTTS_SHARED_DATA to its folder")
    return folder


@pytest.fixture(scope="session")
def chromium_path() -> str:
    """The path of an installed Chromium, with Python's playwright to drive it (its own download is not used)."""
    found = os.environ.get("MYTTS_CHROMIUM") or next(filter(None, map(shutil.which, CHROMIUM_NAMES)), None)
    if not found:
        _skip_or_fail("MYTTS_REQUIRE_BROWSER", "no Chromium: install it (Debian: apt install chromium) "
                                               "or set MYTTS_CHROMIUM to its path")
    if importlib.util.find_spec("playwright") is None:
        _skip_or_fail("MYTTS_REQUIRE_BROWSER", "no playwright: pip install playwright")
    return str(found)


def _skip_or_fail(variable: str, reason: str) -> None:
    if os.environ.get(variable) == "1":
        pytest.fail(f"{reason} ({variable}=1)", pytrace=False)
    pytest.skip(reason)
