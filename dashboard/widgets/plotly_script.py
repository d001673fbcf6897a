"""plotly.js of the installed plotly package, where Streamlit serves it from.

Streamlit serves files that lie in `static/` beside the script, and refuses links there, so the script is copied. The
name carries plotly's version: an upgrade is a new file, in browsers' caches too.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Optional

import plotly
import streamlit as st

from mytts_core.runs.atomic_files import write_bytes

STATIC_FOLDER = Path(__file__).resolve().parents[1] / "static"


def address() -> Optional[str]:
    """Return the script's address relative to a page, None where it cannot be served from here."""
    if not st.get_option("server.enableStaticServing"):
        return None
    name = _copied(STATIC_FOLDER)
    return f"app/static/{name}" if name else None


@cache
def _copied(folder: Path) -> Optional[str]:
    """Copy the script where it is missing, remove those of other versions, and return its name; None when refused."""
    source = Path(plotly.__file__).parent / "package_data" / "plotly.min.js"
    target = folder / f"plotly-{plotly.__version__}.min.js"
    try:
        if not (target.is_file() and target.stat().st_size == source.stat().st_size):
            folder.mkdir(exist_ok=True)
            write_bytes(target, source.read_bytes())
        for other in folder.glob("plotly-*.min.js"):
            if other != target:
                other.unlink(missing_ok=True)
    except OSError:
        return None         # installed where this user may not write: Streamlit's own chart is used
    return target.name
