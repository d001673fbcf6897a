"""What the parts of a configuration have in common: their types are checked, and they are built from JSON."""

from __future__ import annotations

import dataclasses
import math
import typing
from typing import Any, Optional

from mytts_core.errors import ConfigError


def require(holds: bool, name: str, value: Any, rule: str) -> None:
    """Raise a ConfigError that names the field, its value and the rule, unless the rule holds."""
    if not holds:
        raise ConfigError(f"{name} is {value!r}; it must be {rule}")


def is_whole(value: Any) -> bool:
    """Tell whether a value is a whole number; True and False are none."""
    return isinstance(value, int) and not isinstance(value, bool)


def is_number(value: Any) -> bool:
    """Tell whether a value is a finite number; True and False are none."""
    return isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value)


def is_text(value: Any) -> bool:
    """Tell whether a value is a text."""
    return isinstance(value, str)


# Type of a field → what its values must be, and in words.
_TYPES: dict[Any, tuple[Any, str]] = {
    int: (is_whole, "a whole number"),
    float: (is_number, "a finite number"),
    bool: (lambda value: isinstance(value, bool), "true or false"),
    str: (is_text, "text"),
    Optional[float]: (lambda value: value is None or is_number(value), "a finite number or null"),
    list[str]: (lambda value: isinstance(value, list) and all(map(is_text, value)), "a list of texts"),
    list[float]: (lambda value: isinstance(value, list) and all(map(is_number, value)), "a list of finite numbers"),
    dict[str, str]: (lambda value: isinstance(value, dict) and all(map(is_text, [*value, *value.values()])),
                     "an object of words and texts"),
}


def check_types(part: Any) -> None:
    """Check every field of a configuration part against its type.

    Raises:
        ConfigError: naming the first field that holds something else.
    """
    for name, wanted in typing.get_type_hints(type(part)).items():
        holds, rule = _TYPES[wanted]
        value = getattr(part, name)
        require(holds(value), name, value, rule)


def build_part(part: type, values: Any, name: str) -> Any:
    """Build a part of the configuration from a JSON object.

    Raises:
        ConfigError: on another type, an unknown or missing field, or a value that breaks a rule.
    """
    if not isinstance(values, dict):
        raise ConfigError(f"configuration part {name!r} must be an object, not {type(values).__name__}")
    fields = {item.name: item for item in dataclasses.fields(part)}
    unknown = sorted(set(values) - set(fields))
    if unknown:
        raise ConfigError(f"unknown field {name}.{unknown[0]}: the fields are {', '.join(sorted(fields))}")
    missing = [key for key, item in fields.items() if key not in values
               and item.default is dataclasses.MISSING and item.default_factory is dataclasses.MISSING]
    if missing:
        raise ConfigError(f"configuration part {name!r} is incomplete: it has no {', '.join(missing)}")
    return part(**values)
