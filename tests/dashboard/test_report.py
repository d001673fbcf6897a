"""A run as one HTML file: whole, without network, nothing from a log as markup; and `mytts report`."""

from __future__ import annotations

import base64
import io
import json
import re
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import plotly.graph_objects as go
import pytest
import soundfile

from dashboard.figures.health import Fact
from dashboard.figures.sounds import make_playable
from dashboard.report import page
from dashboard.report.contents import build_report
from mytts_core import cli
from mytts_core.config import RunConfig, get_model_preset
from mytts_core.runs.reader import open_run
from mytts_core.runs.writer import RunWriter
from tests.dashboard.example_runs import EMPTY, FAILING, FOREIGN, HEALTHY, TEXTS

HOSTILE = '</script><script>alert(1)</script><b>"x"</b>'


class Outline(HTMLParser):
    """The elements of a page with their attributes, and the text of each script."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.scripts: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        self.elements.append((tag, dict(attributes)))
        if tag == "script":
            self.scripts.append("")

    def handle_data(self, data):
        if self.lasttag == "script":
            self.scripts[-1] += data

    def count(self, tag):
        return sum(name == tag for name, _ in self.elements)


def figures_of(text):
    outline = Outline(text)
    return [json.loads(script) for script in outline.scripts if script.startswith('{"data"')]


@pytest.mark.parametrize("name", [HEALTHY, FAILING, EMPTY, FOREIGN])
def test_every_kind_of_run_gives_a_page_that_needs_no_network(example_runs, name):
    text = build_report(open_run(example_runs / name), name)
    outline = Outline(text)
    for tag, attributes in outline.elements:
        for attribute in ("src", "href"):
            assert (attributes.get(attribute) or "#").startswith(("#", "data:")), (tag, attributes)
    policy = next(attributes["content"] for _, attributes in outline.elements if "http-equiv" in attributes)
    assert "default-src 'none'" in policy and "connect-src" not in policy
    assert [attributes.get("id") for tag, attributes in outline.elements if tag == "section"] == [
        f"part{number}" for number in range(6)]


def test_healthy_run_shows_curves_samples_and_sounds(example_runs):
    text = build_report(open_run(example_runs / HEALTHY), HEALTHY, num_samples=2)
    types = [figure["data"][0]["type"] for figure in figures_of(text)]
    assert types.count("heatmap") == 2 * 3 + 1      # two samples, two readings and mels each; layers over steps
    assert types.count("scatter") > 10
    sounds = [attributes["src"] for tag, attributes in Outline(text).elements if tag == "audio"]
    assert len(sounds) == 4
    samples, rate = soundfile.read(io.BytesIO(base64.b64decode(sounds[0].partition("base64,")[2])))
    assert rate == 22_050 and len(samples) == rate
    assert TEXTS["arctic_a0001"] in text and TEXTS["fa/01"] in text
    assert "finished" in text and "step 1,500" in text


def test_failing_run_says_what_is_wrong_and_what_to_try(example_runs):
    text = build_report(open_run(example_runs / FAILING), FAILING)
    assert "Try: " in text and "3 of 15 recorded steps" in text
    assert "4 of 4 held-out samples fail at step 1,500" in text


def test_nothing_from_a_log_becomes_markup(example_runs):
    for name in (HEALTHY, FAILING):
        outline = Outline(build_report(open_run(example_runs / name), HOSTILE))
        assert not any("alert(1)" in script for script in outline.scripts)
        assert outline.count("b") == sum(attributes.get("class") == "fact" for _, attributes in outline.elements)


@pytest.mark.parametrize("part", [
    page.said(HOSTILE), page.note(HOSTILE), page.heading(HOSTILE), page.code(HOSTILE), page.folded(HOSTILE, ""),
    page.facts([Fact("bad", HOSTILE)]), page.table([HOSTILE], [[HOSTILE]]), page.sound(HOSTILE, ".wav", b""),
    page.figure(go.Figure(go.Scatter(x=[1], y=[1], name=HOSTILE)), HOSTILE)])
def test_every_part_escapes(part):
    outline = Outline(part)
    assert outline.count("script") == part.count('<script type="application/json">')
    assert "alert(1)</script>" not in part


def test_tables_say_numbers_and_what_is_missing():
    text = page.table(["a", "b", "c"], [[12_345, float("nan"), "س"]])
    assert re.findall(r"<td[^>]*>([^<]*)</td>", text) == ["12,345", "–", "س"]


def test_sound_that_leads_out_of_the_run_is_left_out(tmp_path):
    secret = tmp_path / "secret.flac"
    soundfile.write(secret, np.zeros(100), 8_000)
    with RunWriter.create(tmp_path / "one", RunConfig(get_model_preset("tiny"))) as writer:
        folder = writer.sample(10, "a", {"text": "a", "tokens": ["a"], "spoken": [True]})
    (folder / "target.flac").symlink_to(secret)
    text = build_report(open_run(tmp_path / "one"), "one")
    assert "leads outside the run" in text and Outline(text).count("audio") == 0


@pytest.mark.parametrize("linked", ["folder", "sample.json", "teacher_forced.npz"])
def test_sample_that_leads_out_of_the_run_is_left_out(tmp_path, linked):
    with RunWriter.create(tmp_path / "one", RunConfig(get_model_preset("tiny"))) as writer:
        for name in ("kept", "led away"):
            folder = writer.sample(10, name, {"text": f"text {name}", "tokens": ["a"], "spoken": [True]})
    path, elsewhere = folder if linked == "folder" else folder / linked, tmp_path / "elsewhere"
    if path.exists():
        path.rename(elsewhere)
    path.symlink_to(elsewhere)
    text = build_report(open_run(tmp_path / "one"), "one")
    assert "1 of 2 samples lead outside the run" in text and "text kept" in text and "text led away" not in text


def test_flac_becomes_wav_with_the_same_samples_and_the_rest_stays():
    samples = (np.random.default_rng(0).integers(-2**15, 2**15, 500)).astype(np.int16)
    file = io.BytesIO()
    soundfile.write(file, samples, 16_000, format="FLAC", subtype="PCM_16")
    playable = make_playable(file.getvalue(), ".FLAC")
    heard, rate = soundfile.read(io.BytesIO(playable.data), dtype="int16")
    assert playable.kind == "audio/wav" and rate == 16_000 and np.array_equal(heard, samples)
    assert make_playable(b"torn", ".flac") == (b"torn", "audio/flac")
    assert make_playable(b"RIFF", ".wav") == (b"RIFF", "audio/wav")


def test_command_writes_the_file(example_runs, tmp_path, capfd):
    out = tmp_path / "new" / "report.html"
    assert cli.main(["report", str(example_runs / HEALTHY), "--out", str(out), "--samples", "1"]) == 0
    assert out.read_text("utf-8").startswith("<!DOCTYPE html>") and "MB" in capfd.readouterr().out
    assert [path.name for path in out.parent.iterdir()] == ["report.html"], "nothing temporary is left"


@pytest.mark.parametrize(("arguments", "said"), [
    (["{runs}/nowhere"], "is not a folder"), (["{runs}"], "holds no run"),
    (["{runs}/healthy", "--samples", "-1"], "--samples is -1"), (["{runs}/healthy", "--out", "{runs}"], "is a folder"),
    (["{runs}/healthy", "--out", "/proc/report.html"], "cannot be written")])
def test_command_refuses_bad_input_in_a_line(example_runs, capfd, monkeypatch, tmp_path, arguments, said):
    monkeypatch.chdir(tmp_path)
    assert cli.main(["report", *(word.format(runs=example_runs) for word in arguments)]) == 2
    error = capfd.readouterr().err
    assert said in error and error.startswith("mytts: error:") and "Traceback" not in error
    assert list(Path(tmp_path).iterdir()) == []
