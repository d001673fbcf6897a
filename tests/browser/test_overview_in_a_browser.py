"""The overview in a real Chromium: a finding leads to what shows it, boxes choose runs to compare, news come alone."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from mytts_core.runs import schema
from mytts_core.runs.writer import RunWriter
from tests.browser.conftest import IDLE, PATIENCE_MS
from tests.dashboard.example_runs import FAILING, HEALTHY, write_example_runs

pytestmark = pytest.mark.browser

SETTLE_MS = 1_500            # a table under the mouse moves while what is above it is drawn
ROW_HEIGHT, HEADER_HEIGHT = 35, 36


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_example_runs(tmp_path_factory.mktemp("runs"))


@pytest.fixture
def open_overview(browser, serve, root, request) -> Callable:
    """A function: query → the overview, drawn."""
    if not hasattr(request.module, "address"):
        request.module.address = serve(root)
    contexts = []

    def open_it(query: str):
        contexts.append(browser.new_context(viewport={"width": 1280, "height": 900}))
        page = contexts[-1].new_page()
        page.set_default_timeout(PATIENCE_MS)
        page.goto(f"{request.module.address}/?{query}")
        page.get_by_role("heading", name="Overview", exact=True).wait_for()
        page.locator('[data-testid="stDataFrame"] canvas').first.wait_for()
        page.get_by_text("Looking for findings").wait_for(state="detached")
        page.locator(IDLE).wait_for()
        page.wait_for_timeout(SETTLE_MS)
        return page

    yield open_it
    for context in contexts:
        context.close()


def test_finding_leads_to_the_chart_that_shows_it(open_overview):
    page = open_overview(f"run={FAILING}")
    page.get_by_text("Losses or gradients are not finite").wait_for()
    page.get_by_role("link", name="Show").first.click()
    page.get_by_role("heading", name="Metric trends", exact=True).wait_for()
    page.wait_for_function("() => document.querySelectorAll('.mytts-chart .main-svg').length > 0")
    chart = page.evaluate("() => document.querySelector('.mytts-chart').layout.xaxis.range")
    assert chart[0] >= 1_000 and chart[1] <= 1_500, "zoomed to the steps of the finding"
    assert "run=failing" in page.url and "metric=" in page.url


def test_box_of_a_row_chooses_what_to_compare_with(open_overview):
    page = open_overview(f"run={FAILING}")
    table = page.locator('[data-testid="stDataFrame"]').first.bounding_box()
    page.mouse.click(table["x"] + 16, table["y"] + HEADER_HEIGHT + ROW_HEIGHT * 1.5)      # the second row
    page.get_by_text("Where the configurations differ").wait_for()
    page.wait_for_function(f"() => location.search.includes('compare={HEALTHY}')")
    page.get_by_text("No field of it differs between these runs.").wait_for()


def test_click_on_a_row_picks_its_run(open_overview):
    page = open_overview(f"run={FAILING}")
    table = page.locator('[data-testid="stDataFrame"]').first.bounding_box()
    page.mouse.click(table["x"] + 120, table["y"] + HEADER_HEIGHT + ROW_HEIGHT * 1.5)
    page.locator(".mytts-name", has_text=HEALTHY).wait_for()
    page.wait_for_function(f"() => location.search.includes('run={HEALTHY}')")


def test_news_come_by_themselves_and_the_choice_stays(open_overview, root):
    page = open_overview(f"run={HEALTHY}&compare={FAILING}")
    with RunWriter.resume(root / HEALTHY, 1_500) as writer:
        writer.scalars(1_777, {schema.TRAIN_LOSS: 0.123})
        writer.status("running", 1_777)
    page.get_by_text("step 1,777").first.wait_for()
    assert page.get_by_test_id("stMetricValue").first.text_content().strip() == "0.123"
    assert f"compare={FAILING}" in page.url and page.locator(".mytts-name").text_content() == HEALTHY


def test_address_names_the_run_that_nobody_picked(open_overview):
    page = open_overview("")
    page.wait_for_function(f"() => location.search.includes('run={FAILING}')")


def test_address_of_a_run_outside_the_root_says_so(open_overview):
    page = open_overview("run=../../etc")
    page.get_by_text("it is gone, was renamed, or lies outside").wait_for()
    page.get_by_role("button", name="Dismiss").click()
    page.locator(".mytts-notice").wait_for(state="detached")
