"""Speak a text with a run's checkpoint and write it to an audio file.

The suffix of --out chooses the format: .wav, .flac, .ogg or .mp3. A file appears whole or not at all. A text of several
sentences is spoken sentence by sentence, with pauses between. Several temperatures or seeds give a take of each with
each, decoded together, in files named after --out: hello.wav becomes hello_temperature_1.2_seed_3.wav.
"""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mytts_core.synthesis.long_text import Speech
    from mytts_core.synthesis.spoken import TakeRequest
    from mytts_core.synthesis.take import Take

NAME = "synthesize"
HELP = "speak a text with a run's checkpoint"
_ENDS = {"stop_token": "ended by its stop token",
         "end_of_text": "ended at the end of the text, without a stop token",
         "limit": "cut at the length limit, without a stop"}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    from mytts_core.vocoder import DEFAULT_VOCODER, VOCODERS

    parser.add_argument("--run", required=True, type=Path, metavar="DIR", help="the run's folder", dest="run_folder")
    parser.add_argument("--text", required=True, metavar="TEXT", help="what to say; - reads it from standard input")
    parser.add_argument("--out", required=True, type=Path, metavar="FILE", help="audio file to write")
    parser.add_argument("--temperature", type=float, nargs="+", default=[1.0], metavar="T",
                        help="1.0 is deterministic, more adds variation, less speaks flatter (default: 1.0)")
    parser.add_argument("--seed", type=int, nargs="+", metavar="N",
                        help="of the variation (default: a new one, which is printed)")
    parser.add_argument("--checkpoint", metavar="C", help="a step, best, last, or a weights file in the run "
                                                          "(default: last)")
    parser.add_argument("--max-unknown", type=float, metavar="SHARE",
                        help="of the text's symbols that the model may not know, 0 to 1 (default: the run's, "
                             "text.max_unknown_share)")
    parser.add_argument("--max-seconds", type=float, metavar="S", help="cut each sentence there")
    parser.add_argument("--vocoder", choices=list(VOCODERS), default=DEFAULT_VOCODER,
                        help=f"what turns mels into sound (default: {DEFAULT_VOCODER})")


def run(args: argparse.Namespace) -> int:
    text = _read_text(args)
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")     # TensorFlow's start-up notes; errors come as exceptions
    from mytts_core.errors import MyTTSError, SynthesisError
    from mytts_core.synthesis.engine import Synthesizer
    from mytts_core.synthesis.many_texts import Speech, speak_many
    from mytts_core.training.quiet_start import quiet_start

    with quiet_start():
        synthesizer = Synthesizer.from_run(args.run_folder, args.checkpoint)
    if args.max_unknown is not None:
        synthesizer.tokenizer.max_unknown_share = args.max_unknown
    requests = _requests(args, text)
    failure = None
    for number, outcome in speak_many(synthesizer, requests):
        if isinstance(outcome, Speech):
            _write(outcome, _out_file(args.out, requests[number], len(requests)))
        else:
            failure = outcome
    if failure is not None:     # a temperature, seed or length out of range is a plain ValueError
        raise failure if isinstance(failure, MyTTSError) else SynthesisError(str(failure)) from failure
    return 0


def _read_text(args: argparse.Namespace) -> str:
    """Return what to say, once everything that can be wrong without a model has been looked at."""
    from mytts_core.audio.waveform import FORMATS
    from mytts_core.errors import AudioError, TextError

    if args.out.suffix.lower() not in FORMATS:
        raise AudioError(f"cannot write {args.out.name}: the suffix must be one of {', '.join(FORMATS)}")
    if args.out.is_dir():
        raise AudioError(f"{args.out} is a folder: give a file name in it")
    try:
        text = sys.stdin.read() if args.text == "-" else args.text
    except UnicodeDecodeError as error:
        raise TextError(f"standard input is not {error.encoding} text ({error.reason} at byte {error.start}): save it "
                        "as UTF-8") from error
    if args.max_unknown is not None and not 0 <= args.max_unknown <= 1:
        raise TextError(f"--max-unknown is {args.max_unknown}; it must be a share of the symbols, 0 to 1")
    if not text.strip():
        raise TextError("the text is empty: write at least one word after --text")
    return text


def _requests(args: argparse.Namespace, text: str) -> list[TakeRequest]:
    """Return a take of each temperature with each seed; one at most of a temperature at which nothing varies."""
    from mytts_core.synthesis.spoken import TakeRequest

    requests = []
    for temperature in dict.fromkeys(args.temperature):
        seeds = list(dict.fromkeys(args.seed or [None]))
        for seed in seeds if temperature > 1 else seeds[:1]:
            requests.append(TakeRequest(args.run_folder, args.checkpoint, text, temperature, seed, args.max_seconds,
                                        args.vocoder))
    return requests


def _out_file(out: Path, request: TakeRequest, num_takes: int) -> Path:
    if num_takes == 1:
        return out
    seed = "" if request.seed is None or request.temperature <= 1 else f"_seed_{request.seed}"
    return out.with_name(f"{out.stem}_temperature_{request.temperature:g}{seed}{out.suffix}")


def _write(speech: Speech, out: Path) -> None:
    from mytts_core.audio.waveform import write_audio

    write_audio(out, speech.wav, speech.sample_rate)
    if len(speech.takes) > 1:
        print(f"{out}: {len(speech.wav) / speech.sample_rate:.2f} s of audio in {len(speech.takes)} pieces")
    for take in speech.takes:
        print("\n".join(describe(take, out if len(speech.takes) == 1 else repr(take.text))))


def describe(take: Take, out: Path | str) -> list[str]:
    """Return what was done, in lines."""
    seed = "" if take.seed is None or take.temperature <= 1 else f", seed {take.seed} ({take.variation})"
    lines = [f"{out}: {take.audio_seconds:.2f} s of audio in {take.work_seconds:.2f} s; {_ENDS[take.stop_reason]}",
             f"{take.checkpoint}, temperature {take.temperature:g}{seed}, {len(take.tokens)} tokens; "
             f"attention (layer {take.head[0]}, head {take.head[1]}): diagonality {take.scores.diagonality:.2f}, "
             f"focus {take.scores.focus:.2f}, coverage {take.scores.coverage:.2f}"]
    if take.num_unknown:
        lines.append(f"not known to this model and guessed at: {' '.join(take.unknown)} ({take.num_unknown} tokens)")
    if not take.head_recorded:
        lines.append("no head is recorded with this checkpoint: the scores are of the head that reads this take best")
    lines += take.faults or ["no fault found on the way through the text"]
    return lines
