"""What a stress test found, as records: a sentence, a checkpoint. Read tolerantly; neither NumPy nor TensorFlow."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from mytts_core.evaluation.stress_sentences import StressSentence
from mytts_core.runs.json_files import items, number, whole, words
from mytts_core.runs.types import AlignmentRecord, FaultRecord
from mytts_core.text.symbols import is_spoken

KINDS = ("lost", "skipped", "repeated", "stalled", "cut short", "no stop", "length")
"""How a sentence can fail, in a table's order. `lost`: attention reads nothing, and what lies along
its path is not counted. `cut short`: it ended before the text did. `no stop`: it ended by the length limit, or only
because the end of the text was held, not by its stop token. `length`: see `LENGTH_FACTOR`."""

LENGTH_FACTOR, LENGTH_SECONDS = 2.0, 1.0
"""A take's length is a fault where it is this many times longer or shorter than the corpus' speaking rate expects of
its tokens, and differs by this much too: single words are spoken slower than sentences."""

_KIND_OF_FAULT = {"skipped": "skipped", "repeated": "repeated", "stalled": "stalled", "truncated": "cut short",
                  "lost": "lost"}


class StressFault(NamedTuple):
    """A fault on the way through the text.

    Attributes:
        kind: as in `mytts_core.monitoring.alignment_path.KINDS`.
        token_index, last_token_index: the tokens concerned; `token` shows the first of them.
        start_frame, end_frame: when, in mel frames, the end exclusive.
        first_word, last_word: of `StressOutcome.words`; of a pause the word before it; -1 where there is none.
    """

    kind: str
    token_index: int
    last_token_index: int
    token: str
    start_frame: int
    end_frame: int
    first_word: int = -1
    last_word: int = -1

    @property
    def is_pause(self) -> bool:
        """Whether it lies on a single space or mark, not in a word."""
        return self.token_index == self.last_token_index and not is_spoken(self.token)

    @property
    def record(self) -> FaultRecord:
        """The same as the dashboard's pictures take it."""
        return FaultRecord(self.kind, self.token_index, self.token, self.start_frame, self.end_frame)


class Hearing(NamedTuple):
    """What a recogniser heard of a take, and how far that is from what was to be said: edits, out of how many."""

    text: str
    word_errors: int
    words: int
    character_errors: int
    characters: int


@dataclass(frozen=True)
class StressOutcome:
    """One sentence spoken by one checkpoint.

    Attributes:
        id, category, text: of the sentence; the id names its files, so that a reader makes it anew from the text.
        problem: why it could not be spoken; empty where it was. The rest says nothing then.
        words: the written words of what is said, numbers read out.
        unknown: the symbols the run was not trained on, each once; `num_unknown` of `num_tokens` tokens are such.
        pieces: takes it was spoken in; more than one where it is longer than the model's `max_length`.
        seconds, expected_seconds: of audio, and what the corpus' speaking rate expects.
        stop_reasons: of each piece: `stop_token`, `end_of_text` or `limit`.
        jumps_back: how often attention went back by more than two tokens.
        told: the faults in words.
        heard: None where no recogniser listened.
    """

    id: str
    category: str
    text: str
    problem: str = ""
    words: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()
    num_tokens: int = 0
    num_unknown: int = 0
    pieces: int = 0
    seconds: float = math.nan
    expected_seconds: float = math.nan
    frames_per_second: float = math.nan
    reduction_factor: int = 1
    stop_reasons: tuple[str, ...] = ()
    jumps_back: int = 0
    scores: AlignmentRecord = AlignmentRecord()
    faults: tuple[StressFault, ...] = ()
    told: tuple[str, ...] = ()
    seed: int = 0
    heard: Hearing | None = None

    @property
    def spoken(self) -> bool:
        """Whether there is a take at all."""
        return not self.problem

    @property
    def length_ratio(self) -> float:
        """Seconds of audio ÷ seconds expected; NaN when unknown."""
        return self.seconds / self.expected_seconds if self.expected_seconds > 0 else math.nan

    @property
    def kinds(self) -> tuple[str, ...]:
        """How it fails, in the order of `KINDS`; empty where nothing is wrong, or it was not spoken."""
        if not self.spoken:
            return ()
        found = {_KIND_OF_FAULT.get(fault.kind, "") for fault in self.faults}
        if "lost" in found:
            found = {"lost"}
        if any(reason != "stop_token" for reason in self.stop_reasons):
            found.add("no stop")
        if self._length_is_wrong():
            found.add("length")
        return tuple(kind for kind in KINDS if kind in found)

    @property
    def fails(self) -> bool:
        """Whether anything is wrong with the take."""
        return bool(self.kinds)

    def failing_words(self) -> frozenset[int]:
        """Return the numbers of the words that are skipped, repeated, held or missing."""
        return frozenset(word for fault in self.faults if fault.kind != "lost" and fault.first_word >= 0
                         for word in range(fault.first_word, fault.last_word + 1))

    def _length_is_wrong(self) -> bool:
        far = abs(self.seconds - self.expected_seconds) > LENGTH_SECONDS
        return far and not 1 / LENGTH_FACTOR <= self.length_ratio <= LENGTH_FACTOR


@dataclass(frozen=True)
class StressResult:
    """What one checkpoint made of a list.

    Attributes:
        step: of the checkpoint; `weights` the start of its file's SHA-256.
        list_name, list_digest: of the sentences asked for when it was last written.
        complete: whether all of them are there.
        outcomes: a sentence each, in the order of the list.
        problem: why the file cannot be read; empty where it was.
    """

    step: int
    weights: str = ""
    list_name: str = ""
    list_digest: str = ""
    language: str = ""
    temperature: float = 1.0
    seed: int = 0
    created: str = ""
    work_seconds: float = math.nan
    complete: bool = False
    outcomes: tuple[StressOutcome, ...] = field(default=())
    problem: str = ""

    @property
    def by_id(self) -> dict[str, StressOutcome]:
        """The outcomes by the id of their sentence."""
        return {outcome.id: outcome for outcome in self.outcomes}


def outcome_to_dict(outcome: StressOutcome) -> dict[str, Any]:
    """Return an outcome as JSON types; `kinds` and `fails` stand there for people and other programs."""
    fields = {name: getattr(outcome, name) for name in outcome.__dataclass_fields__}
    return {**fields, "scores": outcome.scores._asdict(), "faults": [fault._asdict() for fault in outcome.faults],
            "heard": outcome.heard._asdict() if outcome.heard else None, "kinds": list(outcome.kinds),
            "fails": outcome.fails}


def read_outcome(record: Any) -> StressOutcome | None:
    """Return the outcome of a JSON object, None without a text; what is of another type is at its default."""
    if not isinstance(record, Mapping) or not words(record.get("text")):
        return None
    scores = record.get("scores")
    scores = scores if isinstance(scores, Mapping) else {}
    spoken_words, rate = _texts(record.get("words")), number(record.get("frames_per_second"))
    return StressOutcome(
        id=StressSentence(words(record.get("text"))).id, text=words(record.get("text")),
        category=words(record.get("category")),
        problem=words(record.get("problem")), words=spoken_words, unknown=_texts(record.get("unknown")),
        num_tokens=whole(record.get("num_tokens"), 0), num_unknown=whole(record.get("num_unknown"), 0),
        pieces=whole(record.get("pieces"), 0), seconds=number(record.get("seconds")),
        expected_seconds=number(record.get("expected_seconds")),
        frames_per_second=rate if rate > 0 else math.nan,
        reduction_factor=max(1, whole(record.get("reduction_factor"), 1)),
        stop_reasons=_texts(record.get("stop_reasons")), jumps_back=whole(record.get("jumps_back"), 0),
        scores=AlignmentRecord(*(number(scores.get(name)) for name in AlignmentRecord._fields)),
        faults=tuple(fault for item in items(record.get("faults")) if (fault := _fault(item, len(spoken_words)))),
        told=_texts(record.get("told")), seed=whole(record.get("seed"), 0), heard=_hearing(record.get("heard")))


def _texts(value: Any) -> tuple[str, ...]:
    return tuple(words(item) for item in items(value))


def _fault(record: Any, num_words: int) -> StressFault | None:
    if not isinstance(record, Mapping):
        return None
    numbers = {name: whole(record.get(name)) for name in StressFault._fields if name not in ("kind", "token")}
    numbers["last_word"] = min(numbers["last_word"], num_words - 1)     # a damaged one may name any number
    return StressFault(kind=words(record.get("kind")), token=words(record.get("token")), **numbers)


def _hearing(record: Any) -> Hearing | None:
    if not isinstance(record, Mapping):
        return None
    counts = {name: whole(record.get(name)) for name in Hearing._fields if name != "text"}
    return Hearing(text=words(record.get("text")), **counts) if min(counts.values()) >= 0 else None
