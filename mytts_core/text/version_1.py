"""The first normaliser: what runs of `normalizer_version` 1 were trained on, and must go on reading."""

from __future__ import annotations

import re
import unicodedata

ZERO_WIDTH_NON_JOINER = "\u200c"   # Persian spelling needs it
_QUOTES = str.maketrans({"“": '"', "”": '"', "„": '"', "‟": '"', "«": '"', "»": '"', "″": '"',
                         "‘": "'", "’": "'", "‚": "'", "‛": "'", "′": "'", "`": "'", "´": "'"})


def canonical_text(text: str) -> str:
    """Return `text` composed (NFC), with one kind of space and quote and without control characters.

    Case, numbers and abbreviations stay as they are; applying it twice changes nothing more.
    """
    text = unicodedata.normalize("NFC", text).translate(_QUOTES)
    text = re.sub(r"\s+", " ", text)
    text = "".join(c for c in text if c == ZERO_WIDTH_NON_JOINER or unicodedata.category(c) not in
                   ("Cc", "Cf", "Cs", "Co", "Cn"))
    text = re.sub(r" {2,}", " ", unicodedata.normalize("NFC", text))
    return text.strip(" " + ZERO_WIDTH_NON_JOINER)
