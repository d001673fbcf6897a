"""Colours can be read on both pages and told apart with any kind of colour vision; the bind is safe."""

from __future__ import annotations

import itertools
import tomllib

import numpy as np
import pytest

from dashboard import theme
from dashboard.widgets.server_guard import is_safe

# Machado, Oliveira, Fernandes 2009, severity 1.0, on linear RGB.
VISION = {
    "full": np.eye(3),
    "deuteranopia": [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]],
    "protanopia": [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
    "tritanopia": [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]],
}


def linear(colour: str) -> np.ndarray:
    channels = np.array([int(colour[place:place + 2], 16) for place in (1, 3, 5)]) / 255
    return np.where(channels <= 0.04045, channels / 12.92, ((channels + 0.055) / 1.055) ** 2.4)


def contrast(one: str, other: str) -> float:
    low, high = sorted(float(linear(colour) @ [0.2126, 0.7152, 0.0722]) for colour in (one, other))
    return (high + 0.05) / (low + 0.05)


def lab(rgb: np.ndarray) -> np.ndarray:
    white = [0.9505, 1, 1.089]
    to_xyz = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])
    xyz = to_xyz @ rgb.clip(0, 1) / white
    f = np.where(xyz > 0.008856, np.cbrt(xyz), 7.787 * xyz + 16 / 116)
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


@pytest.mark.parametrize("background", [theme.LIGHT_BACKGROUND, theme.DARK_BACKGROUND])
def test_colours_stand_out(background):
    assert min(contrast(colour, background) for colour in theme.COLOURS) > 2.7


@pytest.mark.parametrize("vision", VISION)
def test_colours_are_told_apart(vision):
    seen = [lab(np.array(VISION[vision]) @ linear(colour)) for colour in theme.COLOURS]
    assert min(np.linalg.norm(one - other) for one, other in itertools.combinations(seen, 2)) > 15


def test_backgrounds_are_those_of_the_page(repository):
    config = tomllib.loads((repository / "dashboard" / ".streamlit" / "config.toml").read_text(encoding="utf-8"))
    assert config["theme"]["light"]["backgroundColor"] == theme.LIGHT_BACKGROUND
    assert config["theme"]["dark"]["backgroundColor"] == theme.DARK_BACKGROUND
    assert config["theme"]["chartCategoricalColors"] == list(theme.COLOURS)


def test_streamlit_options_beside_the_script_are_those_of_the_clone(repository):
    beside, clone = (tomllib.loads((repository / folder / "config.toml").read_text(encoding="utf-8"))
                     for folder in ("dashboard/.streamlit", ".streamlit"))
    for section, options in clone.items():
        assert beside[section] == options


@pytest.mark.parametrize(("address", "safe"), [("127.0.0.1", True), ("localhost", True), ("::1", True), (None, False),
                                               ("", False), ("0.0.0.0", False), ("192.168.0.5", False),
                                               ("example.com", False)])
def test_only_this_machine_is_safe(address, safe):
    assert is_safe(address) is safe
