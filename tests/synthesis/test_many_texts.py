"""Takes decoded together: mixed texts, temperatures, seeds and limits; what is wrong with one is its own."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from mytts_core.errors import AudioError, SynthesisError, TextError
from mytts_core.synthesis.engine import Synthesizer
from mytts_core.synthesis.many_texts import Speech, speak_many
from mytts_core.synthesis.spoken import TakeRequest
from mytts_core.synthesis.take import SynthesisCancelled

pytestmark = pytest.mark.slow

LONG = "Hello there, you. It is all of it. Bye!"


@pytest.fixture(scope="module")
def synthesizer(tiny_run: Path) -> Synthesizer:
    return Synthesizer.from_run(tiny_run, 10)


def asked(text: str, temperature: float = 1.0, seed: int | None = None, seconds: float | None = 0.4,
          vocoder: str = "griffin_lim_fast") -> TakeRequest:
    return TakeRequest(Path(), None, text, temperature, seed, seconds, vocoder)


def test_takes_of_any_kind_together_equal_each_alone(synthesizer: Synthesizer) -> None:
    requests = [asked(LONG, 1.5, 3), asked("Bye!", 0.7), asked(LONG, 2.0, 9, 0.2), asked("Oh well, it is.", 1.0)]
    together = dict(speak_many(synthesizer, requests))
    assert sorted(together) == [0, 1, 2, 3]
    for number, request in enumerate(requests):
        found, [(_, alone)] = together[number], speak_many(synthesizer, [request])
        assert isinstance(found, Speech) and isinstance(alone, Speech)
        assert [take.text for take in found.takes] == [take.text for take in alone.takes]
        assert found.starts == pytest.approx(alone.starts)
        for one, other in zip(found.takes, alone.takes, strict=True):
            np.testing.assert_allclose(one.mel, other.mel, atol=1e-3)
            assert (one.temperature, one.seed, one.vocoder) == (request.temperature, other.seed, "griffin_lim_fast")
    assert [take.seed for take in together[0].takes] == [3, 4, 5]       # type: ignore[union-attr]
    lengths = {number: {len(take.mel) for take in together[number].takes}       # type: ignore[union-attr]
               for number in together}
    assert lengths[0] == {34} and lengths[2] == {17}        # each has its own limit


BAD_TAKES: list[tuple[TakeRequest, type[Exception], str]] = [
    (asked("🙂 👍"), TextError, "nothing to speak: write at least one word"),
    (asked(""), TextError, "nothing to speak"),
    (asked("سلام"), TextError, "not trained on"),
    (asked("Hello, " * 8_571 + "all"), TextError, "60,000 characters is longer than 50,000"),
    (asked("Hello.", -1.0), ValueError, "temperature is -1"),
    (asked("Hello.", float("nan")), ValueError, "temperature is nan"),
    (asked("Hello.", 2.0, -3), ValueError, "seed is -3"),
    (asked("Hello.", seconds=0.0), ValueError, "max_seconds is 0.0"),
    (asked("Hello.", vocoder="vocos"), AudioError, "no vocoder 'vocos'.*griffin_lim"),
]


def test_bad_takes_fail_alone(synthesizer: Synthesizer) -> None:
    good = len(BAD_TAKES)
    outcomes = dict(speak_many(synthesizer, [*(request for request, _, _ in BAD_TAKES), asked("Hello.")]))
    assert sorted(outcomes) == [*range(good + 1)] and isinstance(outcomes[good], Speech)
    for number, (_, kind, told) in enumerate(BAD_TAKES):
        error = outcomes[number]
        assert isinstance(error, kind)
        with pytest.raises(kind, match=told):
            raise error


def test_a_model_that_diverged_says_so_for_each_take(tiny_run: Path) -> None:
    diverged = Synthesizer.from_run(tiny_run, 10)
    diverged.model.mel_dense.bias.assign(np.full(diverged.model.mel_dense.bias.shape, np.nan))
    outcomes = dict(speak_many(diverged, [asked("Hello."), asked(LONG)]))
    for outcome in outcomes.values():
        assert isinstance(outcome, SynthesisError) and "earlier checkpoint" in str(outcome)
    with pytest.raises(SynthesisError, match="not finite"):
        diverged.synthesize("Hello.", max_seconds=0.2)


def test_a_take_is_given_as_soon_as_its_last_piece_is_spoken(synthesizer: Synthesizer) -> None:
    requests = [asked("It is a much longer text than all of the others are.") for _ in range(10)]
    requests += [asked("Bye!") for _ in range(10)]
    order = [number for number, _ in speak_many(synthesizer, requests)]
    assert set(order[:10]) == set(range(10, 20)) and set(order) == set(range(20))


def test_where_memory_runs_out_half_of_the_batch_is_tried(tiny_run: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    scarce, batches, freed = Synthesizer.from_run(tiny_run, 10), [], []
    generate = scarce.model.generate

    def generate_few(ids: np.ndarray, **options: object) -> object:
        batches.append(len(ids))
        if len(ids) > 3:
            raise MemoryError
        return generate(ids, **options)

    monkeypatch.setattr(scarce.model, "generate", generate_few)
    requests = [asked("Hello.", 1.5, seed) for seed in range(11)]
    outcomes = dict(speak_many(scarce, requests, make_room=lambda: freed.append(True)))
    assert batches == [11, 5, 2, 3, 6, 3, 3] and len(freed) == 3
    assert [outcomes[number].takes[0].seed for number in range(11)] == [*range(11)]     # type: ignore[union-attr]

    def generate_none(ids: np.ndarray, **options: object) -> object:
        raise MemoryError

    monkeypatch.setattr(scarce.model, "generate", generate_none)
    for outcome in dict(speak_many(scarce, requests[:3])).values():
        assert isinstance(outcome, SynthesisError) and "memory ran out" in str(outcome)


def test_cancelling_ends_all_that_is_not_there_yet(synthesizer: Synthesizer) -> None:
    seen: list[int] = []
    with pytest.raises(SynthesisCancelled):
        for number, _ in speak_many(synthesizer, [asked("Bye!", 1.5, seed) for seed in range(20)],
                                    cancelled=lambda: len(seen) >= 2):
            seen.append(number)
    assert 2 <= len(seen) < 20
