"""The synthesis page with a real worker process and a real, untrained, model."""

from __future__ import annotations

import contextlib
import html
import io
import os
import re
import shutil
import signal
import time
from pathlib import Path

import numpy as np
import pytest
import soundfile
import streamlit as st

from dashboard import cache
from dashboard.caches import takes as kept_takes
from mytts_core.config import CorpusInfo, ModelConfig, RunConfig, TextConfig
from mytts_core.runs.writer import RunWriter
from mytts_core.synthesis.take_store import TakeStore
from tests.dashboard.page_parts import charts_of, component_data, html_of

pytestmark = pytest.mark.slow


def write_speaking_run(folder, letters, **text):
    """Write a run whose checkpoint knows these letters, and never stops by itself."""
    from mytts_core.model.weights import named_variables
    from mytts_core.synthesis.engine import build_model
    from mytts_core.training.checkpoints import save_checkpoint

    model = ModelConfig(num_layers=1, d_model=16, num_heads=2, dff=16, cross_win=None, max_length=256, prosody=True,
                        postnet_filters=4, reduction_factor=2)
    config = RunConfig(model, text=TextConfig(symbols=["<start>", "<pad>", "<end>", "<unknown>", *letters], **text),
                       corpus=CorpusInfo(mel_mean=[-5.0] * 80, mel_std=[2.0] * 80, prosody_mean=[1.0, 5.0, 3.0, -4.0],
                                         prosody_std=[0.2, 0.1, 0.5, 0.3]))
    with RunWriter.create(folder, config) as writer:
        network = build_model(config)
        named_variables(network)["stop_dense/bias"].assign([-9.0])
        save_checkpoint(writer, network, 10, {"head": [0, 1]})
        writer.status("finished", 10)


@pytest.fixture(scope="module")
def speaking_run(tmp_path_factory):
    """A folder with a run that knows the letters a to z."""
    root = tmp_path_factory.mktemp("speaking")
    write_speaking_run(root / "one", " .abcdefghijklmnopqrstuvwxyz")
    yield root
    st.cache_resource.clear()       # ends the worker process


@pytest.fixture(scope="module")
def persian_run(tmp_path_factory):
    """A folder with a Persian run, and one of the first normaliser's time."""
    root = tmp_path_factory.mktemp("persian")
    write_speaking_run(root / "fa", " .،؟\u200cآابپتثجچحخدذرزژسشصضطظعغفقکگلمنوهیئ", language="fa")
    write_speaking_run(root / "old", " .abcdefghijklmnopqrstuvwxyz", normalizer_version=1)
    yield root
    st.cache_resource.clear()


def type_text(app, text):
    app.text_area(key="speak_text").set_value(text).run()
    assert not app.exception
    return app


def steps_of(app):
    """Return (step, direction, text) of every row of "What is said", in order."""
    return [(html.unescape(name), direction, html.unescape(text)) for name, direction, text in
            re.findall(r'<th scope="row">(.*?)</th><td dir="(...)">(.*?)</td>', html_of(app))]


def press(app, label):
    app.button[[button.label for button in app.button].index(label)].click().run()
    assert not app.exception
    return app


def wait(app, patience_s=240):
    """Let the page follow its takes to their end."""
    until = time.monotonic() + patience_s
    while app.get("progress") and time.monotonic() < until:
        time.sleep(0.3)
        app.run()
    assert not app.exception and not app.get("progress")
    return app


def ask(app, text, temperatures=("1.0",), seeds="0"):
    """Fill the form and press Speak."""
    app.text_area(key="speak_text").set_value(text)
    app.multiselect(key="speak_temperature").set_value(list(temperatures))
    app.text_input(key="speak_seeds").set_value(seeds)
    return press(app, "Speak")


def speak(app, text, temperatures=("1.0",), seeds="0"):
    return wait(ask(app, text, temperatures, seeds))


@contextlib.contextmanager
def held_worker(app):
    """Let the worker stand still: what is asked of it meanwhile is not finished when the next page is drawn."""
    speak(app, "here")
    pid = cache.synthesis_client().status.pid
    os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        with contextlib.suppress(ProcessLookupError):       # one that does not answer a cancellation is ended
            os.kill(pid, signal.SIGCONT)


def grid_of(app):
    """Return the grid's rows: (label, cells)."""
    [data] = component_data(app, "mytts_take_grid")
    return [(row["label"], row["cells"]) for row in data["rows"]]


def asked(app, name):
    """Return what the address has under a name."""
    value = app.query_params[name]
    return value if isinstance(value, list) else [value]


def newest(root):
    """Return the newest kept take of a root, opened."""
    store = TakeStore(root)
    return store.open(store.takes(1)[0].id)


def test_text_is_spoken_measured_and_shown(open_page, speaking_run):
    app = open_page(speaking_run, "synthesis")
    assert "Nothing spoken yet" in html_of(app)
    speak(app, "hello é")
    numbers = {metric.label: metric.value for metric in app.metric}
    assert numbers["Ended by"] == "length limit" and numbers["Temperature"] == "1.00"
    seconds = float(numbers["Duration"].removesuffix(" s"))
    take = TakeStore(speaking_run).takes(1)[0]
    assert float(numbers["Speed"].removesuffix(" ×")) == pytest.approx(take.audio_seconds / take.work_seconds, abs=0.06)
    assert [len(chart["data"]) for chart in charts_of(app)] == [1, 1, 1, 2]     # mel, stop, attention, heads
    assert charts_of(app)[0]["layout"]["xaxis"]["range"][1] == pytest.approx(seconds, abs=0.02)
    assert "1 token unknown to this model, left out: é" in html_of(app)
    wav, rate = soundfile.read(io.BytesIO(newest(speaking_run).audio))
    assert len(wav) / rate == pytest.approx(seconds, abs=0.01) and np.isfinite(wav).all()
    [sounds] = component_data(app, "mytts_listening")
    assert len(sounds["tracks"][0]["peaks"]) == 2 * 480 and sounds["tracks"][0]["sound"]
    assert charts_of(app)[0]["data"][0]["meta"]["track"] == sounds["tracks"][0]["id"], "a click on the mel plays it"


def test_every_temperature_and_seed_is_a_take_marked_and_kept(open_page, speaking_run):
    app = speak(open_page(speaking_run, "synthesis"), "three at once", ("1.0", "1.5", "2.5"), "4, 7")
    rows = grid_of(app)
    assert [(label, [cell["name"] for cell in cells]) for label, cells in rows] == [
        ("Temperature 1.00", ["deterministic"]), ("Temperature 1.50", ["seed 4", "seed 7"]),
        ("Temperature 2.50", ["seed 4", "seed 7"])]
    cells = [cell for _, row in rows for cell in row]
    assert all(cell["state"] == "done" and cell["sound"] and len(cell["peaks"]) == 180 for cell in cells)
    assert all("never stops" in [mark["text"] for mark in cell["marks"]] for cell in cells), "untrained: no stop"
    kept = {take.id: take for take in TakeStore(speaking_run).takes(5)}
    assert {cell["key"] for cell in cells} == set(kept)
    assert sorted((take.temperature, take.seed) for take in kept.values() if take.temperature > 1) == [
        (1.5, 4), (1.5, 7), (2.5, 4), (2.5, 7)]
    sounds = [cell["sound"] for cell in cells]
    assert len(set(sounds)) == len(sounds), "each sounds otherwise"
    assert cells[0]["chosen"] and not any(cell["chosen"] for cell in cells[1:])
    app.session_state["chosen_take"] = cells[3]["key"]
    app.run()
    assert {metric.label: metric.value for metric in app.metric}["Temperature"] == "2.50"
    assert asked(app, "take") == [cells[3]["key"]]
    downloads = [button.proto.label for button in app.get("download_button")]
    assert "These 5 takes, ZIP" in downloads and "WAV" in downloads


def test_what_cannot_be_spoken_is_said_in_words(open_page, speaking_run):
    before = len(TakeStore(speaking_run).takes())
    app = open_page(speaking_run, "synthesis")
    ask(app, "   ")
    assert "the text is empty" in html_of(app)
    assert "Type a text to see" in app.caption[0].value
    ask(app, "سلام")
    assert "only symbols this model was not trained on (س ل ا م)" in html_of(app)
    ask(app, "🙂🙃")
    assert "has nothing to speak" in html_of(app) or "only symbols" in html_of(app)
    assert not component_data(app, "mytts_take_grid") and len(TakeStore(speaking_run).takes()) == before


def test_what_is_said_is_shown_step_by_step_before_it_is_spoken(open_page, speaking_run):
    app = type_text(open_page(speaking_run, "synthesis"), "Dr. Smith paid $3.50 <b>")
    assert app.expander[0].label == "What is said"
    steps = steps_of(app)
    assert steps[0] == ("typed", "ltr", "Dr. Smith paid $3.50 <b>") and "<b>" not in html_of(app)
    said = [(name, text) for name, _, text in steps[1:]]
    assert ("abbreviations", "doctor Smith paid $3.50 <b>") in said
    assert ("money", "doctor Smith paid three dollars fifty cents <b>") in said
    assert said[-1][0] == "letters" and said[-1][1].startswith("doctor smith paid three dollars fifty cents")
    assert len({text for _, text in said}) == len(said)       # only steps that changed something
    tokens = re.findall(r'<bdi class="mytts-token(?: mytts-unknown)?">(.*?)</bdi>', html_of(app))
    assert "".join(tokens[1:-1]).replace("␣", " ").startswith("doctor smith paid three dollars fifty cents")
    assert not component_data(app, "mytts_take_grid")


def test_unknown_symbols_are_shown_and_counted_before_it_is_spoken(open_page, speaking_run):
    app = type_text(open_page(speaking_run, "synthesis"), "a cafés olé")
    assert "1 symbol unknown to this model (2 of 13 tokens): é" in html_of(app)
    assert html_of(app).count('class="mytts-token mytts-unknown">é<') == 2


def test_a_long_text_is_spoken_in_pieces_and_each_can_be_looked_at(open_page, speaking_run):
    app = type_text(open_page(speaking_run, "synthesis"), "Dr. Who is in. It is over. bye")
    assert [text for name, _, text in steps_of(app) if name == "typed"] == ["Dr. Who is in.", "It is over.", "bye"]
    assert "in 3 pieces" in app.expander[0].caption[0].value
    speak(app, "Dr. Who is in. It is over. bye", ["1.5"])
    result = newest(speaking_run)
    wav, rate = soundfile.read(io.BytesIO(result.audio))
    numbers = {metric.label: metric.value for metric in app.metric}
    assert float(numbers["Duration"].removesuffix(" s")) == pytest.approx(len(wav) / rate, abs=0.01)
    assert any("seed 0 to 2" in metric.delta for metric in app.metric)
    pieces = app.selectbox(key="piece of 3")
    assert "It is over." in pieces.options[1] and f"from {result.pieces[1].start:.2f} s" in pieces.options[1]
    pieces.select_index(2).run()
    assert not app.exception
    [attention] = [chart for chart in charts_of(app) if "piece 3" in str(chart["layout"].get("title"))]
    assert len(attention["data"][0]["y"]) == len(result.pieces[2].summary["tokens"]) == len("bye") + 2
    [sounds] = component_data(app, "mytts_listening")
    assert [track["label"] for track in sounds["tracks"]] == ["The whole take", "Piece 3"]


def test_persian_is_read_from_the_right(open_page, persian_run):
    app = type_text(open_page(persian_run, "synthesis", "fa"), "قيمت ۱۲۳ تومان است. سلام")
    steps = steps_of(app)
    assert steps[0] == ("typed", "rtl", "قيمت ۱۲۳ تومان است.")
    assert ("cardinal", "rtl", "قیمت صد و بیست و سه تومان است.") in steps
    assert all(direction == "rtl" for _, direction, _ in steps)
    assert html_of(app).count('<div class="mytts-tokens" dir="rtl"') == 2
    speak(app, "قيمت ۱۲۳ تومان است. سلام")
    assert "unknown to this model" not in html_of(app)
    assert app.selectbox(key="piece of 2").options[1].endswith("\u2068سلام\u2069")
    assert '<div class="mytts-said" dir="auto">قيمت' in html_of(app)


def test_a_run_of_the_first_normaliser_shows_and_speaks_what_it_was_trained_on(open_page, persian_run):
    app = type_text(open_page(persian_run, "synthesis", "old"), "Dr. Fox is in. bye")
    assert [(name, text) for name, _, text in steps_of(app)] == [
        ("typed", "Dr. Fox is in."), ("letters", "dr. fox is in."), ("typed", "bye")]
    speak(app, "Dr. Fox is in. bye")
    assert "".join(newest(persian_run).pieces[0].summary["tokens"][1:-1]) == "dr. fox is in."


def test_extra_variation_is_explained(open_page, speaking_run):
    app = open_page(speaking_run, "synthesis")
    field = app.multiselect(key="speak_temperature")
    assert "extra variation is temperature − 1" in field.label and field.value == ["1.0"]
    assert any("the same text gives the same speech" in caption.value for caption in app.caption)
    field.set_value(["1.5"]).run()
    assert any("+0.50" in caption.value for caption in app.caption)
    app.multiselect(key="speak_temperature").set_value(["0.7"]).run()
    assert any("flatter" in caption.value for caption in app.caption)


@pytest.mark.parametrize("wrong", ["7", "0", "warm"])
def test_a_temperature_out_of_range_is_refused_in_field_and_address(open_page, speaking_run, wrong):
    app = open_page(speaking_run, "synthesis")
    app.multiselect(key="speak_temperature").set_value(["1.2", wrong]).run()
    for page in (app, open_page(speaking_run, "synthesis", temperature=wrong)):
        assert not page.exception
        assert f"Temperature {wrong} is out of range: give a number from 0.5 to 3" in html_of(page)
        assert next(button for button in page.button if button.label == "Speak").disabled


def test_an_address_fills_the_form_and_starts_nothing(open_page, speaking_run):
    app = open_page(speaking_run, "synthesis", text="from a link\0", checkpoint="10", temperature=["1.2", "2.0"],
                    seeds="1-3", longest="2.5", vocoder="griffin_lim_fast")
    assert app.text_area(key="speak_text").value == "from a link"
    assert app.multiselect(key="speak_checkpoint").value == [10]
    assert app.multiselect(key="speak_temperature").value == ["1.2", "2.0"]
    assert app.text_input(key="speak_seeds").value == "1-3"
    assert app.number_input(key="speak_longest").value == 2.5
    assert app.selectbox(key="speak_vocoder").value == "griffin_lim_fast"
    assert any(caption.value == "6 takes: 2 temperatures above 1 × 3 seeds" for caption in app.caption)
    assert not component_data(app, "mytts_take_grid") and not kept_takes.running_jobs(speaking_run / "one")


def test_the_address_follows_the_form_and_leaves_a_long_text_out(open_page, speaking_run):
    app = type_text(open_page(speaking_run, "synthesis"), "short")
    assert asked(app, "text") == ["short"] and asked(app, "checkpoint") == ["10"]
    type_text(app, "word " * 120)
    assert "text" not in app.query_params
    assert any("longer than 500 characters" in caption.value for caption in app.caption)
    assert app.text_area(key="speak_text").value == "word " * 120, "the field keeps it"


def test_an_endless_text_of_the_address_is_cut_and_a_foreign_checkpoint_named(open_page, speaking_run):
    app = open_page(speaking_run, "synthesis", text="a" * 50_000, checkpoint="999")
    assert not app.exception and len(app.text_area(key="speak_text").value) == 3_000
    assert "no checkpoint of step 999" in html_of(app)
    assert app.multiselect(key="speak_checkpoint").value == [10]


def test_a_checkpoint_that_vanished_meanwhile_is_named_and_no_other_speaks(open_page, speaking_run, tmp_path):
    shutil.copytree(speaking_run / "one", tmp_path / "one")
    later = [path.rename(path.with_name(path.name.replace("000010", "000020"))) for path in
             map(Path, (shutil.copy(path, tmp_path) for path in (tmp_path / "one" / "checkpoints").iterdir()
                        if path.name.startswith("step_")))]
    moved = [path.rename(tmp_path / "one" / "checkpoints" / path.name) for path in later]
    app = type_text(open_page(tmp_path, "synthesis"), "hello")
    app.multiselect(key="speak_checkpoint").set_value([20]).run()
    assert "no checkpoint" not in html_of(app)
    for path in moved:
        path.unlink()
    press(app, "Speak")
    assert "This run has no checkpoint of step 20" in html_of(app)
    assert not component_data(app, "mytts_take_grid") and not TakeStore(tmp_path).takes()
    assert app.multiselect(key="speak_checkpoint").value == [10]


def test_a_page_looked_at_meanwhile_loses_nothing(open_page, speaking_run):
    app = ask(open_page(speaking_run, "synthesis"), "spoken while i look elsewhere", ["1.5", "2.0"], "0-1")
    app.switch_page("views/alignments.py").run()
    assert app.title[0].value == "Alignments"
    app.switch_page("views/synthesis.py").run()
    assert app.text_area(key="speak_text").value == "spoken while i look elsewhere"
    assert app.multiselect(key="speak_temperature").value == ["1.5", "2.0"]
    wait(app)
    assert [cell["state"] for _, cells in grid_of(app) for cell in cells] == ["done"] * 4


def test_a_second_visitor_is_told_and_finds_the_takes_in_the_history(open_page, speaking_run):
    first = open_page(speaking_run, "synthesis")
    with held_worker(first):
        ask(first, "one of two visitors. " * 3, ["1.4"], "0-3")
        second = open_page(speaking_run, "synthesis")
        assert "Another tab or visitor speaks with this run" in html_of(second)
        assert not next(button for button in second.button if button.label == "Speak").disabled
    del first       # its tab was closed
    until = time.monotonic() + 240
    while kept_takes.running_jobs(speaking_run / "one") and time.monotonic() < until:
        time.sleep(0.3)
    second.run()
    assert "Another tab" not in html_of(second)
    table = second.dataframe[0].value
    assert (table["Text"][:4] == "one of two visitors. " * 3).all() and set(table["Seed"][:4]) == set("0123")


def test_takes_can_be_cancelled_and_those_that_are_there_stay(open_page, speaking_run):
    app = open_page(speaking_run, "synthesis")
    with held_worker(app):
        ask(app, "one more sentence. " * 20, ["1.5"], "0-3")
        press(app, "Cancel")
    wait(app)
    assert "cancelled" in html_of(app)
    assert not next(button for button in app.button if button.label == "Speak").disabled
    assert {cell["state"] for _, cells in grid_of(app) for cell in cells} <= {"failed", "done"}


def test_a_crash_of_the_worker_is_told_and_the_next_takes_come(open_page, speaking_run):
    app = open_page(speaking_run, "synthesis")
    with held_worker(app):
        ask(app, "one more sentence. " * 20, ["1.5", "2.0"], "0")
        [job] = kept_takes.running_jobs(speaking_run / "one")
    until = time.monotonic() + 240
    while job.progress.stage != "decoding" and time.monotonic() < until:      # before, another worker would take over
        time.sleep(0.02)
    os.kill(cache.synthesis_client().status.pid, signal.SIGKILL)
    wait(app)
    assert "the synthesis worker was killed" in html_of(app)
    assert {cell["state"] for _, cells in grid_of(app) for cell in cells} <= {"failed", "done"}
    speak(app, "here again")
    assert [cell["state"] for _, cells in grid_of(app) for cell in cells] == ["done"]


def test_history_is_filtered_opened_and_deleted_after_a_second_click(open_page, speaking_run):
    app = speak(open_page(speaking_run, "synthesis"), "to be deleted")
    take = TakeStore(speaking_run).takes(1)[0]
    later = open_page(speaking_run, "synthesis", take=take.id)
    assert '<div class="mytts-said" dir="auto">to be deleted' in html_of(later)
    assert {metric.label for metric in later.metric} == {metric.label for metric in app.metric}, "the same details"
    later.text_input(key="history_search").set_value("be DELETED").run()
    assert list(later.dataframe[0].value["Text"]) == ["to be deleted"]
    assert not [button for button in later.button if button.label.startswith("Delete 1")], "nothing is chosen yet"
    TakeStore(speaking_run).delete([take.id])
    gone = open_page(speaking_run, "synthesis", take=take.id)
    assert "not there any more" in html_of(gone) and not gone.exception
    assert open_page(speaking_run, "synthesis", take="../../etc/passwd").exception == app.exception


def test_takes_that_cannot_be_kept_are_shown_all_the_same(open_page, speaking_run, tmp_path, monkeypatch):
    shutil.copytree(speaking_run / "one", tmp_path / "runs" / "one")
    (tmp_path / "runs" / ".mytts").write_text("in the way")
    (tmp_path / "data").write_text("in the way")
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    app = speak(open_page(tmp_path / "runs", "synthesis"), "not kept", ["1.0", "1.5"])
    assert "Takes are shown but not kept" in html_of(app)
    cells = [cell for _, row in grid_of(app) for cell in row]
    assert all(cell["state"] == "done" and cell["sound"] for cell in cells)
    assert len(charts_of(app)) == 4 and not app.dataframe


def test_a_run_without_checkpoints_still_shows_what_it_spoke(open_page, speaking_run, tmp_path):
    shutil.copytree(speaking_run / "one", tmp_path / "one")
    speak(open_page(tmp_path, "synthesis"), "before they went")
    shutil.rmtree(tmp_path / "one" / "checkpoints")
    app = open_page(tmp_path, "synthesis")
    assert "No checkpoint yet" in html_of(app) and not app.exception
    assert list(app.dataframe[0].value["Text"]) == ["before they went"]
