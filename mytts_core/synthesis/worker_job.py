"""A worker's job: takes spoken with the checkpoints they ask for, written, and told one by one."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from mytts_core.errors import MyTTSError, SynthesisError
from mytts_core.synthesis import messages
from mytts_core.synthesis.kept_models import KeptModels
from mytts_core.synthesis.many_texts import Speech, is_out_of_memory, speak_many
from mytts_core.synthesis.pace import SpeechProgress
from mytts_core.synthesis.result_files import take_folder, write_speech
from mytts_core.synthesis.spoken import TakeRequest
from mytts_core.synthesis.take import SynthesisCancelled

LONGEST_MESSAGE = 2_000
Say = Callable[..., None]


class WorkerJob:
    """Speaks the takes of one `messages.SYNTHESIZE`.

    Args:
        request: the message.
        models: loaded checkpoints.
        say: sends a message; called with its kind and fields.
        cancelled: whether the client has cancelled the job.

    Attributes:
        ran_out_of_memory: whether it did, even if half of the batch then fitted.
    """

    def __init__(self, request: dict[str, Any], models: KeptModels, say: Say, cancelled: Callable[[], bool]) -> None:
        self._id, self._folder = request["id"], Path(request["folder"])
        self._takes = [TakeRequest(**{**take, "run_folder": Path(take["run_folder"])}) for take in request["takes"]]
        self._models, self._say, self._cancelled = models, say, cancelled
        self._missing = set(range(len(self._takes)))
        self.ran_out_of_memory = False

    def run(self) -> None:
        """Speak; every take gets its message, then the job."""
        groups: dict[tuple, list[int]] = {}
        for number, take in enumerate(self._takes):
            groups.setdefault((take.run_folder, take.checkpoint), []).append(number)
        try:
            for numbers in groups.values():
                self._speak_group(numbers)
        except SynthesisCancelled as error:
            self._say(messages.FAILED, id=self._id, **_in_words(error))
        else:
            self._say(messages.DONE, id=self._id)

    def _speak_group(self, numbers: list[int]) -> None:
        """Speak the takes of one checkpoint; what goes wrong with the checkpoint is the error of each."""
        if self._cancelled():
            raise SynthesisCancelled("synthesis cancelled")
        done = len(self._takes) - len(self._missing)
        self._say(messages.PROGRESS, id=self._id, stage="loading", done=0, most=0, spoken=0, pieces=len(numbers),
                  part=done / len(self._takes), seconds_left=None)
        try:
            first = self._takes[numbers[0]]
            model = self._models.get(first.run_folder, first.checkpoint)
            for row, outcome in speak_many(
                    model.synthesizer, [self._takes[number] for number in numbers], speeds=model.speeds,
                    progress=lambda now: self._tell(now, done, len(numbers)), cancelled=self._cancelled,
                    make_room=self._make_room):
                if isinstance(outcome, Speech):
                    self._write(numbers[row], outcome)
                else:
                    self._fail(numbers[row], outcome)
        except SynthesisCancelled:
            raise
        except Exception as error:      # the other checkpoints' takes go on
            self.ran_out_of_memory = self.ran_out_of_memory or is_out_of_memory(error)
            for number in numbers:
                self._fail(number, error)

    def _tell(self, now: SpeechProgress, done_before: int, together: int) -> None:
        """Tell of the whole job: of later checkpoints it is known only how many takes they are."""
        total = len(self._takes)
        later = total - done_before - together
        seconds = now.seconds_left
        if seconds is not None and later and now.share < 1:
            seconds += seconds / (1 - now.share) * later / together
        elif later:
            seconds = None
        self._say(messages.PROGRESS, id=self._id, stage=now.stage, done=now.done, most=now.most, spoken=now.spoken,
                  pieces=now.pieces, part=(done_before + together * now.share) / total, seconds_left=seconds)

    def _write(self, number: int, speech: Speech) -> None:
        folder = take_folder(self._folder, number)
        try:
            folder.mkdir()
            told = write_speech(speech, folder)
        except OSError as error:
            self._fail(number, SynthesisError(f"no room for the synthesis' temporary files ({error}): free some "
                                              "space, or set TMPDIR to another disk"))
        except MyTTSError as error:
            self._fail(number, error)
        else:
            self._missing.discard(number)
            self._say(messages.TAKE, id=self._id, number=number, **told)

    def _fail(self, number: int, error: Exception) -> None:
        if number in self._missing:
            self._missing.discard(number)
            self._say(messages.TAKE_FAILED, id=self._id, number=number, **_in_words(error))

    def _make_room(self) -> None:
        self.ran_out_of_memory = True
        self._models.keep_last_only()


def _in_words(error: Exception) -> dict[str, str]:
    """Return the error's name and message as they are sent; what is none of our errors becomes a SynthesisError."""
    if isinstance(error, MyTTSError):
        return {"error": type(error).__name__, "message": str(error)[:LONGEST_MESSAGE]}
    if is_out_of_memory(error):
        told = "memory ran out: use a shorter text, a smaller checkpoint, or free memory"
    else:
        told = str(error) if isinstance(error, ValueError) else f"{type(error).__name__}: {_reason(error)}"
    return {"error": SynthesisError.__name__, "message": told[:LONGEST_MESSAGE]}


def _reason(error: Exception) -> str:
    """Return an error's message without the places in a graph that TensorFlow names before and after it."""
    lines = [line for line in str(error).splitlines() if line.strip() and not line[0].isspace()]
    told = [line for line in lines if not line.startswith(("Graph execution error", "Detected at node", "Stack trace"))]
    return " ".join(told or lines)
