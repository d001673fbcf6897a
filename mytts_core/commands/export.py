"""Write a light copy of a run: logs, a few samples, checkpoints in half precision, nothing to resume from.

The copy opens in the dashboard and speaks like the run it was made from.
"""

from __future__ import annotations

import argparse
from pathlib import Path

NAME = "export"
HELP = "write a light copy of a run, to send or to keep"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--run", required=True, type=Path, metavar="DIR", dest="run_folder", help="the run's folder")
    parser.add_argument("--out", required=True, type=Path, metavar="DIR", help="new folder for the copy")
    parser.add_argument("--checkpoints", nargs="+", type=int, default=[], metavar="STEP",
                        help="checkpoints to keep (default: the last)")
    parser.add_argument("--samples", nargs="+", type=int, default=[], metavar="STEP",
                        help="steps whose samples to keep, with audio of the last of them (default: the last)")
    parser.add_argument("--utterances", type=int, default=4, metavar="N", help="samples a step (default: 4)")


def run(args: argparse.Namespace) -> int:
    from mytts_core.errors import ConfigError
    from mytts_core.training.export import export_run

    if args.utterances < 0:
        raise ConfigError(f"--utterances is {args.utterances}; it must be at least 0")
    export_run(args.run_folder, args.out, checkpoints=args.checkpoints, sample_steps=args.samples,
               utterances=args.utterances)
    size = sum(path.stat().st_size for path in args.out.rglob("*") if path.is_file())
    print(f"{args.out}: {size / 1e6:.1f} MB")
    return 0
