"""The page of alignments: worst first, filters, addresses, sounds with their words, exports."""

from __future__ import annotations

import base64
import io
import json

import numpy as np
import pytest
import soundfile

from mytts_core.config import RunConfig, get_model_preset
from mytts_core.runs.writer import RunWriter
from tests.dashboard.example_runs import FAILING, HEALTHY, LAYERS, SAMPLE_STEPS, TEXTS
from tests.dashboard.page_parts import charts_of, component_data, html_of


def tracks_of(app):
    return {track["id"]: track for track in component_data(app, "mytts_listening")[0]["tracks"]}


def ids_of(app):
    return list(app.dataframe[0].value["Sample"])


def test_worst_sample_comes_first_with_both_readings(open_page, example_runs):
    app = open_page(example_runs, "alignments", HEALTHY)
    assert app.selectbox(key="sample").value == "arctic_a0001"      # the only one with faults
    assert "skips &#x27;o&#x27; at 0.46 s" in html_of(app)
    assert app.dataframe[0].value["Verdict"][0] == "✕ 2 faults"
    figures = [(chart["data"][0]["type"], len(chart["data"])) for chart in charts_of(app)]
    # two readings, every head, three steps, scores over steps, four mels (one is the difference), stop probabilities
    assert figures == [("heatmap", 1), ("heatmap", 1), ("heatmap", 12), ("heatmap", 3), ("scatter", 4), ("heatmap", 4),
                       ("scatter", 1)]


def test_address_chooses_step_sample_and_head(open_page, example_runs):
    app = open_page(example_runs, "alignments", HEALTHY, step=str(SAMPLE_STEPS[0]), sample="fa/01",
                    head="layer 1, head 2")
    assert app.select_slider(key="step").value == SAMPLE_STEPS[0]
    assert app.selectbox(key="sample").value == "fa/01"
    assert app.selectbox(key="head").value == "layer 1, head 2"
    ticks = charts_of(app)[0]["layout"]["yaxis"]["ticktext"]
    assert ticks[1:5] == ["س", "ل", "ا", "م"]


@pytest.mark.parametrize(("wanted", "nearest"), [("1,100", 1_000), ("9" * 30, 1_500), ("nonsense", 1_500)])
def test_address_of_a_step_that_is_gone_leads_to_the_nearest(open_page, example_runs, wanted, nearest):
    app = open_page(example_runs, "alignments", HEALTHY, step=wanted)
    assert not app.exception
    assert app.select_slider(key="step").value == nearest


def test_filters_leave_the_failing_and_the_searched_ones(open_page, example_runs):
    app = open_page(example_runs, "alignments", HEALTHY, show="failing")
    assert ids_of(app) == ["arctic_a0001"]
    assert "1 of 4 samples fail at step 1,500; 1 shown" in app.caption[0].value
    app = open_page(example_runs, "alignments", HEALTHY, search="REMEMBER it")
    assert ids_of(app) == ["arctic_a0040"]
    app = open_page(example_runs, "alignments", HEALTHY, threshold="1.0")
    assert all(verdict.startswith("✕") for verdict in app.dataframe[0].value["Verdict"])


def test_filters_that_nothing_fits_say_so(open_page, example_runs):
    app = open_page(example_runs, "alignments", HEALTHY, search="zebra")
    assert not app.exception
    assert "No sample fits the filters" in html_of(app)


def test_chosen_sample_that_the_filters_leave_out_gives_way_to_the_worst(open_page, example_runs):
    app = open_page(example_runs, "alignments", HEALTHY, sample="fa/01", search="danger")
    assert not app.exception
    assert app.selectbox(key="sample").value == "arctic_a0001"
    app.text_input(key="search").set_value("").run()
    app.selectbox(key="sample").select("arctic_a0020").run()
    app.text_input(key="search").set_value("danger").run()
    assert not app.exception
    assert app.selectbox(key="sample").value == "arctic_a0001"


def test_failing_run_says_what_is_wrong(open_page, example_runs):
    app = open_page(example_runs, "alignments", FAILING)
    said = html_of(app)
    assert "has not aligned: diagonality" in said
    assert "Free running loses the text" in said
    assert "it does not stop" in said


def test_texts_of_logs_are_never_markup(open_page, example_runs):
    app = open_page(example_runs, "alignments", HEALTHY, sample="arctic_a0020")
    assert "&lt;b&gt;Not bold&lt;/b&gt;" in html_of(app)
    assert "<b>Not bold</b>" not in html_of(app)


def test_sounds_come_whole_with_the_words_and_their_times(open_page, example_runs):
    tracks = tracks_of(open_page(example_runs, "alignments", HEALTHY))
    recording = tracks["recording"]
    folder = next((example_runs / HEALTHY / "samples" / "step_001500").glob("arctic_a0001*"))
    heard, rate = soundfile.read(io.BytesIO(base64.b64decode(recording["sound"])), dtype="int16")
    kept, kept_rate = soundfile.read(folder / "target.flac", dtype="int16")
    assert rate == kept_rate and np.array_equal(heard, kept), "not rescaled to its own peak"
    assert recording["type"] == "audio/wav", "browsers cannot seek in a short FLAC file"
    assert recording["words"] == TEXTS["arctic_a0001"].split()
    numbers, starts, ends = zip(*recording["word_visits"])
    assert numbers == (0, 1, 2, 3, 4)
    assert all(start < end for start, end in zip(starts, ends)) and list(starts) == sorted(starts)
    assert [fault["label"] for fault in tracks["free_running"]["faults"]] == [
        "token 5 ‘o’ skipped at 0.46 s", "stuck on token 9 ‘f’ for 0.81 s"]


def test_charts_name_the_sound_a_click_plays(open_page, example_runs):
    charts = charts_of(open_page(example_runs, "alignments", HEALTHY))
    assert [charts[place]["data"][0]["meta"] for place in (0, 1)] == [
        {"track": "recording", "rows": "tokens"}, {"track": "free_running", "rows": "tokens"}]
    assert [trace["meta"]["track"] for trace in charts[5]["data"]] == ["recording"] * 3 + ["free_running"]


def test_sample_without_free_running_says_so(open_page, example_runs):
    app = open_page(example_runs, "alignments", HEALTHY, sample="arctic_a0040")
    assert "Free running: no attention" in html_of(app)
    assert tracks_of(app)["free_running"]["sound"] == ""


def test_exports_are_offered_only_for_what_is_there(open_page, example_runs):
    app = open_page(example_runs, "alignments", HEALTHY, sample="arctic_a0040")
    assert [button.proto.label for button in app.get("download_button")] == [
        "teacher-forced, PNG", "teacher-forced, HTML", "Arrays, NPZ"]


def test_sample_with_everything_missing_still_opens(open_page, tmp_path):
    with RunWriter.create(tmp_path / "one", RunConfig(get_model_preset("tiny"))) as writer:
        writer.sample(10, "a", {"text": "a", "tokens": ["a"], "spoken": [True]})
    app = open_page(tmp_path, "alignments", "one")
    assert not app.exception
    assert "Teacher-forced: no attention" in html_of(app)
    assert "Only one step has this sample so far" in html_of(app)


def test_damaged_sample_is_named_and_the_rest_works(open_page, tmp_path):
    with RunWriter.create(tmp_path / "one", RunConfig(get_model_preset("tiny"))) as writer:
        for name in ("a", "b"):
            folder = writer.sample(10, name, {"text": name, "tokens": [name], "spoken": [True]},
                                   teacher_forced={"attention": np.ones((LAYERS, 2, 5, 1), np.float32)},
                                   target_audio=np.zeros(2_000), sample_rate=22_050)
    (folder / "teacher_forced.npz").write_bytes(b"PK\x03\x04 torn")
    record = json.loads((folder / "sample.json").read_text("utf-8"))
    (folder / "sample.json").write_text(json.dumps(record)[:-20], encoding="utf-8")
    app = open_page(tmp_path, "alignments", "one", sample="b")
    assert not app.exception
    assert "✕ cannot be read" in list(app.dataframe[0].value["Verdict"])
    assert "Cannot be read completely" in html_of(app)
    sound, rate = soundfile.read(folder / "target.flac")
    assert rate == 22_050 and len(sound) == 2_000
