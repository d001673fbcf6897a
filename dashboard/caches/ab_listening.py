"""What the page of A/B listening keeps: pairs of takes that were prepared. A take never changes."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Optional

import streamlit as st

from dashboard import cache
from dashboard.caches import takes as kept_takes
from dashboard.figures.ab_listening import Comparison, get_comparison
from mytts_core.errors import MyTTSError, TextError
from mytts_core.listening.take_reading import WordReader
from mytts_core.synthesis.stored_take import StoredTake
from mytts_core.text.tokenizer import tokenizer_from_config
from mytts_core.text.written_words import written_words


def comparison(root: Path, first: StoredTake, second: StoredTake) -> Comparison:
    """Return two kept takes of one text, prepared.

    Raises:
        ListeningError, AudioError, SynthesisError: if a take is damaged or gone, or the texts differ.
    """
    return _comparison(root, first.id, second.id, (first.run, second.run))


@st.cache_resource(max_entries=8, show_spinner="Laying the takes along each other …")
def _comparison(root: Path, first: str, second: str, runs: tuple[str, str]) -> Comparison:
    store = kept_takes.store(root)
    return get_comparison((store.open(first), store.open(second)),
                          (_word_reader(root, runs[0]), _word_reader(root, runs[1])))


def _word_reader(root: Path, run: str) -> Optional[WordReader]:
    """Return what finds the written words among a run's tokens; None where that run, or its front end, is gone."""
    try:
        config = cache.open_run(root, root / run).config
        tokenizer = None if config is None else tokenizer_from_config(config.text)
    except MyTTSError:
        return None
    if tokenizer is None:
        return None

    def read(text: str, tokens: Sequence[str]) -> tuple[Sequence[str], Sequence[int]]:
        return written_words(tokenizer, text, tokens)

    try:
        tokenizer.split(["a"])      # phonemes may be of a package that is not installed
    except TextError:
        return None
    return read
