"""Attention as a picture: axes with units, formats by suffix, folders made, files replaced at once."""

from __future__ import annotations

import sys

import numpy as np
import pytest
from matplotlib.figure import Figure

from mytts_core.monitoring.figure import visualize_alignment_matrix

MATRIX = np.eye(12)[np.arange(60) // 5]
TOKENS = ["<start>", *"hello $ wə", "<end>"]


def test_it_is_a_figure_without_pyplot_with_units_on_every_axis() -> None:
    before = "matplotlib.pyplot" in sys.modules
    figure = visualize_alignment_matrix(MATRIX, title="Sentence 3")
    assert isinstance(figure, Figure)
    assert ("matplotlib.pyplot" in sys.modules) == before
    axes, colorbar = figure.axes[0], figure.axes[1]
    assert axes.get_title() == "Sentence 3"
    assert axes.get_xlabel() == "Time (mel frames)" and "token" in axes.get_ylabel()
    assert colorbar.get_ylabel() == "Attention weight"
    assert [child.get_xlabel() for child in axes.child_axes] == ["Time (s)"]
    np.testing.assert_array_equal(np.asarray(axes.images[0].get_array()), MATRIX.T)


def test_seconds_stand_above_the_frames() -> None:
    figure = visualize_alignment_matrix(MATRIX, frames_per_second=20)
    figure.draw_without_rendering()
    assert figure.axes[0].get_xlim() == (0, 60)
    assert figure.axes[0].child_axes[0].get_xlim() == pytest.approx((0, 3))
    assert not visualize_alignment_matrix(MATRIX, frames_per_second=None).axes[0].child_axes


def test_tokens_stand_on_the_axis() -> None:
    labels = [label.get_text() for label in visualize_alignment_matrix(MATRIX, tokens=TOKENS).axes[0].get_yticklabels()]
    assert labels == ["␣" if token == " " else token for token in TOKENS]
    long = visualize_alignment_matrix(np.ones((10, 300)), tokens=["a"] * 300)
    assert len(long.axes[0].get_yticklabels()) <= 60


@pytest.mark.parametrize(("suffix", "start"), [(".png", b"\x89PNG"), (".svg", b"<?xml"), (".pdf", b"%PDF"),
                                               (".PNG", b"\x89PNG")])
def test_the_suffix_chooses_the_format_and_the_folder_is_made(tmp_path, suffix: str, start: bytes) -> None:
    path = tmp_path / "debug" / "deep" / f"alignment{suffix}"
    visualize_alignment_matrix(MATRIX, save_path=path, tokens=TOKENS)
    assert path.read_bytes().startswith(start)
    assert [file.name for file in path.parent.iterdir()] == [path.name]


def test_the_page_is_interactive_and_needs_no_network(tmp_path) -> None:
    path = tmp_path / "alignment.html"
    assert isinstance(visualize_alignment_matrix(MATRIX, save_path=str(path), title="<b>x</b>", tokens=TOKENS), Figure)
    page = path.read_text(encoding="utf-8")
    assert "Plotly.newPlot" in page and len(page) > 1_000_000      # plotly.js is inside
    assert 'src="http' not in page
    assert "Time (mel frames)" in page and "heatmap" in page


@pytest.mark.parametrize("matrix", [np.ones((1, 1)), np.full((5, 4), np.nan), np.full((3, 3), np.inf), np.ones((7, 2))])
def test_every_matrix_is_drawn(tmp_path, matrix: np.ndarray) -> None:
    visualize_alignment_matrix(matrix, save_path=tmp_path / "a.png")
    visualize_alignment_matrix(matrix, save_path=tmp_path / "a.html")


@pytest.mark.parametrize(("arguments", "message"), [
    ({"alignment": np.ones((2, 3, 4))}, "one of its matrices"), ({"alignment": np.ones((0, 3))}, "shape"),
    ({"alignment": MATRIX, "tokens": ["a"]}, "tokens"), ({"alignment": MATRIX, "save_path": "a.gif"}, "end in .png"),
])
def test_what_does_not_fit_is_refused(arguments, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        visualize_alignment_matrix(**arguments)


def test_a_failed_write_leaves_what_was_there(tmp_path, monkeypatch) -> None:
    path = tmp_path / "alignment.png"
    path.write_bytes(b"before")

    def fail(*_args, **_options):
        raise OSError("disk full")
    monkeypatch.setattr(Figure, "savefig", fail)
    with pytest.raises(OSError, match="disk full"):
        visualize_alignment_matrix(MATRIX, save_path=path)
    assert path.read_bytes() == b"before" and len(list(tmp_path.iterdir())) == 1
