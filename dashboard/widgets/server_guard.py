"""A dashboard shows files of this machine: it is served to this machine alone unless one says otherwise."""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from typing import Optional

import streamlit as st

ALLOW_VARIABLE = "MYTTS_ALLOW_REMOTE"


def refuse_unsafe_bind(address: Optional[str], environment: Mapping[str, str]) -> None:
    """Stop the page when the server listens to other machines without being told to."""
    if is_safe(address) or allows_remote(environment):
        return
    st.error(f"This server listens on {address or 'every interface'}: anyone on the network could read your runs. "
             "Start it with --server.address 127.0.0.1 (as mytts dashboard does), or set "
             f"{ALLOW_VARIABLE}=1 if that is what you want.", icon=":material/lock:")
    st.stop()


def allows_remote(environment: Mapping[str, str]) -> bool:
    """Tell whether visitors from other machines are wanted."""
    return environment.get(ALLOW_VARIABLE) == "1"


def is_safe(address: Optional[str]) -> bool:
    """Tell whether a bind address is reachable from this machine alone."""
    if address == "localhost":
        return True
    try:
        return ipaddress.ip_address(address or "").is_loopback
    except ValueError:
        return False
