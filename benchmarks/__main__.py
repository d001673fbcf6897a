"""`python -m benchmarks [NAME …]`: run the benchmarks, all or those named, and print their tables in Markdown."""

from __future__ import annotations

import argparse
import importlib
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from benchmarks.report import REPOSITORY, format_table, machine
from mytts_core.errors import MyTTSError

# In the order of the README.
BENCHMARKS = (
    "import_time",
    "text_normalization",
    "alignment_injections",
    "event_reading",
    "overview_scale",
    "dashboard_pages",
    "diagnosis",
    "decoding",
    "takes",
    "temperature",
    "training_step",
)


def main() -> int:
    """Run the chosen benchmarks one after the other, a process each; return how many could not run."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("names", metavar="NAME", nargs="*", choices=[[], *BENCHMARKS],
                        help=f"one or more of {', '.join(BENCHMARKS)} (default: all)")
    parser.add_argument("--run", dest="runs", metavar="RUN", type=Path, action="append",
                        help="temperature alone: a run folder to measure; may be given again (default: shipped runs)")
    parser.add_argument("--figure", metavar="PICTURE", type=Path, help="temperature alone: where its picture goes")
    parser.add_argument("--in-this-process", action="store_true", help=argparse.SUPPRESS)
    args = parser.parse_args()
    if (args.runs or args.figure) and args.names != ["temperature"]:
        parser.error("--run and --figure are for `python -m benchmarks temperature`")
    options = {name: value for name in ("runs", "figure") if (value := getattr(args, name))}
    if args.in_this_process:
        return _run_here(args.names[0], options)
    print(f"Measured on {machine()}\n", flush=True)
    failed = 0
    for name in args.names or BENCHMARKS:
        start = time.perf_counter()
        command = [sys.executable, "-m", "benchmarks", "--in-this-process", name,
                   *(argument for run in args.runs or () for argument in ("--run", str(run.resolve()))),
                   *(("--figure", str(args.figure.resolve())) if args.figure else ())]
        failed += subprocess.run(command, cwd=REPOSITORY, check=False).returncode != 0
        print(f"benchmarks: {name} took {time.perf_counter() - start:.0f} s", file=sys.stderr)
    return min(failed, 1)


def _run_here(name: str, options: dict[str, Any]) -> int:
    try:
        tables = importlib.import_module(f"benchmarks.{name}").run(**options)
    except MyTTSError as error:
        print(f"### {name}\n\nnot run: {error}\n", flush=True)
        return 2
    for table in tables:
        print(format_table(table), end="\n\n", flush=True)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
