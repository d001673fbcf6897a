"""Takes of any texts, temperatures and seeds with one model: their sentences are decoded together.

All pieces of all takes are pooled, sorted by length and decoded in batches; a take is there as soon as its last piece
is. What is wrong with one take is its own outcome.
"""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple, Optional, Union

import numpy as np

from mytts_core.errors import MyTTSError, SynthesisError, TextError
from mytts_core.synthesis.engine import BATCH_SIZE, Cancelled, Synthesizer
from mytts_core.synthesis.pace import Pace, SpeechProgress, Speeds
from mytts_core.synthesis.spoken import TakeRequest
from mytts_core.synthesis.take import Take
from mytts_core.synthesis.text_pieces import cut_text
from mytts_core.synthesis.utterance import ReadText, Utterance, in_batches

PAUSE_SECONDS = 0.3
LONGEST_TEXT = 50_000
"""Characters of a text: about an hour of speech, all of which is in memory until its last sentence is spoken."""

_LITTLE_BYTES = 32 * 2**20
_OUT_OF_MEMORY = ("RESOURCE_EXHAUSTED", "bad_alloc", "can't start new thread",
                  "Operation received an exception:Status: 1,")     # the last is oneDNN's status of that name


class Speech(NamedTuple):
    """What was said: a take for each piece of the text, and their audio in one.

    Attributes:
        wav: float32, (num_samples,), range [-1, 1], at `sample_rate` Hz, with a pause between pieces.
        starts: where each take begins in `wav`, in seconds.
    """

    takes: list[Take]
    wav: np.ndarray
    sample_rate: int
    starts: list[float]

    @classmethod
    def joined(cls, takes: list[Take], pause_seconds: float) -> Speech:
        """Return takes as one, with pauses between."""
        rate = takes[0].sample_rate
        pause = round(pause_seconds * rate)
        ends = np.cumsum([len(take.wav) + pause for take in takes])
        wav = join_with_pauses([take.wav for take in takes], pause)
        return cls(takes, wav, rate, [0.0, *(float(end) / rate for end in ends[:-1])])


Failure = Union[SynthesisError, ValueError]
"""Why a take is not there. Of our errors, TextError, AudioError and CheckpointError are ValueErrors."""


class _Piece(NamedTuple):
    request: int
    number: int
    utterance: Utterance


def speak_many(synthesizer: Synthesizer, requests: Sequence[TakeRequest], *, max_characters: Optional[int] = None,
               pause_seconds: float = PAUSE_SECONDS, progress: Optional[Callable[[SpeechProgress], None]] = None,
               cancelled: Optional[Cancelled] = None, speeds: Optional[Speeds] = None,
               make_room: Callable[[], None] = lambda: None) -> Iterator[tuple[int, Speech | Failure]]:
    """Speak texts of any length, and yield each with its index as soon as it is done; bad ones come first.

    Args:
        requests: what to speak; `run_folder` and `checkpoint` are not looked at.
        max_characters: of a piece; see `text_pieces.cut_text`.
        pause_seconds: silence between the pieces of a text, at least 0.
        progress: called with how far the whole is, at every chunk of frames and every waveform.
        cancelled: asked now and then; where it returns True, SynthesisCancelled is raised.
        speeds: of this model, measured before; measured on here.
        make_room: called when memory ran out, before half of the batch is tried.
    """
    pieces: list[_Piece] = []
    readings: dict[str, list[ReadText]] = {}
    for index, request in enumerate(requests):
        try:
            pieces += _pieces(synthesizer, index, request, readings, max_characters)
        except UnicodeError:
            yield index, TextError("the text holds half a character, which no phoneme stands for: type it again")
        except ValueError as error:     # a TextError among them
            yield index, error
    batches = [[pieces[row] for row in rows] for rows in in_batches([one.utterance for one in pieces], BATCH_SIZE)]
    pace = Pace([[piece.utterance for piece in batch] for batch in batches], speeds or Speeds.unknown(),
                progress or (lambda now: None))
    waiting: dict[int, list[Optional[Take]]] = {}
    for piece in pieces:
        waiting.setdefault(piece.request, []).append(None)
    for batch in batches:
        for piece, take in _speak(synthesizer, batch, pace, cancelled, make_room):
            takes = waiting.get(piece.request)
            if takes is None:       # another piece of it has failed
                continue
            if isinstance(take, SynthesisError):
                del waiting[piece.request]
                yield piece.request, take
                continue
            takes[piece.number] = take
            done = [one for one in takes if one is not None]
            if len(done) == len(takes):
                del waiting[piece.request]
                yield piece.request, Speech.joined(done, pause_seconds)
        pace.end()


def join_with_pauses(wavs: list[np.ndarray], pause_length: int) -> np.ndarray:
    """Join waveforms, float32 (N,), with `pause_length` samples of silence between them."""
    parts = [part for wav in wavs for part in (np.zeros(pause_length, np.float32), wav)]
    return np.concatenate(parts[1:]).astype(np.float32)


def is_out_of_memory(error: BaseException) -> bool:
    """Tell whether Python, NumPy, TensorFlow or JAX found no memory, whatever they call it."""
    if isinstance(error, MyTTSError):
        return False
    words = str(error)
    return (isinstance(error, MemoryError) or type(error).__name__ == "ResourceExhaustedError"
            or any(told in words for told in _OUT_OF_MEMORY) or not _has_memory())


def _has_memory() -> bool:
    """Tell whether a little can still be had: without, libraries fail in ways that tell nothing."""
    try:
        bytearray(_LITTLE_BYTES)
    except MemoryError:
        return False
    return True


def _pieces(synthesizer: Synthesizer, index: int, request: TakeRequest, readings: dict[str, list[ReadText]],
            max_characters: Optional[int]) -> list[_Piece]:
    if len(request.text) > LONGEST_TEXT:
        raise TextError(f"a text of {len(request.text):,} characters is longer than {LONGEST_TEXT:,}: speak it in "
                        "parts")
    if request.text not in readings:
        cut = cut_text(request.text, synthesizer.config, synthesizer.tokenizer, max_characters)
        readings[request.text] = [synthesizer.read(piece) for piece in cut]
    return [_Piece(index, number, synthesizer.utterance(
        read, request.temperature, None if request.seed is None else request.seed + number, request.max_seconds,
        request.vocoder)) for number, read in enumerate(readings[request.text])]


def _speak(synthesizer: Synthesizer, batch: list[_Piece], pace: Pace, cancelled: Optional[Cancelled],
           make_room: Callable[[], None]) -> Iterator[tuple[_Piece, Take | SynthesisError]]:
    """Speak a batch; where memory runs out, what is missing of it in halves, down to single pieces."""
    spoken = 0
    pace.begin([piece.utterance for piece in batch])
    try:
        for row, take in synthesizer.speak([piece.utterance for piece in batch], pace.watch, cancelled):
            spoken += 1
            yield batch[row], take
        return
    except Exception as error:
        if not is_out_of_memory(error):
            raise
    # Only here has the error let go of the arrays that filled the memory.
    make_room()
    gc.collect()
    missing = batch[spoken:]
    if len(batch) == 1:
        yield batch[0], SynthesisError("memory ran out: use a shorter text or a smaller limit, or free memory")
        return
    middle = max(1, len(missing) // 2)
    for half in (missing[:middle], missing[middle:]):
        if half:
            yield from _speak(synthesizer, half, pace, cancelled, make_room)
