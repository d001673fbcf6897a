"""A/B listening in a real Chromium: it sounds, switches in the middle of a word, repeats words, and plays on."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urlencode

import numpy as np
import pytest

from mytts_core.listening.take_reading import read_take
from mytts_core.listening.time_map import TimeMap
from mytts_core.synthesis.spoken import TakeRequest
from mytts_core.synthesis.take_store import TakeStore
from tests.browser.conftest import ADDRESS_HAS, IDLE, PATIENCE_MS
from tests.dashboard.example_runs import HEALTHY, write_example_runs
from tests.listening.made_takes import make_result, steady

pytestmark = pytest.mark.browser

TEXT = "long enough to be heard"
PLANS = {"a": [20] * 25, "b": [14, 30, 9, 25, *[12, 28, 20] * 7]}
DECK = "document.querySelector('.mytts-ab').dataset"
PAUSED = f"() => document.querySelector('.mytts-ab') && {DECK}.state === 'paused'"
PLAYING = f"() => {DECK}.state === 'playing'"
# What goes to the loudspeaker also goes to an analyser; every gain that a sound passes is noted.
TAP = """() => {
  window.levels = [];
  const connect = AudioNode.prototype.connect;
  AudioNode.prototype.connect = function (target, ...rest) {
    if (target instanceof AudioDestinationNode) {
      levels.push(this.gain.value);
      window.tap ??= this.context.createAnalyser();
      connect.call(this, window.tap);
    }
    return connect.call(this, target, ...rest);
  };
}"""
SOUNDS = """() => {
  const samples = new Float32Array(window.tap?.fftSize ?? 0);
  window.tap?.getFloatTimeDomainData(samples);
  return samples.some((sample) => Math.abs(sample) > 0.005);
}"""

NOTE_PLACES = f"""() => {{
  window.places = [];
  window.noting = setInterval(() => places.push(Number({DECK}.place)), 20);
}}"""


@pytest.fixture(scope="module")
def takes(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, str]]:
    """A folder of runs and two takes of a text, of other timing and loudness: root, and ids by side."""
    root = write_example_runs(tmp_path_factory.mktemp("runs"))
    store = TakeStore(root)
    ids = {side: store.save(make_result([steady(TEXT, PLANS[side])], level=level, request=TakeRequest(
        root / HEALTHY, 10, TEXT, temperature))).id for side, level, temperature in (("a", 0.7, 1.0), ("b", 0.1, 1.5))}
    return root, ids


@pytest.fixture(scope="module")
def address(serve, takes) -> str:
    return serve(takes[0])


@pytest.fixture
def page(browser, address, takes):
    """The page of both takes, decoded and ready."""
    page = browser.new_page(viewport={"width": 1_280, "height": 1_000})
    page.set_default_timeout(PATIENCE_MS)
    faults = []
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.add_init_script(f"({TAP})()")
    page.goto(f"{address}/ab_listening?{urlencode({'run': HEALTHY, **takes[1]})}")
    page.wait_for_function(PAUSED)
    page.locator(IDLE).wait_for()
    yield page
    assert faults == []
    page.close()


def switched(page) -> tuple[str, float, str, float]:
    """What the last switch did: from which side and place to which."""
    before, at, after, place = page.evaluate(f"() => {DECK}.switched").split()
    return before, float(at), after, float(place)


def test_keys_switch_in_the_middle_of_a_word_at_the_same_place_of_the_text(page, takes) -> None:
    store = TakeStore(takes[0])
    readings = [read_take(store.open(takes[1][side])) for side in "ab"]
    time_map = TimeMap.between(*readings)
    page.locator(".mytts-ab-word", has_text="enough").click()
    page.wait_for_function(PLAYING)
    page.wait_for_function(f"() => {DECK}.word === '1' && Number({DECK}.place) > 1.45")
    for key, place_of in (("b", time_map.to_second), ("a", time_map.to_first), ("b", time_map.to_second)):
        page.keyboard.press(key)
        page.wait_for_function(f"key => {DECK}.side === key", arg=key)
        before, at, after, place = switched(page)
        assert (before, after) == ({"a": "b", "b": "a"}[key], key)
        assert place == pytest.approx(float(place_of(at)), abs=2e-4)
        words = [np.flatnonzero((reading.word_spans()[:, 0] <= time) & (time < reading.word_spans()[:, 1])).tolist()
                 for reading, time in zip(readings, (at, place) if key == "b" else (place, at))]
        assert words[0] == words[1], "the same word in both"
        assert page.evaluate(f"() => {DECK}.state") == "playing"
    page.wait_for_function(SOUNDS)


def test_both_are_equally_loud_and_say_their_gains(page) -> None:
    page.locator("h1").click()
    page.keyboard.press("Space")
    page.wait_for_function(PLAYING)
    page.wait_for_function(SOUNDS)
    page.keyboard.press("b")
    page.wait_for_function(f"() => {DECK}.side === 'b'")
    first, second = (20 * np.log10(level) for level in page.evaluate("() => levels.slice(-2)"))
    assert second - first == pytest.approx(20 * np.log10(7), abs=0.3), "one was made a seventh as loud"
    shown = [float(text.removesuffix(" dB").replace("−", "-"))
             for text in page.locator(".mytts-ab-gain").all_inner_texts()]
    assert shown == pytest.approx([first, second], abs=0.051)
    page.keyboard.press("Space")
    page.wait_for_function(PAUSED)
    place = page.evaluate(f"() => {DECK}.place")
    page.keyboard.press("ArrowLeft")
    assert float(place) - float(page.evaluate(f"() => {DECK}.place")) == pytest.approx(min(0.5, float(place)), abs=0.02)


def test_words_are_repeated_until_the_loop_is_left(page) -> None:
    page.locator(".mytts-ab-loop").click()
    page.wait_for_function(PLAYING)
    words = page.locator(".mytts-ab-word")
    for number in (2, 2, 3):        # from the first word to this one; this one alone; this one and the next
        words.nth(number).click()
    assert "“to be”" in page.locator(".mytts-ab-said").inner_text()
    start, end = 2.6, 3.6         # tokens 13 to 17 of 0.2 s each, and a margin of 30 ms
    page.evaluate(NOTE_PLACES)
    page.wait_for_function("() => places.slice(1).filter((place, n) => place < places[n] - 0.5).length >= 2")
    places = page.evaluate("() => { clearInterval(noting); return places; }")
    assert start - 0.05 < min(places) and max(places) < end + 0.05
    page.keyboard.press("b")
    page.wait_for_function(f"() => {DECK}.side === 'b' && {DECK}.state === 'playing'")
    page.keyboard.press("l")
    assert page.locator(".mytts-ab-loop").get_attribute("aria-pressed") == "false"
    page.wait_for_function(f"() => Number({DECK}.place) > 4.4 || {DECK}.state === 'paused'")


def test_it_plays_on_while_the_page_is_drawn_anew_and_keys_are_letters_while_one_types(page) -> None:
    page.locator(".mytts-ab-play").click()
    page.wait_for_function(PLAYING)
    page.evaluate("() => { document.querySelector('.mytts-ab').mark = 7; }")
    page.get_by_role("button", name="Refresh").click()
    page.locator(IDLE).wait_for()
    assert page.evaluate("() => document.querySelector('.mytts-ab').mark") == 7
    page.wait_for_function(f"() => {DECK}.place === '5.0000' || Number({DECK}.place) > 1")
    page.get_by_role("combobox", name="Text").click()
    page.keyboard.type("b")
    assert page.evaluate(f"() => {DECK}.side") == "a"


def test_swap_loads_the_other_order_and_the_address_follows(page, takes) -> None:
    page.get_by_role("button", name="Swap").click()
    page.wait_for_function(ADDRESS_HAS, arg=f"a={takes[1]['b']}")
    page.wait_for_function("() => document.querySelector('.mytts-ab-label').textContent.includes('1.50')")


def test_narrow_page_does_not_scroll_sideways(page) -> None:
    page.set_viewport_size({"width": 390, "height": 900})
    page.wait_for_function("() => document.querySelector('.mytts-ab-lanes').clientWidth < 380")
    assert page.evaluate(
        "() => document.querySelector('[data-testid=stMain]').scrollWidth - document.documentElement.clientWidth") <= 0
