"""Take a picture of the dashboard over real runs, for the README.

    python scripts/dashboard_picture.py sample_runs kathleen docs/dashboard.png [--view alignments] [--scheme dark]

Needs Chromium and Python's playwright, as the browser tests do.
"""

from __future__ import annotations

import argparse
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

APP = Path(__file__).resolve().parents[1] / "dashboard" / "app.py"
PATIENCE_MS = 180_000
ALL_DRAWN = """() => !document.querySelector('[data-testid="stSkeleton"]')
  && [...document.querySelectorAll('.mytts-chart')]
    .every(chart => chart.querySelector('.main-svg'))"""


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("root", type=Path)
    parser.add_argument("run")
    parser.add_argument("out", type=Path)
    parser.add_argument("--view", default="alignments", help="'' for the overview")
    parser.add_argument("--scheme", choices=["light", "dark"], default="light")
    parser.add_argument("--size", type=int, nargs=2, default=[1360, 1640], metavar=("WIDTH", "HEIGHT"))
    args = parser.parse_args()
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    server = subprocess.Popen([sys.executable, "-m", "streamlit", "run", str(APP), "--server.port", str(port),
                               "--server.headless", "true", "--", str(args.root.resolve())],
                              stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        _wait(f"http://127.0.0.1:{port}/_stcore/health")
        _take(f"http://127.0.0.1:{port}/{args.view}?run={args.run}", args.out, args.size, args.scheme)
    finally:
        server.terminate()
        server.wait(20)
    print(f"{args.out}: {args.out.stat().st_size / 1000:.0f} kB")
    return 0


def _take(address: str, out: Path, size: list[int], scheme: str) -> None:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=[
            "--no-sandbox", "--disable-gpu", "--disable-background-networking"])
        page = browser.new_page(viewport={"width": size[0], "height": size[1]}, color_scheme=scheme)
        page.set_default_timeout(PATIENCE_MS)
        page.goto(address)
        page.locator("h1").wait_for()
        page.locator('[data-testid="stApp"][data-test-script-state="notRunning"]').wait_for()
        page.wait_for_function(ALL_DRAWN)
        page.wait_for_timeout(2_000)     # for the last transitions
        out.parent.mkdir(parents=True, exist_ok=True)
        page.screenshot(path=out)
        browser.close()


def _wait(address: str) -> None:
    until = time.monotonic() + PATIENCE_MS / 1000
    while True:
        try:
            with urllib.request.urlopen(address, timeout=5):
                return
        except OSError:
            if time.monotonic() > until:
                raise SystemExit("the dashboard did not start") from None
            time.sleep(0.3)


if __name__ == "__main__":
    sys.exit(main())
