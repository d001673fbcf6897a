"""What eight takes of a text cost together, through the synthesis worker, against one, and one after the other."""

from __future__ import annotations

import time
from collections.abc import Sequence

from benchmarks.report import REPOSITORY, Table
from mytts_core.errors import SynthesisError
from mytts_core.synthesis.client import WorkerClient
from mytts_core.synthesis.spoken import SynthesisResult, TakeRequest

RUN = REPOSITORY / "sample_runs" / "kathleen"
TEXT = "The hills lay quiet under the evening light."
TAKES, LONG_SENTENCES = 8, 8
TEMPERATURES = (1.0, 1.2, 1.5, 2.0)
REPETITIONS = 5
PATIENCE_SECONDS = 600.0


def run() -> list[Table]:
    """Measure in one worker, side by side, the best of a few repetitions; the vocoder included."""
    eight = [_request(number) for number in range(TAKES)]
    long = [_request(0)._replace(text=" ".join([TEXT] * LONG_SENTENCES))]
    kinds: list[tuple[str, list[list[TakeRequest]]]] = [
        ("one take", [eight[:1]]),
        (f"{TAKES} takes together, {len(TEMPERATURES)} temperatures", [eight]),
        (f"{TAKES} takes one after the other", [[request] for request in eight]),
        (f"one text of {LONG_SENTENCES} sentences", [long]),
    ]
    client = WorkerClient()
    try:
        for _, jobs in kinds:
            _speak(client, jobs)        # loaded and compiled
        seconds: list[list[float]] = [[] for _ in kinds]
        audio = [0.0] * len(kinds)
        for _ in range(REPETITIONS):
            for place, (_, jobs) in enumerate(kinds):
                start = time.perf_counter()
                audio[place] = _speak(client, jobs)
                seconds[place].append(time.perf_counter() - start)
        device = client.status.device
    finally:
        client.close()
    best = [min(times) for times in seconds]
    rows = [(name, heard, spent, heard / spent, spent / best[0])
            for (name, _), heard, spent in zip(kinds, audio, best)]
    notes = (f"run {RUN.name} on {device}, {len(TEXT)} characters, decoding and Griffin-Lim, best of {REPETITIONS}",
             f"{TAKES} takes together cost {best[1] / best[0]:.2f} times one (aim: far less than {TAKES}) and "
             f"{best[1] / best[2]:.2f} of one after the other")
    return [Table("Takes", ("what", "s of audio", "s", "s of audio per s", "× one take"), rows, notes)]


def _request(number: int) -> TakeRequest:
    return TakeRequest(RUN, None, TEXT, TEMPERATURES[number % len(TEMPERATURES)], number)


def _speak(client: WorkerClient, jobs: Sequence[Sequence[TakeRequest]]) -> float:
    """Speak jobs one after the other and return the seconds of audio."""
    audio = 0.0
    for requests in jobs:
        for outcome in client.submit_takes(requests).results(PATIENCE_SECONDS):
            if not isinstance(outcome, SynthesisResult):
                raise SynthesisError(f"a take could not be made: {outcome}")
            audio += outcome.audio_seconds
    return audio
