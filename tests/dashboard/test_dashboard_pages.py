"""Every page over every kind of run, driven without a browser."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from mytts_core.config import RunConfig, get_model_preset
from mytts_core.runs.writer import RunWriter
from tests.dashboard.example_runs import EMPTY, FAILING, FOREIGN, HEALTHY, VARIABLES
from tests.dashboard.page_parts import chart_data, charts_of, component_data, html_of

PAGES = {"overview": "Overview", "metric_trends": "Metric trends", "alignments": "Alignments", "gradients": "Gradients",
         "checkpoints": "Checkpoints", "synthesis": "Synthesis", "blind_test": "Blind test"}


@pytest.mark.parametrize("run", [HEALTHY, FAILING, EMPTY, FOREIGN])
@pytest.mark.parametrize("page", PAGES)
def test_page_opens_over_run(open_page, example_runs, page, run):
    app = open_page(example_runs, page, run)
    assert not app.exception
    assert app.title[0].value == PAGES[page]
    assert app.sidebar.selectbox(key="run").value == run
    for data in chart_data(app):
        assert len(json.dumps(data)) < 2_000_000, "a figure must stay small enough for a browser"


@pytest.mark.parametrize(("page", "title"), [("metric_trends", "No metrics yet"), ("alignments", "No samples yet"),
                                             ("gradients", "No per-variable norms yet"),
                                             ("checkpoints", "No checkpoint yet"), ("synthesis", "No checkpoint yet")])
def test_empty_run_says_what_would_make_something_appear(open_page, example_runs, page, title):
    said = html_of(open_page(example_runs, page, EMPTY))
    assert title in said
    assert "steps (training." in said


def test_changing_the_run_changes_the_page(open_page, example_runs):
    app = open_page(example_runs, run=HEALTHY)
    app.sidebar.selectbox(key="run").select(FAILING).run()
    assert not app.exception
    assert "The training failed" in html_of(app)


def test_gradients_of_a_variable_and_those_in_trouble(open_page, example_runs):
    app = open_page(example_runs, "gradients", FAILING, variable=VARIABLES[5], gradient_step="1390")
    assert app.select_slider(key="gradient_step").value == 1_400        # the nearest that was recorded
    troubles, variables = (table.value for table in app.dataframe)
    assert list(troubles["Variable"][:3]) == sorted(VARIABLES[5:8]) and troubles["Since step"][0] == 1_300
    assert list(variables["State"][:4]) == ["not finite"] * 3 + ["dead (zero)"]
    assert "3 of 36 variables are not finite, the first from step 1,300" in html_of(app)
    charts = charts_of(app)
    assert [chart["data"][0]["type"] for chart in charts] == ["scatter", "scatter", "heatmap", "bar", "scatter", "bar"]
    assert charts[4]["data"][0]["name"] == VARIABLES[5]


def test_folder_can_be_chosen_in_the_page(open_page, example_runs, tmp_path):
    app = open_page(tmp_path)
    assert "No runs under" in html_of(app)
    app.sidebar.text_input(key="root").set_value(str(example_runs)).run()
    assert app.title[0].value == "Overview"


def test_folder_cannot_be_chosen_from_another_machine(open_page, example_runs, monkeypatch):
    monkeypatch.setenv("MYTTS_ALLOW_REMOTE", "1")
    assert not open_page(example_runs).sidebar.text_input


def test_missing_folder_is_named(open_page, tmp_path):
    assert f"{tmp_path / 'nowhere'} is not a folder" in html_of(open_page(tmp_path / "nowhere"))


def test_nothing_outside_the_root_is_served(open_page, example_runs, tmp_path):
    secret = tmp_path / "secret.flac"
    secret.write_bytes(b"secret")
    root = tmp_path / "runs"
    with RunWriter.create(root / "one", RunConfig(get_model_preset("tiny"))) as writer:
        folder = writer.sample(10, "a", {"text": "a", "tokens": ["a"], "spoken": [True]})
    (folder / "target.flac").symlink_to(secret)
    app = open_page(root, "alignments")
    assert "leads outside" in html_of(app)
    assert not component_data(app, "mytts_listening")


def test_newer_run_is_refused_in_words(open_page, tmp_path):
    RunWriter.create(tmp_path / "one", RunConfig(get_model_preset("tiny"))).close()
    record = json.loads((tmp_path / "one" / "run.json").read_text())
    (tmp_path / "one" / "run.json").write_text(json.dumps({**record, "schema": 99}))
    for page in ("overview", "alignments"):
        app = open_page(tmp_path, page)
        assert not app.exception
        assert "99" in html_of(app)


def test_sample_runs_open(open_page, repository):
    root = repository / "sample_runs"
    if not root.is_dir():
        pytest.skip("sample_runs/ is not there yet")
    for folder in sorted(path for path in root.iterdir() if (path / "run.json").is_file()):
        for page in PAGES:
            assert not open_page(root, page, folder.name).exception, (folder.name, page)


def test_dashboard_loads_no_tensorflow(repository, example_runs):
    script = f"""
import sys
sys.argv = ["app.py", {str(example_runs)!r}]
from streamlit.testing.v1 import AppTest
app = AppTest.from_file({str(repository / 'dashboard' / 'app.py')!r}, default_timeout=180)
for page in {[f'views/{page}.py' for page in PAGES]!r}:
    app.switch_page(page).run()
    assert not app.exception, app.exception
heavy = sorted(name for name in sys.modules if name in ("tensorflow", "keras", "librosa", "jax", "tensorboard"))
print("loaded:", heavy)
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=400, cwd=Path("/"),
                          env={"PYTHONPATH": str(repository), "PATH": "/usr/bin:/bin", "HOME": str(example_runs)})
    assert "loaded: []" in done.stdout, done.stdout + done.stderr
