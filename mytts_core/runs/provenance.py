"""What made a run: versions, platform, commit. Nothing heavy is imported to find out."""

from __future__ import annotations

import platform
import subprocess
import sys
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path

DISTRIBUTIONS = ("mytts", "tensorflow", "tensorflow-cpu", "keras", "jax", "jaxlib", "numpy", "librosa", "soundfile",
                 "phonemizer", "phonemizer-fork", "espeakng-loader", "tensorboard", "h5py")


def library_versions() -> dict[str, str]:
    """Return distribution → version for the libraries that shape a training, those that are installed."""
    versions = {}
    for name in DISTRIBUTIONS:
        try:
            versions[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
    return versions


def git_commit() -> str:
    """Return the commit of the clone this code runs from, with `+changes` when it was edited, or '' outside a clone."""
    root = Path(__file__).resolve().parents[2]
    if not (root / ".git").exists():
        return ""
    commit = _git(root, "rev-parse", "HEAD")
    changed = _git(root, "status", "--porcelain", "--untracked-files=no", "--", "mytts_core")
    return commit + ("+changes" if commit and changed else "")


def created_now() -> str:
    """Return the time now, ISO 8601 in UTC, to the second."""
    return datetime.now(UTC).isoformat(timespec="seconds")


def machine() -> dict[str, str]:
    """Return the Python version and the platform, without the host's name."""
    return {"python": sys.version.split()[0], "platform": f"{platform.system()} {platform.machine()}"}


def _git(root: Path, *arguments: str) -> str:
    try:
        done = subprocess.run(["git", "-C", str(root), *arguments], capture_output=True, text=True, timeout=10,
                              check=True)
    except (OSError, subprocess.SubprocessError):
        return ""
    return done.stdout.strip()
