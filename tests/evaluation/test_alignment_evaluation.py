"""Evaluation of alignment: its figures against hand-made cases, and the whole command on a tiny corpus and run."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from mytts_core.cli import main
from mytts_core.evaluation.alignment import AlignmentEvaluation, SentenceResult
from mytts_core.evaluation.criteria import Criterion
from mytts_core.monitoring.alignment import AlignmentScores, score_alignment

GOOD, BAD = AlignmentScores(0.99, 0.9, 0.8, 1.0), AlignmentScores(0.4, 0.1, 0.1, 0.5)


def sentence(identity: str, scores: AlignmentScores = GOOD, ended: bool = True, unbroken: bool = True,
             severity: float = 0.1) -> SentenceResult:
    return SentenceResult(identity, "text", 100, 100, "stop_token", GOOD, scores, ended, unbroken, severity, [])


def test_means_shares_and_thresholds() -> None:
    result = AlignmentEvaluation([sentence("a"), sentence("b"), sentence("c", BAD, unbroken=False, severity=3.0),
                                  sentence("d", ended=False)])
    assert result.mean("teacher_forced", "diagonality") == pytest.approx(0.99)
    assert result.mean("free_running", "diagonality") == pytest.approx((3 * 0.99 + 0.4) / 4)
    assert (result.share_ended, result.share_unbroken) == (0.75, 0.75)
    holds = {criterion.name: criterion.holds for criterion in result.criteria()}
    assert [name for name, value in holds.items() if not value] == [
        "diagonality, free-running", "coverage, free-running",
        "free-running takes that end by their stop token within 25 % of the true length",
        "free-running takes that skip or repeat nothing, to the end"]
    assert [item.id for item in result.worst(2)] == ["c", "a"]
    assert all(criterion.holds for criterion in AlignmentEvaluation([sentence("a")]).criteria())


def test_a_criterion_holds_at_its_bound_and_never_for_nan() -> None:
    assert Criterion("x", 0.85, 0.85).holds and Criterion("x", 30.0, 30.0, at_most=True).holds
    assert not Criterion("x", float("nan"), 0.0).holds and not Criterion("x", float("nan"), 1.0, at_most=True).holds
    assert Criterion("word error", 31.25, 30.0, at_most=True, unit=" %").line() == "FAILS     31.2 % ≤ 30 %  word error"


@pytest.mark.slow
def test_the_command_judges_a_checkpoint_and_an_untrained_model(run: Path, tmp_path: Path,
                                                                capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "result.json"
    arguments = ["--json", str(out), "--measures", "none", "--no-save"]
    assert main(["evaluate", "--run", str(run), *arguments]) == 1       # random weights cannot read
    told = capsys.readouterr().out
    held_out = json.loads((run / "config.json").read_text())["corpus"]["held_out"]
    assert f"step_000005.weights.h5: {len(held_out)} held-out sentences" in told
    assert "layer 0, head 1 (named by the checkpoint" in told and "FAILS" in told
    result = json.loads(out.read_text())
    assert [item["id"] for item in result["sentences"]] == held_out
    assert result["head"] == [0, 1] and result["means"]["teacher_forced"]["diagonality"] < 0.5
    assert main(["evaluate", "--run", str(run), "--untrained", "--limit", "2"]) == 1
    told = capsys.readouterr().out
    assert told.startswith("an untrained model of the configuration of") and "2 held-out sentences" in told
    assert f"chosen now on {10 - len(held_out)} training sentences" in told


@pytest.mark.slow
def test_teacher_forced_attention_is_the_model_s_without_window_or_padding(run: Path) -> None:
    from mytts_core.evaluation.held_out import open_evaluation, teacher_forced_attention

    evaluated = open_evaluation(run)
    example = evaluated.held_out[-1]
    attention = teacher_forced_attention(evaluated.synthesizer.model, evaluated.features, evaluated.held_out)[-1]
    model, mel = evaluated.synthesizer.model, evaluated.features.normalised_mel(example)[None]
    inputs = {"enc_ids": np.array([example.token_ids]), "dec_mel": model.shift_right_mel(mel),
              "prosody": evaluated.features.normalised_prosody(example)[None]}
    alone = np.asarray(model(inputs, return_attn="all")[3])[0]     # without lengths there is no window
    np.testing.assert_allclose(attention, alone, atol=1e-5)
    assert attention.shape == (2, 2, -(-len(example.mel) // 2), len(example.token_ids))
    assert score_alignment(attention[0, 1]).diagonality < 0.6


@pytest.mark.slow
def test_bad_input(run: Path, corpus: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    other = tmp_path / "other"
    (other / "wavs").mkdir(parents=True)
    (other / "wavs" / "x.wav").write_bytes((corpus / "wavs" / "clip_0.wav").read_bytes())
    (other / "metadata.csv").write_text("x|abc\n")
    for arguments, told in ((("--data", str(tmp_path / "none")), "none"), (("--limit", "0"), "--limit is 0"),
                            (("--data", str(other)), "held-out sentences"),
                            (("--checkpoint", "7"), "no checkpoint of step 7"),
                            (("--json", str(tmp_path / "no" / "a.json")), "does not exist"),
                            (("--json", str(tmp_path)), "is a folder")):
        assert main(["evaluate", "--run", str(run), *arguments]) == 2
        message = capsys.readouterr().err
        assert message.startswith("mytts: error: ") and told in message and message.count("\n") == 1
