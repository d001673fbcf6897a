"""Metric trends in a real Chromium: a zoom fetches finer points, leads all charts, survives news, is in the address."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import numpy as np
import pytest

from mytts_core.config import RunConfig, get_model_preset
from mytts_core.runs import schema
from mytts_core.runs.writer import RunWriter
from tests.browser.conftest import PATIENCE_MS

pytestmark = pytest.mark.browser

NUM_STEPS, SPIKE = 20_000, 12_345
HOSTILE_TAG = "loss/<img src=x onerror=window.hacked=1> **bold**"
CHART = """number => {
  const chart = document.querySelectorAll('.mytts-chart')[number];
  const drawn = chart.calcdata[0].map(point => [point.x, point.y]);
  return { range: chart.layout.xaxis.range, all: chart.layout.xaxis.autorange !== false, count: drawn.length,
           last: drawn[drawn.length - 1], highest: Math.max(...drawn.map(point => point[1])), mark: chart.mark ?? 0 };
}"""
DRAWN = "wanted => document.querySelectorAll('.mytts-chart .main-svg').length >= 3 * wanted"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A folder with a run of 20,000 points a tag, one of them a spike; a test may write to it."""
    noise = np.random.default_rng(1).normal(0, 0.02, NUM_STEPS)
    with RunWriter.create(tmp_path / "long", RunConfig(get_model_preset("tiny"))) as writer:
        for step in range(NUM_STEPS):
            loss = 9.0 if step == SPIKE else 1 + float(noise[step])
            writer.scalars(step, {schema.TRAIN_LOSS: loss, schema.TRAIN_STOP: loss / 10})
        writer.scalars(NUM_STEPS - 1, {HOSTILE_TAG: 1.0})
    return tmp_path


@pytest.fixture
def open_trends(browser, serve, root) -> Callable:
    """A function: query → the page with its charts drawn."""
    address = serve(root)
    contexts = []

    def open_it(query: str, num_charts: int, **options):
        context = browser.new_context(viewport={"width": 1280, "height": 900}, **options)
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(PATIENCE_MS)
        page.goto(f"{address}/metric_trends?{query}")
        page.wait_for_function(DRAWN, arg=num_charts)
        return page

    yield open_it
    for context in contexts:
        context.close()


def drag(page, number: int, first: float, last: float) -> None:
    """Drag over a part, 0..1, of the width of a chart."""
    box = page.locator(".mytts-chart").nth(number).locator(".nsewdrag").first.bounding_box()
    page.mouse.move(box["x"] + first * box["width"], box["y"] + box["height"] / 2)
    page.mouse.down()
    page.mouse.move(box["x"] + last * box["width"], box["y"] + box["height"] / 2, steps=6)
    page.mouse.up()


def query_of(page) -> dict[str, list[str]]:
    return parse_qs(urlsplit(page.url).query)


def wait_for(page, condition: str, number: int = 0) -> dict:
    """Wait until `condition` on the state of a chart holds, and return that state."""
    page.wait_for_function(f"number => {{ const chart = ({CHART})(number); return {condition}; }}", arg=number)
    return page.evaluate(CHART, number)


def test_zoom_fetches_finer_points_and_leads_all_charts(open_trends):
    page = open_trends("metric=loss&metric=stop_loss", 2)
    before = page.evaluate(CHART, 0)
    assert before["all"] and before["count"] <= 2_002 and before["highest"] == 9.0, "the spike is there"
    drag(page, 0, 0.5, 0.53)
    zoomed = wait_for(page, "!chart.all && chart.count < 1500")
    first, last = zoomed["range"]
    assert abs(zoomed["count"] - (last - first)) < 5, "every point of the window"
    other = wait_for(page, "!chart.all && chart.count < 1500", number=1)
    assert other["range"] == pytest.approx(zoomed["range"]), "the other chart shows the same steps"
    page.wait_for_function("() => location.search.includes('from=')")
    assert float(query_of(page)["from"][0]) == pytest.approx(first) and "to" in query_of(page)
    page.locator(".mytts-chart").nth(0).locator(".nsewdrag").first.dblclick()
    assert wait_for(page, "chart.all && chart.highest == 9")["last"][0] == NUM_STEPS - 1
    page.wait_for_function("() => !location.search.includes('from=')")


def test_zoom_survives_news(open_trends, root):
    page = open_trends("metric=loss&from=19000&to=21000", 1)
    drag(page, 0, 0.25, 0.75)
    zoomed = wait_for(page, "chart.range[0] > 19400 && chart.count < 600")
    page.evaluate("() => { document.querySelectorAll('.mytts-chart')[0].mark = 7; }")
    with RunWriter.resume(root / "long", NUM_STEPS - 1) as writer:
        for step in range(NUM_STEPS, NUM_STEPS + 100):
            writer.scalars(step, {schema.TRAIN_LOSS: 5.0})
    kept = wait_for(page, f"chart.last[0] == {NUM_STEPS + 99}")     # without a click: the page follows the run
    assert kept["range"] == zoomed["range"] and kept["mark"] == 7, "neither zoom nor drawing was lost"


def test_address_leads_to_the_same_zoom(open_trends):
    page = open_trends("metric=loss&from=12300&to=12400&smoothing=0.6", 1)
    chart = wait_for(page, "!chart.all")
    assert chart["range"] == [12_300, 12_400] and chart["count"] == 103 and chart["highest"] == 9.0
    names = page.evaluate("() => document.querySelector('.mytts-chart').data.map(trace => trace.name)")
    assert names == ["training (raw)", "training"], "smoothed, the raw line behind"


def test_tag_with_markup_is_shown_as_it_is(open_trends):
    page = open_trends("metric=onerror", 1)
    assert page.locator(".mytts-chart .gtitle").first.text_content() == HOSTILE_TAG
    assert page.evaluate("() => window.hacked") is None and page.locator("img[src=x]").count() == 0


def test_finger_scrolls_the_page_instead_of_zooming(open_trends):
    page = open_trends("metric=loss", 1, has_touch=True, is_mobile=True)
    assert page.evaluate("() => document.querySelector('.mytts-chart').layout.dragmode") is False
