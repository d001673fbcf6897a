"""What can be done with takes that are kept: files of them, two compared by ear, some deleted."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from functools import partial
from pathlib import Path

import streamlit as st

from dashboard.caches import takes as kept_takes
from dashboard.figures.health import Fact
from dashboard.figures.take_archive import MOST_BYTES, choose_fitting, file_name, write_archive
from dashboard.figures.takes import take_name
from dashboard.widgets import style
from mytts_core.errors import MyTTSError
from mytts_core.synthesis.stored_take import StoredTake
from mytts_core.synthesis.take_store import TakeStore

_AB_PAGE = "views/ab_listening.py"
_APP = Path(__file__).resolve().parents[1]


def offer_wav(root: Path, take: StoredTake) -> None:
    """Offer the audio of a take."""
    st.download_button("WAV", data=partial(kept_takes.store(root).audio, take.id), file_name=file_name(take),
                       mime="audio/wav", icon=":material/download:", on_click="ignore", key="download wav")


def offer_zip(root: Path, takes: Sequence[StoredTake], label: str, key: str) -> None:
    """Offer takes with a table and their settings as one file, made when the button is pressed."""
    fitting = choose_fitting(takes)
    size = f"at most {MOST_BYTES // 2**20} MB"
    st.download_button(label, data=partial(_make_zip, kept_takes.store(root), fitting.takes), mime="application/zip",
                       file_name=f"takes_{len(fitting.takes)}.zip", icon=":material/folder_zip:", on_click="ignore",
                       key=key, disabled=not takes,
                       help="WAV files with speaking names, takes.csv, and settings.json to make them again"
                            + (f"; {fitting.left_out} more do not fit into {size}" if fitting.left_out else ""))


def offer_comparison(run: str, first: StoredTake, second: StoredTake) -> None:
    """Offer the page that plays two takes of one text in turn."""
    if not (_APP / _AB_PAGE).is_file():
        return
    st.page_link(_AB_PAGE, label="Compare A/B", icon=":material/compare_arrows:",
                 query_params={"run": run, "a": first.id, "b": second.id},
                 help=f"A: {take_name(first)} — B: {take_name(second)}")


def offer_deletion(root: Path, takes: Sequence[StoredTake]) -> None:
    """Offer to delete takes, after a second click."""
    count = f"{len(takes)} take{'s' if len(takes) != 1 else ''}"
    with st.popover("Delete …", icon=":material/delete:", disabled=not takes):
        st.write(f"{count} will be gone for good, audio and all.")
        if st.button(f"Delete {count}", type="primary", key="delete takes"):
            try:
                kept_takes.store(root).delete([take.id for take in takes])
            except MyTTSError as error:
                style.show_facts([Fact("bad", str(error))])
                return
            st.rerun()


def _make_zip(store: TakeStore, takes: Sequence[StoredTake]) -> bytes:
    """Return the archive: a take in memory at a time until it is whole, and then its bytes, which are bounded."""
    with tempfile.TemporaryFile() as file:
        write_archive(takes, store.audio, file)
        file.seek(0)
        return file.read()
