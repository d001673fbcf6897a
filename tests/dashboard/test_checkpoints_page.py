"""Checkpoints: the table, what differs between two, their weights, and the page over runs with and without."""

from __future__ import annotations

from pathlib import Path

import h5py
import numpy as np
import pytest

from dashboard.figures.checkpoints import get_checkpoint_rows, nearest_step
from dashboard.figures.weights import get_weights_info, plot_weights
from mytts_core.runs import schema
from mytts_core.runs.atomic_files import write_json
from mytts_core.runs.checkpoint_weights import VariableChange, WeightComparison
from mytts_core.runs.types import CheckpointInfo
from tests.dashboard.example_runs import EMPTY, HEALTHY, write_example_runs
from tests.dashboard.page_parts import charts_of, component_data, html_of


def checkpoint(step, best=False, **info):
    return CheckpointInfo(step, Path(f"{step}.h5"), 2_500_000, 1e9, info, best)


def test_rows_are_newest_first_with_the_scores_that_were_noted():
    noted = {"validation": {"loss": 0.5, "diagonality": 0.9}, "free_running": {"stop_rate": None},
             "weights": "averaged", "configuration": "0123456789abcdef"}
    newest, oldest = get_checkpoint_rows([checkpoint(10), checkpoint(20, True, **noted)])
    assert (newest.step, newest.is_best, newest.megabytes, newest.held_out_loss) == (20, True, 2.5, 0.5)
    assert newest.configuration == "01234567" and np.isnan(newest.stop_rate)
    assert np.isnan(oldest.held_out_loss) and oldest.weights == ""


@pytest.mark.parametrize("info", [{"validation": "torn"}, {"validation": {"loss": "high"}}, {"weights": 3}])
def test_notes_of_another_type_are_left_open(info):
    row = get_checkpoint_rows([checkpoint(1, **info)])[0]
    assert np.isnan(row.held_out_loss)


@pytest.mark.parametrize(("steps", "nearest"), [([100, 200, 300], 200), ([260, 300], 260), ([250], 250), ([], None)])
def test_samples_of_a_checkpoint_are_the_last_before_it(steps, nearest):
    assert nearest_step(steps, 250) == nearest


def change(name, first=1.0, second=1.0, moved=0.1, broken=0):
    return VariableChange(name, (2,), first, second, moved, broken)


def test_parts_gather_their_variables_and_the_farthest_moved_comes_first():
    info = get_weights_info(WeightComparison((
        change("decoder/0/a/kernel", 3, 3, 0.3), change("decoder/0/b/kernel", 4, 4, 0.4), change("go_frame", 0, 1, 1),
        change("<b>/0/kernel", moved=0), change("broken/bias", moved=0.01, broken=2)), (), (), ()))
    decoder = info.parts[0]
    assert (decoder.name, decoder.first_norm) == ("decoder/0", 5) and decoder.relative == pytest.approx(0.1)
    assert [variable.name for variable in info.variables[:2]] == ["broken/bias", "go_frame"] and info.unmoved == 1
    figure = plot_weights(info)
    assert list(figure.data[0].y) == ["decoder/0", "go_frame", "&lt;b&gt;/0", "broken ✕ not finite"]
    assert np.isnan(figure.data[0].x[1]), "a part that started from zero has no share"
    assert "(L2, no unit)" in figure.layout.xaxis.title.text and figure.layout.yaxis.title.text == "part of the model"


def test_weights_of_nothing_and_of_one():
    assert get_weights_info(WeightComparison((), (), (), ())).is_empty
    assert len(plot_weights(get_weights_info(WeightComparison((), (), (), ()))).data) == 0
    assert len(plot_weights(get_weights_info(WeightComparison((change("a"),), (), (), ()))).data) == 1


@pytest.fixture(scope="module")
def runs_with_checkpoints(tmp_path_factory):
    root = write_example_runs(tmp_path_factory.mktemp("checkpoints"))
    folder = root / HEALTHY / schema.CHECKPOINTS_FOLDER
    folder.mkdir(exist_ok=True)
    for step in (600, 1_500):
        with h5py.File(folder / f"{schema.step_name(step)}{schema.CHECKPOINT_SUFFIX}", "w") as file:
            file["encoder/0/kernel"] = np.full((4, 4), step / 600, np.float32)
            file["<i>bias</i>"] = np.ones(3, np.float32)
        write_json(folder / f"{schema.step_name(step)}.json", {
            "schema": 1, "step": step, "validation": {"loss": 1 / step}, "weights": "latest" if step < 1_000 else
            "averaged"})
    write_json(folder / schema.BEST_CHECKPOINT_FILE, {"schema": 1, "step": 1_500})
    return root


def test_two_checkpoints_are_compared(open_page, runs_with_checkpoints):
    app = open_page(runs_with_checkpoints, "checkpoints", HEALTHY)
    assert not app.exception
    listed, differences, weights = (table.value for table in app.dataframe)
    assert list(listed["Step"]) == [1_500, 600] and list(listed["Best"]) == ["★", ""]
    assert dict(zip(differences["Setting"], zip(differences["First"], differences["Second"]))) == {
        "checkpoint.step": ("600", "1500"), "checkpoint.weights": ("latest", "averaged")}
    assert list(weights["Variable"]) == ["encoder/0/kernel", "<i>bias</i>"]
    assert weights["Moved"][0] == pytest.approx(1.5)        # from 1 to 2.5 everywhere
    charts = charts_of(app)
    assert charts[0]["data"][0]["type"] == "bar"
    assert [len(chart["data"]) for chart in charts[1:]] == [1, 1, 4, 1, 1, 4]       # free, forced, mels; twice
    said = html_of(app)
    assert "Step 600: samples of step 500" in said and "Step 1,500: samples of step 1,500" in said
    tracks = component_data(app, "mytts_listening")[0]["tracks"]
    assert [track["id"] for track in tracks] == ["0_recording", "0_free_running", "1_recording", "1_free_running"]
    assert "<i>bias</i>" not in said


def test_address_chooses_both_and_the_sample(open_page, runs_with_checkpoints):
    app = open_page(runs_with_checkpoints, "checkpoints", HEALTHY, first="1500", second="600", held_out="fa/01")
    assert (app.selectbox(key="first").value, app.selectbox(key="second").value) == (1_500, 600)
    assert app.selectbox(key="held_out").value == "fa/01"


def test_one_checkpoint_with_itself_says_what_to_do(open_page, runs_with_checkpoints):
    app = open_page(runs_with_checkpoints, "checkpoints", HEALTHY, first="600", second="600")
    assert "One checkpoint with itself" in html_of(app)


def test_damaged_checkpoint_is_said_and_the_rest_works(open_page, tmp_path):
    root = write_example_runs(tmp_path)
    folder = root / HEALTHY / schema.CHECKPOINTS_FOLDER
    folder.mkdir(exist_ok=True)
    for step in (500, 1_000):
        (folder / f"{schema.step_name(step)}{schema.CHECKPOINT_SUFFIX}").write_bytes(b"torn")
    app = open_page(root, "checkpoints", HEALTHY)
    assert not app.exception
    assert "These weights cannot be compared" in html_of(app)
    assert app.selectbox(key="held_out").value


def test_run_without_checkpoints_says_when_one_comes(open_page, runs_with_checkpoints):
    app = open_page(runs_with_checkpoints, "checkpoints", EMPTY)
    assert "No checkpoint yet" in html_of(app) and "steps (training.checkpoint_interval)" in html_of(app)


def test_other_run_can_be_the_second(open_page, repository):
    app = open_page(repository / "sample_runs", "checkpoints", "exploded", second_run="never_aligned")
    assert not app.exception
    assert "model.reduction_factor" in list(app.dataframe[1].value["Setting"])
    assert "are in the first alone" in html_of(app) and "have another shape" in html_of(app)
