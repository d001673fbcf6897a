"""A report opened from disk in a real Chromium: every chart draws, sound plays, nothing is asked of a network."""

from __future__ import annotations

import pytest

from dashboard.report.contents import build_report
from mytts_core.runs.reader import open_run
from tests.browser.conftest import PATIENCE_MS
from tests.dashboard.example_runs import FAILING, write_example_runs

pytestmark = pytest.mark.browser


@pytest.mark.parametrize(("scheme", "width"), [("light", 1280), ("dark", 390)])
def test_report_opens_from_disk(browser, tmp_path, scheme, width):
    root = write_example_runs(tmp_path)
    path = tmp_path / "report.html"
    path.write_text(build_report(open_run(root / FAILING), FAILING, num_samples=2), encoding="utf-8")
    page = browser.new_page(viewport={"width": width, "height": 900}, color_scheme=scheme)
    page.set_default_timeout(PATIENCE_MS)
    asked, faults = [], []
    page.on("request", lambda request: asked.append(request.url)
            if not request.url.startswith(("file:", "data:", "blob:")) else None)
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.on("console", lambda message: faults.append(message.text) if message.type == "error" else None)
    page.goto(path.as_uri())
    for number in range(page.locator(".figure").count()):
        figure = page.locator(".figure").nth(number)
        if figure.locator("xpath=ancestor::details").count():
            figure.locator("xpath=ancestor::details/summary").click()
        figure.scroll_into_view_if_needed()
        figure.locator(".main-svg").first.wait_for()
    page.evaluate("() => document.querySelector('audio').play()")
    page.wait_for_function("() => document.querySelector('audio').currentTime > 0.1")
    assert page.evaluate("() => document.documentElement.scrollWidth - innerWidth") <= 0
    assert page.locator("script", has_text="alert(1)").count() == 0
    assert asked == [] and faults == []
    page.close()
