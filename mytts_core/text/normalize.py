"""Text as the tokenizer wants it: composed, one kind of space and quote, no control characters."""

from __future__ import annotations

import re
import unicodedata

NORMALIZER_VERSION = 1

ZERO_WIDTH_NON_JOINER = "\u200c"   # Persian spelling needs it
_QUOTES = str.maketrans({"“": '"', "”": '"', "„": '"', "‟": '"', "«": '"', "»": '"', "″": '"',
                         "‘": "'", "’": "'", "‚": "'", "‛": "'", "′": "'", "`": "'", "´": "'"})


def normalize(text: str, language: str) -> str:
    """Return `text` in a canonical form; applying it twice changes nothing more.

    Unicode NFC; every kind of white space is one space, none at the ends; control and formatting characters go, but
    for the zero-width non-joiner; curly quotes become straight. Case, numbers and abbreviations stay as they are.

    Args:
        text: any text.
        language: an espeak language code such as "en-us"; nothing depends on it in this version.
    """
    text = unicodedata.normalize("NFC", text).translate(_QUOTES)
    text = re.sub(r"\s+", " ", text)
    text = "".join(c for c in text if c == ZERO_WIDTH_NON_JOINER or unicodedata.category(c) not in
                   ("Cc", "Cf", "Cs", "Co", "Cn"))
    text = re.sub(r" {2,}", " ", unicodedata.normalize("NFC", text))
    return text.strip(" " + ZERO_WIDTH_NON_JOINER)
