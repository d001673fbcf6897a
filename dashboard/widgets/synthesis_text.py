"""What a run makes of a text, before it is spoken: steps, pieces, tokens, unknown symbols; each in its direction."""

from __future__ import annotations

import html
from collections.abc import Collection, Sequence

import streamlit as st

from dashboard.figures.health import Fact
from dashboard.figures.labels import shown_token
from dashboard.theme import WARNING
from dashboard.widgets import style
from mytts_core.synthesis.text_pieces import TextReading
from mytts_core.text.direction import html_direction
from mytts_core.text.front_end import Explanation

_TYPED = "typed"


def show(reading: TextReading) -> None:
    """Show what a run makes of the text in the field."""
    with st.expander("What is said", icon=":material/spellcheck:"):
        if not reading.pieces:
            st.caption("Type a text to see how it is read: numbers and abbreviations in words, sentences, tokens.")
            return
        st.caption(_in_numbers(reading))
        _show_unknown(reading)
        for number, piece in enumerate(reading.pieces, start=1):
            if len(reading.pieces) > 1:
                st.markdown(f"**Piece {number} of {len(reading.pieces)}**")
            _show_piece(piece)


def show_problem(problem: str) -> None:
    """Say why a text cannot be spoken."""
    style.show_facts([Fact("bad", problem)])


def _in_numbers(reading: TextReading) -> str:
    told = f"{reading.num_tokens:,} tokens, start and end included" if reading.num_tokens else "No tokens"
    if len(reading.pieces) == 1:
        return told + "."
    return f"{told}, in {len(reading.pieces)} pieces that are spoken one by one, with pauses between."


def _show_unknown(reading: TextReading) -> None:
    if reading.unknown:
        count = f" ({reading.num_unknown:,} of {reading.num_tokens:,} tokens)" if reading.num_tokens else ""
        style.show_facts([Fact("warning", f"{len(reading.unknown)} symbol{'s' if len(reading.unknown) > 1 else ''} "
                                          f"unknown to this model{count}: {' '.join(reading.unknown)}")])


def _show_piece(piece: Explanation) -> None:
    steps = [(_TYPED, piece.text), *((step.name, step.text) for step in piece.changes)]
    st.html(_steps_table(steps))
    if len(steps) == 1:
        st.caption("Nothing had to be changed.")
    if piece.tokens:
        st.html(_token_row(piece.tokens, piece.unknown))


def _steps_table(steps: Sequence[tuple[str, str]]) -> str:
    rows = "".join(f'<tr><th scope="row">{html.escape(name)}</th><td dir="{html_direction(text)}">{html.escape(text)}'
                   "</td></tr>" for name, text in steps)
    return f'<table class="mytts-steps">{rows}</table>'


def _token_row(tokens: Sequence[str], unknown: Collection[str]) -> str:
    shown = "".join(f'<bdi class="{"mytts-token mytts-unknown" if token in unknown else "mytts-token"}">'
                    f"{html.escape(shown_token(token))}</bdi>" for token in tokens)
    direction = html_direction("".join(tokens[1:-1]))
    return f'<div class="mytts-tokens" dir="{direction}" style="--tone:{WARNING}">{shown}</div>'
