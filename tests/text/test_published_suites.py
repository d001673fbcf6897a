"""The shared halves of published suites: at least the shares that we claim, by the benchmark's own count."""

import pytest

from benchmarks import text_normalization as benchmark


@pytest.fixture(scope="module")
def suites(shared_data):
    return shared_data / "text_normalization"


def test_english(suites) -> None:
    outcomes = benchmark.judge(benchmark.english_cases(suites / "en"), benchmark.english_form)
    assert len(outcomes) == 198
    assert sum(outcome.right for outcome in outcomes) >= 0.95 * len(outcomes)


def test_persian(suites) -> None:
    outcomes = benchmark.judge(benchmark.persian_cases(suites / "fa"), benchmark.persian_form)
    assert len(outcomes) >= 35 and len({outcome.case.suite for outcome in outcomes}) >= 12
    assert sum(outcome.right for outcome in outcomes) >= 0.95 * len(outcomes)


def test_style_is_all_that_is_overlooked() -> None:
    assert benchmark.english_form("One hundred AND twenty-three") == benchmark.english_form("one hundred twenty three")
    assert benchmark.english_form("one two") != benchmark.english_form("one three")
    assert benchmark.english_form("Anderson, stand") == "anderson, stand"
    assert benchmark.persian_form("سی اُم") == benchmark.persian_form("سی\u200cام") != benchmark.persian_form("سیم")
    assert benchmark.persian_form("یک هزار و یک") == benchmark.persian_form("هزار و یک")
    assert benchmark.persian_form("بیست و یک هزار") != benchmark.persian_form("بیست هزار")


def test_plain_sentences_are_fast() -> None:
    texts = ["The birch canoe slid on the smooth planks.", "Dr. Smith paid $3.50 on 5/6/2024."] * 50
    assert benchmark.sentences_per_second(texts, "en-us") > 2_500      # half of what is claimed, for a busy machine
