"""What a page holds, read from AppTest: its charts as plotly JSON, its HTML."""

from __future__ import annotations

import base64
import json
from typing import Any

import numpy as np

CHART = "mytts_chart"


def charts_of(app: Any) -> list[dict[str, Any]]:
    """Return every figure of the page as plotly JSON, in order, with arrays as lists."""
    return [_with_lists(json.loads(data["spec"])) for data in chart_data(app)]


def chart_data(app: Any) -> list[dict[str, Any]]:
    """Return what each chart of the page was given, in order."""
    return component_data(app, CHART)


def component_data(app: Any, name: str) -> list[Any]:
    """Return what each component of a name was given, in order."""
    return [json.loads(element.proto.json) for element in app.get("bidi_component")
            if element.proto.component_name == name]


def html_of(app: Any) -> str:
    """Return all HTML of the page."""
    return "\n".join(element.proto.body for element in app.get("html"))


def _with_lists(value: Any) -> Any:
    if isinstance(value, dict) and set(value) >= {"dtype", "bdata"}:
        array = np.frombuffer(base64.b64decode(value["bdata"]), np.dtype(value["dtype"]))
        shape = [int(size) for size in str(value.get("shape", array.size)).split(",")]
        return array.reshape(shape).tolist()
    if isinstance(value, dict):
        return {name: _with_lists(item) for name, item in value.items()}
    return [_with_lists(item) for item in value] if isinstance(value, list) else value
