"""Example runs, and the dashboard as a test drives it without a browser."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from tests.dashboard.example_runs import write_example_runs

_MAIN = sys.modules["__main__"]


@pytest.fixture(autouse=True)
def _same_main_module() -> Iterator[None]:
    """An AppTest leaves the page as `__main__`, which processes that later tests spawn would run."""
    yield
    sys.modules["__main__"] = _MAIN


@pytest.fixture(scope="session")
def example_runs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a healthy, a failing, an empty and a foreign run."""
    return write_example_runs(tmp_path_factory.mktemp("runs"))


@pytest.fixture
def open_page(repository: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., AppTest]:
    """A function (root, page, run, **query) → the page after its first run."""
    def open_it(root: Path, page: str = "overview", run: str = "", **query: str) -> AppTest:
        monkeypatch.setattr(sys, "argv", ["app.py", str(root)])
        app = AppTest.from_file(str(repository / "dashboard" / "app.py"), default_timeout=180)
        for name, value in {**query, **({"run": run} if run else {})}.items():
            app.query_params[name] = value
        if page != "overview":
            app.switch_page(f"views/{page}.py")
        return app.run()
    return open_it
