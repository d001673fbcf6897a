"""ARCHITECTURE.md's "who may import whom" and house rules, read from the source by `ast` and tried in fresh processes.

An import inside a function counts like one at the top, except for "what is loaded by importing", where only the
imports that run at import time are followed.
"""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple

import pytest

REPOSITORY = Path(__file__).resolve().parents[1]
SOURCE_FOLDERS = ("mytts_core", "dashboard", "benchmarks")
ROOT_MODULES = ("TTSConfig", "TTSMonitoring")

# Lowest first. A unit may import its own level and those before it, and units may not import each other in a circle.
LEVELS = (
    ("errors", "config", "config_rules", "model_config"),
    ("text", "audio", "layers", "runs", "monitoring"),
    ("model", "data", "vocoder", "diagnosis"),
    ("monitoring.gradients",),
    ("training", "synthesis", "evaluation", "listening"),
    ("commands", "cli", "__main__"),
)
# Modules of `monitoring` that work on a model or on gradients; the rest of it is NumPy alone.
MODEL_MONITORING = ("gradients", "clipping", "extraction")

NUMPY_ONLY = ("mytts_core.runs", "mytts_core.diagnosis", "mytts_core.monitoring.alignment",
              "mytts_core.monitoring.metrics")
HEAVY = {"tensorflow", "keras", "jax", "torch"}

# dashboard unit → units of the dashboard it may import
DASHBOARD_IMPORTS = {
    "app": {"views", "widgets", "caches", "cache", "report", "figures", "theme"},
    "views": {"widgets", "caches", "cache", "report", "figures", "theme"},
    "widgets": {"caches", "cache", "report", "figures", "theme"},
    "caches": {"cache", "figures", "theme"},
    "cache": {"figures", "theme"},
    "report": {"figures", "theme"},
    "figures": {"theme"},
    "theme": set(),
}


class Import(NamedTuple):
    """One imported module: absolute name, line, and whether it runs when the importing module is imported."""

    name: str
    line: int
    at_import: bool


def read_imports(source: str) -> list[Import]:
    """Return the imports of a module's source; those under `if TYPE_CHECKING:` are left out."""
    return list(_walk(ast.parse(source), at_import=True))


def _walk(node: ast.AST, at_import: bool) -> Iterator[Import]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.Import):
            yield from (Import(alias.name, child.lineno, at_import) for alias in child.names)
        elif isinstance(child, ast.ImportFrom):
            assert child.level == 0, f"relative import in line {child.lineno}: every import is absolute"
            yield Import(str(child.module), child.lineno, at_import)
            # `from package import name`: the name may be a module of the package
            yield from (Import(f"{child.module}.{alias.name}", child.lineno, at_import) for alias in child.names)
        elif isinstance(child, ast.If) and "TYPE_CHECKING" in ast.dump(child.test):
            continue
        else:
            inside = isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)
            yield from _walk(child, at_import and not inside)


@cache
def modules() -> dict[str, Path]:
    """Return every module of the project by its absolute name."""
    found = {name: REPOSITORY / f"{name}.py" for name in ROOT_MODULES if (REPOSITORY / f"{name}.py").exists()}
    for folder in SOURCE_FOLDERS:
        for path in sorted((REPOSITORY / folder).rglob("*.py")):
            parts = path.relative_to(REPOSITORY).with_suffix("").parts
            found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


@cache
def imports_of(module: str) -> tuple[Import, ...]:
    return tuple(read_imports(modules()[module].read_text(encoding="utf-8")))


@cache
def loaded_by(module: str) -> frozenset[str]:
    """Return every module, ours and others', that importing `module` loads, as far as our own source tells."""
    seen: set[str] = set()
    waiting = [module]
    while waiting:
        name = waiting.pop()
        if name in seen:
            continue
        seen.add(name)
        parents = [name.rpartition(".")[0]] if "." in name else []
        inner = [item.name for item in imports_of(name) if item.at_import] if name in modules() else []
        waiting += parents + inner
    return frozenset(seen)


def within(module: str, packages: tuple[str, ...]) -> bool:
    return any(module == package or module.startswith(package + ".") for package in packages)


def place(module: str, item: Import) -> str:
    return f"{modules()[module].relative_to(REPOSITORY)}:{item.line} imports {item.name}"


def unit_of(module: str) -> str:
    """Return the unit of LEVELS that a module of mytts_core belongs to."""
    parts = module.split(".")[1:]
    if parts[0] == "monitoring" and len(parts) > 1 and parts[1] in MODEL_MONITORING:
        return "monitoring.gradients"
    return parts[0]


def core_imports() -> Iterator[tuple[str, Import, str, str]]:
    """Yield (module, import, importing unit, imported unit) inside mytts_core, units that differ."""
    for module in modules():
        if not module.startswith("mytts_core."):
            continue
        for item in imports_of(module):
            if item.name.startswith("mytts_core.") and item.name in modules():
                source, target = unit_of(module), unit_of(item.name)
                if source != target:
                    yield module, item, source, target


def test_the_import_reader_sees_nested_and_named_imports_and_skips_those_for_types() -> None:
    source = (
        "from typing import TYPE_CHECKING\nimport numpy as np\n"
        "if TYPE_CHECKING:\n    import streamlit\n"
        "def f():\n    from keras import ops\n"
        "class C:\n    import json\n"
    )
    found = {item.name: item.at_import for item in read_imports(source)}
    assert found["numpy"] and found["json"]
    assert found["keras"] is False and found["keras.ops"] is False
    assert "streamlit" not in found
    with pytest.raises(AssertionError, match="relative import in line 1"):
        read_imports("from . import layers")


def test_what_a_module_loads_is_followed_through_our_own_modules() -> None:
    assert "argparse" in loaded_by("mytts_core.__main__")
    assert "mytts_core.errors" in loaded_by("mytts_core.commands.dashboard")


def test_every_package_has_its_place_in_the_levels() -> None:
    known = {unit for level in LEVELS for unit in level}
    units = {unit_of(module) for module in modules() if module.startswith("mytts_core.")}
    assert units <= known, f"{units - known}: give new packages a level here and in ARCHITECTURE.md"


def test_imports_go_to_the_same_level_or_down() -> None:
    level = {unit: number for number, units in enumerate(LEVELS) for unit in units}
    wrong = [place(module, item) for module, item, source, target in core_imports() if level[target] > level[source]]
    assert wrong == []


def test_packages_do_not_import_each_other_in_a_circle() -> None:
    edges: dict[str, set[str]] = {}
    for _, _, source, target in core_imports():
        edges.setdefault(source, set()).add(target)

    def reaches(start: str, goal: str, seen: set[str]) -> bool:
        if start in seen:
            return False
        seen.add(start)
        return goal in edges.get(start, ()) or any(reaches(unit, goal, seen) for unit in edges.get(start, ()))

    assert [unit for unit in edges if reaches(unit, unit, set())] == []


def test_numpy_only_parts_import_neither_tensorflow_nor_keras_at_any_depth() -> None:
    checked = [module for module in modules() if within(module, NUMPY_ONLY)]
    assert checked
    wrong = [f"{module} loads {sorted(loaded & HEAVY)}" for module in checked if (loaded := loaded_by(module)) & HEAVY]
    wrong += [place(module, item) for module in checked for item in imports_of(module)
              if item.name.split(".")[0] in HEAVY or within(item.name, ("mytts_core.model", "mytts_core.layers"))]
    assert wrong == []


def test_dashboard_parts_import_only_what_stands_below_them() -> None:
    wrong = []
    for module in modules():
        if not module.startswith("dashboard."):
            continue
        unit = module.split(".")[1]
        assert unit in DASHBOARD_IMPORTS, f"dashboard.{unit} has no place in ARCHITECTURE.md"
        for item in imports_of(module):
            target = item.name.split(".")[1] if item.name.startswith("dashboard.") else unit
            if target != unit and target not in DASHBOARD_IMPORTS[unit]:
                wrong.append(place(module, item))
    assert wrong == []


def test_streamlit_stays_out_of_the_library_and_the_figures() -> None:
    checked = [module for module in modules() if within(module, ("mytts_core", "dashboard.figures", "dashboard.report",
                                                                    *ROOT_MODULES))]
    wrong = [place(module, item) for module in checked for item in imports_of(module)
             if within(item.name, ("streamlit",))]
    assert wrong == []


def test_the_library_does_not_import_the_dashboard() -> None:
    wrong = [place(module, item) for module in modules() for item in imports_of(module)
             if within(module, ("mytts_core", *ROOT_MODULES)) and within(item.name, ("dashboard",))]
    assert wrong == []


def test_the_dashboard_loads_neither_tensorflow_nor_keras() -> None:
    checked = [module for module in modules() if within(module, ("dashboard",))]
    wrong = [f"{module} loads {sorted(loaded_by(module) & HEAVY)}" for module in checked if loaded_by(module) & HEAVY]
    wrong += [place(module, item) for module in checked for item in imports_of(module)
              if within(item.name, tuple(HEAVY))]
    assert wrong == []


def loaded_in_a_fresh_process(names: list[str]) -> set[str]:
    """Import `names` in a new Python and return the top names of everything that got loaded."""
    code = f"import sys\nfor name in {names!r}:\n    __import__(name)\nprint(*{{n.split('.')[0] for n in sys.modules}})"
    done = subprocess.run([sys.executable, "-c", code], cwd=REPOSITORY, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return set(done.stdout.split())


def test_importing_every_package_loads_no_heavy_library() -> None:
    packages = [name for name, path in modules().items() if path.name == "__init__.py"]
    loaded = loaded_in_a_fresh_process([*packages, "mytts_core.cli"])
    assert not loaded & (HEAVY | {"streamlit", "librosa", "pandas", "scipy", "matplotlib", "plotly"})


def test_importing_numpy_only_modules_really_loads_neither_tensorflow_nor_keras() -> None:
    loaded = loaded_in_a_fresh_process([module for module in modules() if within(module, NUMPY_ONLY)])
    assert "numpy" in loaded
    assert not loaded & (HEAVY | {"streamlit"})


def test_importing_the_dashboard_really_loads_neither_tensorflow_nor_keras() -> None:
    # app and views are scripts that draw when imported; the browser tests run them
    names = [module for module in modules() if module.startswith("dashboard.")
             and module.split(".")[1] in ("figures", "report", "widgets", "caches", "cache", "theme")]
    assert not loaded_in_a_fresh_process(names) & HEAVY


def test_no_drawer_for_things_without_a_name() -> None:
    vague = {"utils", "util", "helpers", "helper", "misc", "common"}
    assert [module for module in modules() if vague & set(module.split("."))] == []


def test_no_folder_that_switches_on_streamlits_old_routing() -> None:
    assert not (REPOSITORY / "dashboard" / "pages").exists()


def unsafe_constructs(source: str) -> list[tuple[int, str]]:
    """Return (line, what) of calls through which a file or a text could run code."""
    found = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import | ast.ImportFrom):
            names = [alias.name for alias in node.names] + [getattr(node, "module", None) or ""]
            found += [(node.lineno, name) for name in names
                      if name.split(".")[0] in ("pickle", "cPickle", "dill", "shelve", "marshal")]
        elif isinstance(node, ast.Call):
            name = ast.unparse(node.func)
            values = {keyword.arg: ast.unparse(keyword.value) for keyword in node.keywords}
            if name in ("eval", "exec"):
                found.append((node.lineno, f"{name}()"))
            if name in ("np.load", "numpy.load") and values.get("allow_pickle") != "False":
                found.append((node.lineno, "np.load without allow_pickle=False"))
            found += [(node.lineno, f"{key}={values[key]}") for key, bad in
                      (("allow_pickle", "True"), ("unsafe_allow_html", "True"), ("shell", "True"),
                       ("safe_mode", "False"), ("unsafe_allow_javascript", "True")) if values.get(key) == bad]
    return found


@pytest.mark.parametrize("bad", [
    "import pickle", "from pickle import load", "eval('1')", "exec(code)", "np.load(path)",
    "np.load(path, allow_pickle=True)", "st.markdown(text, unsafe_allow_html=True)", "run(x, shell=True)",
])
def test_the_search_for_unsafe_calls_finds(bad: str) -> None:
    assert unsafe_constructs(bad)
    assert not unsafe_constructs("np.load(path, allow_pickle=False)\nmodel.eval()\nast.literal_eval(x)")


def test_nothing_read_can_run_code() -> None:
    wrong = [f"{path.relative_to(REPOSITORY)}:{line} {what}" for path in modules().values()
             for line, what in unsafe_constructs(path.read_text(encoding="utf-8"))]
    assert wrong == []


def test_streamlits_caches_have_their_modules() -> None:
    users = [name for name, path in modules().items()
             if name.startswith("dashboard.") and "st.cache_" in path.read_text(encoding="utf-8")]
    assert [name for name in users if not within(name, ("dashboard.cache", "dashboard.caches"))] == []
