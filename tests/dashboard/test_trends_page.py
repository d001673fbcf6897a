"""Metric trends as a page: what the address asks for is what is drawn, and what a log says is never markup."""

from __future__ import annotations

import json

import numpy as np
import pytest

from mytts_core.config import RunConfig, get_model_preset
from mytts_core.runs import schema
from mytts_core.runs.writer import RunWriter
from tests.dashboard.example_runs import FAILING, FOREIGN, HEALTHY
from tests.dashboard.page_parts import chart_data, charts_of, html_of

ODD_TAG = "loss/<img src=x onerror=alert(1)> **bold** [link](http://example.com) $x$ :red[x] سلام"


@pytest.fixture
def odd_run(tmp_path):
    """A folder with a run that was resumed, whose tags are what an attacker would name them."""
    config = RunConfig(get_model_preset("tiny"))
    with RunWriter.create(tmp_path / "odd", config) as writer:
        for step in range(1, 101):
            loss = 2.0 if step != 50 else 900.0
            writer.scalars(step, {ODD_TAG: 1 / step, "x" * 10_000: step, schema.TRAIN_LOSS: loss})
    with RunWriter.resume(tmp_path / "odd", 60) as writer:
        for step in range(61, 121):
            writer.scalars(step, {schema.TRAIN_LOSS: 1.0})
    return tmp_path


def test_address_chooses_metric_axis_smoothing_and_zoom(open_page, example_runs):
    app = open_page(example_runs, "metric_trends", HEALTHY, metric="train/loss", smoothing="0.5", against="hours",
                    **{"from": "0", "to": "1000", "log": "true"})
    [data], [chart] = chart_data(app), charts_of(app)
    assert data["window"] == [0, 1000] and data["follows"]
    assert chart["layout"]["title"]["text"] == "Loss" and chart["layout"]["yaxis"]["type"] == "log"
    assert "hours" in chart["layout"]["xaxis"]["title"]["text"]
    assert [trace["name"] for trace in chart["data"]] == ["training (raw)", "training", "held out (raw)", "held out"]


def test_zoom_of_the_address_holds_for_every_chart_and_sends_its_points_alone(open_page, example_runs):
    app = open_page(example_runs, "metric_trends", HEALTHY, **{"from": "500", "to": "600"})
    assert len(chart_data(app)) > 10 and all(data["window"] == [500, 600] for data in chart_data(app))
    assert charts_of(app)[0]["data"][0]["x"] == list(range(490, 620, 10)), "one neighbour on each side"
    assert "last 100 in view" in html_of(app)


@pytest.mark.parametrize("query", [{"from": "nan"}, {"from": "x", "to": "y"}, {"from": "9", "to": "3"}, {}])
def test_zoom_that_is_none_shows_everything(open_page, example_runs, query):
    app = open_page(example_runs, "metric_trends", HEALTHY, metric="loss", **query)
    assert not app.exception and chart_data(app)[0]["window"] is None


def test_pattern_finds_metrics_by_a_part_of_their_name(open_page, example_runs):
    app = open_page(example_runs, "metric_trends", HEALTHY, metric="CLIPPED")
    titles = [chart["layout"]["title"]["text"] for chart in charts_of(app)]
    assert titles == ["Clipped steps"]


def test_metric_that_is_not_there_is_named(open_page, example_runs):
    app = open_page(example_runs, "metric_trends", HEALTHY, metric="<b>nothing</b>")
    assert not app.exception and not chart_data(app)
    assert "No metric like &lt;b&gt;nothing&lt;/b&gt;" in html_of(app)


def test_runs_are_compared_and_what_is_not_finite_is_marked(open_page, example_runs):
    app = open_page(example_runs, "metric_trends", FAILING, compare=HEALTHY, metric="loss")
    traces = charts_of(app)[0]["data"]
    assert [trace["name"] for trace in traces] == ["failing · training", "failing · held out", "healthy · training",
                                                   "healthy · held out", "30 not finite"]
    assert traces[-1]["x"][0] == 1_210 and set(traces[-1]["customdata"]) == {"NaN"}
    said = html_of(app)
    assert "30 not finite" in said and "improving" in said


def test_outliers_are_clipped_on_request_and_marked(open_page, example_runs):
    app = open_page(example_runs, "metric_trends", FAILING, metric="train/loss", clip="true")
    chart = charts_of(app)[0]
    assert chart["layout"]["yaxis"]["range"][1] < 3
    [mark] = [trace for trace in chart["data"] if trace.get("marker", {}).get("symbol") == "triangle-up"]
    assert mark["x"] == [700] and mark["customdata"][0] == pytest.approx(31.9, abs=0.5)
    assert "1 outlier beyond the axis" in app.caption[0].value


def test_older_attempts_are_shown_on_request(open_page, odd_run):
    names = [trace["name"] for trace in charts_of(open_page(odd_run, "metric_trends", metric="train/loss"))[0]["data"]]
    assert names == ["training"]
    [chart] = charts_of(open_page(odd_run, "metric_trends", metric="train/loss", attempts="true"))
    assert [trace["name"] for trace in chart["data"]] == ["training · attempt 1", "training"]
    assert chart["data"][0]["x"][-1] == 100 and chart["data"][1]["x"][-1] == 120


def test_names_of_tags_are_shown_as_they_are(open_page, odd_run):
    app = open_page(odd_run, "metric_trends")
    assert not app.exception
    assert "<img" not in html_of(app) and "<img" not in json.dumps(charts_of(app))
    assert any("&lt;img src=x" in chart["layout"]["title"]["text"] for chart in charts_of(app))
    for texts in (app.caption, app.subheader, app.markdown):
        assert not any("bold" in element.value for element in texts), "captions and headings are markdown"


def test_foreign_log_without_times_says_so_on_time_axes(open_page, example_runs):
    app = open_page(example_runs, "metric_trends", FOREIGN, against="wall time")
    assert not app.exception and "have no time" in html_of(app)


def test_page_drawn_again_keeps_the_chart_and_has_the_new_points(open_page, odd_run):
    app = open_page(odd_run, "metric_trends", metric="train/loss")
    before = app.get("bidi_component")[0].proto.id
    with RunWriter.resume(odd_run / "odd", 120) as writer:
        writer.scalars(121, {schema.TRAIN_LOSS: 7.0})
    app.run()
    assert app.get("bidi_component")[0].proto.id == before, "the same element: its zoom is kept"
    assert charts_of(app)[0]["data"][0]["y"][-1] == 7.0


def test_many_metrics_come_in_portions(open_page, tmp_path):
    with RunWriter.create(tmp_path / "many", RunConfig(get_model_preset("tiny"))) as writer:
        writer.scalars(1, {f"metric {number:03d}": float(number) for number in range(60)})
    app = open_page(tmp_path, "metric_trends")
    assert len(chart_data(app)) == 24
    next(button for button in app.button if "more of" in button.label).click().run()
    assert len(chart_data(app)) == 48 and not app.exception


def test_numbers_beside_a_chart_are_those_of_its_last_points(open_page, tmp_path):
    values = np.random.default_rng(0).normal(5, 1, 300)
    with RunWriter.create(tmp_path / "one", RunConfig(get_model_preset("tiny"))) as writer:
        for step, value in enumerate(values):
            writer.scalars(step, {"noise": float(value)})
    said = html_of(open_page(tmp_path, "metric_trends", metric="noise"))
    last = values[-100:].astype(np.float32)
    assert f"{last.mean():.3g} ± {last.std():.3g}" in said and f"{last.min():.3g} … {last.max():.3g}" in said
    assert "stable" in said
