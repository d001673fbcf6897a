"""The page of A/B listening: what it offers, what it lays along each other, what it says where something is missing."""

from __future__ import annotations

import base64
import json
from pathlib import Path

import numpy as np
import pytest
import soundfile

from dashboard.figures.ab_listening import get_comparison
from dashboard.figures.take_differences import get_differences
from mytts_core.audio.loudness import integrated_loudness
from mytts_core.errors import ListeningError
from mytts_core.synthesis.spoken import TakeRequest
from mytts_core.synthesis.take_store import TakeStore
from tests.dashboard.example_runs import FAILING, HEALTHY, write_example_runs
from tests.dashboard.page_parts import component_data, html_of
from tests.listening.made_takes import fault, make_result, steady

TEXT = "a bit of talk"
SLOW, QUICK = [10] * 15, [8, 7, 6, 5, 9, 8, 7, 8, 6, 7, 8, 9, 6, 7, 8]


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return write_example_runs(tmp_path / "runs")


def keep(root: Path, frames: list[int], text: str = TEXT, *, level: float = 0.3, temperature: float = 1.0,
         seed: int | None = None, run: str = HEALTHY, kinds: tuple[str, ...] = ()) -> str:
    """Keep a take of known timing; return its id."""
    request = TakeRequest(root / run, 10, text, temperature, seed)
    result = make_result([steady(text, frames)], level=level, request=request)
    summary = result.pieces[0].summary
    summary.update(temperature=temperature, seed=seed, faults=[fault(kind, 20, 45) for kind in kinds])
    return TakeStore(root).save(result).id


def deck(app) -> dict:
    (data,) = component_data(app, "mytts_ab_listening")
    return data


def asked(app) -> list[str]:
    """The ids that the address has, A first."""
    values = [app.query_params[name] for name in "ab"]
    return [value if isinstance(value, str) else value[0] for value in values]


def test_without_a_take_it_says_how_to_make_one(root, open_page) -> None:
    app = open_page(root, "ab_listening", HEALTHY)
    assert not app.exception and "Nothing spoken yet" in html_of(app) and "every take is kept" in html_of(app)
    link, = app.get("page_link")
    assert "synthesis" in link.proto.page


def test_one_take_is_not_enough_and_the_way_to_another_has_its_text(root, open_page) -> None:
    keep(root, SLOW)
    app = open_page(root, "ab_listening", HEALTHY)
    assert not app.exception and "One take of this text so far" in html_of(app)
    link, = app.get("page_link")
    assert "a+bit+of+talk" in link.proto.query_string.replace("%20", "+")


def test_an_address_with_b_alone_keeps_it_at_b(root, open_page) -> None:
    older, newer = keep(root, SLOW), keep(root, QUICK)
    for b, a in ((older, newer), (newer, older)):
        app = open_page(root, "ab_listening", HEALTHY, b=b)
        assert not app.exception and asked(app) == [a, b]


def test_two_takes_are_equally_loud_and_their_words_lie_along_each_other(root, open_page) -> None:
    loud, quiet = keep(root, SLOW, level=0.6), keep(root, QUICK, level=0.06, temperature=1.5, seed=3)
    app = open_page(root, "ab_listening", HEALTHY)
    assert not app.exception
    data = deck(app)
    assert asked(app) == [loud, quiet]
    assert data["words"] == ["a", "bit", "of", "talk"]
    np.testing.assert_allclose(data["sides"]["a"]["spans"], [[0.1, 0.2], [0.3, 0.6], [0.7, 0.9], [1.0, 1.4]], atol=1e-6)
    edges = np.r_[0, np.cumsum(QUICK)] / 100
    expected = [[edges[1], edges[2]], [edges[3], edges[6]], [edges[7], edges[9]], [edges[10], edges[14]]]
    np.testing.assert_allclose(data["sides"]["b"]["spans"], expected, atol=1e-6)
    np.testing.assert_allclose(np.interp(0.45, data["knots"]["a"], data["knots"]["b"]), (edges[4] + edges[5]) / 2,
                               atol=1e-3)
    heard = []
    for name, side in data["sides"].items():
        path = root / f"{name}.wav"
        path.write_bytes(base64.b64decode(side["sound"]))
        wav, rate = soundfile.read(path)
        heard.append(integrated_loudness(wav * 10 ** (side["gain_db"] / 20), rate))
    assert heard[0] == pytest.approx(heard[1], abs=0.05)
    assert data["sides"]["b"]["gain_db"] - data["sides"]["a"]["gain_db"] == pytest.approx(20, abs=0.3)
    assert "temperature 1.50, seed 3" in data["sides"]["b"]["label"]


def test_the_address_leads_to_its_takes_and_b_offers_the_same_text_alone(root, open_page) -> None:
    first, second, third = (keep(root, SLOW, temperature=heat) for heat in (1.0, 1.2, 1.5))
    other = keep(root, [9] * 7, "other")
    app = open_page(root, "ab_listening", HEALTHY, a=third, b=first)
    assert app.selectbox(key="ab_a").value == third and app.selectbox(key="ab_b").value == first
    assert len(app.selectbox(key="ab_a").options) == 3 and len(app.selectbox(key="ab_b").options) == 2
    app.selectbox(key="ab_a").set_value(first).run()
    assert asked(app)[0] == first and asked(app)[1] != first, "nothing is compared with itself"
    app = open_page(root, "ab_listening", HEALTHY, a=other)
    assert "One take of this text so far" in html_of(app)


def test_swap_makes_a_of_b(root, open_page) -> None:
    first, second = keep(root, SLOW), keep(root, QUICK)
    app = open_page(root, "ab_listening", HEALTHY, a=first, b=second)
    next(button for button in app.button if button.label == "Swap").click().run()
    assert asked(app) == [second, first] and deck(app)["sides"]["a"]["spans"][0][0] == pytest.approx(0.08)


def test_another_text_brings_its_newest_two(root, open_page) -> None:
    texts = {text: [keep(root, frames, text) for frames in plans]
             for text, plans in {"other": ([9] * 7, [8] * 7), TEXT: (SLOW, QUICK)}.items()}
    app = open_page(root, "ab_listening", HEALTHY)
    assert asked(app) == texts[TEXT]
    app.selectbox(key="ab_text").set_value("other").run()
    assert asked(app) == texts["other"]
    assert deck(app)["words"] == ["other"]


def test_faults_are_marked_in_the_take_that_has_them(root, open_page) -> None:
    first, second = keep(root, SLOW), keep(root, QUICK, kinds=("repeated",))
    sides = deck(open_page(root, "ab_listening", HEALTHY, a=first, b=second))["sides"]
    assert sides["a"]["faults"] == []
    assert [(one["start"], one["end"]) for one in sides["b"]["faults"]] == [(0.2, 0.45)]


def test_a_take_that_went_is_said_and_the_page_goes_on(root, open_page) -> None:
    first, second = keep(root, SLOW), keep(root, QUICK)
    app = open_page(root, "ab_listening", HEALTHY, a="0123456789abcdef", b=second)
    assert "asks for a take A that is not there" in html_of(app)
    assert asked(app) == [first, second] and deck(app)


def test_a_damaged_take_is_named_instead_of_breaking_the_page(root, open_page) -> None:
    first, second = keep(root, SLOW), keep(root, QUICK)
    record = root / ".mytts" / "takes" / second / "take.json"
    told = json.loads(record.read_text())
    del told["pieces"][0]["summary"]["tokens"]
    record.write_text(json.dumps(told))
    app = open_page(root, "ab_listening", HEALTHY, a=first, b=second)
    assert not app.exception and "record of a take is damaged" in html_of(app)


def test_texts_are_shown_as_texts(root, open_page) -> None:
    evil = "<b>x</b> y"
    for level in (0.2, 0.3):
        keep(root, [6] * 12, evil, level=level)
    app = open_page(root, "ab_listening", HEALTHY)
    assert not app.exception and evil not in html_of(app)


def test_differences_say_what_was_asked_and_what_came_of_it(root) -> None:
    ids = [keep(root, SLOW), keep(root, [12] * 15, level=0.1, temperature=1.5, seed=7, run=FAILING)]
    store = TakeStore(root)
    takes = {take.id: take for take in store.takes()}
    comparison = get_comparison((store.open(ids[0]), store.open(ids[1])))
    rows = {row.name: row for row in get_differences((takes[ids[0]], takes[ids[1]]), comparison.sides)}
    assert (rows["Run"].first, rows["Run"].second) == (HEALTHY, FAILING)
    assert rows["Temperature"].differs and not rows["Checkpoint"].differs
    assert (rows["Seed"].first, rows["Seed"].second) == ("–", "7")
    assert (rows["Duration"].first, rows["Duration"].second, rows["Duration"].note) == ("1.50 s", "1.80 s", "+20.0%")
    # The buzz goes from token 1 to 13, a quarter-tone each, and spends the same share of time on each.
    assert comparison.sides[0].pitch_hz == pytest.approx(100 * 2 ** (8 / 24), rel=0.06)
    assert comparison.sides[0].pitch_spread == pytest.approx(np.std(np.arange(1, 14)) / 2, abs=0.4)
    louder = rows["Loudness as made"].note.removesuffix(" LU").replace("−", "-")
    assert float(louder) == pytest.approx(20 * np.log10(0.1 / 0.3), abs=0.3)


def test_takes_of_other_texts_are_refused(root) -> None:
    store = TakeStore(root)
    results = [store.open(keep(root, [9] * 5, text)) for text in ("one", "two")]
    with pytest.raises(ListeningError, match="different texts"):
        get_comparison((results[0], results[1]))


def test_silence_stays_silence_beside_a_voice(root, open_page) -> None:
    first = keep(root, SLOW)
    silent = make_result([steady(TEXT, QUICK)], level=1e-9, request=TakeRequest(root / HEALTHY, 10, TEXT))
    second = TakeStore(root).save(silent).id
    app = open_page(root, "ab_listening", HEALTHY, a=first, b=second)
    assert not app.exception
    side = deck(app)["sides"]["b"]
    assert side["gain_db"] == 0 and side["loudness"] is None and "nothing voiced" in html_of(app)
