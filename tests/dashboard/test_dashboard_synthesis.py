"""The synthesis page with a real worker process and a real, untrained, model."""

from __future__ import annotations

import html
import io
import re
import time

import numpy as np
import pytest
import soundfile
import streamlit as st

from mytts_core.config import CorpusInfo, ModelConfig, RunConfig, TextConfig
from mytts_core.runs.writer import RunWriter
from tests.dashboard.test_dashboard_pages import charts_of, html_of

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


def type_text(app, text, run="one"):
    app.text_area(key=f"text of {run}").set_value(text).run()
    assert not app.exception
    return app


def steps_of(app):
    """Return (step, direction, text) of every row of "What is said", in order."""
    return [(html.unescape(name), direction, html.unescape(text)) for name, direction, text in
            re.findall(r'<th scope="row">(.*?)</th><td dir="(...)">(.*?)</td>', html_of(app))]


def speak(app, text, temperature=1.0, run="one"):
    app.text_area(key=f"text of {run}").set_value(text)
    app.slider(key="temperature").set_value(temperature)
    app.button[[button.label for button in app.button].index("Speak")].click()
    app.run()
    until = time.monotonic() + 240
    while app.get("progress") and time.monotonic() < until:
        time.sleep(0.3)
        app.run()
    assert not app.exception
    return app


def test_text_is_spoken_measured_and_shown(open_page, speaking_run):
    app = open_page(speaking_run, "synthesis")
    assert "Nothing spoken yet" in html_of(app)
    speak(app, "hello é")
    [player] = app.get("audio")
    numbers = {metric.label: metric.value for metric in app.metric}
    assert numbers["Ended by"] == "length limit" and numbers["Temperature"] == "1.00"
    seconds = float(numbers["Duration"].removesuffix(" s"))
    assert [len(chart["data"]) for chart in charts_of(app)] == [1, 1, 1, 2]     # mel, stop, attention, heads
    assert charts_of(app)[0]["layout"]["xaxis"]["range"][1] == pytest.approx(seconds, abs=0.02)
    assert "1 token unknown to this model: é" in html_of(app)
    assert player.proto.url.endswith(".wav")
    job = app.session_state["synthesis_jobs"][str(speaking_run / "one")]
    wav, rate = soundfile.read(io.BytesIO(job.result().audio))
    assert len(wav) / rate == pytest.approx(seconds, abs=0.01) and np.isfinite(wav).all()


def test_what_cannot_be_spoken_is_said_in_words(open_page, speaking_run):
    app = speak(open_page(speaking_run, "synthesis"), "   ")
    assert "the text is empty" in html_of(app)
    assert "Type a text to see" in app.caption[0].value
    app = speak(app, "سلام")
    assert "only symbols this model was not trained on (س ل ا م)" in html_of(app) and not app.get("audio")
    assert "synthesis_jobs" not in app.session_state or not app.session_state["synthesis_jobs"]     # nothing was sent


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
    assert not app.get("audio")


def test_unknown_symbols_are_shown_and_counted_before_it_is_spoken(open_page, speaking_run):
    app = type_text(open_page(speaking_run, "synthesis"), "a cafés olé")
    assert "1 symbol unknown to this model (2 of 13 tokens): é" in html_of(app)
    assert html_of(app).count('class="mytts-token mytts-unknown">é<') == 2


def test_a_long_text_is_spoken_in_pieces_and_each_can_be_looked_at(open_page, speaking_run):
    app = type_text(open_page(speaking_run, "synthesis"), "Dr. Who is in. It is over. bye")
    assert [text for name, _, text in steps_of(app) if name == "typed"] == ["Dr. Who is in.", "It is over.", "bye"]
    assert "in 3 pieces" in app.expander[0].caption[0].value
    speak(app, "Dr. Who is in. It is over. bye", temperature=1.5)
    assert len(app.get("audio")) == 1
    result = app.session_state["synthesis_jobs"][str(speaking_run / "one")].result()
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


def test_persian_is_read_from_the_right(open_page, persian_run):
    app = type_text(open_page(persian_run, "synthesis", "fa"), "قيمت ۱۲۳ تومان است. سلام", "fa")
    steps = steps_of(app)
    assert steps[0] == ("typed", "rtl", "قيمت ۱۲۳ تومان است.")
    assert ("cardinal", "rtl", "قیمت صد و بیست و سه تومان است.") in steps
    assert all(direction == "rtl" for _, direction, _ in steps)
    assert html_of(app).count('<div class="mytts-tokens" dir="rtl"') == 2
    speak(app, "قيمت ۱۲۳ تومان است. سلام", run="fa")
    assert len(app.get("audio")) == 1 and "unknown to this model" not in html_of(app)
    assert app.selectbox(key="piece of 2").options[1].endswith("\u2068سلام\u2069")
    assert '<div class="mytts-said" dir="auto">قيمت' in html_of(app)


def test_a_run_of_the_first_normaliser_shows_and_speaks_what_it_was_trained_on(open_page, persian_run):
    app = type_text(open_page(persian_run, "synthesis", "old"), "Dr. Fox is in. bye", "old")
    assert [(name, text) for name, _, text in steps_of(app)] == [
        ("typed", "Dr. Fox is in."), ("letters", "dr. fox is in."), ("typed", "bye")]
    speak(app, "Dr. Fox is in. bye", run="old")
    result = app.session_state["synthesis_jobs"][str(persian_run / "old")].result()
    assert "".join(result.pieces[0].summary["tokens"][1:-1]) == "dr. fox is in."


def test_extra_variation_is_explained(open_page, speaking_run):
    app = open_page(speaking_run, "synthesis")
    assert "extra variation (temperature − 1)" in app.slider(key="temperature").label
    assert app.number_input(key="seed").disabled
    app.slider(key="temperature").set_value(1.5).run()
    assert not app.number_input(key="seed").disabled
    assert any("+0.50" in caption.value for caption in app.caption)
    app.slider(key="temperature").set_value(0.7).run()
    assert any("flatter" in caption.value for caption in app.caption)
