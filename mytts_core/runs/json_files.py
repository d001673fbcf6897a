"""Read JSON that a crashed or foreign writer may have left: a value of another type than expected is its default."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any


def read_object(path: Path) -> tuple[dict[str, Any], str]:
    """Return a JSON object and '', or {} and why there is none; half a surrogate pair in a text becomes '?'."""
    try:
        data = path.read_bytes()
        record = json.loads(data)
        if b"\\ud" in data.lower():     # JSON may escape what no UTF-8 has, and no page can show
            record = json.loads(json.dumps(record, ensure_ascii=False).encode("utf-8", errors="replace"))
    except FileNotFoundError:
        return {}, f"{path.name} is missing"
    except (OSError, ValueError, RecursionError) as error:
        return {}, f"{path.name} cannot be read ({error})"
    return (record, "") if isinstance(record, dict) else ({}, f"{path.name} holds no object")


def words(value: Any) -> str:
    """Return a text, or '' for anything else."""
    return value if isinstance(value, str) else ""


def whole(value: Any, default: int = -1) -> int:
    """Return a whole number of 64 bits, or `default` for anything else."""
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not -(2**63) <= value < 2**63:
        return default
    return int(value)


def number(value: Any) -> float:
    """Return a number as float, or NaN for anything else (null is how JSON keeps NaN)."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return math.nan
    try:
        return float(value)
    except OverflowError:               # a whole number beyond 1e308
        return math.inf if value > 0 else -math.inf


def items(value: Any) -> list[Any]:
    """Return a list, or [] for anything else."""
    return value if isinstance(value, list) else []
