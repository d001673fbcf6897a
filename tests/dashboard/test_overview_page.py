"""The overview as a page: all runs in a table, the picked one's findings, tags and notes, and what differs."""

from __future__ import annotations

import shutil

import pytest

from mytts_core.runs.annotations import read_annotations
from tests.dashboard.example_runs import EMPTY, FAILING, FOREIGN, HEALTHY
from tests.dashboard.page_parts import html_of


def table_of(app):
    return next(table.value for table in app.dataframe if "Loss trend" in table.value)


@pytest.fixture
def own_runs(example_runs, tmp_path):
    """A copy of the example runs that a test may write to."""
    shutil.copytree(example_runs, tmp_path / "runs")
    return tmp_path / "runs"


def test_table_has_every_run_with_state_scores_and_findings(open_page, example_runs):
    table = table_of(open_page(example_runs, run=HEALTHY)).set_index("Run")
    assert list(table.index) == [FAILING, HEALTHY, EMPTY, FOREIGN]
    assert [state[0].split()[1] for state in table["State"]] == ["failed", "finished", "running", "foreign"]
    assert table.loc[FAILING, "✕"] >= 2 and table.loc[HEALTHY, "✕"] == 0
    assert table.loc[HEALTHY, "s/step"] == pytest.approx(0.35) and table.loc[HEALTHY, "Step"] == 1_500
    assert table.loc[HEALTHY, "Diagonality"] == pytest.approx(0.92) and table.loc[HEALTHY, "Free running"] > 0.8
    assert table.loc[HEALTHY, "Best held out"] == pytest.approx(0.5)
    assert len(table.loc[HEALTHY, "Loss trend"]) > 20
    assert list(table["▸"]) == ["", "▸", "", ""]


@pytest.mark.parametrize(("query", "names"), [
    ({"filter": "HEAL"}, [HEALTHY]), ({"filter": "modern fail"}, [FAILING]), ({"state": "failed"}, [FAILING]),
    ({"wrong": "true"}, [FAILING, HEALTHY])])
def test_address_filters_the_table(open_page, example_runs, query, names):
    assert list(table_of(open_page(example_runs, **query))["Run"]) == names


def test_filter_that_nothing_passes_says_so(open_page, example_runs):
    app = open_page(example_runs, filter="nothing like it")
    assert "No run passes these filters" in html_of(app) and not app.exception


def test_findings_say_what_is_wrong_what_to_try_and_lead_to_what_shows_it(open_page, example_runs):
    app = open_page(example_runs, run=FAILING)
    said = html_of(app)
    assert "Attention has not aligned" in said and "Try:" in said and "step" in said
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in said and "<script>" not in said
    links = [link.proto for link in app.get("page_link")]
    assert links and all("run=failing" in link.query_string for link in links)
    assert {link.page for link in links} <= {"metric_trends", "alignments", "gradients", "checkpoints"}


def test_healthy_run_is_said_to_be_healthy(open_page, example_runs):
    said = html_of(open_page(example_runs, run=EMPTY))
    assert "Nothing is logged yet" in said


def test_tags_and_note_are_kept_shown_and_never_markup(open_page, own_runs):
    app = open_page(own_runs, run=HEALTHY)
    next(box for box in app.multiselect if box.label == "Tags").set_value(["best so far"])
    app.text_area[0].set_value("<b>lower</b> rate\nworked")
    next(button for button in app.button if button.label == "Save").click().run()
    assert not app.exception
    assert read_annotations(own_runs)[HEALTHY] == (("best so far",), "<b>lower</b> rate\nworked")
    assert "&lt;b&gt;lower&lt;/b&gt; rate" in html_of(app)
    assert list(table_of(open_page(own_runs, tags="best so far"))["Run"]) == [HEALTHY]


def test_note_that_cannot_be_kept_is_said_and_the_page_goes_on(open_page, own_runs, monkeypatch, tmp_path):
    (own_runs / ".mytts").write_text("a file where the folder should be")
    (tmp_path / "data").write_text("")
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    app = open_page(own_runs, run=HEALTHY)
    app.text_area[0].set_value("new")
    next(button for button in app.button if button.label == "Save").click().run()
    assert not app.exception and "make one of them writable" in html_of(app)
    assert len(table_of(app)) == 4


def test_compared_runs_differ_in_nothing_or_are_not_ours(open_page, example_runs):
    assert "No field of it differs" in html_of(open_page(example_runs, run=HEALTHY, compare=FAILING))
    assert "is not a run of MyTTS" in html_of(open_page(example_runs, run=HEALTHY, compare=FOREIGN))


def test_differing_fields_of_compared_runs(open_page, repository):
    app = open_page(repository / "sample_runs", run="exploded", compare="kathleen")
    table = app.dataframe[-1].value
    assert list(table.columns) == ["exploded", "kathleen"]
    assert tuple(table.loc["model.d_model"]) == ("96", "192") and "model.prosody" not in table.index


@pytest.mark.parametrize("asked", ["gone", "../../etc", "/etc/passwd", "<b>x</b>"])
def test_address_of_a_run_that_is_not_there_says_so(open_page, example_runs, asked):
    app = open_page(example_runs, run=asked)
    assert not app.exception
    assert "The address asks for run" in html_of(app) and "it is gone, was renamed, or lies outside" in html_of(app)
    assert "<b>x" not in html_of(app)
    assert len(table_of(app)) == 4, "the rest of the page works"


def test_address_of_a_run_to_compare_with_that_is_gone_says_so(open_page, example_runs):
    app = open_page(example_runs, run=HEALTHY, compare="gone")
    assert not app.exception and "runs to compare with: gone" in html_of(app)
    next(button for button in app.button if button.label == "Dismiss").click().run()
    assert "runs to compare with" not in html_of(app)
