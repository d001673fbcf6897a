"""What is known of a text before a model is loaded: its pieces, what is said of each, and what is refused."""

from __future__ import annotations

import dataclasses
import re
import subprocess
import sys
from pathlib import Path

import pytest

from mytts_core.config import RunConfig, TextConfig, TrainingConfig, get_model_preset
from mytts_core.synthesis.text_pieces import cut_text, read_text
from mytts_core.text.tokenizer import tokenizer_from_config

SYMBOLS = ["<start>", "<pad>", "<end>", "<unknown>", *" .,!abcdefghijklmnopqrstuvwxyz"]
CONFIG = RunConfig(get_model_preset("tiny"), text=TextConfig(symbols=SYMBOLS))


def test_each_sentence_is_read_and_unknown_symbols_are_counted_over_all() -> None:
    reading = read_text("Dr. Fox paid $2.\n Café, é ñ é!", CONFIG)
    assert [(piece.text, piece.normalized) for piece in reading.pieces] == [
        ("Dr. Fox paid $2.", "doctor Fox paid two dollars."), ("Café, é ñ é!", "Café, é ñ é!")]
    assert reading.problem.startswith("text 'Café, é ñ é!': 44% of its symbols")
    assert reading.unknown == ["é", "ñ"] and reading.num_unknown == 0
    allowing = dataclasses.replace(CONFIG, text=dataclasses.replace(CONFIG.text, max_unknown_share=0.5))
    reading = read_text("Dr. Fox paid $2.\n Café, é ñ é!", allowing)
    assert (reading.problem, reading.unknown, reading.num_unknown) == ("", ["é", "ñ"], 4)
    tokens = [token for piece in reading.pieces for token in piece.tokens]
    assert reading.num_tokens == len(tokens) and sum(token not in SYMBOLS for token in tokens) == 4


def test_the_length_of_a_piece_follows_what_the_run_was_trained_on() -> None:
    short = dataclasses.replace(CONFIG, training=TrainingConfig(max_tokens=80))
    text = "one and two and three and " * 12
    assert max(len(piece.text) for piece in read_text(text, short).pieces) <= 40
    assert max(map(len, cut_text(text, CONFIG, tokenizer_from_config(CONFIG.text)))) > 40


def test_a_configuration_at_fault_is_a_problem_in_words() -> None:
    assert "the first four must be" in read_text("Hello.", RunConfig(get_model_preset("tiny"))).problem


@pytest.mark.parametrize(("text", "told", "count"), [(" \n", "is empty", 0), ("... -", "nothing to speak", 1),
                                                     ("Hello. Привет!", "not among|not trained on", 2)])
def test_what_is_refused_says_why(text: str, told: str, count: int) -> None:
    reading = read_text(text, CONFIG)
    assert len(reading.pieces) == count
    assert re.search(told, reading.problem)


def test_missing_phonemizer_is_a_problem_in_words(repository: Path) -> None:
    code = ("import sys\nsys.modules['phonemizer'] = sys.modules['espeakng_loader'] = None\n"
            "from mytts_core.config import RunConfig, TextConfig, get_model_preset\n"
            "from mytts_core.synthesis.text_pieces import read_text\n"
            f"config = RunConfig(get_model_preset('tiny'), text=TextConfig('phonemes', symbols={SYMBOLS!r}))\n"
            "print(read_text('It is $2. Bye.', config).problem)\n"
            "print([step.text for step in read_text('It is $2.', config).pieces[0].changes])\n"
            "print([name for name in ('tensorflow', 'keras', 'jax') if name in sys.modules])")
    done = subprocess.run([sys.executable, "-c", code], cwd=repository, capture_output=True, text=True, check=True)
    problem, changes, loaded = done.stdout.strip().splitlines()
    assert "mytts[phonemes]" in problem and "tokenizer=characters" in problem
    assert changes == "['It is two dollars.']" and loaded == "[]"
