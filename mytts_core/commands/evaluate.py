"""Judge a run on its held-out sentences, which training never saw.

Without --words: does attention read them, teacher-forced and free-running (window off, the head that was chosen on
training sentences)? With --words: are the words understood, by pocketsphinx, in free-running synthesis, beside copies
of the recordings through the same vocoder? Exit code 1 where a bound is not kept.
"""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mytts_core.evaluation.alignment import AlignmentEvaluation
    from mytts_core.evaluation.held_out import Evaluated
    from mytts_core.evaluation.intelligibility import Intelligibility

NAME = "evaluate"
HELP = "judge a run on its held-out sentences"

SHOWN_FAULTS = 2


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--run", required=True, type=Path, metavar="DIR", help="the run's folder", dest="run_folder")
    parser.add_argument("--checkpoint", metavar="C", help="a step, best, last, or a weights file in the run "
                                                          "(default: last)")
    parser.add_argument("--data", type=Path, metavar="DIR", help="the corpus, where it is not where training found it")
    parser.add_argument("--untrained", action="store_true",
                        help="judge fresh weights of the same configuration instead of a checkpoint")
    parser.add_argument("--limit", type=int, metavar="N", help="look at the first N held-out sentences only")
    parser.add_argument("--words", action="store_true", help="judge the words instead of the attention (US English)")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write everything, sentence by sentence, to a file")


def run(args: argparse.Namespace) -> int:
    from mytts_core.errors import ConfigError

    if args.limit is not None and args.limit < 1:
        raise ConfigError(f"--limit is {args.limit}; it must be at least 1")
    if args.json is not None and not args.json.parent.is_dir():
        raise ConfigError(f"--json {args.json}: the folder {args.json.parent} does not exist")
    if args.json is not None and args.json.is_dir():
        raise ConfigError(f"--json {args.json} is a folder: name the file to write in it")
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")     # TensorFlow's start-up notes; errors come as exceptions
    from mytts_core.evaluation.held_out import open_evaluation

    evaluated = open_evaluation(args.run_folder, args.checkpoint, args.data, args.untrained, args.limit)
    result: AlignmentEvaluation | Intelligibility
    if args.words:
        from mytts_core.evaluation.intelligibility import evaluate_intelligibility

        result = evaluate_intelligibility(evaluated, _show)
        lines = [*result.table(), "", *_heard(result)]
    else:
        from mytts_core.evaluation.alignment import evaluate_alignment

        result = evaluate_alignment(evaluated, _show)
        lines = _read(result)
    criteria = result.criteria()
    print("\n".join([*_heading(evaluated), "", *(criterion.line() for criterion in criteria), "", *lines]))
    if args.json is not None:
        _write(args.json, evaluated, args.words, result.to_dict())
    return 0 if all(criterion.holds for criterion in criteria) else 1


def _heading(evaluated: Evaluated) -> list[str]:
    layer, head = evaluated.head
    return [f"{evaluated.name}: {len(evaluated.held_out)} held-out sentences of {evaluated.features.folder}",
            f"attention of layer {layer}, head {head} ({evaluated.head_source}), window off",
            *(f"note: {note}" for note in evaluated.notes)]


def _read(result: AlignmentEvaluation) -> list[str]:
    lines = [f"{'':16}{'diagonality':>12}{'focus':>8}{'coverage':>10}{'monotonicity':>14}"]
    for mode in ("teacher_forced", "free_running"):
        values = [result.mean(mode, name) for name in ("diagonality", "focus", "coverage", "monotonicity")]
        lines.append(f"{mode.replace('_', '-'):16}{values[0]:12.3f}{values[1]:8.3f}{values[2]:10.3f}{values[3]:14.3f}")
    lines += ["", "worst, free-running:"]
    for item in result.worst():
        told = " ".join(item.words[:SHOWN_FAULTS]) or "no fault found"
        if len(item.words) > SHOWN_FAULTS:
            told += f" And {len(item.words) - SHOWN_FAULTS} more."
        lines.append(f"  {item.id}  {item.frames} of {item.target_frames} frames, {item.stop_reason}: {told}")
    return lines


def _heard(result: Intelligibility) -> list[str]:
    lines = ["worst, free-running:"]
    for item in result.worst():
        lines += [f"  {item.id}  {item.text}", f"      heard: {item.synthesis}", f"      copy:  {item.copy}"]
    return lines


def _write(path: Path, evaluated: Evaluated, words: bool, result: dict[str, Any]) -> None:
    from mytts_core.runs.atomic_files import write_json

    checkpoint = evaluated.synthesizer.checkpoint
    write_json(path, {"run": str(evaluated.run), "trained": evaluated.trained, "checkpoint": checkpoint.path.name,
                      "step": checkpoint.step, "data": str(evaluated.features.folder), "head": list(evaluated.head),
                      "head_source": evaluated.head_source, "notes": evaluated.notes,
                      "measure": "words" if words else "alignment", **result})


def _show(stage: str, done: int, most: int) -> None:
    if sys.stderr.isatty():
        print(f"\r{stage} {done} of at most {most}   ", end="\r", file=sys.stderr, flush=True)
