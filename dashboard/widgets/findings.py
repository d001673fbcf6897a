"""Findings of a run: what is wrong, since when, what to try, and the way to the view that shows it."""

from __future__ import annotations

import html
from collections.abc import Sequence
from pathlib import Path

import streamlit as st

from dashboard.figures.health import LEVEL_OF_SEVERITY, steps_in_words
from dashboard.widgets.style import LEVEL_SIGNS
from mytts_core.diagnosis import Finding

_VIEWS = Path(__file__).resolve().parents[1] / "views"


def show(findings: Sequence[Finding], run: str) -> None:
    """Show findings, the most severe first, each with a link to what shows it."""
    for finding in findings:
        view = finding.evidence.view
        has_link = view != "overview" and (_VIEWS / f"{view}.py").is_file()
        said, link = st.columns([0.87, 0.13], vertical_alignment="center", gap="small")
        said.html(_block(finding))
        if has_link:
            link.page_link(f"views/{view}.py", label="Show", icon=":material/arrow_forward:",
                           query_params={"run": run, **finding.evidence.query})


def _block(finding: Finding) -> str:
    sign, tone = LEVEL_SIGNS[LEVEL_OF_SEVERITY[finding.severity]]
    where = steps_in_words(finding)
    place = f'<small>{html.escape(where)}</small>' if where else ""
    return (f'<div class="mytts-fact mytts-finding" style="--tone:{tone}">'
            f'<b title="{html.escape(finding.severity)}">{sign}</b>'
            f'<div dir="auto"><strong>{html.escape(finding.title)}</strong> {place}'
            f"<p>{html.escape(finding.explanation)}</p><p><em>Try:</em> {html.escape(finding.advice)}</p></div></div>")
