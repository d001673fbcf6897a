"""docs/DIAGNOSIS.md names every rule, and every threshold with its value and its reason."""

from __future__ import annotations

import ast
from pathlib import Path

from mytts_core.diagnosis import rulebook, thresholds


def threshold_rows() -> list[str]:
    """Return the table's rows as thresholds.py has them: name, value, reason."""
    body = ast.parse(Path(thresholds.__file__).read_text(encoding="utf-8")).body
    rows = []
    for item, following in zip(body, [*body[1:], None]):
        if isinstance(item, ast.Assign):
            name = item.targets[0].id
            assert isinstance(following, ast.Expr), f"{name} has no reason below it"
            reason = " ".join(following.value.value.split())
            rows.append(f"| `{name}` | {getattr(thresholds, name):,.7g} | {reason} |")
    return rows


def test_every_threshold_is_documented_with_its_value_and_reason(repository: Path) -> None:
    written = (repository / "docs" / "DIAGNOSIS.md").read_text(encoding="utf-8")
    rows = threshold_rows()
    assert len(rows) > 30
    assert [row for row in rows if row not in written] == []


def test_every_rule_is_documented_and_says_what_it_finds(repository: Path) -> None:
    written = (repository / "docs" / "DIAGNOSIS.md").read_text(encoding="utf-8")
    for rule in rulebook.RULES:
        assert f"| `{rule.__name__}` |" in written
        assert (rule.__doc__ or "").startswith("Find ")


def test_a_rule_yields_findings_under_its_own_name() -> None:
    for rule in rulebook.RULES:
        source = Path(rule.__code__.co_filename).read_text(encoding="utf-8")
        assert f'"{rule.__name__}"' in source
