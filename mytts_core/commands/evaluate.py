"""Judge a run on its held-out sentences, which training never saw.

Does attention read them, teacher-forced and free-running (window off, the head that was chosen on training sentences)?
How far is the speech from the recordings: mel-cepstral distance, F0, duration, character errors of a recogniser, PESQ,
STOI, DNSMOS? docs/EVALUATION.md explains each. What was found is kept in the run folder, where the dashboard shows it.
With --words: are the words understood, by pocketsphinx, in free-running synthesis, beside copies of the recordings
through the same vocoder? Exit code 1 where a bound is not kept (with --all-checkpoints: by the last one).
"""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mytts_core.evaluation.measures.catalogue import GROUPS

if TYPE_CHECKING:
    from mytts_core.evaluation.held_out import Evaluated

NAME = "evaluate"
HELP = "judge a run on its held-out sentences"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("run_folder", nargs="?", type=Path, metavar="RUN", help="the run's folder")
    parser.add_argument("--run", type=Path, metavar="DIR", help="the same, as an option", dest="run_option")
    which = parser.add_mutually_exclusive_group()
    which.add_argument("--checkpoint", metavar="C", help="a step, best, last, or a weights file in the run "
                                                         "(default: last)")
    which.add_argument("--all-checkpoints", action="store_true", help="judge every checkpoint that was kept")
    which.add_argument("--untrained", action="store_true",
                       help="judge fresh weights of the same configuration instead of a checkpoint; nothing is kept")
    parser.add_argument("--data", type=Path, metavar="DIR", help="the corpus, where it is not where training found it")
    parser.add_argument("--limit", type=int, metavar="N", help="look at the first N held-out sentences only")
    parser.add_argument("--measures", nargs="+", metavar="M", choices=(*GROUPS, "none"),
                        help=f"only some of {', '.join(GROUPS)}, or none (default: all; with --untrained none)")
    parser.add_argument("--dnsmos-model", type=Path, metavar="FILE",
                        help="an ONNX file in place of the one that speechmos brings")
    parser.add_argument("--words", action="store_true", help="judge the words instead of all else (US English); "
                                                             "nothing is kept")
    parser.add_argument("--no-save", action="store_true", help="keep nothing in the run folder")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write everything, sentence by sentence, to a file")


def run(args: argparse.Namespace) -> int:
    folder = _check(args)
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")     # TensorFlow's start-up notes; errors come as exceptions
    from mytts_core.evaluation.held_out import at_checkpoint, open_evaluation
    from mytts_core.evaluation.measures.choice import make_measures
    from mytts_core.evaluation.objective import ObjectiveMeasures

    steps = _steps(folder) if args.all_checkpoints else [args.checkpoint]
    evaluated = open_evaluation(folder, steps[0], args.data, args.untrained, args.limit)
    if args.words:
        return _judge_words(args, evaluated)
    names = ["none"] if args.untrained and args.measures is None else args.measures
    measures = ObjectiveMeasures(evaluated, make_measures(names, evaluated.synthesizer.config.text.language,
                                                          args.dnsmos_model))
    results, code = [], 0
    for number, step in enumerate(steps):
        if number:
            print()
            evaluated = at_checkpoint(evaluated, step)
        result, code = _judge(args, evaluated, measures)
        results.append(result)
    if args.json is not None:
        from mytts_core.runs.atomic_files import write_json

        write_json(args.json, {"checkpoints": results} if args.all_checkpoints else results[0])
    return code


def _check(args: argparse.Namespace) -> Path:
    """Return the run's folder, or say which option cannot be."""
    from mytts_core.errors import ConfigError

    if (args.run_folder is None) == (args.run_option is None):
        raise ConfigError("name the run's folder once: mytts evaluate RUN")
    if args.limit is not None and args.limit < 1:
        raise ConfigError(f"--limit is {args.limit}; it must be at least 1")
    if args.words and args.all_checkpoints:
        raise ConfigError("--words judges one checkpoint: name it with --checkpoint, or leave --words out; character "
                          "and word errors are among the measures")
    if args.json is not None and not args.json.parent.is_dir():
        raise ConfigError(f"--json {args.json}: the folder {args.json.parent} does not exist")
    if args.json is not None and args.json.is_dir():
        raise ConfigError(f"--json {args.json} is a folder: name the file to write in it")
    return args.run_folder if args.run_folder is not None else args.run_option


def _steps(folder: Path) -> list[int]:
    from mytts_core.errors import CheckpointError
    from mytts_core.runs import schema
    from mytts_core.runs.run_files import read_checkpoints

    steps = [checkpoint.step for checkpoint in read_checkpoints(folder / schema.CHECKPOINTS_FOLDER)]
    if not steps:
        raise CheckpointError(f"{folder} holds no checkpoint yet: wait for the first")
    return steps


def _judge(args: argparse.Namespace, evaluated: Evaluated, measures: Any) -> tuple[dict[str, Any], int]:
    """Judge one checkpoint: print it, keep it, and return it with the exit code."""
    from mytts_core.evaluation import kept, tables
    from mytts_core.evaluation.alignment import evaluate_alignment
    from mytts_core.evaluation.performance import perform
    from mytts_core.runs.evaluation_files import evaluation_object

    performance = perform(evaluated, _show)
    result = evaluate_alignment(evaluated, performance=performance)
    columns = measures.columns(performance, result, _show)
    criteria = result.criteria()
    print("\n".join([*tables.heading(evaluated), "", *(criterion.line() for criterion in criteria), "",
                     *tables.attention_lines(result)]))
    if lines := tables.measure_lines(columns):
        print("\n".join(["", *lines]))
    record = kept.make_record(evaluated, columns)
    if not args.untrained and not args.no_save:
        print(f"\n{kept.keep(evaluated.run, record).words}")
    described = {**_head(evaluated, "alignment"), **result.to_dict(), "measures": evaluation_object(record)["columns"]}
    return described, 0 if all(criterion.holds for criterion in criteria) else 1


def _judge_words(args: argparse.Namespace, evaluated: Evaluated) -> int:
    from mytts_core.evaluation import tables
    from mytts_core.evaluation.intelligibility import evaluate_intelligibility
    from mytts_core.runs.atomic_files import write_json

    result = evaluate_intelligibility(evaluated, _show)
    criteria = result.criteria()
    print("\n".join([*tables.heading(evaluated), "", *(criterion.line() for criterion in criteria), "",
                     *result.table(), "", *tables.heard_lines(result)]))
    if args.json is not None:
        write_json(args.json, {**_head(evaluated, "words"), **result.to_dict()})
    return 0 if all(criterion.holds for criterion in criteria) else 1


def _head(evaluated: Evaluated, measure: str) -> dict[str, Any]:
    checkpoint = evaluated.synthesizer.checkpoint
    return {"run": str(evaluated.run), "trained": evaluated.trained, "checkpoint": checkpoint.path.name,
            "step": checkpoint.step, "data": str(evaluated.features.folder), "head": list(evaluated.head),
            "head_source": evaluated.head_source, "notes": evaluated.notes, "measure": measure}


def _show(stage: str, done: int, most: int) -> None:
    if sys.stderr.isatty():
        print(f"\r{stage} {done} of at most {most}   ", end="\r", file=sys.stderr, flush=True)
