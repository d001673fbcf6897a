"""A button that gives the run as one HTML file."""

from __future__ import annotations

import re

import streamlit as st

from mytts_core.runs.reader import Run


def show(run: Run, name: str) -> None:
    """Offer the report of a run; it is made when the button is pressed, which takes some seconds."""
    def make() -> bytes:
        from dashboard.report.contents import build_report  # most visits need no report

        return build_report(run, name).encode("utf-8")

    stem = re.sub(r"[^A-Za-z0-9_-]+", "_", name).strip("_") or "run"
    st.download_button("Report of this run, HTML", data=make,
                       file_name=f"{stem[:80]}_report.html", mime="text/html", icon=":material/description:",
                       on_click="ignore", key="report",
                       help="One file with findings, curves, the worst samples with their sound, gradients and "
                            "configuration. It opens without a server or network; making it takes some seconds.")
