"""The picture of temperature: each panel draws what it says, with its interval; nothing known is nothing drawn."""

import math

import numpy as np
import pytest

from benchmarks.temperature_figure import PANELS, draw
from benchmarks.temperature_statistics import Estimate
from benchmarks.temperature_summary import Summary
from mytts_core.evaluation.word_errors import WordErrors


def _summary(temperature: float, value: float) -> Summary:
    estimates = [Estimate(value + place, value + place - 0.25, value + place + 0.5) for place in range(7)]
    return Summary(temperature, *estimates, Estimate(0.02, 0.0, 0.1), WordErrors(1, 4), (0.9, 0.8))


RUNS = {name: [_summary(value, shift + value) for value in (0.8, 1.0, 1.5)] for name, shift in (("one", 1), ("two", 2))}


def test_each_panel_draws_both_runs_with_their_intervals() -> None:
    axes = draw(RUNS).axes
    assert [one.get_title(loc="left") for one in axes] == [panel.title for panel in PANELS]
    for panel, one in zip(PANELS, axes):
        assert len(one.containers) == 2
        for container, summaries in zip(one.containers, RUNS.values()):
            line, _, (bars,) = container
            expected = [panel.read(item) for item in summaries]
            np.testing.assert_allclose(line.get_ydata(), [item.value for item in expected])
            ends = np.array([segment[:, 1] for segment in bars.get_segments()])
            np.testing.assert_allclose(ends, [[item.low, item.high] for item in expected])
    legend = axes[0].get_legend()
    assert [text.get_text() for text in legend.get_texts()] == ["one", "two"]


def test_the_share_of_failed_takes_is_drawn_in_percent() -> None:
    assert draw(RUNS).axes[-1].containers[0][0].get_ydata()[0] == pytest.approx(2.0)


@pytest.mark.parametrize("runs", [
    {}, {"one": RUNS["one"][:1]}, {"one": [_summary(1.0, math.nan), _summary(2.0, math.nan)]},
    {"one": [_summary(1.0, 1.0)._replace(duration=Estimate(1.0, -math.inf, math.inf))]},
])
def test_it_draws_one_point_nothing_and_what_is_not_known(runs, tmp_path) -> None:
    draw(runs).savefig(tmp_path / "picture.png")
    assert (tmp_path / "picture.png").read_bytes()[:4] == b"\x89PNG"
