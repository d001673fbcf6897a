"""Runs made before version 2 of the normaliser read a text today as they did when they were trained."""

import json
from pathlib import Path

import pytest

from mytts_core.config import RunConfig
from mytts_core.text.front_end import explain
from mytts_core.text.tokenizer import tokenizer_from_config


@pytest.mark.parametrize("name", ["espeak", "exploded", "kathleen", "never_aligned"])
def test_the_shipped_runs_read_their_samples_as_they_recorded_them(repository: Path, name: str) -> None:
    pytest.importorskip("phonemizer")
    run = repository / "sample_runs" / name
    text = RunConfig.from_dict(json.loads((run / "config.json").read_text(encoding="utf-8"))).text
    samples = [json.loads(path.read_text(encoding="utf-8")) for path in sorted(run.glob("samples/*/*/sample.json"))]
    tokenizer = tokenizer_from_config(text)
    assert samples
    for sample in samples:
        assert tokenizer.tokens(sample["text"]) == sample["tokens"], sample["text"]


def test_what_a_first_run_makes_of_figures_is_left_to_espeak(repository: Path) -> None:
    pytest.importorskip("phonemizer")
    config = json.loads((repository / "sample_runs" / "never_aligned" / "config.json").read_text(encoding="utf-8"))
    assert config["text"]["normalizer_version"] == 1
    told = explain("On 5/6 I paid $3.", RunConfig.from_dict(config).text)
    assert told.normalized == "On 5/6 I paid $3." and not told.problem
    config["text"]["normalizer_version"] = 2
    assert explain("On 5/6 I paid $3.",
                   RunConfig.from_dict(config).text).normalized == "On five sixths I paid three dollars."
