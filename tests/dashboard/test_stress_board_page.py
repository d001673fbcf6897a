"""The stress board: the choice on top, trend, map, table, one sentence; addresses; nothing there; texts are data."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from dashboard.figures.stress_map import get_stress_map_info, plot_stress_map
from dashboard.figures.stress_rows import (
    CHANGED,
    FAILING,
    compare_runs,
    fault_in_words,
    get_choice_facts,
    get_outcome_facts,
    get_stress_rows,
    select_stress_rows,
)
from dashboard.figures.stress_trend import get_stress_trend_info, plot_failures, plot_recognition
from dashboard.widgets.stress_sentence import marked_text
from mytts_core.evaluation.stress_board import Board, make_board
from mytts_core.evaluation.stress_choice import choose
from mytts_core.evaluation.stress_record import StressFault, StressResult
from tests.dashboard.example_runs import EMPTY, FOREIGN, HEALTHY, write_example_runs
from tests.dashboard.example_runs import FAILING as FAILING_RUN
from tests.dashboard.page_parts import charts_of, component_data, html_of
from tests.evaluation.stress_examples import outcome, result, write_board

TEXTS = {"One two three.": "lists", "<b>bold</b> & $x$": "markup", "سلام دنیا": "persian", "Very very long.": "lists",
         "Last one here.": "one word"}


def board(*fails: tuple[int, ...], errors: tuple[int, ...] = ()) -> Board:
    return make_board([result(500 * (place + 1), [
        outcome(text, category, ("skipped", "no stop") if number in failing else (),
                errors[place] if errors else None) for number, (text, category) in enumerate(TEXTS.items())])
        for place, failing in enumerate(fails)])


def test_trend_has_shares_intervals_and_the_kinds_that_occur() -> None:
    info = get_stress_trend_info({"run": board((0, 1, 2), (0,))}, 1_000, 500)
    line = info.lines[0]
    assert line.steps == (500, 1_000) and list(line.all) == [60, 20] and set(line.kinds) == {"skipped", "no stop"}
    assert (line.low < line.all).all() and (line.high > line.all).all() and not info.was_heard
    figure = plot_failures(info)
    assert [trace.name for trace in figure.data] == ["failing", "skipped", "no stop"]
    assert figure.data[0].error_y.array[0] == pytest.approx(line.high[0] - 60)
    assert len(plot_recognition(info).data) == 0


def test_trend_of_two_runs_and_of_the_recogniser() -> None:
    boards = {"run": board((0,), (), errors=(4, 2)), "<i>other": board((1,), errors=(5,))}
    info = get_stress_trend_info(boards, None, 500)
    assert [trace.name for trace in plot_failures(info).data][:2] == ["failing, run", "failing, &lt;i&gt;other"]
    heard = plot_recognition(info)
    assert info.was_heard and list(heard.data[0].y) == [40, 20] and heard.data[0].name == "characters, run"


@pytest.mark.parametrize("results", [[], [result(5, [])], [result(5, [outcome("x", problem="not known")])]])
def test_figures_of_nothing(results: list[StressResult]) -> None:
    made = make_board(results)
    plot_failures(get_stress_trend_info({"run": made}, None, 5))
    plot_recognition(get_stress_trend_info({"run": made}, None, 5))
    plot_stress_map(get_stress_map_info(made, 5))


def test_map_has_the_counts() -> None:
    info = get_stress_map_info(board((0, 1), (3,)), 1_000)
    assert info.categories == ("lists", "markup", "persian", "one word") and info.steps == (500, 1_000)
    assert info.counts[0] == ("1 of 2", "1 of 2") and np.array_equal(info.shares, [[50, 50], [100, 0], [0, 0], [0, 0]])
    figure = plot_stress_map(info)
    assert list(figure.data[0].x) == ["500", "1,000"] and figure.layout.shapes[0].x0 == 0.5
    assert list(figure.data[0].customdata[1][0]) == [1, 500] and figure.data[0].text[0][0] == "1 of 2"
    many = plot_stress_map(get_stress_map_info(board(*[(0,)] * 9), 500)).data[0]
    assert many.text[0][0] == "1" and many.hovertext[0][0] == "1 of 2" and many.texttemplate == "%{text}"
    assert plot_stress_map(get_stress_map_info(board(*[(0,)] * 20), 500)).data[0].texttemplate is None


def test_rows_are_worst_first_and_filtered() -> None:
    made = board((0, 1), (1, 3))
    rows = get_stress_rows(made.at(1_000), made.before(1_000))
    assert [row.text for row in rows][:2] == ["<b>bold</b> & $x$", "Very very long."]
    assert [row.change for row in rows] == ["still fails", "newly fails", "mended", "", ""]
    assert rows[0].verdict == "✕ skipped, no stop" and rows[4].verdict == "✓ nothing wrong"
    assert [row.text for row in select_stress_rows(rows, "lists")] == ["Very very long.", "One two three."]
    assert len(select_stress_rows(rows, outcome=FAILING)) == 2
    assert len(select_stress_rows(rows, "lists", CHANGED)) == 2
    assert all(row.change == "" for row in get_stress_rows(made.at(500), made.before(500)))


def test_facts_of_choice_and_of_sentences() -> None:
    made = board((0, 1, 2, 3), (1,))
    facts = get_choice_facts(choose(made), made)
    assert facts[0].level == "good" and facts[0].text.startswith("Choose step 1,000: 1 of 5") and len(facts) == 2
    assert get_choice_facts(None, Board((), {5: "torn"}))[-1].text == "Not compared: step 5: torn."
    said = " ".join(fact.text for fact in get_outcome_facts(outcome("One two.", kinds=("skipped",), errors=3)))
    assert "Skipped “One” at 0.12 s." in said and "3 in 10 characters" in said
    told = fault_in_words(StressFault("repeated", 1, 9, "o", 86, 172, 1, 5), outcome("a b c d e f g"))
    assert told == "Repeated “b c d e f” (5 words) from 1.00 to 2.00 s."
    told = fault_in_words(StressFault("stalled", 3, 3, " ", 0, 86, 0, 0), outcome("a b"))
    assert told == "Held the pause after “a” for 1.00 s from 0.00 s."
    assert get_outcome_facts(outcome("x", problem="no letter"))[0].text.endswith("no letter")
    assert get_outcome_facts(outcome("x"))[0].level == "good"
    told = compare_runs("a", board((0,)).at(500), "b", board((1, 2)).at(500)).text
    assert "of 5 sentences 1 fail with the first alone, 2 with the second alone: not told apart" in told


def test_words_that_went_wrong_are_marked_and_escaped() -> None:
    one = outcome("<b>bold</b> & more", kinds=("skipped",))
    marked = marked_text(one)
    assert '<mark class="mytts-gone" title="skipped">&lt;b&gt;bold&lt;/b&gt;</mark> &amp; more' in marked
    assert 'dir="rtl"' in marked_text(outcome("سلام دنیا")) and "<mark" not in marked_text(outcome("fine"))
    import dataclasses

    lost = dataclasses.replace(one, faults=(*one.faults, StressFault("lost", 0, 5, "", 0, 9, 0, 2)))
    assert "<mark" not in marked_text(lost)


@pytest.fixture(scope="module")
def tested_runs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = write_example_runs(tmp_path_factory.mktemp("stressed"))
    write_board(root / HEALTHY, {500: (0, 1, 2, 3), 1_000: (1, 3), 1_500: (1,)}, TEXTS, {500: 6, 1_000: 4, 1_500: 2})
    write_board(root / FAILING_RUN, {500: (0, 1, 2, 3, 4)}, TEXTS)
    return root


def test_page_says_which_checkpoint_and_shows_the_worst_sentence(open_page, tested_runs: Path) -> None:
    app = open_page(tested_runs, "stress_board", HEALTHY)
    assert not app.exception
    said = html_of(app)
    assert "Choose step 1,500: 1 of 5 sentences fail" in said and "<b>bold" not in said
    assert app.select_slider(key="board_step").value == 1_500
    trend, heard, grid, attention = charts_of(app)
    assert trend["data"][0]["y"] == [80, 40, 20] and heard["data"][0]["y"] == pytest.approx([60, 40, 20])
    assert grid["data"][0]["z"][1] == [100, 100, 100] and attention["data"][0]["type"] == "heatmap"
    table = app.dataframe[0].value
    assert list(table["Verdict"])[:2] == ["✕ skipped, no stop", "✓ nothing wrong"]
    assert list(table["Since before"])[0] == "still fails" and "mended" in list(table["Since before"])
    tracks = component_data(app, "mytts_listening")[0]["tracks"]
    assert [track["label"] for track in tracks] == ["Step 1,500", "Step 1,000"]
    assert tracks[0]["sound"] and tracks[0]["type"] == "audio/ogg" and tracks[0]["words"] == ["<b>bold</b>", "&", "$x$"]
    assert tracks[0]["faults"][0]["label"].startswith("token 1")


def test_address_chooses_step_category_and_sentence(open_page, tested_runs: Path) -> None:
    last = outcome("Last one here.").id
    app = open_page(tested_runs, "stress_board", HEALTHY, board_step="500", category="one word", sentence=last)
    assert app.select_slider(key="board_step").value == 500 and app.selectbox(key="category").value == "one word"
    assert app.selectbox(key="sentence").value == last and len(app.dataframe[0].value) == 1
    assert app.query_params["sentence"] in (last, [last])
    app = open_page(tested_runs, "stress_board", HEALTHY, outcome="failing", board_step="500")
    assert len(app.dataframe[0].value) == 4 and "4 of 5 sentences fail at step 500; 4 shown" in app.caption[-1].value \
        or any("4 of 5 sentences fail at step 500; 4 shown" in caption.value for caption in app.caption)
    app = open_page(tested_runs, "stress_board", HEALTHY, sentence="../../etc", category="none", board_step="no")
    assert not app.exception and app.select_slider(key="board_step").value == 1_500


def test_filters_that_nothing_fits_say_so(open_page, tested_runs: Path) -> None:
    app = open_page(tested_runs, "stress_board", HEALTHY, outcome="failing", category="one word")
    assert not app.exception and "No sentence fits the filters" in html_of(app)


def test_one_checkpoint_and_a_run_to_compare_with(open_page, tested_runs: Path) -> None:
    app = open_page(tested_runs, "stress_board", FAILING_RUN, compare=HEALTHY)
    assert not app.exception
    said = html_of(app)
    assert "Step 500 is the only one tested: 5 of 5" in said and "Most sentences fail even so" in said
    assert "of 5 sentences 4 fail with the first alone, 0 with the second alone: not told apart" in said
    assert [trace["name"] for trace in charts_of(app)[0]["data"]][:2] == ["failing, failing", "failing, healthy"]


def test_a_run_without_a_test_says_the_command(open_page, tested_runs: Path) -> None:
    app = open_page(tested_runs, "stress_board", EMPTY)
    assert not app.exception and "No stress test yet" in html_of(app)
    assert app.code[0].value == f"mytts stress {tested_runs / EMPTY}"


def test_a_run_of_another_program_cannot_speak(open_page, tested_runs: Path) -> None:
    app = open_page(tested_runs, "stress_board", FOREIGN)
    assert not app.exception and "This run cannot speak" in html_of(app) and not app.code


def test_damaged_and_missing_files_do_not_break_the_page(open_page, tmp_path: Path) -> None:
    root = write_example_runs(tmp_path)
    write_board(root / HEALTHY, {500: (0,), 1_000: (1,)}, TEXTS)
    (root / HEALTHY / "stress" / "step_000500" / "result.json").write_bytes(b"{torn")
    for path in (root / HEALTHY / "stress" / "step_001000").iterdir():
        if path.suffix == ".npz":
            path.write_bytes(b"torn")
        elif path.suffix == ".ogg":
            path.unlink()
    app = open_page(root, "stress_board", HEALTHY)
    assert not app.exception
    said = html_of(app)
    assert "Not compared: step 500: result.json cannot be read" in said and "No attention was kept" in said
    assert component_data(app, "mytts_listening")[0]["tracks"][0]["sound"] == ""
