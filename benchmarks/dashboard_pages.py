"""How soon the pages of the dashboard are there, what they send, and how much memory its process takes.

A real server over `sample_runs/`, looked at by a real Chromium; server time alone by Streamlit's own test driver.
"""

from __future__ import annotations

import importlib.util
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from benchmarks.report import REPOSITORY, Table
from mytts_core.errors import MyTTSError

APP = REPOSITORY / "dashboard" / "app.py"
ROOT = REPOSITORY / "sample_runs"
RUN, COMPARED = "kathleen", "espeak"
PAGES = {"": "Overview", "metric_trends": "Metric trends", "alignments": "Alignments", "gradients": "Gradients",
         "checkpoints": "Checkpoints", "synthesis": "Synthesis"}
CHROMIUM = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
PATIENCE_SECONDS = 120
DRAWN = """() => document.querySelector('[data-testid="stApp"][data-test-script-state="notRunning"]')
  && !document.querySelector('[data-testid="stSkeleton"]')
  && [...document.querySelectorAll('.mytts-chart')].every(chart => chart.querySelector('.main-svg'))"""


def run() -> list[Table]:
    chromium = os.environ.get("MYTTS_CHROMIUM") or next(filter(None, map(shutil.which, CHROMIUM)), None)
    if not chromium or importlib.util.find_spec("playwright") is None:
        raise MyTTSError("no Chromium or no playwright: install them, or set MYTTS_CHROMIUM")
    with tempfile.TemporaryDirectory() as cache, _server(Path(cache)) as (address, process):
        cold, first, again = _in_browser(address, str(chromium))
        memory, has_tensorflow = _memory_mb(process.pid), _maps_tensorflow(process.pid)
    server = _server_side()
    rows = [(title, f"{first[title]:.2f}", f"{again[title]:.2f}", f"{server[title][0]:.2f}",
             f"{server[title][1]:.0f}", f"{server[title][2]:.0f}") for title in PAGES.values()]
    return [Table("Pages of the dashboard over sample_runs", (
        "page", "first time (s)", "switched to again (s)", "server, processor time (s)", "largest chart (KB)",
        "all charts (KB)"), rows, (
        f"cold start, a new browser on a new server until the overview stands: {cold:.2f} s (aim: under 3 s)",
        f"memory of the server's process afterwards: {memory:.0f} MB (aim: under 500 MB); "
        f"TensorFlow in it: {'yes' if has_tensorflow else 'no'}",
        "the browser's times end when every chart is drawn; processor time is the script's, caches "
        "warm (aim: under 0.5 s); a chart sends 200 KB at most",
        f"run {RUN}, on metric trends compared with {COMPARED}, smoothed, outliers clipped"))]


@contextmanager
def _server(cache: Path) -> Iterator[tuple[str, subprocess.Popen]]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    process = subprocess.Popen(
        [sys.executable, "-m", "streamlit", "run", str(APP), "--server.port", str(port), "--server.headless", "true",
         "--", str(ROOT)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        env={**os.environ, "XDG_CACHE_HOME": str(cache)})       # no index of an earlier look
    address = f"http://127.0.0.1:{port}"
    try:
        _wait_until_healthy(address, process)
        yield address, process
    finally:
        process.terminate()
        process.wait(20)


def _in_browser(address: str, chromium: str) -> tuple[float, dict[str, float], dict[str, float]]:
    """Return seconds of the cold start, and of each page the first time and the second, by title."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=[
            "--no-sandbox", "--disable-gpu", "--disable-background-networking"])
        page = browser.new_page(viewport={"width": 1280, "height": 900})
        page.set_default_timeout(1000 * PATIENCE_SECONDS)
        start = time.perf_counter()
        page.goto(f"{address}/?run={RUN}&compare={COMPARED}")
        _wait_until_drawn(page, "Overview")
        cold = time.perf_counter() - start
        first, again = ({title: _switch(page, title) for title in [*list(PAGES.values())[1:], "Overview"]}
                        for _ in range(2))
        browser.close()
    return cold, {**first, "Overview": cold}, again


def _switch(page: Any, title: str) -> float:
    start = time.perf_counter()
    page.get_by_test_id("stSidebarNav").get_by_role("link", name=title).click()
    _wait_until_drawn(page, title)
    return time.perf_counter() - start


def _wait_until_drawn(page: Any, title: str) -> None:
    page.get_by_role("heading", name=title, exact=True).wait_for()
    page.wait_for_function(DRAWN)


def _server_side() -> dict[str, tuple[float, float, float]]:
    """Return title → processor seconds of a script run with warm caches, kilobytes of the largest chart and of all."""
    from streamlit.testing.v1 import AppTest

    found = {}
    sys.argv = ["app.py", str(ROOT)]
    for name, title in PAGES.items():
        app = AppTest.from_file(str(APP), default_timeout=PATIENCE_SECONDS)
        query = {"run": RUN, "compare": COMPARED}
        if name == "metric_trends":
            query |= {"smoothing": "0.6", "clip": "true"}
        for key, value in query.items():
            app.query_params[key] = value
        if name:
            app.switch_page(f"views/{name}.py")
        app.run()
        if app.exception:
            raise MyTTSError(f"{title} does not open: {app.exception[0].message}")
        seconds = []
        for _ in range(3):
            start = time.process_time()     # of the processor: other work on the machine does not count
            app.run()
            seconds.append(time.process_time() - start)
        sizes = [len(json.loads(element.proto.json)["spec"].encode()) / 1000 for element in app.get("bidi_component")
                 if element.proto.component_name == "mytts_chart"]
        found[title] = (min(seconds), max(sizes, default=0.0), sum(sizes))
    return found


def _memory_mb(pid: int) -> float:
    try:
        lines = Path(f"/proc/{pid}/status").read_text(encoding="utf-8").splitlines()
    except OSError:
        return float("nan")     # not on macOS
    return next(int(line.split()[1]) for line in lines if line.startswith("VmRSS")) / 1000


def _maps_tensorflow(pid: int) -> bool:
    try:
        return "tensorflow" in Path(f"/proc/{pid}/maps").read_text(encoding="utf-8")
    except OSError:
        return False


def _wait_until_healthy(address: str, process: subprocess.Popen) -> None:
    until = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < until and process.poll() is None:
        try:
            with urllib.request.urlopen(f"{address}/_stcore/health", timeout=5):
                return
        except OSError:
            time.sleep(0.1)
    raise MyTTSError("the dashboard did not start")
