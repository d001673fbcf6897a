"""The dashboard in a real Chromium: every view draws, audio plays, a click picks a row, nothing leaves this machine."""

from __future__ import annotations

import pytest

from tests.browser.conftest import PATIENCE_MS
from tests.dashboard.example_runs import FAILING, HEALTHY, write_example_runs

pytestmark = pytest.mark.browser

VIEWS = {"": ("Overview", 0), "metric_trends": ("Metric trends", 12), "alignments": ("Alignments", 5),
         "gradients": ("Gradients", 3), "synthesis": ("Synthesis", 0)}
ALL_DRAWN = """wanted => {
  const charts = [...document.querySelectorAll('.mytts-chart')];
  return charts.length >= wanted && charts.every(chart => chart.querySelector('.main-svg'));
}"""
SIDEWAYS = "() => document.querySelector('[data-testid=stMain]').scrollWidth - document.documentElement.clientWidth"


@pytest.fixture(scope="module")
def server(serve, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The address of a dashboard over the example runs."""
    return serve(write_example_runs(tmp_path_factory.mktemp("runs")))


@pytest.fixture
def open_view(browser, server):
    """A function (view, run, width, scheme) → the page with everything drawn; `.elsewhere` are foreign requests."""
    contexts = []

    def open_it(view: str, run: str, width: int = 1280, scheme: str = "light", until: str = "drawn"):
        context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme)
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(PATIENCE_MS)
        page.elsewhere = []
        page.on("request", lambda request: page.elsewhere.append(request.url)
                if not request.url.startswith((server, server.replace("http", "ws"), "data:", "blob:")) else None)
        page.goto(f"{server}/{view}?run={run}")
        page.get_by_role("heading", name=VIEWS[view][0], exact=True).wait_for()
        if until == "drawn":
            page.locator('[data-testid="stApp"][data-test-script-state="notRunning"]').wait_for()
        return page

    yield open_it
    for context in contexts:
        context.close()


@pytest.mark.parametrize(("run", "width", "scheme"), [(HEALTHY, 1280, "light"), (FAILING, 390, "dark")])
@pytest.mark.parametrize("view", VIEWS)
def test_view_draws(open_view, view, run, width, scheme):
    page = open_view(view, run, width, scheme)
    page.wait_for_function(ALL_DRAWN, arg=VIEWS[view][1])
    assert page.locator('[data-testid="stException"]').count() == 0
    assert page.evaluate(SIDEWAYS) <= 0, "the page must not scroll sideways"
    assert page.elsewhere == []
    assert page.locator("script", has_text="alert(1)").count() == 0


def test_audio_can_be_played(open_view):
    page = open_view("alignments", HEALTHY)
    players = page.locator("audio")
    players.first.wait_for(state="attached")
    page.wait_for_function("() => [...document.querySelectorAll('audio')].every(audio => audio.duration > 0)")
    assert page.evaluate("() => [...document.querySelectorAll('audio')].map(audio => audio.duration)") == [
        pytest.approx(1.0, abs=0.01)] * 2


def test_click_on_a_row_shows_that_sample(open_view):
    page = open_view("alignments", HEALTHY)
    page.wait_for_function(ALL_DRAWN, arg=5)
    table = page.locator('[data-testid="stDataFrame"]').first.bounding_box()
    page.mouse.click(table["x"] + 120, table["y"] + 36 + 35 * 1.5)      # second row
    page.get_by_text("سلام، خوبی؟ مَن", exact=True).first.wait_for()
    assert "sample=" in page.url


@pytest.mark.parametrize("patience", ["as soon as it can be clicked", "when all is drawn"])
def test_picked_run_is_kept_across_views(open_view, patience):
    page = open_view("", HEALTHY, until="heading" if patience.startswith("as soon") else "drawn")
    page.get_by_role("link", name="Gradients").click()
    page.get_by_role("heading", name="Gradients", exact=True).wait_for()
    page.wait_for_function(ALL_DRAWN, arg=3)
    assert page.get_by_role("combobox", name="Run").input_value() == HEALTHY
    assert "run=healthy" in page.url
