"""What a run is asked to say: sentences that its training never saw, as its corpus writes them."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np

from benchmarks.report import REPOSITORY
from mytts_core.config import RunConfig
from mytts_core.data.corpora import read_corpus
from mytts_core.data.sentences import read_sentences
from mytts_core.errors import CorpusError

SENTENCES_FILE = "sentences.txt"
"""In the folder of a run: what `mytts make-corpus` made its corpus of."""


def held_out_texts(run: Path, config: RunConfig) -> list[str]:
    """Return the texts of the run's held-out utterances, in order of ids.

    They are those of `sentences.txt` in the run's folder, else of the corpus: where config.json says it is, or in the
    shared test data (MYTTS_SHARED_DATA).

    Raises:
        CorpusError: if they are in neither, or not all of them.
    """
    texts = _spoken_sentences(run) or _corpus_texts(run, config)
    missing = [identity for identity in config.corpus.held_out if identity not in texts]
    if missing or not config.corpus.held_out:
        raise CorpusError(f"{len(missing)} of {len(config.corpus.held_out)} held-out texts of {run} are not in its "
                          "corpus: restore the corpus it was trained on")
    return [texts[identity] for identity in config.corpus.held_out]


def evenly(texts: list[str], count: int) -> list[str]:
    """Return `count` of the texts, evenly spread from the first to the last; all of them where there are fewer."""
    places = np.linspace(0, len(texts) - 1, min(count, len(texts))).round().astype(int)
    return [texts[place] for place in places]


def _spoken_sentences(run: Path) -> dict[str, str]:
    path = run / SENTENCES_FILE
    return {sentence.id: sentence.text for sentence in read_sentences(path)} if path.is_file() else {}


def _corpus_texts(run: Path, config: RunConfig) -> dict[str, str]:
    named = Path(config.corpus.path)
    shared = Path(os.environ.get("MYTTS_SHARED_DATA") or REPOSITORY.parent / "shared" / "data")
    places = [named, run.parents[1] / named, shared / "speech" / named.name]
    folder = next((place for place in places if place.is_dir()), None)
    if folder is None:
        raise CorpusError(f"the corpus {named} of {run} is not here: set MYTTS_SHARED_DATA to the shared test data, or "
                          f"put its sentences in {run / SENTENCES_FILE}")
    return {utterance.id: utterance.text for utterance in read_corpus(folder).utterances}
