"""Attention, prenet, stop token and samples: facts with the trouble, and facts that nearly have it."""

from __future__ import annotations

import numpy as np
import pytest

from mytts_core.diagnosis.rules.samples import failure
from mytts_core.runs.types import RunStatus
from tests.diagnosis.healthy_facts import LOOKS, NOW, findings, healthy, sample, series

RUNNING = RunStatus("running", 4_000, NOW - 1)


def reading(teacher_forced, free=None) -> dict:
    """Diagonality of every look, or of the first looks."""
    values = np.broadcast_to(np.asarray(teacher_forced, float), len(LOOKS)) if np.isscalar(teacher_forced) else \
        np.asarray(teacher_forced, float)
    steps = LOOKS[:len(values)]
    free = values if free is None else np.asarray(free, float)
    return {"validation/diagonality": series(steps, values), "free_running/diagonality": series(steps, free)}


def test_attention_that_never_aligned_is_serious_and_leads_to_the_samples() -> None:
    item = findings(healthy(scalars=reading(0.42)))["attention_never_aligned"]
    assert item.is_serious and (item.first_step, item.last_step) == (500, 4_000)
    assert item.evidence.view == "alignments" and item.evidence.query == {"step": "4000"}


@pytest.mark.parametrize("looks", [1, 2])
def test_a_running_training_has_time_to_align(looks: int) -> None:
    early = healthy(scalars=reading([0.42] * looks), status=RUNNING)
    assert "attention_never_aligned" not in findings(early)
    ended = healthy(scalars=reading([0.42] * looks))
    assert findings(ended)["attention_never_aligned"].severity == "warning"


def test_attention_on_its_way_is_none_while_the_training_runs() -> None:
    rising = reading([0.40, 0.42, 0.45, 0.48])
    assert "attention_never_aligned" not in findings(healthy(scalars=rising, status=RUNNING))
    assert findings(healthy(scalars=rising))["attention_never_aligned"].severity == "warning"
    jumps = reading([0.40, 0.43, 0.40, 0.33, 0.38, 0.46])
    assert findings(healthy(scalars=jumps, status=RUNNING))["attention_never_aligned"].is_serious


def test_without_guided_attention_a_running_training_gets_more_time() -> None:
    unguided = findings(healthy("guided_attention_weight=0", scalars=reading(0.42), status=RUNNING))
    guided = findings(healthy(scalars=reading(0.42), status=RUNNING))
    assert unguided["attention_never_aligned"].severity == "warning"
    assert "6,000 to 30,000 steps" in unguided["attention_never_aligned"].explanation
    assert guided["attention_never_aligned"].severity == "serious"


def test_without_validations_the_samples_tell() -> None:
    facts = healthy(samples={int(step): [sample("first", int(step), teacher_forced=0.4, diagonality=0.4)]
                             for step in LOOKS})
    scalars = {tag: values for tag, values in facts.scalars.items() if not tag.startswith(("validation", "free"))}
    assert findings(facts._replace(scalars=scalars))["attention_never_aligned"].is_serious
    assert "attention_never_aligned" not in findings(facts)


def test_attention_that_is_lost_is_dated_by_the_first_look_without_it() -> None:
    lost = [0.6, 0.9, 0.97, 0.97, 0.45, 0.41, 0.42, 0.40]
    item = findings(healthy(scalars=reading(lost)))["attention_collapsed"]
    assert item.is_serious and item.first_step == 2_500 and "teacher-forced was 0.97" in item.explanation
    assert item.evidence.query == {"step": "2500"}


def test_attention_lost_in_free_running_alone_is_told_apart() -> None:
    free = [0.5, 0.8, 0.9, 0.9, 0.9, 0.9, 0.40, 0.38]
    item = findings(healthy(scalars=reading(0.97, free)))["attention_collapsed"]
    assert item.is_serious and item.first_step == 3_500 and "in free running was 0.90" in item.explanation


def test_one_bad_look_is_a_warning_at_the_end_and_nothing_before_it() -> None:
    last = [0.6, 0.9, 0.97, 0.97, 0.97, 0.97, 0.97, 0.45]
    assert findings(healthy(scalars=reading(last)))["attention_collapsed"].severity == "warning"
    assert findings(healthy(scalars=reading([0.6, 0.9, 0.97, 0.45, 0.97, 0.97, 0.97, 0.97]))) == {}


@pytest.mark.parametrize("setting", ["use_prenet=false", "prenet_drop=0", "prenet_drop=0.05"])
def test_a_prenet_that_hides_nothing_is_a_note_or_a_warning_where_attention_fails(setting: str) -> None:
    assert findings(healthy(setting))["prenet_off"].severity == "info"
    found = findings(healthy(setting, scalars=reading(0.42)))
    assert found["prenet_off"].severity == "warning" and setting.split("=")[0] in found["prenet_off"].explanation
    assert "a prenet with dropout" in found["attention_never_aligned"].advice.lower()


def test_a_prenet_with_dropout_is_none() -> None:
    assert findings(healthy("prenet_drop=0.2")) == {}


def stops(*rates: float) -> dict:
    return {"free_running/stop_rate": series(LOOKS[:len(rates)], rates)}


def test_a_stop_token_that_never_fires_is_serious_where_attention_reads() -> None:
    item = findings(healthy(scalars=stops(1, 0.5, 0.25, 0, 0, 0, 0, 0)))["stop_token_never_fires"]
    assert item.is_serious and item.first_step == 2_000 and "last 5 looks" in item.explanation
    unaligned = findings(healthy(scalars={**stops(*[0] * 8), **reading(0.42)}))["stop_token_never_fires"]
    assert unaligned.severity == "warning" and "Attention has not aligned" in unaligned.explanation


@pytest.mark.parametrize("rates", [(0, 0), (0, 0, 0, 0.25), (1, 1, 1, 1, 1, 1, 0, 0)])
def test_a_stop_token_that_fires_or_has_had_no_chance_is_none(rates: tuple[float, ...]) -> None:
    assert "stop_token_never_fires" not in findings(healthy(scalars=stops(*rates)))


def test_a_stop_loss_without_weight_is_told_at_the_first_look() -> None:
    found = findings(healthy("stop_weight=0", scalars=stops(0)))
    assert "training.stop_weight=0" in found["stop_token_never_fires"].explanation


def test_an_end_by_the_text_alone_is_a_warning() -> None:
    by_text = {int(step): [sample("first", int(step), stop_reason="end_of_text")] for step in LOOKS}
    item = findings(healthy(scalars=stops(*[0] * 8), samples=by_text))["stop_token_never_fires"]
    assert item.severity == "warning" and "end of the text" in item.explanation


def looks(*failures: str | None) -> dict:
    """Samples of three sentences; the last one fails as told at each look."""
    kinds = {"no end": {"stop_reason": "limit"}, "not aligned": {"diagonality": 0.3}, None: {}}
    return {"samples": {int(step): [sample("good", int(step)), sample("well", int(step)),
                                    sample("bad", int(step), **kinds.get(kind, {str(kind): 2}))]
                        for step, kind in zip(LOOKS[-len(failures):], failures)}}


def test_a_sentence_that_fails_at_every_look_is_named_with_what_happened_last() -> None:
    found = findings(healthy(**looks("skipped", "stalled", "not aligned", "repeated")))
    assert set(found) == {"failing_samples"}
    item = found["failing_samples"]
    assert item.severity == "warning" and "bad (repeated)" in item.explanation and "good" not in item.explanation
    assert item.evidence.query == {"step": "4000", "sample": "bad"}


@pytest.mark.parametrize("failures", [("skipped", "skipped"), ("skipped", None, "skipped", "skipped", "skipped")])
def test_a_sentence_that_was_read_once_is_none(failures: tuple[str | None, ...]) -> None:
    assert findings(healthy(**looks(*failures))) == {}


def test_looks_before_attention_aligned_do_not_count() -> None:
    late = reading([0.42, 0.42, 0.42, 0.42, 0.42, 0.42, 0.9, 0.95])
    assert findings(healthy(scalars=late, **looks(*["skipped"] * 8))) == {}


def test_a_young_model_that_reads_freely_only_lately_is_none() -> None:
    young = {int(step): [sample(name, int(step), **({"stalled": 1} if place < 6 or name == "second" else {}))
                         for name in ("first", "second", "third")] for place, step in enumerate(LOOKS)}
    assert findings(healthy(samples=young)) == {}                       # two looks since most are read
    longer = {step: samples if step < 3_000 else young[4_000] for step, samples in young.items()}
    assert findings(healthy(samples=longer))["failing_samples"].first_step == 3_000
    all_so_far = {step: samples for step, samples in young.items() if step <= 3_000}
    assert findings(healthy(samples=all_so_far)) == {}


def test_all_sentences_failing_is_serious_unless_it_is_the_stop_token_alone() -> None:
    every = {int(step): [sample(name, int(step), skipped=1) for name in ("first", "second")] for step in LOOKS}
    assert findings(healthy(samples=every))["failing_samples"].is_serious
    endless = {int(step): [sample(name, int(step), stop_reason="limit") for name in ("first", "second")]
               for step in LOOKS}
    assert set(findings(healthy(samples=endless, scalars=stops(*[0] * 8)))) == {"stop_token_never_fires"}


@pytest.mark.parametrize(("changes", "told"), [
    ({}, ""), ({"skipped": 1, "stop_reason": "limit"}, "skipped, no end"), ({"diagonality": 0.4}, "not aligned"),
    ({"repeated": -1}, ""), ({"stop_reason": "end_of_text"}, ""),
])
def test_failure_in_words(changes: dict, told: str) -> None:
    assert failure(sample("first", 500, **changes)) == told
