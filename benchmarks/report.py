"""How benchmarks report: tables in Markdown, so that a figure is copied into the README as it was printed."""

from __future__ import annotations

import importlib.metadata
import os
import platform
import subprocess
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

REPOSITORY = Path(__file__).resolve().parents[1]


class Table(NamedTuple):
    """Rows of text or numbers under a title; a column carries its unit in its name, `notes` say how it was measured."""

    title: str
    columns: Sequence[str]
    rows: Sequence[Sequence[str | float]]
    notes: Sequence[str] = ()


def format_table(table: Table) -> str:
    """Return the table as Markdown, columns aligned; numbers with three significant digits."""
    cells = [list(table.columns), *([_cell(value) for value in row] for row in table.rows)]
    widths = [max(len(row[column]) for row in cells) for column in range(len(table.columns))]
    lines = ["| " + " | ".join(value.ljust(width) for value, width in zip(row, widths, strict=True)) + " |"
             for row in cells]
    lines.insert(1, "|" + "|".join("-" * (width + 2) for width in widths) + "|")
    return "\n".join([f"### {table.title}", "", *lines, *(f"- {note}" if number else f"\n- {note}"
                                                          for number, note in enumerate(table.notes))])


def machine() -> str:
    """Return one line that names the machine, the software and how busy it was when the figures were taken."""
    versions = ", ".join(f"{name} {importlib.metadata.version(name)}" for name in ("tensorflow", "keras", "numpy"))
    load = f", load {os.getloadavg()[0]:.1f} at the start" if hasattr(os, "getloadavg") else ""
    return (f"{_processor()}, {os.cpu_count()} cores{_memory()}, {platform.system()}; Python "
            f"{platform.python_version()}, {versions}; commit {_commit()}, {datetime.now(UTC):%Y-%m-%d}{load}")


def _cell(value: str | float) -> str:
    if isinstance(value, str):
        return value
    return f"{value:,}" if isinstance(value, int) else f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.3g}"


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    return next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), platform.machine())


def _memory() -> str:
    try:
        return f", {os.sysconf('SC_PAGE_SIZE') * os.sysconf('SC_PHYS_PAGES') / 2**30:.0f} GiB memory"
    except (AttributeError, ValueError):  # not on Windows
        return ""


def _commit() -> str:
    done = subprocess.run(["git", "describe", "--always", "--dirty"], cwd=REPOSITORY, capture_output=True, text=True,
                          check=False)
    return done.stdout.strip() or "unknown"
