"""Variables in trouble, layers over steps, clipped steps, one variable's histogram; also of little, nothing and NaN."""

from __future__ import annotations

import numpy as np
import pytest

from dashboard.figures import clipping, gradient_map, gradients
from dashboard.figures.variable_troubles import get_variable_troubles
from mytts_core.runs.reader import open_run
from mytts_core.runs.types import GradientNorms, Series

NAMES = ("embedding/embeddings", "encoder_blocks/0/attention/query_dense/kernel",
         "encoder_blocks/0/attention/query_dense/bias", "encoder_blocks/1/feed_forward/w1/kernel",
         "go_frame", "<b>x</b>/0/kernel")


def norms(columns, names=NAMES):
    values = np.array(columns, np.float32).T.reshape(-1, len(names))
    return GradientNorms(np.arange(1, len(values) + 1) * 100, names, values, ((2, 2),) * len(names))


def series(values, steps=None):
    values = np.asarray(values, float)
    steps = np.arange(1, len(values) + 1) * 10 if steps is None else np.asarray(steps)
    return Series(steps, np.full(len(values), 1e9), values)


def titles(figure):
    return [axis.title.text for axis in [*figure.select_xaxes(), *figure.select_yaxes()] if axis.title.text]


def test_each_trouble_is_named_with_the_step_it_began():
    length = 20
    healthy, rising = np.full(length, 0.1), np.where(np.arange(length) < 10, 0.1, 9.0)
    falling, dead = np.where(np.arange(length) < 12, 0.5, 1e-6), np.where(np.arange(length) < 8, 0.2, 0.0)
    broken = np.where(np.arange(length) == 15, np.nan, 0.1)
    found = {one.name: one for one in get_variable_troubles(norms([healthy, rising, falling, dead, broken, healthy]))}
    assert {name: one.kind for name, one in found.items()} == {
        NAMES[1]: "exploding", NAMES[2]: "vanishing", NAMES[3]: "dead", NAMES[4]: "not finite"}
    assert found[NAMES[1]].since == 1_100 and "90 times its calmest" in found[NAMES[1]].words
    assert found[NAMES[2]].since == 1_300 and found[NAMES[3]].since == 900 and found[NAMES[4]].since == 1_600
    assert found[NAMES[4]].words == "NaN or infinite in 1 of 20 recorded steps"


def test_a_lone_spike_and_a_bias_that_was_always_tiny_are_no_trouble():
    spike = np.full(20, 0.1)
    spike[9] = 50
    tiny = np.full(20, 1e-12) * np.geomspace(1, 1e3, 20)
    calm = np.full(20, 0.1)
    assert get_variable_troubles(norms([calm, spike, tiny, calm, calm, calm])) == []


@pytest.mark.parametrize(("column", "kinds"), [([0.1], []), ([0.0], ["dead"]), ([np.inf], ["not finite"])])
def test_troubles_of_a_single_recorded_step(column, kinds):
    assert [one.kind for one in get_variable_troubles(norms([column], names=("a",)))] == kinds


def test_troubles_of_nothing():
    assert get_variable_troubles(GradientNorms.empty()) == []


@pytest.mark.parametrize(("run", "kinds"), [("kathleen", set()), ("espeak", set()),
                                            ("exploded", {"exploding", "vanishing", "dead"})])
def test_troubles_of_real_runs(repository, run, kinds):
    recorded = open_run(repository / "sample_runs" / run).gradient_norms()
    assert {one.kind for one in get_variable_troubles(recorded)} == kinds


@pytest.mark.parametrize(("level", "groups"), [
    ("layers", ["embedding", "encoder_blocks/0", "encoder_blocks/1", "go_frame", "&lt;b&gt;x&lt;/b&gt;/0"]),
    ("parts of layers", ["embedding", "encoder_blocks/0/attention", "encoder_blocks/1/feed_forward", "go_frame",
                         "&lt;b&gt;x&lt;/b&gt;/0"])])
def test_variables_are_gathered_by_layer_in_the_order_of_the_model(level, groups):
    values = [[1.0], [3.0], [4.0], [0.0], [2.0], [np.inf]]
    info = gradient_map.get_gradient_map_info(norms(values), level)
    assert [group.replace("/attention/query_dense", "/attention") for group in info.groups] == groups
    assert 10 ** info.exponents[1, 0] == pytest.approx(5)       # the root of 3² + 4²
    assert info.is_zero[:, 0].tolist() == [False, False, True, False, False]
    assert info.is_not_finite[:, 0].tolist() == [False] * 4 + [True]
    figure = gradient_map.plot_gradient_map(info)
    assert [trace.name for trace in figure.data] == ["norm", "zero (dead)", "not finite"]
    assert titles(figure) == ["training step (updates)", "part of the model"]
    assert "L2" in figure.data[0].colorbar.title.text


def test_map_of_a_long_run_is_bounded_and_keeps_spikes_and_bad_steps():
    values = np.full((5_000, 100), 0.1, np.float32)
    values[1_234, 7], values[4_321, 8] = 1e6, np.nan
    recorded = GradientNorms(np.arange(5_000), tuple(f"v{place}/kernel" for place in range(100)), values)
    info = gradient_map.get_gradient_map_info(recorded, "variables")
    assert info.exponents.size <= gradient_map.MAX_CELLS and info.exponents[7].max() == pytest.approx(6)
    assert info.is_not_finite[8].sum() == 1
    assert len(gradient_map.plot_gradient_map(info).to_json()) < 200_000


@pytest.mark.parametrize("recorded", [GradientNorms.empty(), norms(np.empty((6, 0)))])
def test_map_of_nothing(recorded):
    info = gradient_map.get_gradient_map_info(recorded)
    assert info.is_empty and len(gradient_map.plot_gradient_map(info).data) == 0


@pytest.mark.parametrize("value", [1.0, 0.0, np.nan])
def test_map_of_a_single_point(value):
    info = gradient_map.get_gradient_map_info(norms([[value]], names=("a",)))
    assert len(gradient_map.plot_gradient_map(info).data) == (1 if value == 1 else 2)


def test_clipped_share_as_logged_and_by_comparing():
    logged = clipping.get_clipping_info(series([0.0, 0.5, 1.0, 1.0, 1.0]), None, None)
    assert (logged.overall, logged.recent, logged.source) == (pytest.approx(0.7), 1.0, "logged")
    compared = clipping.get_clipping_info(None, series([0.5, 2, np.nan, 3], [1, 2, 3, 4]), series([1, 1, 1], [2, 3, 4]))
    assert (compared.overall, compared.source) == (1.0, "compared") and len(compared.line.x) == 2
    figure = clipping.plot_clipping(logged)
    assert titles(figure) == ["training step (updates)", "share of steps (0–1)"]


def test_clipping_in_words_knows_the_percentile_strategy():
    info = clipping.get_clipping_info(series([1.0] * 5), None, None)
    assert "sets the size of the updates" in clipping.clipping_words(info, "global")
    assert "by design" in clipping.clipping_words(info, "percentile")
    assert clipping.clipping_words(clipping.get_clipping_info(None, None, None)) == ""


@pytest.mark.parametrize("values", [[], [np.nan]])
def test_clipping_of_nothing_is_empty(values):
    assert clipping.get_clipping_info(series(values), None, None).is_empty


def test_one_variable_is_counted_over_recorded_steps():
    recorded = norms([[0.1, 0.1, 10.0, 0.0, np.inf]], names=("a",))
    info = gradients.get_variable_histogram_info(recorded, "a")
    assert (info.counts.sum(), info.num_zero, info.num_not_finite) == (3, 1, 1)
    assert titles(gradients.plot_histogram(info))[1] == "recorded steps (count)"
    assert gradients.get_variable_histogram_info(recorded, "unknown").is_empty
