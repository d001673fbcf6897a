"""Which texts a run is asked to say, and what is said where they are not to be had."""

import subprocess
import sys

import pytest

from benchmarks.temperature_texts import evenly, held_out_texts
from mytts_core.config import CorpusInfo, RunConfig, get_model_preset
from mytts_core.errors import CorpusError
from mytts_core.synthesis.checkpoint_choice import read_run_config


def _config(held_out: list[str], path: str = "/nowhere/corpus") -> RunConfig:
    return RunConfig(get_model_preset("tiny"), corpus=CorpusInfo(path=path, held_out=held_out))


def test_sentences_beside_the_run_are_numbered_as_the_corpus_numbers_them(tmp_path) -> None:
    (tmp_path / "sentences.txt").write_text("One.\nTwo.\nThree.\n", encoding="utf-8")
    assert held_out_texts(tmp_path, _config(["sentence_0001", "sentence_0003"])) == ["One.", "Three."]


def test_the_shipped_espeak_run_names_sentences_that_it_was_not_trained_on(repository) -> None:
    run = repository / "sample_runs" / "espeak"
    texts = held_out_texts(run, read_run_config(run))
    assert len(texts) == 80 and texts[0] == "My friends found the money."


def test_a_corpus_elsewhere_is_found_in_the_shared_data(tmp_path, shared_data, monkeypatch) -> None:
    monkeypatch.setenv("MYTTS_SHARED_DATA", str(shared_data))
    texts = held_out_texts(tmp_path / "runs" / "mine", _config(["arctic_a0003"], "/moved/away/kathleen"))
    assert texts == ["For the twentieth time that evening the two men shook hands."]


@pytest.mark.parametrize("held_out", [["sentence_0009"], []])
def test_texts_that_are_missing_are_an_error_not_a_shorter_list(tmp_path, held_out: list[str]) -> None:
    (tmp_path / "sentences.txt").write_text("One.\n", encoding="utf-8")
    with pytest.raises(CorpusError, match="restore the corpus"):
        held_out_texts(tmp_path, _config(held_out))


def test_a_corpus_that_is_not_here_is_named_with_the_way_out(tmp_path, monkeypatch) -> None:
    monkeypatch.setenv("MYTTS_SHARED_DATA", str(tmp_path))
    with pytest.raises(CorpusError, match="/nowhere/corpus .* MYTTS_SHARED_DATA"):
        held_out_texts(tmp_path / "runs" / "mine", _config(["a"]))


def test_texts_are_chosen_evenly_from_the_first_to_the_last() -> None:
    texts = [str(number) for number in range(52)]
    chosen = [int(text) for text in evenly(texts, 10)]
    assert chosen[0] == 0 and chosen[-1] == 51 and {b - a for a, b in zip(chosen, chosen[1:])} <= {5, 6}
    assert evenly(texts[:3], 10) == texts[:3]


def test_run_is_an_option_of_this_benchmark_alone(repository) -> None:
    done = subprocess.run([sys.executable, "-m", "benchmarks", "decoding", "--run", "x"], cwd=repository,
                          capture_output=True, text=True, check=False)
    assert done.returncode == 2 and "python -m benchmarks temperature" in done.stderr
