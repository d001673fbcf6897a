"""Speak hard sentences with every checkpoint of a run: how a checkpoint is chosen.

About 100 sentences (one word, repeated words, numbers, lists, very long, hard clusters, …) are spoken free-running, and
it is counted what is skipped, repeated, held, cut short or never ended. The result is kept in the run folder, where the
dashboard's Stress board shows it with players; what was spoken before is not spoken again. A table tells what fails at
which checkpoint, and a line which one to choose and from which others it is not told apart.

--sentences takes a list of your own, UTF-8, one sentence a line, or category|sentence; # begins a comment. Exit code 1
where a checkpoint could not be judged.
"""

from __future__ import annotations

import argparse
import math
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mytts_core.evaluation.stress_run import StressProgress
    from mytts_core.runs.types import CheckpointInfo

NAME = "stress"
HELP = "speak hard sentences with every checkpoint, to choose one"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("run_folder", metavar="RUN", type=Path, help="the run's folder")
    parser.add_argument("--checkpoints", default="all", metavar="C",
                        help="all, last, best, or steps with commas between (default: all that are kept)")
    parser.add_argument("--sentences", type=Path, metavar="FILE", help="a list of your own instead of ours for English "
                                                                       "or Persian")
    parser.add_argument("--limit", type=int, metavar="N", help="take N sentences only, from all categories in turn")
    parser.add_argument("--temperature", type=float, default=1.0, metavar="T", help="as in synthesize (default: 1.0)")
    parser.add_argument("--seed", type=int, default=0, metavar="N", help="of the variation above 1.0 (default: 0)")
    parser.add_argument("--no-audio", action="store_true", help="keep no sounds (about 3 MB a checkpoint)")
    parser.add_argument("--words", action=argparse.BooleanOptionalAction, default=None,
                        help="let a recogniser listen (default: where it is installed and the run speaks English)")
    parser.add_argument("--json", action="store_true", help="print everything as JSON instead of the table")


def run(args: argparse.Namespace) -> int:
    from mytts_core.errors import ConfigError, CorpusError
    from mytts_core.synthesis.checkpoint_choice import read_run_config

    if not (math.isfinite(args.temperature) and args.temperature > 0):
        raise ConfigError(f"--temperature is {args.temperature}; it must be a finite number above 0")
    if args.seed < 0:
        raise ConfigError(f"--seed is {args.seed}; it must be at least 0")
    if args.limit is not None and args.limit < 1:
        raise CorpusError(f"--limit is {args.limit}; it must be at least 1")
    config = read_run_config(args.run_folder)
    checkpoints = choose_checkpoints(args.run_folder, args.checkpoints)
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")      # TensorFlow's start-up notes; errors come as exceptions
    from mytts_core.evaluation.stress_checkpoint import StressOptions
    from mytts_core.evaluation.stress_hearing import wants_hearing, why_not_heard
    from mytts_core.evaluation.stress_run import stress_run
    from mytts_core.evaluation.stress_sentences import sentences_for

    sentences = sentences_for(config.text.language, args.sentences).first(args.limit)
    hear = wants_hearing(args.words, config)
    if not hear and args.words is None:
        _say(f"no word errors: {why_not_heard(config)}")
    _say(", ".join(f"{count} {name}{'s' if count > 1 else ''}" for name, count in
                   (("sentence", len(sentences.sentences)), ("checkpoint", len(checkpoints)))))
    report = stress_run(args.run_folder, checkpoints, sentences,
                        StressOptions(args.temperature, args.seed, not args.no_audio, hear), _show)
    if report.kept:
        _say(f"had been done before: {len(report.kept)} of {len(checkpoints)}")
    for step, problem in report.problems.items():
        _say(f"step {step} could not be judged: {problem}")
    _print_board(args.run_folder, args.json)
    return 1 if report.problems else 0


def choose_checkpoints(run_folder: Path, choice: str) -> list[CheckpointInfo]:
    """Return the checkpoints that "all", "last", "best", or steps with commas between, name; by step.

    Raises:
        CheckpointError: if there are none, or one of them is not there.
    """
    from mytts_core.errors import CheckpointError
    from mytts_core.runs import schema
    from mytts_core.runs.run_files import read_checkpoints
    from mytts_core.synthesis.checkpoint_choice import choose_checkpoint

    words = [word.strip() for word in choice.split(",") if word.strip()]
    if not words or any(not (word in ("all", "last", "best") or word.isdecimal()) for word in words):
        raise CheckpointError(f"--checkpoints is {choice!r}: give all, last, best, or steps as in 500,1000")
    found = {}
    for word in words:
        named = read_checkpoints(run_folder / schema.CHECKPOINTS_FOLDER) if word == "all" else []
        for checkpoint in named or [choose_checkpoint(run_folder, "last" if word == "all" else word)]:
            found[checkpoint.step] = checkpoint
    return [found[step] for step in sorted(found)]


def _print_board(run_folder: Path, as_json: bool) -> None:
    from mytts_core.evaluation.stress_board import make_board
    from mytts_core.evaluation.stress_choice import choose
    from mytts_core.evaluation.stress_files import read_results
    from mytts_core.evaluation.stress_report import board_to_dict, choice_lines, table_lines
    from mytts_core.runs.atomic_files import json_bytes

    board = make_board(read_results(run_folder))
    if as_json:
        sys.stdout.write(json_bytes({"run": str(run_folder), **board_to_dict(board)}).decode("utf-8"))
        return
    print("\n".join([*table_lines(board), "", *choice_lines(choose(board)),
                     *(f"Not compared, step {step:,}: {reason}." for step, reason in board.left_out.items())]))


def _show(progress: StressProgress) -> None:
    if sys.stderr.isatty():
        left = f", {_duration(progress.seconds_left)} left" if math.isfinite(progress.seconds_left) else ""
        line = f"step {progress.step:,}: {progress.done} of {progress.most} sentences{left}"
        print(f"\r{line:70}", end="\r", file=sys.stderr, flush=True)


def _duration(seconds: float) -> str:
    return f"{seconds:.0f} s" if seconds < 90 else f"{seconds / 60:.0f} min"


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)
