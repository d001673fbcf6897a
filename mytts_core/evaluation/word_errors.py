"""Word errors: how many words to change, leave out or put in to get from what was heard to what was said."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

# Both ways of writing one pronunciation, or nearly one, count as the same: a recogniser cannot know which was written.
_CONTRACTIONS = (("won't", "will not"), ("can't", "can not"), ("cannot", "can not"), ("shan't", "shall not"),
                 ("n't", " not"), ("'re", " are"), ("'ll", " will"), ("'ve", " have"), ("i'm", "i am"),
                 ("it's", "it is"), ("that's", "that is"), ("there's", "there is"), ("what's", "what is"),
                 ("he's", "he is"), ("she's", "she is"), ("who's", "who is"), ("let's", "let us"))
_RESAMPLINGS = 2_000


class WordErrors(NamedTuple):
    """Errors of one sentence: `errors` edits against `words` words said; both 0 for an empty reference."""

    errors: int
    words: int


class CharacterErrors(NamedTuple):
    """Errors of one sentence: `errors` edits against `characters` said, spaces between words counted."""

    errors: int
    characters: int


def normalize_words(text: str) -> list[str]:
    """Return the words of a text as they are compared: lower case, no punctuation or accents, contractions open."""
    text = unicodedata.normalize("NFKD", text.replace("’", "'").lower())
    text = "".join(c for c in text if not unicodedata.combining(c))
    for short, long in _CONTRACTIONS:
        text = re.sub(rf"(?<![a-z]){short}\b" if short[0] not in "'n" else rf"{short}\b", long, text)
    words = re.sub(r"[^a-z0-9']+", " ", text).split()
    return [word for word in (word.strip("'") for word in words) if word]


def count_word_errors(said: str, heard: str) -> WordErrors:
    """Return the word errors of one sentence.

    Source:
        Levenshtein 1966: substitutions, deletions and insertions, each at a cost of 1.
    """
    reference, hypothesis = normalize_words(said), normalize_words(heard)
    return WordErrors(edit_distance(reference, hypothesis), len(reference))


def count_character_errors(said: str, heard: str) -> CharacterErrors:
    """Return the character errors of one sentence: of its words as they are compared, with one space between them."""
    reference, hypothesis = " ".join(normalize_words(said)), " ".join(normalize_words(heard))
    return CharacterErrors(edit_distance(reference, hypothesis), len(reference))


def edit_distance(first: Sequence[str], second: Sequence[str]) -> int:
    """Return how many items to change, leave out or put in to get from one sequence to the other."""
    codes: dict[str, int] = {}
    one, other = (np.array([codes.setdefault(item, len(codes)) for item in items], np.int64)
                  for items in (first, second))
    places = np.arange(len(other) + 1)
    row = places
    for number, code in enumerate(one, start=1):
        changed = np.minimum(row[1:] + 1, row[:-1] + (other != code))
        # An insertion comes from the left: each place costs one more than the cheapest before it.
        row = np.minimum.accumulate(np.r_[number, changed] - places) + places
    return int(row[-1])


def word_error_rate(pairs: Sequence[tuple[str, str]]) -> float:
    """Return the errors of all (said, heard) pairs in percent of all words said; above 100 with many insertions.

    Raises:
        ValueError: where nothing was said.
    """
    counts = [count_word_errors(said, heard) for said, heard in pairs]
    words = sum(count.words for count in counts)
    if not words:
        raise ValueError("no words were said: a word error rate needs at least one")
    return 100.0 * sum(count.errors for count in counts) / words


def word_error_interval(pairs: Sequence[tuple[str, str]], seed: int = 0) -> tuple[float, float]:
    """Return the 95 % interval of the word error rate over sentences, by resampling them."""
    counts = np.array([count_word_errors(said, heard) for said, heard in pairs], float)
    rows = np.random.default_rng(seed).integers(0, len(counts), (_RESAMPLINGS, len(counts)))
    sums = counts[rows].sum(axis=1)
    low, high = np.percentile(100 * sums[:, 0] / np.maximum(sums[:, 1], 1), [2.5, 97.5])
    return float(low), float(high)
