"""Persian letters: one code point for each, vowels and other marks, repeated letters."""

from __future__ import annotations

import re

from mytts_core.text.characters import ZERO_WIDTH_NON_JOINER, canonical_persian

LETTER = "[\u0621-\u063a\u0641-\u064a\u066e\u066f\u0671-\u06d3]"   # without digits, marks and separators
VOWELS = "\u064b\u064e\u064f\u0650"   # tanwin, fatha, damma, kasra: what espeak-ng's Persian reads rightly

_HONORIFICS = dict.fromkeys(map(ord, "ﷺﷻ"), "")
_LETTERS = str.maketrans({
    **dict.fromkeys("يىٸۍێېۑےۓؠؽؾؿ", "ی"), **dict.fromkeys("كڪګڬڭڮػؼ", "ک"), **dict.fromkeys("ةہھەۃۂ", "ه"),
    **dict.fromkeys("إٱٲٳ", "ا"), **dict.fromkeys("ۄۅۆۇۈۉۊۋٷٶ", "و"), **dict.fromkeys("ڰڱڲڳڴ", "گ"),
    **dict.fromkeys("ټٹٺٽ", "ت"), **dict.fromkeys("ٻڀ", "ب"), **dict.fromkeys("ڈډڊڋڌڍڎڏڐ", "د"),
    **dict.fromkeys("ڑڒړڔڕږڗڙ", "ر"), **dict.fromkeys("ںڻڼڽ", "ن"), **dict.fromkeys("ڵڶڷڸ", "ل"),
    **dict.fromkeys("ڡڢڣڤڥ", "ف"), **dict.fromkeys("ښڛڜ", "س"), **dict.fromkeys("ځڂڃڅ", "ح"), "ڇ": "چ", "ٯ": "ق",
    "ڧ": "ق", "ڨ": "ق", "ڝ": "ص", "ڞ": "ص", "ڟ": "ط", "ڠ": "ع", "ٵ": "ا", "ٿ": "ث", "ڿ": "چ", "ٮ": "ب"})
_HAMZA_ON_HEH = re.compile("ۀ|ه\u0654")
_TATWEEL = re.compile("\u0640+")
_MARKS = re.compile("[\u0610-\u061a\u064b-\u065f\u0670\u06d6-\u06dc\u06df-\u06e8\u06ea-\u06ed\u08d3-\u08ff]")
_MARKS_NOT_VOWELS = re.compile("[\u0610-\u061a\u064c\u064d\u0651\u0652\u0653-\u065f\u0670\u06d6-\u06dc\u06df-\u06e8"
                               "\u06ea-\u06ed"
                               "\u08d3-\u08ff]|(?<![\u0621-\u06d3])[\u064b\u064e\u064f\u0650]|"
                               "(?<=[\u064b\u064e\u064f\u0650])"
                               "[\u064b\u064e\u064f\u0650]")
_REPEATED = re.compile(rf"({LETTER})\1{{2,}}")
LETTERS_TRIGGER = re.compile("[" + "".join(map(chr, _LETTERS)) + "ۀ\u0654\u0640]")
MARKS_TRIGGER = _MARKS
REPEATED_TRIGGER = _REPEATED


def read_characters(text: str) -> str:
    """Return canonical characters with Persian digits; the honorific signs ﷺ and ﷻ are not read."""
    return canonical_persian(text.translate(_HONORIFICS))


def unify_letters(text: str) -> str:
    """Write Arabic and neighbouring languages' letters as Persian ones: ي ى → ی, ك → ک, ة → ه; ۀ is ه‌ی."""
    text = _HAMZA_ON_HEH.sub("ه" + ZERO_WIDTH_NON_JOINER + "ی", text)
    return _TATWEEL.sub("", text.translate(_LETTERS))


def remove_marks(text: str) -> str:
    """Remove the short vowels and all other marks above and below the letters."""
    return _MARKS.sub("", text)


def remove_marks_but_vowels(text: str) -> str:
    """Remove all marks but short vowels and tanwin, which say what the letters leave open, as the ezafe in «کتابِ»."""
    return _MARKS_NOT_VOWELS.sub("", text)


def shorten_repeats(text: str) -> str:
    """Write a letter once where it stands three times or more: «اعلاممممم» is «اعلام»; laughter keeps two."""
    return _REPEATED.sub(_shortened, text)


def _shortened(match: re.Match[str]) -> str:
    around = match.string[max(match.start() - 1, 0):match.start()] + match.string[match.end():match.end() + 1]
    return match[1] if any(character.isalpha() for character in around) else match[1] * 2
