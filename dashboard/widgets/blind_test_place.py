"""What the address of the blind test's page asks for, a test and who listens; and what a press came to, in a line."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Optional

import streamlit as st

from dashboard.widgets import style
from mytts_core.errors import ListeningError, MyTTSError
from mytts_core.listening.state import ListeningTest
from mytts_core.listening.store import ListeningStore

TEST, LISTENER = "test", "listener"
_MESSAGE = "blind_test_message"


def chosen(root: Path) -> Optional[ListeningTest]:
    """Return the test that the address names, None where it names none; one that is not there is said in a line."""
    test_id = st.query_params.get(TEST, "")
    if not test_id:
        return None
    try:
        return ListeningStore(root).test(test_id)
    except ListeningError as error:
        style.show_notice([str(error)])
        return None


def go_to(test_id: str) -> None:
    """Show a test; "" for the list. Call it from a widget's callback, or before the page is run again."""
    _set(TEST, test_id)
    _set(LISTENER, "")


def listener() -> str:
    """Return the name of who listens here, "" for nobody."""
    return st.query_params.get(LISTENER, "")


def seat(name: str) -> None:
    """Note who listens here; "" for nobody."""
    _set(LISTENER, name)


@contextmanager
def saying() -> Iterator[None]:
    """Say on the next drawing of the page what went wrong in the block; for callbacks, which draw nothing."""
    try:
        yield
    except MyTTSError as error:
        say(str(error))


def say(words: str) -> None:
    """Keep words for the next drawing of the page."""
    st.session_state[_MESSAGE] = words


def show_said() -> None:
    """Show the words once."""
    words = st.session_state.pop(_MESSAGE, "")
    if words:
        style.show_notice([words])


def _set(name: str, value: str) -> None:
    if value:
        st.query_params[name] = value
    else:
        st.query_params.pop(name, None)
