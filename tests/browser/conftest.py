"""A dashboard that runs, and a Chromium that looks at it."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

PATIENCE_MS = 180_000      # a machine that trains meanwhile is slow
CHROMIUM_OPTIONS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update",
                    "--autoplay-policy=no-user-gesture-required"]
IDLE = '[data-testid="stApp"][data-test-script-state="notRunning"]'
ADDRESS_HAS = "wanted => decodeURIComponent(location.search.replaceAll('+', ' ')).includes(wanted)"


@pytest.fixture(scope="module")
def serve(repository: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[Path], str]]:
    """A function: folder of runs → address of a dashboard over it."""
    processes = []

    def start(root: Path) -> str:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        log = tmp_path_factory.mktemp("server") / "log"
        with open(log, "wb") as output:
            process = subprocess.Popen(
                [sys.executable, "-m", "streamlit", "run", str(repository / "dashboard" / "app.py"), "--server.port",
                 str(port), "--server.headless", "true", "--", str(root)], stdout=output, stderr=subprocess.STDOUT,
                cwd=root, env={**os.environ, "MYTTS_ALLOW_REMOTE": ""})
        processes.append(process)
        wait_until_healthy(f"http://127.0.0.1:{port}", process, log)
        return f"http://127.0.0.1:{port}"

    yield start
    for process in processes:
        process.terminate()
        process.wait(90)     # a machine that trains meanwhile is slow


@pytest.fixture(scope="module")
def browser(chromium_path: str):
    """A Chromium that downloads nothing by itself."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=chromium_path, args=CHROMIUM_OPTIONS)
        yield chromium
        chromium.close()


def wait_until_healthy(address: str, process: subprocess.Popen, log: Path) -> None:
    until = time.monotonic() + PATIENCE_MS / 1000
    while time.monotonic() < until and process.poll() is None:
        try:
            with urllib.request.urlopen(f"{address}/_stcore/health", timeout=5):
                return
        except OSError:
            time.sleep(0.3)
    pytest.fail(f"the dashboard did not start: {log.read_text()[-2000:]}")
