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
    parser.add_argument("--utterances", type=int, default=4, metavar="N",
                        help="samples a step, the shortest with a free-running take first (default: 4)")
    parser.add_argument("--renew-text", type=Path, metavar="CORPUS",
                        help="let the copy read with today's normaliser, if that reads the run's corpus as it did")


def run(args: argparse.Namespace) -> int:
    from mytts_core.errors import ConfigError
    from mytts_core.training.export import export_run
    from mytts_core.training.session import read_run_config

    if args.utterances < 0:
        raise ConfigError(f"--utterances is {args.utterances}; it must be at least 0")
    text = None
    if args.renew_text is not None:
        from mytts_core.data.corpora import read_corpus
        from mytts_core.training.renewed_text import renew_text

        texts = [utterance.text for utterance in read_corpus(args.renew_text).utterances]
        text, different = renew_text(read_run_config(args.run_folder).text, texts)
        print(f"normaliser {text.normalizer_version} reads {len(texts) - len(different)} of {len(texts)} texts as the "
              "run did")
    export_run(args.run_folder, args.out, checkpoints=args.checkpoints, sample_steps=args.samples,
               utterances=args.utterances, text=text)
    size = sum(path.stat().st_size for path in args.out.rglob("*") if path.is_file())
    print(f"{args.out}: {size / 1e6:.1f} MB")
    return 0
