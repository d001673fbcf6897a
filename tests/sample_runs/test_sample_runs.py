"""The shipped runs are what their READMEs say: light, really trained or really failing, and able to speak."""

import json
import re
from pathlib import Path

import numpy as np
import pytest

from mytts_core.runs import schema
from mytts_core.runs.reader import open_run

ROOT = Path(__file__).resolve().parents[2] / "sample_runs"
LEARNT = ("kathleen", "espeak")
FAILED = ("never_aligned", "exploded")
BUDGET_BYTES = 20_000_000


def test_all_together_keep_the_budget():
    files = [path for path in ROOT.rglob("*") if path.is_file()]
    assert sum(path.stat().st_size for path in files) <= BUDGET_BYTES


@pytest.mark.parametrize("name", LEARNT + FAILED)
def test_a_run_opens_without_a_problem_and_carries_nothing_to_resume_from(name):
    run = open_run(ROOT / name)
    assert not run.problems and run.config is not None and run.scalars()
    assert run.checkpoints() and run.sample_steps()
    assert not (ROOT / name / schema.RESUME_FOLDER).exists()


@pytest.mark.parametrize("name", LEARNT + FAILED)
def test_the_readme_gives_the_command_that_the_run_records(name):
    readme = (ROOT / name / "README.md").read_text(encoding="utf-8")
    commands = re.findall(r"mytts train [^`]*", readme.replace("\\\n", " "))
    recorded = open_run(ROOT / name).run_info.command
    settings = set(recorded[recorded.index("--set") + 1:])
    assert any(settings <= set(command.split()) for command in commands)


@pytest.mark.parametrize("name", LEARNT)
def test_a_learnt_run_reads_its_held_out_sentences(name):
    info = open_run(ROOT / name).checkpoints()[-1].info
    for scores in (info["validation"], info["free_running"]):
        assert scores["diagonality"] >= 0.85 and scores["focus"] >= 0.5 and scores["coverage"] >= 0.7
    assert info["free_running"]["stop_rate"] >= 0.9


def test_the_run_that_never_aligned_scores_as_such():
    assert open_run(ROOT / "never_aligned").checkpoints()[-1].info["validation"]["diagonality"] < 0.5


def test_the_exploded_run_shows_gradients_far_above_a_healthy_runs():
    healthy = open_run(ROOT / "kathleen").scalars()[schema.GRADIENT_NORM].values
    exploded = open_run(ROOT / "exploded").scalars()[schema.GRADIENT_NORM].values
    assert np.nanmax(exploded) > 30 * np.nanmedian(healthy)
    losses = open_run(ROOT / "exploded").scalars()[schema.TRAIN_LOSS].values
    assert not np.isfinite(losses[-1]) or losses[-1] > 10 * losses[0]


@pytest.mark.slow
def test_the_words_of_the_espeak_run_are_heard():
    """A few unseen sentences, through a recogniser with an open vocabulary; its README has all of them."""
    pytest.importorskip("tensorflow")
    pytest.importorskip("phonemizer")
    pytest.importorskip("pocketsphinx")
    from mytts_core.evaluation.recognizer import Recognizer
    from mytts_core.evaluation.word_errors import word_error_rate
    from mytts_core.synthesis import Synthesizer

    sentences = (ROOT / "espeak" / "sentences.txt").read_text(encoding="utf-8").splitlines()
    held_out = [int(name.removeprefix("sentence_")) for name in open_run(ROOT / "espeak").config.corpus.held_out]
    texts = [sentences[number - 1] for number in held_out[:24]]
    recognizer = Recognizer()
    heard = [recognizer.hear(take.wav, take.sample_rate)
             for take in Synthesizer.from_run(ROOT / "espeak").synthesize_batch(texts)]
    assert word_error_rate(list(zip(texts, heard))) < 40
    assert word_error_rate(list(zip(texts, heard[1:] + heard[:1]))) > 80


@pytest.fixture(scope="module", params=LEARNT)
def synthesizer(request):
    pytest.importorskip("tensorflow")
    pytest.importorskip("phonemizer")
    from mytts_core.synthesis import Synthesizer

    return Synthesizer.from_run(ROOT / request.param)


@pytest.mark.slow
def test_temperature_is_deterministic_at_one_and_spreads_more_the_higher_it_is(synthesizer):
    model, seeds = synthesizer.model, [1, 2, 3, 4, 5, 6]
    texts = ["She saw the house at the end of the road.", "Why did you come home so late?"]
    spread = {temperature: np.mean([_spread(model, synthesizer.tokenizer.encode(text), temperature, seeds)
                                    for text in texts]) for temperature in (1.0, 1.2, 1.5, 2.0)}
    ids = np.array([synthesizer.tokenizer.encode(texts[0])], np.int32)
    np.testing.assert_array_equal(np.asarray(model.generate(ids, temperature=1.0, seed=1).mel),
                                  np.asarray(model.generate(ids, seed=2).mel))
    assert spread[1.0] < 1e-6       # rounding of the mean of equal rows
    assert 1e-4 < spread[1.2] < spread[1.5] < spread[2.0], json.dumps(spread)


def _spread(model, token_ids, temperature, seeds) -> float:
    """Deviation over seeds of the mean spectrum of an utterance, which its length does not enter."""
    ids = np.tile(np.array([token_ids], np.int32), (len(seeds), 1))
    takes = model.generate(ids, temperature=temperature, seed=seeds)
    mel, lengths = np.asarray(takes.mel), np.asarray(takes.lengths)
    means = np.stack([mel[i, :length].mean(axis=0) for i, length in enumerate(lengths)])
    return float(means.std(axis=0).mean())
