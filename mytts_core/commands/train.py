"""Train a model on a corpus and write a run folder, which the dashboard shows while it grows.

Ctrl-C ends with a checkpoint. Whatever ended it, `--resume` goes on from the last one.
"""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

from mytts_core.errors import ConfigError

NAME = "train"
HELP = "train a model on a corpus"

EXIT_INTERRUPTED = 130


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--data", required=True, type=Path, metavar="DIR", help="corpus: metadata.csv and wavs/")
    parser.add_argument("--run", type=Path, metavar="DIR", dest="run_folder",
                        help="run folder; new or empty, unless --resume (not needed for --dry-run)")
    parser.add_argument("--preset", metavar="NAME", help="model preset, for example modern_cpu")
    parser.add_argument("--resume", action="store_true", help="go on with the run from its last checkpoint")
    parser.add_argument("--init", type=Path, metavar="RUN_OR_CHECKPOINT", help="start from the weights of another run")
    parser.add_argument("--set", nargs="+", action="extend", default=[], metavar="KEY=VALUE", dest="overrides",
                        help="change a field of the configuration, for example training.batch_size=8")
    parser.add_argument("--dry-run", action="store_true",
                        help="make a few steps and print what the training would take; write no run")
    parser.add_argument("--quiet", action="store_true", help="print errors only")


def run(args: argparse.Namespace) -> int:
    if args.run_folder is None and not args.dry_run:
        raise ConfigError("--run is missing: name a new folder for the run, for example --run runs/first")
    if args.resume and (args.init or args.dry_run):
        raise ConfigError("--resume goes on with a run as it is: leave out --init and --dry-run")
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")     # TensorFlow's start-up notes; errors come as exceptions
    from mytts_core.training.session import resolve_config, train

    config = resolve_config(args.preset, args.overrides, args.run_folder, args.resume, args.init)
    if args.dry_run:
        from mytts_core.training.dry_run import dry_run

        print("\n".join(dry_run(config, args.data, args.quiet).in_words()))
        return 0
    state = train(config, args.data, args.run_folder, resume=args.resume, init_from=args.init,
                  command=["mytts", *sys.argv[1:]], quiet=args.quiet)
    return EXIT_INTERRUPTED if state == "interrupted" else 0
