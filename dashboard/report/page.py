"""Parts of a report as HTML. Every text is escaped; the page allows itself neither network nor foreign scripts."""

from __future__ import annotations

import base64
import html
import json
import math
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import plotly.graph_objects as go
from plotly.offline import get_plotlyjs

from dashboard.figures.health import Fact
from dashboard.figures.sounds import make_playable
from dashboard.theme import BAD, BLUE, GOOD, WARNING, template

_FOLDER = Path(__file__).parent
_SIGNS = {"bad": ("✕", BAD), "warning": ("!", WARNING), "info": ("i", BLUE), "good": ("✓", GOOD)}
_POLICY = ("default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src data: blob:; "
           "media-src data:; base-uri 'none'; form-action 'none'")


class Section(NamedTuple):
    """A part of the report: `parts` are HTML made by the functions below."""

    title: str
    parts: Sequence[str]


def render(title: str, notes: Sequence[str], sections: Sequence[Section]) -> str:
    """Return the whole page."""
    head = html.escape(title)
    links = "".join(f'<a href="#part{number}">{html.escape(section.title)}</a>'
                    for number, section in enumerate(sections))
    body = "".join(f'<section id="part{number}"><h2>{html.escape(section.title)}</h2>{"".join(section.parts)}</section>'
                   for number, section in enumerate(sections))
    said = "".join(f"<span>{html.escape(note)}</span>" for note in notes if note)
    styles = (_FOLDER / "page.css").read_text("utf-8")
    script = (_FOLDER / "page.js").read_text("utf-8")
    templates = _in_script(json.dumps({name: template(dark=name == "dark").to_plotly_json()
                                       for name in ("light", "dark")}))
    return (f'<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8"><title>{head}</title>'
            f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">'
            '<meta name="viewport" content="width=device-width, initial-scale=1">'
            f"<style>{styles}</style></head><body><header><h1>{head}</h1><p class=\"notes\">{said}</p>"
            f"<nav>{links}</nav></header><main>{body}</main>"
            f'<script type="application/json" id="templates">{templates}</script>'
            f"<script>{get_plotlyjs()}</script><script>{script}</script></body></html>\n")


def figure(drawing: go.Figure, name: str) -> str:
    """Return a chart, drawn when it comes into view; `name` is read to those who do not see it."""
    height = drawing.layout.height or 320
    drawing.layout.template = None      # the page has its own, light and dark
    return (f'<div class="figure" style="min-height:{int(height)}px" role="img" aria-label="{html.escape(name)}">'
            f'<script type="application/json">{_in_script(drawing.to_json())}</script></div>')


def side_by_side(parts: Sequence[str]) -> str:
    """Return parts beside each other, one under the other on a narrow page."""
    return f'<div class="columns">{"".join(f"<div>{part}</div>" for part in parts if part)}</div>'


def facts(found: Sequence[Fact]) -> str:
    """Return sentences with their level as a sign and a colour."""
    return "".join(f'<div class="fact" style="--tone:{_SIGNS[fact.level][1]}"><b>{_SIGNS[fact.level][0]}</b>'
                   f'<span dir="auto">{html.escape(fact.text)}</span></div>' for fact in found)


def table(columns: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    """Return a table; numbers stand to the right."""
    head = "".join(f"<th>{html.escape(column)}</th>" for column in columns)
    body = "".join(f'<tr>{"".join(map(_table_cell, row))}</tr>' for row in rows)
    return f'<div class="table"><table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>'


def heading(text: str) -> str:
    """Return a heading within a section."""
    return f'<h3 dir="auto">{html.escape(text)}</h3>'


def said(text: str) -> str:
    """Return the text of an utterance in its own direction of writing."""
    return f'<p class="said" dir="auto">{html.escape(text)}</p>'


def note(text: str) -> str:
    """Return a small remark."""
    return f'<p class="note" dir="auto">{html.escape(text)}</p>'


def code(text: str) -> str:
    """Return text as it is, in a box that opens."""
    return f"<pre>{html.escape(text)}</pre>"


def folded(title: str, content: str) -> str:
    """Return parts that are shown when one asks for them."""
    return f"<details><summary>{html.escape(title)}</summary>{content}</details>"


def sound(label: str, suffix: str, data: bytes) -> str:
    """Return a player with the sound of a file inside."""
    playable = make_playable(data, suffix)
    address = f"data:{playable.kind};base64,{base64.b64encode(playable.data).decode('ascii')}"
    return (f'<figure class="sound"><figcaption>{html.escape(label)}</figcaption>'
            f'<audio controls preload="metadata" src="{address}"></audio></figure>')


def _in_script(text: str) -> str:
    return text.replace("<", "\\u003c")     # so that nothing in it ends the script


def _table_cell(cell: object) -> str:
    if isinstance(cell, float):
        return f'<td class="number">{f"{cell:.4g}" if math.isfinite(cell) else "–"}</td>'
    if isinstance(cell, int) and not isinstance(cell, bool):
        return f'<td class="number">{cell:,}</td>'
    return f'<td dir="auto">{html.escape(str(cell))}</td>'
