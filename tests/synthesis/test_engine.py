"""The synthesis engine on a tiny model: what it yields is the model's own, and bad input is told apart."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import soundfile

from mytts_core.errors import CheckpointError, RunError, TextError
from mytts_core.synthesis import SynthesisCancelled, Synthesizer

pytestmark = pytest.mark.slow

TEXT = "Hello there, you."
SECONDS = 0.5


@pytest.fixture(scope="module")
def synthesizer(tiny_run: Path) -> Synthesizer:
    return Synthesizer.from_run(tiny_run, 10)


@pytest.fixture
def copied_run(tiny_run: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(tiny_run, tmp_path / "copy"))


def test_the_three_lines_of_the_readme_speak(tiny_run: Path, tmp_path: Path) -> None:
    take = Synthesizer.from_run(str(tiny_run)).synthesize("Hello.")
    take.save(tmp_path / "hello.wav")
    wav, rate = soundfile.read(tmp_path / "hello.wav")
    assert rate == take.sample_rate == 22050
    assert len(wav) == len(take.mel) * 256 == round(take.audio_seconds * rate)
    assert np.abs(wav).max() > 0


def test_a_take_is_what_the_model_generates(synthesizer: Synthesizer) -> None:
    take = synthesizer.synthesize(TEXT, max_seconds=SECONDS)
    tokenizer, config = synthesizer.tokenizer, synthesizer.config
    generation = synthesizer.model.generate(np.array([tokenizer.encode(TEXT)]), max_steps=43)
    mel = np.asarray(generation.mel)[0] * np.array(config.corpus.mel_std) + np.array(config.corpus.mel_mean)
    np.testing.assert_allclose(take.mel, mel, rtol=1e-4, atol=1e-4)
    assert take.stop_reason == generation.stop_reason[0] == "limit"
    assert len(take.mel) == len(take.stop_probabilities) == 43
    assert take.attention.shape == (2, 2, 22, len(take.tokens))
    np.testing.assert_allclose(take.attention.sum(axis=-1), 1.0, atol=1e-4)


def test_a_take_tells_how_it_was_made(synthesizer: Synthesizer) -> None:
    take = synthesizer.synthesize(TEXT, max_seconds=SECONDS)
    assert take.head == (1, 0) and take.head_recorded
    assert (take.checkpoint, take.step) == ("step_000010.weights.h5", 10)
    assert (take.temperature, take.seed, take.variation) == (1.0, None, "prosody")
    assert take.tokens[0] == "<start>" and take.tokens[-1] == "<end>"
    assert take.spoken.sum() == sum(c.isalpha() for c in TEXT)
    assert take.work_seconds > 0 and take.unknown == [] and take.num_unknown == 0
    assert take.faults[-1].startswith("Ran into the length limit")
    summary = take.summary()
    assert summary["frames"] == 43 and summary["words"] == take.faults
    assert 0 <= summary["scores"]["diagonality"] <= 1


def test_scores_are_those_of_the_recorded_head(synthesizer: Synthesizer) -> None:
    from mytts_core.monitoring.alignment import score_alignment

    take = synthesizer.synthesize(TEXT, max_seconds=SECONDS)
    assert take.scores == score_alignment(take.attention[1, 0], take.spoken)
    assert take.scores != score_alignment(take.attention[0, 1], take.spoken)


def test_without_a_recorded_head_one_is_chosen_and_said(tiny_run: Path) -> None:
    take = Synthesizer.from_run(tiny_run, 20).synthesize(TEXT, max_seconds=SECONDS)
    assert not take.head_recorded and not take.summary()["head_recorded"]


def test_temperature_one_is_deterministic_and_seeds_vary_above(synthesizer: Synthesizer) -> None:
    plain = synthesizer.synthesize(TEXT, max_seconds=SECONDS)
    assert np.array_equal(plain.mel, synthesizer.synthesize(TEXT, 1.0, seed=5, max_seconds=SECONDS).mel)
    assert np.array_equal(plain.wav, synthesizer.synthesize(TEXT, max_seconds=SECONDS).wav)
    warm = [synthesizer.synthesize(TEXT, 2.0, seed=seed, max_seconds=SECONDS).mel for seed in (1, 1, 2)]
    assert np.array_equal(warm[0], warm[1])
    assert not np.array_equal(warm[0], warm[2]) and not np.array_equal(warm[0], plain.mel)


def test_a_drawn_seed_is_named_and_gives_the_same_take_again(synthesizer: Synthesizer) -> None:
    take = synthesizer.synthesize(TEXT, 1.5, max_seconds=SECONDS)
    assert take.seed is not None
    again = synthesizer.synthesize(TEXT, 1.5, seed=take.seed, max_seconds=SECONDS)
    assert np.array_equal(take.mel, again.mel)


def test_a_batch_equals_its_texts_alone_in_the_given_order(synthesizer: Synthesizer) -> None:
    texts = ["A longer text than the others are.", "Short.", TEXT]
    together = synthesizer.synthesize_batch(texts, 1.5, seeds=[4, 5, 6], max_seconds=SECONDS)
    for text, seed, take in zip(texts, (4, 5, 6), together):
        alone = synthesizer.synthesize(text, 1.5, seed=seed, max_seconds=SECONDS)
        assert take.text == text and take.seed == seed
        np.testing.assert_allclose(take.mel, alone.mel, atol=1e-3)


def test_the_default_limit_follows_the_speaking_rate_of_the_corpus(synthesizer: Synthesizer) -> None:
    take = synthesizer.synthesize("a" * 100, progress=None)
    assert len(take.mel) == min(256, int(np.ceil(2.5 * np.exp(1.8) * 102)))     # max_length bounds it
    assert len(synthesizer.synthesize("ab").mel) == 256                         # three seconds at least, likewise


def test_progress_and_cancellation(synthesizer: Synthesizer) -> None:
    seen: list[tuple[str, int, int]] = []
    synthesizer.synthesize(TEXT, max_seconds=2.0, progress=lambda *event: seen.append(event))
    assert [stage for stage, _, _ in seen] == sorted(stage for stage, _, _ in seen)   # decoding, then waveform
    assert seen[-2] == ("decoding", 172, 172) and seen[-1] == ("waveform", 1, 1)
    calls = iter([False, True])
    with pytest.raises(SynthesisCancelled):
        synthesizer.synthesize(TEXT, max_seconds=2.0, cancelled=lambda: next(calls))


def test_unknown_symbols_are_shown_and_counted(synthesizer: Synthesizer) -> None:
    take = synthesizer.synthesize("Señor, él está aquí.", max_seconds=SECONDS)
    assert take.unknown == ["ñ", "é", "á", "í"] and take.num_unknown == 4
    assert "ñ" in take.tokens


@pytest.mark.parametrize(("text", "told"), [
    ("", "empty"), (" \n\t ", "empty"), ("سلام", "not trained on"), ("?!", "no letter"),
    ("a" * 300, "max_length (256)"),
])
def test_a_text_that_cannot_be_said(synthesizer: Synthesizer, text: str, told: str) -> None:
    with pytest.raises(TextError) as caught:
        synthesizer.synthesize(text)
    assert told in str(caught.value)


@pytest.mark.parametrize("arguments", [{"temperature": 0.0}, {"temperature": float("nan")}, {"max_seconds": 0.0},
                                       {"seed": -1, "temperature": 2}, {"max_seconds": float("inf")}])
def test_values_out_of_range(synthesizer: Synthesizer, arguments: dict) -> None:
    with pytest.raises(ValueError, match="temperature|seed|max_seconds"):
        synthesizer.synthesize(TEXT, **arguments)


def test_checkpoints_are_found_by_step_name_and_path(tiny_run: Path) -> None:
    from mytts_core.synthesis.checkpoint_choice import choose_checkpoint

    first, last = "step_000010.weights.h5", "step_000020.weights.h5"
    names = {choice: choose_checkpoint(tiny_run, choice).path.name
             for choice in (None, "last", "best", 10, "10", first, f"checkpoints/{first}")}
    assert names == {None: last, "last": last, "best": first, 10: first, "10": first, first: first,
                     f"checkpoints/{first}": first}
    by_path = Synthesizer.from_run(tiny_run, tiny_run / "checkpoints" / first)
    assert by_path.checkpoint.step == 10 and by_path.head == (1, 0)


def test_a_checkpoint_that_is_not_there(tiny_run: Path, copied_run: Path) -> None:
    with pytest.raises(CheckpointError, match=r"no checkpoint of step 15.*10, 20"):
        Synthesizer.from_run(tiny_run, 15)
    with pytest.raises(CheckpointError, match="no weights file"):
        Synthesizer.from_run(tiny_run, "nothing.weights.h5")
    with pytest.raises(CheckpointError, match="outside the run"):
        Synthesizer.from_run(copied_run, tiny_run / "checkpoints" / "step_000010.weights.h5")


def test_weights_of_another_configuration_are_refused(copied_run: Path, write_run: Callable[..., Path]) -> None:
    other = write_run(dff=24)
    shutil.copy(other / "config.json", copied_run / "config.json")
    with pytest.raises(CheckpointError, match=r"another configuration: \S+/w1/bias has shape \(16,\).*\(24,\)"):
        Synthesizer.from_run(copied_run)


def test_a_run_that_cannot_speak(tmp_path: Path, copied_run: Path) -> None:
    with pytest.raises(RunError, match="does not exist"):
        Synthesizer.from_run(tmp_path / "nowhere")
    shutil.rmtree(copied_run / "checkpoints")
    with pytest.raises(CheckpointError, match="no checkpoint yet"):
        Synthesizer.from_run(copied_run)
    (copied_run / "config.json").write_text("{")
    with pytest.raises(RunError, match=r"config\.json cannot be read"):
        Synthesizer.from_run(copied_run)
