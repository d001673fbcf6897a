"""Synthesis in a real Chromium with the Kathleen run: takes play, go on while one looks elsewhere, are kept, saved."""

from __future__ import annotations

import csv
import io
import shutil
import zipfile
from pathlib import Path
from urllib.parse import urlencode

import pytest
import soundfile

from mytts_core.synthesis.client import WorkerClient
from mytts_core.synthesis.spoken import TakeRequest
from mytts_core.synthesis.stored_take import StoredTake
from mytts_core.synthesis.take_store import TakeStore
from tests.browser.conftest import IDLE, PATIENCE_MS

pytestmark = pytest.mark.browser

TEXT = "Author of the danger trail."
TEMPERATURES = ("1.0", "1.5", "2.0")
GRID_DONE = """count => {
  const takes = [...document.querySelectorAll('.mytts-take')];
  return takes.length == count && takes.every(take => take.dataset.state == 'done' && take.querySelector('audio'));
}"""
DURATIONS = "() => [...document.querySelectorAll('.mytts-take audio')].map(audio => audio.duration)"
PLAYING = "() => [...document.querySelectorAll('audio')].filter(audio => !audio.paused).length"


@pytest.fixture(scope="module")
def root(repository: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that may be written to, with the Kathleen run."""
    root = tmp_path_factory.mktemp("voices")
    shutil.copytree(repository / "sample_runs" / "kathleen", root / "kathleen")
    return root


@pytest.fixture
def kept(root: Path) -> list[StoredTake]:
    """The takes of the first test; where it was not run, takes of the same text, made without a page."""
    store = TakeStore(root)
    if not store.takes():
        client = WorkerClient(root)
        client.submit_takes([TakeRequest(root / "kathleen", None, TEXT, float(temperature), 3)
                             for temperature in TEMPERATURES], store=store).results(timeout=PATIENCE_MS / 1_000)
        client.close()
    return store.takes()


@pytest.fixture(scope="module")
def address(serve, root: Path) -> str:
    return serve(root)


@pytest.fixture
def open_page(browser, address):
    """A function (**query) → the synthesis page, drawn; no script on it may fail."""
    pages = []

    def open_it(width: int = 1280, **query):
        page = browser.new_page(viewport={"width": width, "height": 1_000}, accept_downloads=True)
        pages.append(page)
        page.set_default_timeout(PATIENCE_MS)
        page.faults = []
        page.on("pageerror", lambda error: page.faults.append(str(error)))
        page.goto(f"{address}/synthesis?{urlencode({'run': 'kathleen', **query}, doseq=True)}")
        page.get_by_role("button", name="Speak", exact=True).wait_for()
        page.locator(IDLE).wait_for()
        return page

    yield open_it
    for page in pages:
        assert page.faults == []
        page.close()


def test_three_temperatures_are_spoken_while_one_looks_elsewhere_and_play(open_page, root):
    page = open_page(text=TEXT, temperature=TEMPERATURES, seeds="3")
    assert page.locator(".mytts-take").count() == 0, "a link starts nothing"
    page.get_by_role("button", name="Speak", exact=True).click()
    page.locator(".mytts-take").first.wait_for()
    page.get_by_role("link", name="Alignments").click()
    page.get_by_role("heading", name="Alignments", exact=True).wait_for()
    page.get_by_role("link", name="Synthesis").click()
    page.wait_for_function(GRID_DONE, arg=len(TEMPERATURES))
    assert page.get_by_role("textbox", name="Text").input_value() == TEXT
    page.wait_for_function(f"() => ({DURATIONS})().every(duration => duration > 0)")
    kept = TakeStore(root).takes()
    assert sorted(take.temperature for take in kept) == [1.0, 1.5, 2.0]
    assert page.evaluate(DURATIONS) == pytest.approx([take.audio_seconds for take in reversed(kept)], abs=0.01)

    for number in range(len(TEMPERATURES)):
        page.locator(".mytts-take-play").nth(number).click()
        page.wait_for_function(
            "number => document.querySelectorAll('.mytts-take audio')[number].currentTime > 0.05", arg=number)
        assert page.evaluate(PLAYING) <= 1, "one take at a time"

    page.locator(".mytts-take-name").nth(2).click()
    page.wait_for_function("() => location.search.includes('take=')")
    page.get_by_role("heading", name="Temperature 2.00, seed 3").wait_for()
    page.wait_for_function("() => document.querySelectorAll('.mytts-chart .main-svg').length >= 9")
    page.wait_for_function("() => document.querySelector('.mytts-deck-lane audio').duration > 0")
    page.locator(".mytts-deck-lane .mytts-wave").first.click()      # in its middle
    page.wait_for_function("""() => {
      const audio = document.querySelector('.mytts-deck-lane audio');
      return audio.currentTime >= 0.49 * audio.duration;
    }""")


def test_history_leads_back_to_a_take_and_saves_all_of_them(open_page, kept, tmp_path):
    page = open_page(take=kept[0].id)
    page.get_by_role("heading", name=f"temperature {kept[0].temperature:.2f}", exact=False).wait_for()
    page.locator(".mytts-deck-lane audio").first.wait_for()
    page.wait_for_function("() => document.querySelector('.mytts-deck-lane audio').duration > 0")
    page.locator('[data-testid="stDataFrame"]').wait_for()
    with page.expect_download() as event:
        page.get_by_role("button", name=f"All {len(kept)} shown, ZIP").click()
    event.value.save_as(tmp_path / "takes.zip")
    with zipfile.ZipFile(tmp_path / "takes.zip") as archive:
        assert archive.testzip() is None
        rows = list(csv.DictReader(io.StringIO(archive.read("takes.csv").decode("utf-8-sig"))))
        assert {row["id"] for row in rows} == {take.id for take in kept} and len(archive.namelist()) == len(kept) + 2
        for row in rows:
            wav, rate = soundfile.read(io.BytesIO(archive.read(row["file"])))
            assert len(wav) / rate == pytest.approx(float(row["audio_seconds"]), abs=0.001) and abs(wav).max() > 0.01
            assert f"t{float(row['temperature']):.2f}" in row["file"] and "Author" in row["file"]
    with page.expect_download() as event:
        page.get_by_role("button", name="WAV", exact=True).click()
    event.value.save_as(tmp_path / "take.wav")
    assert soundfile.info(tmp_path / "take.wav").duration == pytest.approx(kept[0].audio_seconds, abs=0.001)


def test_narrow_page_does_not_scroll_sideways(open_page, kept):
    page = open_page(width=390, take=kept[0].id)
    page.locator(".mytts-deck-lane").first.wait_for()
    assert page.evaluate(
        "() => document.querySelector('[data-testid=stMain]').scrollWidth - document.documentElement.clientWidth") <= 0
    assert page.locator('[data-testid="stException"]').count() == 0
