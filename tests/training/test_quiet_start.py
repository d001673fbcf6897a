import os

import pytest

from mytts_core.training.quiet_start import quiet_start


def test_notes_are_held_back_and_later_lines_are_not(capfd: pytest.CaptureFixture[str]) -> None:
    with quiet_start():
        os.write(2, b"I0000 a library starts\n")
    os.write(2, b"the training starts\n")
    assert capfd.readouterr().err == "the training starts\n"


def test_they_are_shown_where_starting_fails(capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(ImportError), quiet_start():
        os.write(2, b"the reason\n")
        raise ImportError("no such library")
    assert "the reason" in capfd.readouterr().err
