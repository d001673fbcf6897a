"""Find runs under a folder: ours and other programs'. Bounded, never out of the root, never an exception."""

from __future__ import annotations

import os
from pathlib import Path

from mytts_core.errors import RunError
from mytts_core.runs import schema
from mytts_core.runs.foreign_logs import is_log_name, log_kind
from mytts_core.runs.run_files import read_config, read_run_info, read_status
from mytts_core.runs.types import RunSummary

MAX_DEPTH = 12
MAX_FOLDERS = 20_000
MAX_LOG_FILES = 50                          # looked into in one folder
# Folders that hold many files and never runs.
_PASSED_OVER = {"node_modules", "__pycache__", "site-packages"}


def find_runs(root: Path | str, max_depth: int = MAX_DEPTH) -> list[RunSummary]:
    """List the runs at or under `root`, by name.

    A run of ours is not searched inside. A link is followed only when it leads to a place under `root`. Hidden
    folders are passed over. What cannot be looked at is in the list as an entry with a `problem`.
    """
    root = Path(root)
    search = _Search(root, max_depth)
    if not root.is_dir():
        return [RunSummary(root, ".", "", problem=f"{root} is not a folder that can be read")]
    search.visit(root, 0)
    return sorted(search.found, key=lambda run: run.name)


def run_kind(folder: Path) -> str:
    """Return which kind of run lies directly in a folder, '' for none.

    Raises:
        OSError: when the folder cannot be listed.
    """
    return _kind(folder, [entry.name for entry in os.scandir(folder) if entry.is_file()])


def foreign_log_files(folder: Path, kind: str) -> list[Path]:
    """Return the CSV or JSON-lines files of a run of another program, by name."""
    try:
        paths = sorted(path for path in folder.iterdir() if is_log_name(path.name) and path.is_file())
        return [path for path in paths[:MAX_LOG_FILES] if log_kind(path) == kind]
    except OSError:
        return []


def summarize(folder: Path, name: str, kind: str) -> RunSummary:
    """Return a run's entry for the list, from its small files only."""
    modified = _newest_change(folder)
    if kind != "mytts":
        return RunSummary(folder, name, kind, modified=modified)
    try:
        info, problem = read_run_info(folder)
    except RunError as error:
        return RunSummary(folder, name, kind, modified=modified, problem=str(error))
    config, config_problem = read_config(folder)
    return RunSummary(folder, name, kind, status=read_status(folder), created=info.created,
                      preset=config.preset if config else "", modified=modified, problem=problem or config_problem)


class _Search:
    def __init__(self, root: Path, max_depth: int) -> None:
        self.root = root
        self.real_root = os.path.realpath(root)
        self.max_depth = max_depth
        self.found: list[RunSummary] = []
        self.seen: set[str] = set()

    def visit(self, folder: Path, depth: int) -> None:
        real = os.path.realpath(folder)
        if real in self.seen or not self._is_inside(real) or len(self.seen) >= MAX_FOLDERS:
            return
        self.seen.add(real)
        name = folder.relative_to(self.root).as_posix()
        if len(self.seen) == MAX_FOLDERS:
            self.found.append(RunSummary(folder, name, "", problem=f"more than {MAX_FOLDERS} folders: the search ends "
                                                                   "here; choose a folder nearer to the runs"))
            return
        try:
            entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
            files = [entry.name for entry in entries if entry.is_file()]
            folders = [entry.name for entry in entries if entry.is_dir()]
        except OSError as error:
            self.found.append(RunSummary(folder, name, "", problem=f"{folder}: {error.strerror or error}"))
            return
        kind = _kind(folder, files)
        if kind:
            self.found.append(summarize(folder, name, kind))
        if kind == "mytts" or depth >= self.max_depth:
            return
        for child in folders:
            if child.startswith(".") or child in _PASSED_OVER:
                continue
            shown = child.encode("utf-8", "replace").decode("utf-8")
            if shown == child:
                self.visit(folder / child, depth + 1)
            else:       # no page, address or index could name it
                self.found.append(RunSummary(folder, (folder / shown).relative_to(self.root).as_posix(), "",
                                             problem=f"{folder / shown}: the name of this folder is not UTF-8: rename "
                                                     "it to see what it holds"))

    def _is_inside(self, real: str) -> bool:
        return real == self.real_root or real.startswith(self.real_root.rstrip(os.sep) + os.sep)


def _kind(folder: Path, files: list[str]) -> str:
    if schema.RUN_FILE in files:
        return "mytts"
    if any(schema.is_event_file(name) for name in files):
        return "tensorboard"
    candidates = [name for name in sorted(files) if is_log_name(name)][:MAX_LOG_FILES]
    kinds = {log_kind(folder / name) for name in candidates}
    return next((kind for kind in ("keras_csv", "json_lines") if kind in kinds), "")


def _newest_change(folder: Path) -> float:
    try:
        return max([folder.stat().st_mtime,
                    *(entry.stat().st_mtime for entry in os.scandir(folder) if entry.is_file())])
    except OSError:
        return float("nan")
