"""What a stress test says of takes whose faults are known, and how sentences are read for it."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from mytts_core.evaluation.stress_reading import read_sentence
from mytts_core.evaluation.stress_record import StressOutcome, outcome_to_dict, read_outcome
from mytts_core.evaluation.stress_sentences import StressSentence, sentences_for
from mytts_core.evaluation.stress_verdict import judge, spoken_arrays
from mytts_core.runs.atomic_files import json_bytes
from tests.evaluation.stress_examples import CONFIG, GROUPS_PER_TOKEN, RATE, TOKENIZER, take

TEXT = "seven swans swim past six slim ships"        # start, 36 characters, end
COUNT = len(TEXT) + 2
SWIM = TEXT.index("swim") + 1                          # token of the first letter


def judged(order: list[int] | None = None, stop_reason: str = "stop_token") -> StressOutcome:
    reading = read_sentence(StressSentence(TEXT, "clusters"), TOKENIZER, CONFIG)
    return judge(reading, [take(TEXT, order, stop_reason)], CONFIG, seed=3)


def words_of(outcome: StressOutcome) -> list[str]:
    return [outcome.words[number] for number in sorted(outcome.failing_words())]


def test_a_faultless_take() -> None:
    outcome = judged()
    assert outcome.kinds == () and not outcome.fails and outcome.failing_words() == frozenset()
    assert outcome.seconds == pytest.approx(COUNT * GROUPS_PER_TOKEN * 2 / RATE)
    assert outcome.expected_seconds == pytest.approx((COUNT - 2) * GROUPS_PER_TOKEN * 2 / RATE)
    assert (outcome.num_tokens, outcome.pieces, outcome.seed, outcome.jumps_back) == (COUNT, 1, 3, 0)
    assert outcome.scores.coverage == 1 and outcome.words == tuple(TEXT.split())


def test_a_skipped_word_is_named() -> None:
    outcome = judged([place for place in range(COUNT) if not SWIM <= place < SWIM + 5])
    assert outcome.kinds == ("skipped",) and words_of(outcome) == ["swim"]
    assert "Skipped “swim” (tokens 13 to 16)" in outcome.told[0]


def test_a_repeated_word_is_named_and_counts_a_jump() -> None:
    again = [*range(SWIM + 4), *range(SWIM, COUNT)]
    outcome = judged(again)
    assert outcome.kinds == ("repeated",) and words_of(outcome) == ["swim"] and outcome.jumps_back == 1


def test_a_held_letter_and_a_long_take() -> None:
    outcome = judged([*range(SWIM), *[SWIM] * 60, *range(SWIM + 1, COUNT)])
    assert outcome.kinds == ("stalled", "length") and words_of(outcome) == ["swim"]
    assert outcome.length_ratio == pytest.approx((COUNT + 59) / (COUNT - 2))


def test_a_held_pause_is_of_the_word_before() -> None:
    space = TEXT.index(" past") + 1
    outcome = judged([*range(space), *[space] * 60, *range(space + 1, COUNT)])
    assert outcome.kinds[0] == "stalled" and outcome.faults[0].is_pause and words_of(outcome) == ["swim"]


def test_what_was_cut_short() -> None:
    outcome = judged(list(range(SWIM + 4)))
    assert outcome.kinds == ("cut short", "length") and words_of(outcome) == ["past", "six", "slim", "ships"]


@pytest.mark.parametrize("reason", ["limit", "end_of_text"])
def test_without_its_stop_token_a_take_fails(reason: str) -> None:
    assert judged(stop_reason=reason).kinds == ("no stop",)


def test_of_attention_that_reads_nothing_only_that_is_said() -> None:
    lost = take(TEXT)
    attention = np.full_like(lost.attention, 1 / COUNT)
    from mytts_core.monitoring.alignment_path import diagnose_path

    report = diagnose_path(attention[0, 0], lost.tokens, lost.spoken, RATE, "limit", 2)
    assert len(report.faults) > 1
    reading = read_sentence(StressSentence(TEXT), TOKENIZER, CONFIG)
    outcome = judge(reading, [dataclasses.replace(lost, attention=attention, report=report, stop_reason="limit")],
                    CONFIG)
    assert outcome.kinds == ("lost", "no stop")


@pytest.mark.parametrize(("seconds", "expected", "wrong"), [
    (4.1, 2.0, True), (3.9, 2.0, False), (0.9, 2.0, True), (1.4, 0.3, True), (1.2, 0.3, False), (0.1, 0.9, False),
    (30.0, 14.0, True), (float("nan"), 2.0, False)])
def test_bounds_of_length(seconds: float, expected: float, wrong: bool) -> None:
    outcome = StressOutcome("id", "c", "t", seconds=seconds, expected_seconds=expected, stop_reasons=("stop_token",))
    assert (outcome.kinds == ("length",)) == wrong


def test_unknown_symbols_are_counted_and_a_text_of_nothing_else_is_a_problem() -> None:
    reading = read_sentence(StressSentence("Say سلام twice."), TOKENIZER, CONFIG)
    outcome = judge(reading, [take("Say سلام twice.")], CONFIG)
    assert outcome.unknown == ("س", "ل", "ا", "م") and outcome.num_unknown == 4 and outcome.spoken
    for text in ("سلام", "!!!", "😀"):
        outcome = judge(read_sentence(StressSentence(text), TOKENIZER, CONFIG), [], CONFIG)
        assert not outcome.spoken and not outcome.fails and outcome.problem, text


def test_a_text_beyond_the_model_s_room_is_judged_piece_by_piece() -> None:
    config = dataclasses.replace(CONFIG, model=dataclasses.replace(CONFIG.model, max_length=420))
    text = "seven swans swim, six ships slip past, and then the rain begins to fall on everybody"
    reading = read_sentence(StressSentence(text), TOKENIZER, config)
    assert len(reading.pieces) > 1 and " ".join(reading.pieces) == text
    takes = [take(piece) for piece in reading.pieces]
    letters = [place for place in range(len(takes[1].tokens)) if not 3 <= place < 8]     # leaves out a part
    takes[1] = take(reading.pieces[1], letters)
    outcome = judge(reading, takes, config)
    assert outcome.pieces == len(takes) and outcome.kinds == ("skipped",) and outcome.words == tuple(text.split())
    fault, alone = outcome.faults[0], takes[1].report.faults[0]
    assert fault.token_index == alone.token_index + len(takes[0].tokens)
    assert fault.start_frame == alone.start_frame + len(takes[0].mel)
    first = len(reading.pieces[0].split())
    assert first <= fault.first_word < first + len(reading.pieces[1].split())
    assert outcome.told[0].startswith("Piece 2: Skipped")
    arrays = spoken_arrays(reading, takes)
    assert arrays.attention.shape == (sum(t.attention.shape[2] for t in takes), outcome.num_tokens)
    assert arrays.attention.dtype == np.uint8 and arrays.attention.max() == 250
    assert arrays.attention[0, len(takes[0].tokens):].max() == 0     # a piece reads its own tokens alone
    assert len(arrays.tokens) == len(arrays.word_of_token) == outcome.num_tokens
    assert arrays.word_of_token.max() == len(outcome.words) - 1


def test_a_sentence_as_json_and_back() -> None:
    import json

    outcome = judged([place for place in range(COUNT) if not SWIM <= place < SWIM + 5], "limit")
    record = json.loads(json_bytes(outcome_to_dict(outcome)))
    assert record["kinds"] == ["skipped", "no stop"] and record["fails"] is True
    assert read_outcome(record) == outcome


@pytest.mark.slow
@pytest.mark.parametrize("language", ["en-us", "fa"])
def test_speech_of_another_synthesiser_has_the_length_that_its_rate_expects(language: str) -> None:
    pytest.importorskip("espeakng_loader")
    from mytts_core.data.espeak import espeak
    from mytts_core.text.tokenizer import build_tokenizer

    sentences = sentences_for(language).sentences
    tokenizer = build_tokenizer([one.text for one in sentences], "phonemes", language)
    spoken = {one: len(espeak().speak(tokenizer.normalized(one.text), language)) / espeak().sample_rate
              for one in sentences}
    tokens = {one: len(tokenizer.tokens(one.text)) - 2 for one in sentences}
    rate = np.exp(np.mean([np.log(spoken[one] / tokens[one]) for one in sentences if 30 <= tokens[one] <= 150]))
    wrong = [one.text for one in sentences
             if StressOutcome("", "", "t", seconds=spoken[one], expected_seconds=rate * tokens[one],
                              stop_reasons=("stop_token",)).fails]
    assert wrong == []
