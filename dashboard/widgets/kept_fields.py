"""Fields of a form that outlive a look at another page, and that the address of the page has.

Streamlit forgets a field that is not drawn, and binds fields to the address as they are typed. These are read and
written here instead, because their values are checked, shortened or shown otherwise.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import streamlit as st

_KEPT = "kept_fields"


def key_of(name: str) -> str:
    """Return the key of the widget of a field."""
    return f"speak_{name}"


def start(name: str, read: Callable[[list[str]], Any], default: Any) -> None:
    """Give a field its first value of a visit: what the address asks for, what it had before, or a default.

    Args:
        name: of the field, and of its parameter in the address.
        read: the values in the address, at least one → the field's value.
    """
    if key_of(name) in st.session_state:
        return
    asked = st.query_params.get_all(name)
    st.session_state[key_of(name)] = read(asked) if asked else st.session_state.get(_KEPT, {}).get(name, default)


def keep(name: str, value: Any, words: Sequence[str]) -> None:
    """Remember a field's value, and write it into the address as `words`; none takes it out."""
    st.session_state.setdefault(_KEPT, {})[name] = value
    words = list(words)
    if st.query_params.get_all(name) == words:
        return
    if words:
        st.query_params[name] = words
    else:
        st.query_params.pop(name, None)
