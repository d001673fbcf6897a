"""Write a run as one HTML file that opens without a server or network: to send, or to keep beside the voice.

It holds findings, curves, gradients, the worst held-out samples with their sound, checkpoints and configuration.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from pathlib import Path

from mytts_core.errors import ConfigError, MyTTSError, RunError

NAME = "report"
HELP = "write a run as one HTML file, to send or to keep"

MOST_SAMPLES = 50
"""Each brings about half a megabyte of sound and pictures."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("run_folder", metavar="RUN", type=Path, help="the run's folder; other programs' logs work too")
    parser.add_argument("--out", type=Path, metavar="FILE",
                        help="file to write (default: RUN's name with _report.html)")
    parser.add_argument("--samples", type=int, default=6, metavar="N",
                        help=f"held-out samples to show in full, the worst first, up to {MOST_SAMPLES} (default: 6)")


def run(args: argparse.Namespace) -> int:
    if not 0 <= args.samples <= MOST_SAMPLES:
        raise ConfigError(f"--samples is {args.samples}; it must be from 0 to {MOST_SAMPLES}")
    if not args.run_folder.is_dir():
        raise RunError(f"{args.run_folder} is not a folder: give a run, for example runs/my_voice")
    out = args.out or Path(f"{args.run_folder.resolve().name}_report.html")
    if out.is_dir():
        raise ConfigError(f"--out {out} is a folder: name the file to write, for example {out / 'report.html'}")
    # The library does not import the dashboard, whose figures the report shows: that is another process.
    command = [sys.executable, str(_program()), str(args.run_folder), str(out), str(args.samples)]
    sys.stdout.flush()
    return subprocess.call(command)


def _program() -> Path:
    """Return dashboard/report: beside this package in a clone, among the installed packages otherwise."""
    program = Path(__file__).resolve().parents[2] / "dashboard" / "report"
    if not program.is_dir():
        raise MyTTSError(f"the dashboard is missing at {program.parent}: install MyTTS again with pip install .")
    return program
