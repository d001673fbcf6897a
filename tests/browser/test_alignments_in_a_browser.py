"""Alignments in a real Chromium: sounds play a word at a time and through a refresh, keys walk, addresses lead back."""

from __future__ import annotations

import shutil
from pathlib import Path
from urllib.parse import urlencode

import pytest

from tests.browser.conftest import ADDRESS_HAS, IDLE, PATIENCE_MS
from tests.dashboard.example_runs import HEALTHY, write_example_runs

pytestmark = pytest.mark.browser

PLAYERS = "() => [...document.querySelectorAll('audio')].map(one => [one.currentTime, one.paused, one.duration])"
READY = """() => document.querySelectorAll('.mytts-chart .main-svg').length > 3
  && [...document.querySelectorAll('audio')].length == 2
  && [...document.querySelectorAll('audio')].every(one => one.readyState == 4)"""
NOTE_PLAYS = """() => {
  window.plays = [];
  for (const kind of ['play', 'pause'])
    document.querySelector('audio').addEventListener(kind, (event) => plays.push([kind, event.target.currentTime]));
}"""


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_example_runs(tmp_path_factory.mktemp("runs"))


@pytest.fixture(scope="module")
def address(serve, root: Path) -> str:
    """The address of a dashboard over the example runs."""
    return serve(root)


@pytest.fixture
def open_sample(browser, address):
    """A function (**query) → the page of alignments with everything drawn."""
    pages = []

    def open_it(view: str = "alignments", width: int = 1280, **query: str):
        page = browser.new_page(viewport={"width": width, "height": 1_000})
        pages.append(page)
        page.set_default_timeout(PATIENCE_MS)
        page.faults = []
        page.on("pageerror", lambda error: page.faults.append(str(error)))
        page.goto(f"{address}/{view}?{urlencode({'run': HEALTHY, **query})}")
        page.locator(IDLE).wait_for()
        if view == "alignments":
            page.wait_for_function(READY)
        return page

    yield open_it
    for page in pages:
        assert page.faults == []
        page.close()


def test_click_on_a_row_shows_that_sample(open_sample):
    page = open_sample()
    table = page.locator('[data-testid="stDataFrame"]').first.bounding_box()
    page.mouse.click(table["x"] + 120, table["y"] + 36 + 35 * 1.5)      # second row
    page.get_by_text("سلام، خوبی؟ مَن", exact=True).first.wait_for()
    page.wait_for_function(ADDRESS_HAS, arg="sample=fa/01")


def test_player_plays_and_advances_and_the_other_one_stops(open_sample):
    page = open_sample()
    page.evaluate("() => { document.querySelectorAll('audio')[0].play(); }")
    page.wait_for_function("() => document.querySelectorAll('audio')[0].currentTime > 0.1")
    page.evaluate("() => { document.querySelectorAll('audio')[1].play(); }")
    page.wait_for_function("() => document.querySelectorAll('audio')[1].currentTime > 0.1")
    assert page.evaluate(PLAYERS)[0][1], "two sounds at once can tell nothing"


def test_click_on_a_word_plays_that_word_alone(open_sample):
    page = open_sample()
    page.evaluate(NOTE_PLAYS)
    page.locator(".mytts-deck-word", has_text="Author").first.click()
    page.wait_for_function("() => window.plays.at(-1)?.[0] == 'pause'")
    start, end = (float(word) for word in page.locator(".mytts-deck-said").inner_text().split()[1].split("–"))
    (kind, started), (_, stopped) = page.evaluate("() => window.plays.slice(-2)")
    assert kind == "play" and 0 < start < end < 0.7
    assert started == pytest.approx(start, abs=0.06)
    assert end - 0.1 <= stopped < 0.95, "it stops after the word, not at the end of the sound"


def test_click_on_attention_plays_what_is_read_there_and_a_line_follows(open_sample):
    page = open_sample()
    graph = page.locator(".mytts-chart", has_text="Free running").first
    graph.scroll_into_view_if_needed()
    box = graph.locator(".nsewdrag").bounding_box()
    page.mouse.move(box["x"] + 0.3 * box["width"], box["y"] + 0.7 * box["height"])
    page.mouse.click(box["x"] + 0.3 * box["width"], box["y"] + 0.7 * box["height"])       # token 8 of 29: o of "of"
    page.wait_for_function("() => document.querySelectorAll('audio')[1].currentTime > 0.2")
    assert page.evaluate(PLAYERS)[0][0] == 0, "free running sounds, not the recording"
    assert "“of”" in page.locator(".mytts-deck-said").inner_text()
    graph.locator(".mytts-playhead").wait_for(state="attached")
    assert page.locator(".mytts-deck-now").count() <= 1


def test_sound_plays_on_while_the_page_is_drawn_anew(open_sample, root):
    page = open_sample()
    page.evaluate("() => { const one = document.querySelector('audio'); one.loop = true; one.mark = 7; one.play(); }")
    page.wait_for_function("() => document.querySelector('audio').currentTime > 0.1")
    newest = root / HEALTHY / "samples" / "step_001500"
    later = root / HEALTHY / "samples" / "step_001600"
    shutil.copytree(newest, later)
    try:
        page.get_by_role("button", name="Refresh").click()
        page.get_by_text("step 1,600", exact=False).first.wait_for()     # among the pictures of how it came to be
        page.locator(IDLE).wait_for()
        before = page.evaluate("() => document.querySelector('audio').currentTime")
        assert page.evaluate("() => document.querySelector('audio').mark") == 7, "the same player as before"
        assert not page.evaluate("() => document.querySelector('audio').paused")
        page.wait_for_function("before => document.querySelector('audio').currentTime != before", arg=before)
        assert "1500" in page.locator('[data-testid="stSlider"]').first.inner_text(), "the chosen step stays"
    finally:
        shutil.rmtree(later)


def test_keys_walk_through_samples_and_steps(open_sample):
    page = open_sample()
    page.locator("h1").click()
    page.keyboard.press("j")
    page.wait_for_function(ADDRESS_HAS, arg="sample=fa/01")
    page.keyboard.press("k")
    page.get_by_text("Author of the danger trail.", exact=True).first.wait_for()
    for key, step in (("ArrowLeft", 1000), ("ArrowLeft", 500), ("ArrowRight", 1000)):
        page.locator(IDLE).wait_for()       # a key pressed while the page is drawn may find nobody who listens
        page.keyboard.press(key)
        page.wait_for_function(ADDRESS_HAS, arg=f"step={step}")


def test_keys_are_letters_while_one_types(open_sample):
    page = open_sample()
    search = page.get_by_role("textbox", name="Search")
    search.click()
    page.keyboard.type("jk danger")
    assert search.input_value() == "jk danger"
    assert "sample=" not in page.url


def test_p_plays_and_pauses(open_sample):
    page = open_sample()
    page.locator("h1").click()
    page.keyboard.press("p")
    page.wait_for_function("() => document.querySelector('audio').currentTime > 0.1")
    page.keyboard.press("p")
    page.wait_for_function("() => document.querySelector('audio').paused")


def test_address_leads_back_to_step_sample_head_and_filter(open_sample):
    page = open_sample(step="1000", sample="fa/01", head="layer 1, head 2", show="all", search="سلام")
    assert page.get_by_text("سلام، خوبی؟ مَن", exact=True).first.is_visible()
    assert "1000" in page.locator('[data-testid="stSlider"]').first.inner_text()
    assert page.get_by_role("combobox", name="Head").input_value() == "layer 1, head 2"
    strip = page.locator(".mytts-deck-strip").first
    assert strip.evaluate("strip => getComputedStyle(strip).direction") == "rtl"
    places = [word.bounding_box()["x"] for word in strip.locator("button").all()]
    assert places == sorted(places, reverse=True), "Persian words run from right to left"


@pytest.mark.parametrize("view", ["alignments", "gradients", "checkpoints"])
def test_narrow_page_does_not_scroll_sideways(open_sample, view):
    page = open_sample(view, width=390)
    assert page.evaluate(
        "() => document.querySelector('[data-testid=stMain]').scrollWidth - document.documentElement.clientWidth") <= 0
    assert page.locator('[data-testid="stException"]').count() == 0
