"""Where the configurations of runs differ, field by field."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, NamedTuple

MAX_VALUE_LENGTH = 80
MAX_ITEMS = 6
NOT_SET = "not set"


class ConfigurationDifference(NamedTuple):
    """A field with different values: 'training.learning_rate', and the value of each run as text, in their order."""

    field: str
    values: tuple[str, ...]


def get_configuration_differences(configurations: Mapping[str, Mapping[str, Any]]) -> list[ConfigurationDifference]:
    """Return the fields whose values are not the same in all runs, in their order; of one run or none, nothing.

    Args:
        configurations: run name → nested configuration of plain JSON types.
    """
    flat = [_flat(configuration, "") for configuration in configurations.values()]
    fields = dict.fromkeys(field for values in flat for field in values)
    missing = object()
    return [ConfigurationDifference(field, tuple(_words(values[field]) if field in values else NOT_SET
                                                 for values in flat))
            for field in fields
            if any(values.get(field, missing) != flat[0].get(field, missing) for values in flat)]


def _flat(value: Mapping[str, Any], prefix: str) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, item in value.items():
        if isinstance(item, Mapping) and item:
            found.update(_flat(item, f"{prefix}{name}."))
        else:
            found[prefix + name] = item
    return found


def _words(value: Any) -> str:
    if isinstance(value, (list, tuple)) and len(value) > MAX_ITEMS:
        return f"{len(value)} items: {', '.join(map(_words, value[:MAX_ITEMS // 2]))}, …"
    if isinstance(value, float):
        return f"{value:.6g}"
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= MAX_VALUE_LENGTH else f"{text[:MAX_VALUE_LENGTH - 1]}…"
