"""Open the dashboard on a folder of runs, in the browser of this machine.

It is served on 127.0.0.1 only. From another machine, tunnel to it: ssh -L 8501:127.0.0.1:8501 HOST
"""

from __future__ import annotations

import argparse
import importlib.util
import os
import socket
import subprocess
import sys
from pathlib import Path

from mytts_core.errors import ConfigError, MyTTSError, RunError

NAME = "dashboard"
HELP = "look at runs in the browser"

# Passed each time, whatever the folder and its .streamlit/config.toml; a test holds those files and this together.
SERVER_OPTIONS = {
    "server.address": "127.0.0.1",
    "server.enableStaticServing": "true",
    "server.fileWatcherType": "none",
    "server.runOnSave": "false",
    "server.showEmailPrompt": "false",
    "browser.gatherUsageStats": "false",
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("root", metavar="ROOT", nargs="?", type=Path,
                        help="folder that holds runs (default: sample_runs where it exists, else this folder)")
    parser.add_argument("--port", type=int, help="port to serve on (default: 8501, or the next that is free)")
    parser.add_argument("--no-browser", action="store_true", help="print the address, do not open a browser")


def run(args: argparse.Namespace) -> int:
    root = args.root or (Path("sample_runs") if Path("sample_runs").is_dir() else Path("."))
    if not root.is_dir():
        raise RunError(f"{root} is not a folder: give the folder that holds your runs, for example runs")
    if args.port is not None:
        _require_free(args.port)
    command = streamlit_command(_app_path(), root.resolve(), args.port, args.no_browser)
    sys.stdout.flush()
    if os.name == "posix":
        os.execv(command[0], command)  # signals then reach Streamlit itself, and no second process waits beside it
    return subprocess.call(command)


def streamlit_command(app: Path, root: Path, port: int | None, no_browser: bool) -> list[str]:
    """Return the command that serves `app` on `root`, with the safe options."""
    options = dict(SERVER_OPTIONS)
    if port is not None:
        options["server.port"] = str(port)
    if no_browser:
        options["server.headless"] = "true"
    flags = [f"--{name}={value}" for name, value in options.items()]
    return [sys.executable, "-m", "streamlit", "run", str(app), *flags, "--", str(root)]


def _app_path() -> Path:
    """Return dashboard/app.py: beside this package in a clone, among the installed packages otherwise."""
    app = Path(__file__).resolve().parents[2] / "dashboard" / "app.py"
    if not app.is_file():
        raise MyTTSError(f"the dashboard is missing at {app}: install MyTTS again with pip install .")
    if importlib.util.find_spec("streamlit") is None:
        raise MyTTSError("Streamlit is not installed: install it with pip install -r requirements.txt")
    return app


def _require_free(port: int) -> None:
    if not 1 <= port <= 65535:
        raise ConfigError(f"--port is {port}; it must be from 1 to 65535")
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            raise ConfigError(f"port {port} cannot be used ({error.strerror}): choose another with --port, "
                              "or leave it out to take a free one") from error
