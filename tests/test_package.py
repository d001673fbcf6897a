"""The package as a user imports and installs it: public names, import time, metadata that agree with each other."""

from __future__ import annotations

import ast
import importlib
import importlib.util
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

import mytts_core
from mytts_core.commands.dashboard import SERVER_OPTIONS

PUBLIC_NAMES = {
    "__version__", "TransformerTTS", "load_previous_weights", "AudioConfig", "ModelConfig", "RunConfig", "TextConfig",
    "TrainingConfig", "get_model_preset", "Synthesizer", "MyTTSError", "read_audio", "write_audio",
}
LIGHT_NAMES = PUBLIC_NAMES - {"__version__", "TransformerTTS", "load_previous_weights", "Synthesizer"}


def test_public_names_are_those_people_have_in_their_scripts() -> None:
    assert set(mytts_core.__all__) == PUBLIC_NAMES
    assert PUBLIC_NAMES <= set(dir(mytts_core))


@pytest.mark.parametrize("name", sorted(LIGHT_NAMES))
def test_light_names_resolve_to_their_definition(name: str) -> None:
    assert getattr(mytts_core, name).__name__ == name


@pytest.mark.slow
@pytest.mark.parametrize("name", ["TransformerTTS", "load_previous_weights", "Synthesizer"])
def test_names_that_need_keras_resolve_to_their_definition(name: str) -> None:
    assert getattr(mytts_core, name).__name__ == name


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="no attribute 'TransformerTSS'"):
        mytts_core.TransformerTSS  # noqa: B018


def test_import_is_quick_and_loads_no_tensorflow(repository: Path) -> None:
    # processor time, so that a busy machine does not fail it; benchmarks/import_time.py reads the clock
    code = ("import sys, time; start = time.process_time(); import mytts_core; mytts_core.ModelConfig; "
            "print(time.process_time() - start, any(m in sys.modules for m in ('tensorflow', 'keras', 'numpy')))")
    runs = [subprocess.run([sys.executable, "-c", code], cwd=repository, capture_output=True, text=True, check=True)
            for _ in range(3)]
    seconds, heavy = zip(*(done.stdout.split() for done in runs), strict=True)
    assert set(heavy) == {"False"}
    assert min(map(float, seconds)) < 0.2


def test_thin_faces_give_what_old_scripts_import() -> None:
    for module, names in (("TTSConfig", ("ModelConfig", "get_model_preset")),
                          ("TTSMonitoring", ("extract_alignment_from_model", "visualize_alignment_matrix",
                                             "compute_alignment_diagonality", "analyze_gradients",
                                             "adaptive_gradient_clipping", "MetricsAggregator"))):
        face = importlib.import_module(module)
        assert [name for name in names if not hasattr(face, name)] == []


@pytest.mark.parametrize("folder", [".", "dashboard"])
def test_streamlit_options_are_the_same_in_config_files_and_command(repository: Path, folder: str) -> None:
    text = (repository / folder / ".streamlit" / "config.toml").read_text(encoding="utf-8")
    written = {f"{section}.{key}": str(value).lower() if isinstance(value, bool) else value
               for section, values in tomllib.loads(text).items() if section in ("server", "browser")
               for key, value in values.items()}
    assert written == SERVER_OPTIONS


# where the import has another name than the distribution
DISTRIBUTIONS = {"phonemizer": "phonemizer-fork", "espeakng_loader": "espeakng-loader",
                 "google_crc32c": "google-crc32c"}


def test_every_third_party_import_is_a_declared_dependency_and_every_requirement_is_used(repository: Path) -> None:
    project = tomllib.loads((repository / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras = [line for lines in project["optional-dependencies"].values() for line in lines]
    required, optional = ({re.split(r"[\[<>=! ]", line)[0].lower() for line in lines}
                          for lines in (requirement_lines(repository), extras))
    known = {"mytts_core", "dashboard", "benchmarks", "TTSConfig", "TTSMonitoring", *sys.stdlib_module_names}
    folders = ("mytts_core", "dashboard", "benchmarks")
    sources = [path for folder in folders for path in (repository / folder).rglob("*.py")]
    imported = {DISTRIBUTIONS.get(name, name).lower() for path in sources for name in imported_names(path) - known}
    assert imported - required - optional == set(), "imported, but declared neither in requirements.txt nor as an extra"
    assert required - imported == set(), "in requirements.txt, but nothing imports it"


def imported_names(path: Path) -> set[str]:
    """Return the top names of all modules that a source file imports."""
    nodes = list(ast.walk(ast.parse(path.read_text(encoding="utf-8"))))
    names = {alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names}
    names |= {str(node.module) for node in nodes if isinstance(node, ast.ImportFrom)}
    return {name.split(".")[0] for name in names}


def requirement_lines(repository: Path) -> list[str]:
    lines = (repository / "requirements.txt").read_text(encoding="utf-8").splitlines()
    return [line for line in lines if line and not line.startswith("#")]


def test_requirements_have_a_lower_and_an_upper_bound(repository: Path) -> None:
    pattern = re.compile(r"[a-z0-9-]+>=[\d.]+,<[\d.]+")
    assert [line for line in requirement_lines(repository) if not pattern.fullmatch(line)] == []


def test_the_changelog_starts_with_this_version(repository: Path) -> None:
    versions = re.findall(r"^## (\S+)", (repository / "CHANGELOG.md").read_text(encoding="utf-8"), re.MULTILINE)
    assert versions[0] == mytts_core.__version__
