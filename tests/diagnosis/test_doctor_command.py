"""`mytts doctor`: text, JSON, exit codes, and what a log must not do to a terminal."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from mytts_core import cli
from mytts_core.diagnosis import Evidence, Finding
from mytts_core.diagnosis.report import address, count_in_words, format_findings, printable
from mytts_core.runs.types import RunStatus
from mytts_core.runs.writer import RunWriter
from tests.diagnosis.healthy_facts import config


def finding(severity: str, explanation: str = "So it is.") -> Finding:
    return Finding("a_rule", severity, "A title", 10, 20, explanation, "Do this.", Evidence("overview", {}))


def test_a_serious_finding_is_told_and_the_exit_code_is_1(repository: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["doctor", str(repository / "sample_runs" / "exploded")]) == 1
    shown = capsys.readouterr().out
    assert "(finished, step 300)" in shown.splitlines()[0]
    for part in ("SERIOUS  Gradients explode, steps ", "[gradient_explosion]", "Try: Lower training.learning_rate",
                 "See: metric_trends?metric=train%2Fgradient_norm&from="):
        assert part in shown
    assert max(map(len, shown.splitlines()[1:])) <= 100


def test_a_healthy_run_is_said_to_be_so_and_the_exit_code_is_0(repository: Path,
                                                               capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["doctor", str(repository / "sample_runs" / "kathleen")]) == 0
    shown = capsys.readouterr().out
    assert "(finished, step " in shown and "SERIOUS" not in shown and "WARNING" not in shown


def test_json_says_the_same_for_scripts(repository: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["doctor", str(repository / "sample_runs" / "never_aligned"), "--json"]) == 1
    said = json.loads(capsys.readouterr().out)
    assert said["state"] == "finished" and said["step"] == 800 and said["problems"] == []
    assert said["counts"]["serious"] == 1 and sum(said["counts"].values()) == len(said["findings"])
    first = said["findings"][0]
    assert first["rule"] == "attention_never_aligned" and first["first_step"] == 200
    assert first["evidence"] == {"view": "alignments", "query": {"step": "800"}}
    assert first["address"] == "alignments?step=800"
    prenet = next(item for item in said["findings"] if item["rule"] == "prenet_off")
    assert prenet["first_step"] is prenet["last_step"] is None


@pytest.mark.parametrize("place", ["absent", "empty", "file.txt"])
def test_without_a_run_there_is_one_line_and_the_exit_code_is_2(tmp_path: Path, capsys: pytest.CaptureFixture[str],
                                                               place: str) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "file.txt").write_text("no run", encoding="utf-8")
    assert cli.main(["doctor", str(tmp_path / place)]) == 2
    told = capsys.readouterr()
    assert told.out == "" and told.err.startswith("mytts: error: ") and told.err.count("\n") == 1


def test_logs_of_other_programs_are_read_and_a_damaged_part_is_noted(tmp_path: Path,
                                                                     capsys: pytest.CaptureFixture[str]) -> None:
    rows = "\n".join(f"{epoch},{'nan' if epoch > 5 else 1.0}" for epoch in range(12))
    (tmp_path / "log.csv").write_text(f"epoch,loss\n{rows}\n", encoding="utf-8")
    assert cli.main(["doctor", str(tmp_path)]) == 1
    assert "(unknown)" in capsys.readouterr().out
    with RunWriter.create(tmp_path / "run", config()):
        pass
    (tmp_path / "run" / "config.json").write_text("{", encoding="utf-8")
    assert cli.main(["doctor", str(tmp_path / "run")]) == 0
    assert "NOTE  config.json" in capsys.readouterr().out


def test_the_command_loads_no_tensorflow(repository: Path) -> None:
    code = ("import sys\nfrom mytts_core.cli import main\nmain(['doctor', 'sample_runs/exploded'])\n"
            "print({m for m in ('tensorflow', 'keras', 'streamlit', 'jax') if m in sys.modules})")
    done = subprocess.run([sys.executable, "-c", code], cwd=repository, capture_output=True, text=True, check=True)
    assert done.stdout.endswith("set()\n")


def test_what_a_log_calls_itself_cannot_command_the_terminal() -> None:
    text = format_findings("run\x1b[2J", [finding("info", "tag \x1b]0;owned\x07 \u202e rises")],
                           RunStatus("running", 20, 0.0), 1.0, ["torn \x9b1m"])
    assert not set(text) & set("\x1b\x07\x9b\u202e") and "owned" in text
    assert printable("ʃ é 语 عربي") == "ʃ é 语 عربي"


@pytest.mark.parametrize(("severities", "words"), [
    ([], "nothing found"), (["serious"], "1 serious"), (["serious", "warning"], "1 serious, 1 warning"),
    (["warning", "warning", "info"], "2 warnings, 1 note"),
])
def test_counts_in_words(severities: list[str], words: str) -> None:
    assert count_in_words([finding(severity) for severity in severities]) == words


def test_an_address_quotes_what_a_log_may_hold() -> None:
    odd = Evidence("metric_trends", {"metric": "a&b=c/<d> é", "from": "1"})
    assert address(odd) == "metric_trends?metric=a%26b%3Dc%2F%3Cd%3E+%C3%A9&from=1"
    assert address(Evidence("overview", {})) == "overview"


def test_findings_are_plain_values() -> None:
    said = finding("warning").to_dict()
    assert json.loads(json.dumps(said)) == said
    assert all(not isinstance(value, np.generic) for value in said.values())
