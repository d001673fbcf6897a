"""Folders of takes: those that go while they are looked at."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from mytts_core.synthesis.take_folders import LEFTOVER_SECONDS, remove_leftovers


def test_a_leftover_that_goes_while_it_is_looked_at_is_no_mistake(tmp_path: Path,
                                                                 monkeypatch: pytest.MonkeyPatch) -> None:
    gone, old, scandir = tmp_path / ".tmp-gone", tmp_path / ".tmp-old", os.scandir
    for folder in (gone, old):
        folder.mkdir()
        os.utime(folder, (os.path.getmtime(folder) - LEFTOVER_SECONDS - 60,) * 2)

    @contextlib.contextmanager
    def look(place: Any) -> Iterator[Any]:
        with scandir(place) as entries:
            found = sorted(entries, key=lambda entry: entry.name)
        if gone.exists():
            gone.rmdir()        # as another thread that deletes takes does
        yield iter(found)

    monkeypatch.setattr(os, "scandir", look)
    remove_leftovers(tmp_path)
    assert not old.exists()
    remove_leftovers(tmp_path / "nowhere")
