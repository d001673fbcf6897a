"""scripts/environment.sh on machines that lack something, and when nothing has to be done."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

TOOLS = ("sh", "dirname", "tr", "cksum", "cat", "grep", "tail", "tee", "rm", "ls")


@pytest.fixture
def clone(tmp_path: Path, repository: Path) -> Path:
    """A folder with what the script reads, and `bin/` with the tools it may use: no Python among them."""
    (tmp_path / "scripts").mkdir()
    (tmp_path / "bin").mkdir()
    for name in ("scripts/environment.sh", "requirements.txt", "pyproject.toml"):
        shutil.copy(repository / name, tmp_path / name)
    for tool in TOOLS:
        (tmp_path / "bin" / tool).symlink_to(str(shutil.which(tool)))
    return tmp_path


def write_python(clone: Path, refuse: str) -> None:
    """Put a `python3` into bin/ that refuses commands which contain `refuse`."""
    python = clone / "bin" / "python3"
    python.write_text(f'#!/bin/sh\ncase "$*" in *"{refuse}"*) exit 1;; esac\nexec "{sys.executable}" "$@"\n',
                      encoding="utf-8")
    python.chmod(0o755)


def call(clone: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run([clone / "scripts" / "environment.sh", "phonemes"], env={"PATH": str(clone / "bin")},
                          capture_output=True, text=True, check=False)


def test_without_a_python_it_says_which_versions_are_needed(clone: Path) -> None:
    done = call(clone)
    assert done.returncode == 1
    assert "Python 3.11, 3.12 or 3.13 is needed" in done.stderr and "PYTHON=" in done.stderr
    assert not (clone / ".venv").exists()


def test_an_unsupported_python_is_not_taken(clone: Path) -> None:
    write_python(clone, refuse="version_info[:2]")  # what a Python 3.9 answers to the question of its version
    assert "Python 3.11, 3.12 or 3.13 is needed" in call(clone).stderr


def test_where_debian_split_venv_off_the_package_is_named(clone: Path) -> None:
    write_python(clone, refuse="ensurepip")
    done = call(clone)
    assert done.returncode == 1
    assert f"sudo apt install python3.{sys.version_info.minor}-venv" in done.stderr


def test_a_folder_that_is_no_environment_is_left_alone(clone: Path) -> None:
    write_python(clone, refuse="nothing is refused")
    (clone / ".venv").mkdir()
    (clone / ".venv" / "letter.txt").write_text("mine", encoding="utf-8")
    done = call(clone)
    assert done.returncode == 1 and "is no environment of Python" in done.stderr and "VENV=" in done.stderr
    assert (clone / ".venv" / "letter.txt").read_text(encoding="utf-8") == "mine"


def test_with_everything_installed_it_does_nothing(clone: Path) -> None:
    (clone / ".venv" / "bin").mkdir(parents=True)
    python = clone / ".venv" / "bin" / "python"
    python.write_text(f'#!/bin/sh\ncase "$*" in *install*) touch "{clone}/called"; exit 1;; esac\n'
                      f'exec "{sys.executable}" "$@"\n', encoding="utf-8")
    python.chmod(0o755)
    failed = call(clone)
    assert failed.returncode == 1 and "the installation failed" in failed.stderr

    sums = subprocess.run(["cksum", "requirements.txt", "pyproject.toml"], cwd=clone, capture_output=True, text=True,
                          check=True).stdout.rstrip()
    (clone / ".venv" / "installed-phonemes").write_text(f"{sums} phonemes {clone.resolve()}\n", encoding="utf-8")
    assert call(clone).returncode == 0

    with (clone / "requirements.txt").open("a", encoding="utf-8") as file:
        file.write("# another line\n")
    assert call(clone).returncode == 1, "changed requirements are installed again"
