"""The synthesis page with a real worker process and a real, untrained, model."""

from __future__ import annotations

import io
import time

import numpy as np
import pytest
import soundfile
import streamlit as st

from mytts_core.config import CorpusInfo, ModelConfig, RunConfig, TextConfig
from mytts_core.runs.writer import RunWriter
from tests.dashboard.test_dashboard_pages import charts_of, html_of

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def speaking_run(tmp_path_factory):
    """A folder with a run whose checkpoint knows the letters a to z, and never stops by itself."""
    from mytts_core.model.weights import named_variables
    from mytts_core.synthesis.engine import build_model
    from mytts_core.training.checkpoints import save_checkpoint

    model = ModelConfig(num_layers=1, d_model=16, num_heads=2, dff=16, cross_win=None, max_length=256, prosody=True,
                        postnet_filters=4, reduction_factor=2)
    config = RunConfig(model, text=TextConfig(symbols=["<start>", "<pad>", "<end>", "<unknown>",
                                                       *" .abcdefghijklmnopqrstuvwxyz"]),
                       corpus=CorpusInfo(mel_mean=[-5.0] * 80, mel_std=[2.0] * 80, prosody_mean=[1.0, 5.0, 3.0, -4.0],
                                         prosody_std=[0.2, 0.1, 0.5, 0.3]))
    root = tmp_path_factory.mktemp("speaking")
    with RunWriter.create(root / "one", config) as writer:
        network = build_model(config)
        named_variables(network)["stop_dense/bias"].assign([-9.0])
        save_checkpoint(writer, network, 10, {"head": [0, 1]})
        writer.status("finished", 10)
    yield root
    st.cache_resource.clear()       # ends the worker process


def speak(app, text, temperature=1.0):
    app.text_area(key="text of one").set_value(text)
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
    app = speak(app, "۱۲۳")
    assert "mytts-fact" in html_of(app) and not app.get("audio")


def test_extra_variation_is_explained(open_page, speaking_run):
    app = open_page(speaking_run, "synthesis")
    assert "extra variation (temperature − 1)" in app.slider(key="temperature").label
    assert app.number_input(key="seed").disabled
    app.slider(key="temperature").set_value(1.5).run()
    assert not app.number_input(key="seed").disabled
    assert any("+0.50" in caption.value for caption in app.caption)
    app.slider(key="temperature").set_value(0.7).run()
    assert any("flatter" in caption.value for caption in app.caption)
