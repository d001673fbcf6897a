"""A recogniser that listens in processes of its own while the model goes on speaking."""

from __future__ import annotations

import importlib.util
import multiprocessing
import signal
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from typing import Any, Optional

import numpy as np

from mytts_core.config import RunConfig
from mytts_core.errors import ConfigError, MyTTSError
from mytts_core.evaluation.stress_record import Hearing
from mytts_core.evaluation.word_errors import edit_distance, normalize_words

PROCESSES = 2

_recognizer: Any = None     # one a process of the pool


class Listeners:
    """Processes that listen; use it in a `with`, which ends them."""

    def __init__(self, processes: int = PROCESSES) -> None:
        # Not forked: a fork of a process that runs TensorFlow's threads may hang.
        self._pool = ProcessPoolExecutor(processes, multiprocessing.get_context("spawn"), _start)

    def __enter__(self) -> Listeners:
        return self

    def __exit__(self, *_: object) -> None:
        self._pool.shutdown(wait=True, cancel_futures=True)

    def listen(self, said: str, wav: np.ndarray, sample_rate: int) -> Future[Hearing]:
        """Let a process hear a take.

        Args:
            said: the words that were to be said, numbers read out.
            wav: float32, (N,), at `sample_rate` Hz.

        Raises:
            MyTTSError: if a process has ended.
        """
        try:
            return self._pool.submit(_hear, said, wav, sample_rate)
        except BrokenProcessPool as error:
            raise _ended() from error


def result_of(hearing: Future[Hearing]) -> Hearing:
    """Return what was heard, once it is.

    Raises:
        MyTTSError: if the process that listened has ended.
    """
    try:
        return hearing.result()
    except BrokenProcessPool as error:
        raise _ended() from error


def why_not_heard(config: RunConfig) -> str:
    """Return why the recogniser cannot listen to a run, or an empty string."""
    language = config.text.language
    if not language.startswith("en"):
        return f"the recogniser hears US English, and this run speaks {language!r}"
    if importlib.util.find_spec("pocketsphinx") is None:
        return "word errors need pocketsphinx: pip install 'mytts[metrics]'"
    return ""


def wants_hearing(asked: Optional[bool], config: RunConfig) -> bool:
    """Return whether to listen: None listens where it can.

    Raises:
        ConfigError: if it was asked for and cannot be.
    """
    reason = why_not_heard(config)
    if asked and reason:
        raise ConfigError(f"{reason}; leave out --words")
    return not reason if asked is None else asked


def compare(said: str, heard: str) -> Hearing:
    """Return what was heard with its errors in words, and in characters of the words without spaces.

    Source:
        Levenshtein 1966: substitutions, deletions and insertions, each at a cost of 1.
    """
    reference, hypothesis = normalize_words(said), normalize_words(heard)
    letters = "".join(reference)
    return Hearing(heard, edit_distance(reference, hypothesis), len(reference),
                   edit_distance(letters, "".join(hypothesis)), len(letters))


def _ended() -> MyTTSError:
    return MyTTSError("the recogniser's processes have ended (out of memory?): try again, or with --no-words")


def _start() -> None:
    global _recognizer
    signal.signal(signal.SIGINT, signal.SIG_IGN)      # Ctrl-C is for the process that speaks, which ends these
    from mytts_core.evaluation.recognizer import Recognizer

    _recognizer = Recognizer()


def _hear(said: str, wav: np.ndarray, sample_rate: int) -> Hearing:
    return compare(said, _recognizer.hear(wav, sample_rate))
