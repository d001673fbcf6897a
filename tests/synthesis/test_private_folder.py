"""Temporary folders of synthesis clients: private, and gone with their process, however it ends."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from mytts_core.errors import SynthesisError
from mytts_core.synthesis.private_folder import PREFIX, PrivateFolder

pytest.importorskip("fcntl")


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


def test_it_is_private_and_goes(place: Path) -> None:
    folder = PrivateFolder()
    assert folder.path.parent == place and folder.path.stat().st_mode & 0o077 == 0
    (folder.make("job_1") / "speech.wav").write_bytes(b"x")
    with pytest.raises(SynthesisError, match="no room"):
        folder.make("job_1")
    folder.remove()
    folder.remove()
    assert not list(place.iterdir())


def test_folders_of_killed_processes_go_and_those_of_living_ones_stay(place: Path, repository: Path) -> None:
    code = ("import sys, time, os\nfrom mytts_core.synthesis.private_folder import PrivateFolder\n"
            "folder = PrivateFolder()\nprint(folder.path, flush=True)\n"
            "if sys.argv[1] == 'die': os.kill(os.getpid(), 9)\nsys.stdin.read()")

    def start(what: str) -> subprocess.Popen:
        return subprocess.Popen([sys.executable, "-c", code, what], cwd=repository, stdout=subprocess.PIPE,
                                stdin=subprocess.PIPE, text=True, env={**os.environ, "TMPDIR": str(place)})

    living, dead = start("live"), start("die")
    assert living.stdout is not None and dead.stdout is not None
    alive, left = Path(living.stdout.readline().strip()), Path(dead.stdout.readline().strip())
    dead.wait()
    assert alive.is_dir() and left.is_dir() and alive != left
    foreign = place / f"{PREFIX}foreign"        # without a lock: not ours to judge
    foreign.mkdir()
    (place / f"{PREFIX}link").symlink_to(foreign)
    own = PrivateFolder()
    assert not left.exists() and alive.is_dir() and own.path.is_dir() and foreign.is_dir()
    living.communicate()
    own.remove()


def test_a_folder_that_cannot_be_made_is_said(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (place / "file").write_text("")
    monkeypatch.setattr(tempfile, "tempdir", str(place / "file"))
    with pytest.raises(SynthesisError, match="TMPDIR"):
        PrivateFolder()
