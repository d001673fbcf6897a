"""The README tells the truth: its commands parse, its Python imports what exists, its files are there."""

from __future__ import annotations

import ast
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

import mytts_core
from mytts_core.cli import build_parser


@pytest.fixture(scope="module")
def readme(repository: Path) -> str:
    return (repository / "README.md").read_text(encoding="utf-8")


def blocks(text: str, language: str) -> list[str]:
    fenced = re.findall(r"^```(\w*)\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
    return [body for found, body in fenced if found == language]


def mytts_commands(text: str) -> list[list[str]]:
    """Return the arguments of every `mytts …` command in shell blocks, and of those in tables that are complete."""
    lines = [line for block in blocks(text, "sh") for line in block.splitlines()]
    lines += [code for code in re.findall(r"`(mytts [^`]+)`", text) if "…" not in code]
    parts = [part for line in lines for part in re.split(r"&&|\|\|", line.split("#")[0])]
    return [shlex.split(part)[1:] for part in parts if part.strip().startswith("mytts ")]


def test_every_command_parses(readme: str, repository: Path) -> None:
    commands = mytts_commands(readme)
    assert len(commands) >= 5
    for arguments in commands:
        options = [argument for argument in arguments if argument.startswith("--")]
        if "--run" in options or "--data" in options or arguments[0] in ("dashboard", "inspect"):
            build_parser().parse_args(arguments)
        else:  # only mentioned: the command exists, and its help knows the options
            help_text = subprocess.run([sys.executable, "-m", "mytts_core", arguments[0], "--help"], cwd=repository,
                                       capture_output=True, text=True, check=True).stdout
            assert [option for option in options if option not in help_text] == []


def test_the_python_example_uses_public_names_in_three_lines(readme: str) -> None:
    example = blocks(readme, "python")[0]
    assert len(example.splitlines()) == 3
    imported = [alias.name for node in ast.walk(ast.parse(example)) if isinstance(node, ast.ImportFrom)
                for alias in node.names]
    assert imported and set(imported) <= set(mytts_core.__all__)


def test_the_file_tree_is_that_of_the_repository(readme: str, repository: Path) -> None:
    tree = next(block for block in blocks(readme, "") if block.startswith("Makefile"))
    parent, listed = "", []
    for line in tree.splitlines():
        name, comment = line.split(maxsplit=1)
        assert comment, f"{name} has no comment"
        listed.append(parent + name if line.startswith("  ") else name)
        if not line.startswith("  "):
            parent = name
    assert [name for name in listed if not (repository / name).exists()] == []
    packages = {f"mytts_core/{path.parent.name}/" for path in (repository / "mytts_core").glob("*/__init__.py")}
    assert packages - set(listed) == set(), "packages missing from the README's file tree"


def test_every_picture_and_link_leads_to_a_file(readme: str, repository: Path) -> None:
    targets = [target for target in re.findall(r"\]\(([^)]+)\)", readme) if "://" not in target]
    assert targets
    assert [target for target in targets if not (repository / target).exists()] == []
