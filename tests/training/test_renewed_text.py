"""A run made with the first normaliser reads with the newest, where its corpus reads the same."""

import dataclasses
import json

import numpy as np
import pytest
import soundfile

from mytts_core.cli import main
from mytts_core.config import ModelConfig, RunConfig, TextConfig
from mytts_core.errors import TextError
from mytts_core.runs.reader import open_run
from mytts_core.runs.writer import RunWriter
from mytts_core.text.normalize import NORMALIZER_VERSION
from mytts_core.text.tokenizer import tokenizer_from_config
from mytts_core.training.renewed_text import renew_text

EARLIER = TextConfig(symbols=["<start>", "<pad>", "<end>", "<unknown>", *" .abcdefghijklmnopqrstuvwxyz"],
                     normalizer_version=1)


def test_figures_are_spelled_out_once_the_corpus_reads_the_same():
    renewed, different = renew_text(EARLIER, ["the house was old.", "it rained."])
    assert renewed == dataclasses.replace(EARLIER, normalizer_version=NORMALIZER_VERSION) and different == []
    assert "".join(tokenizer_from_config(renewed).tokens("3 cats.")[1:-1]) == "three cats."


def test_a_corpus_that_would_be_read_otherwise_is_refused_with_an_example():
    with pytest.raises(TextError, match=r"reads 1 of 3 texts otherwise .*'he paid 3\.'"):
        renew_text(EARLIER, ["the house was old.", "it rained.", "he paid 3."])


def test_the_copy_of_a_run_keeps_its_symbols_and_takes_the_newest_normaliser(tmp_path, capsys):
    source, corpus = tmp_path / "run", tmp_path / "corpus"
    config = RunConfig(ModelConfig(num_layers=1, d_model=16, num_heads=2, dff=16), text=EARLIER)
    with RunWriter.create(source, config, command=["test"]) as writer:
        writer.status("finished", 1)
    (corpus / "wavs").mkdir(parents=True)
    (corpus / "metadata.csv").write_text("a|it rained.\n", encoding="utf-8")
    soundfile.write(corpus / "wavs" / "a.wav", np.full(8_000, 0.1), 16_000)
    assert main(["export", "--run", str(source), "--out", str(tmp_path / "copy"), "--renew-text", str(corpus)]) == 0
    assert "reads 1 of 1 texts as the run did" in capsys.readouterr().out
    copy = open_run(tmp_path / "copy").config
    assert copy is not None and copy.text.normalizer_version == NORMALIZER_VERSION
    assert copy.text.symbols == EARLIER.symbols and copy.model == config.model
    assert json.loads((source / "config.json").read_text())["text"]["normalizer_version"] == 1
