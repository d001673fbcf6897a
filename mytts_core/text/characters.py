"""Characters of any script brought to the few that the steps read: composed, visible, one kind of each mark.

Unicode NFC for the whole; NFKC only where a character is another way to draw letters or digits (full width, ligatures,
circles, subscripts, Arabic presentation forms). Superscripts and fractions mean something, so they are left for later.
"""

from __future__ import annotations

import re
import unicodedata

ZERO_WIDTH_NON_JOINER = "\u200c"

_REDRAWN = ("<wide>", "<narrow>", "<font>", "<compat>", "<circle>", "<square>", "<sub>", "<initial>", "<medial>",
            "<final>", "<isolated>", "<vertical>", "<small>")
_FIXED = {"“": '"', "”": '"', "„": '"', "‟": '"', "«": '"', "»": '"', "″": '"', "‘": "'", "’": "'", "‚": "'", "‛": "'",
          "′": "'", "`": "'", "´": "'", "‹": '"', "›": '"', "\u2010": "-", "\u2011": "-", "\u2012": "-", "−": "-",
          "―": "—", "…": "...", "™": "", "®": "", "©": "", "℠": "", "№": "No. ", "°": "°", "º": "°", "⁄": "/", "∕": "/",
          "\ufffd": "", "\u034f": "", "·": "·", "∙": "·", "⋅": "·", "ª": "a", "℮": "e", "Ω": "Ω", "\ufffc": ""}
_KEPT_SYMBOLS = frozenset("°№§^ٔ")
_FRACTION = re.compile(r"(\d?)([¼-¾⅐-⅞↉])")
_SUPERSCRIPTS = "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻"
_MARK_PILE = re.compile(r"([\u0300-\u036f]{2})[\u0300-\u036f]+")
_USELESS_NON_JOINER = re.compile(f"(?<![\u0600-\u06ff]){ZERO_WIDTH_NON_JOINER}|"
                                 f"{ZERO_WIDTH_NON_JOINER}(?![\u0600-\u06ff])")
_SPACES = re.compile(r"\s+")
_UNTIDY = re.compile(r"[\x00-\x1f\x7f`]|  |^ | $")


class _CharacterTable(dict):
    """What each character becomes, worked out when it is first seen; str.translate asks by code point."""

    def __init__(self, fixed: dict[str, str], digit_zero: int) -> None:
        super().__init__({ord(key): value for key, value in fixed.items()})
        self._digit_zero = digit_zero

    def __missing__(self, code: int) -> str:
        self[code] = result = self._replacement(chr(code))
        return result

    def _replacement(self, character: str) -> str:
        category = unicodedata.category(character)
        if category == "Nd":
            return chr(self._digit_zero + unicodedata.decimal(character))
        if character.isspace() or category in ("Zs", "Zl", "Zp"):
            return " "
        if category[0] == "C" or category == "Me" or "VARIATION SELECTOR" in unicodedata.name(character, ""):
            return ""
        if unicodedata.decomposition(character).split(" ")[0] in _REDRAWN:
            return unicodedata.normalize("NFKC", character).translate(self) if self._settles(character) else ""
        if category in ("So", "Sk") and character not in _KEPT_SYMBOLS:
            return ""
        return character

    def _settles(self, character: str) -> bool:
        return character not in unicodedata.normalize("NFKC", character)


_LATIN = _CharacterTable({**_FIXED, ZERO_WIDTH_NON_JOINER: ZERO_WIDTH_NON_JOINER}, ord("0"))
_PERSIAN = _CharacterTable({**_FIXED, ZERO_WIDTH_NON_JOINER: ZERO_WIDTH_NON_JOINER, "«": "«", "»": "»", "…": "…",
                            "“": "«", "”": "»", "‹": "«", "›": "»", "\u00ac": ZERO_WIDTH_NON_JOINER},
                           ord("۰"))


def canonical_characters(text: str) -> str:
    """Return `text` in NFC with ASCII digits, quotes and hyphens, single spaces, and nothing invisible.

    Control and format characters, private and unassigned ones, emoji and other pictures, variation selectors and
    enclosing marks go; letters of every script stay, and the zero-width non-joiner between Arabic letters.
    """
    if text.isascii():
        if _UNTIDY.search(text) is None:
            return text
        return _SPACES.sub(" ", text.translate(_LATIN)).strip()
    text = _canonical(text, _LATIN)
    if ZERO_WIDTH_NON_JOINER in text:
        text = _SPACES.sub(" ", _USELESS_NON_JOINER.sub("", text))
    return text.strip()


def canonical_persian(text: str) -> str:
    """As `canonical_characters`, but with Persian digits and quotes, and with the zero-width non-joiner kept."""
    return _canonical(text, _PERSIAN).strip(" " + ZERO_WIDTH_NON_JOINER)


def _canonical(text: str, table: _CharacterTable) -> str:
    text = unicodedata.normalize("NFC", text)
    text = _FRACTION.sub(_written_fraction, text)
    text = unicodedata.normalize("NFC", text.translate(table))
    return _SPACES.sub(" ", _MARK_PILE.sub(r"\1", text))


def _written_fraction(match: re.Match[str]) -> str:
    """Write ½ as 1/2, apart from the whole number before it."""
    fraction = unicodedata.normalize("NFKC", match[2]).replace("⁄", "/")
    return f"{match[1]} {fraction}" if match[1] else fraction


def superscript_value(text: str) -> str:
    """Return superscript digits and signs as ASCII: "⁻¹²" is "-12"."""
    return unicodedata.normalize("NFKC", text).replace("−", "-")


SUPERSCRIPT_CLASS = f"[{_SUPERSCRIPTS}]"
