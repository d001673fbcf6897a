"""Make a speech corpus from sentences with espeak-ng voices, so that a training needs no download.

The sentences are lines, `id|text` lines, or CMU Arctic prompts. Several voices make a corpus with a speaker column.
The same command goes on where an interrupted one stopped.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

NAME = "make-corpus"
HELP = "speak a list of sentences into a corpus"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--sentences", required=True, type=Path, metavar="FILE", help="text file of sentences")
    parser.add_argument("--out", required=True, type=Path, metavar="DIR", help="folder of the corpus")
    parser.add_argument("--voice", nargs="+", action="extend", metavar="VOICE", dest="voices",
                        help="espeak-ng voices such as en-us, en-gb+f3, fa (default: en-us)")
    parser.add_argument("--limit", type=int, metavar="N", help="take only the first N sentences")
    parser.add_argument("--speed", type=int, default=160, metavar="WPM", help="words a minute, 80–450 (default: 160)")
    parser.add_argument("--pitch", type=int, default=50, metavar="P", help="0–100 (default: 50, the voice's own)")
    parser.add_argument("--variation", type=float, default=0.0, metavar="V",
                        help="vary speed and pitch by utterance; 1 gives 15 %% and 15 units (default: 0)")
    parser.add_argument("--sample-rate", type=int, default=22050, metavar="HZ", help="default: 22050")
    parser.add_argument("--format", default="wav", choices=("wav", "flac", "ogg", "mp3"), help="default: wav")


def run(args: argparse.Namespace) -> int:
    from mytts_core.data.make_corpus import make_corpus

    made = make_corpus(args.sentences, args.out, args.voices or ("en-us",), limit=args.limit, progress=_show,
                       speed=args.speed, pitch=args.pitch, variation=args.variation, sample_rate=args.sample_rate,
                       audio_format=args.format)
    for problem in made.problems:
        print(f"left out {problem.id}: {problem.reason}", file=sys.stderr)
    kept = f", {made.kept} kept from before" if made.kept else ""
    print(f"{made.folder}: {made.spoken + made.kept} utterances, {made.seconds / 60:.1f} minutes{kept}; "
          f"train with: mytts train --data {made.folder} --preset modern_cpu --run runs/first")
    return 0


def _show(done: int, total: int) -> None:
    if sys.stderr.isatty() and (done % 10 == 0 or done == total):
        print(f"\rspoken {done} of {total}", end="\n" if done == total else "", file=sys.stderr, flush=True)
