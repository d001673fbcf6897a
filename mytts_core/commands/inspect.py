"""Show what is in a corpus: durations, levels, clipping, silence, symbols, and rows that cannot be used."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

NAME = "inspect"
HELP = "show what is in a corpus"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("folder", metavar="DIR", type=Path, help="folder with metadata.csv and wavs/")
    parser.add_argument("--language", default="en-us", help="language of the texts (default: en-us)")
    parser.add_argument("--json", action="store_true", help="print everything measured as JSON")


def run(args: argparse.Namespace) -> int:
    from mytts_core.data.inspect import format_report, inspect_corpus

    report = inspect_corpus(args.folder, args.language, progress=_show)
    print(json.dumps(report.to_dict(), ensure_ascii=False, indent=1) if args.json else format_report(report))
    return 0


def _show(done: int, total: int) -> None:
    if sys.stderr.isatty() and (done % 10 == 0 or done == total):
        print(f"\rread {done} of {total}", end="\n" if done == total else "", file=sys.stderr, flush=True)
