"""Written text to what is said, by the normaliser that a run was made with.

Version 1 only brings characters into one form. Version 2 reads numbers, dates, money, abbreviations and the like, in
English and Persian, as a list of named steps whose results can be asked for; other languages get its first step.
"""

from __future__ import annotations

import re
from functools import cache
from typing import NamedTuple, Optional

from mytts_core.errors import TextError
from mytts_core.text.characters import ZERO_WIDTH_NON_JOINER, canonical_characters
from mytts_core.text.steps import Step, StepResult, run_steps, trace_steps
from mytts_core.text.version_1 import canonical_text

__all__ = ["NORMALIZER_VERSION", "NORMALIZER_VERSIONS", "ZERO_WIDTH_NON_JOINER", "language_family",
           "normalization_steps", "normalize", "step_names"]

NORMALIZER_VERSION = 2
"""Of new runs. What a version makes of a text never changes: a change that moves a symbol needs a new one."""

NORMALIZER_VERSIONS = (1, 2)


class _Reader(NamedTuple):
    steps: tuple[Step, ...]
    special: Optional[re.Pattern[str]] = None


def normalize(text: str, language: str, version: int = NORMALIZER_VERSION, keep_vowels: bool = False) -> str:
    """Return what is said of `text`, in one form; applying it twice changes nothing more.

    In English and Persian no decimal digit is left (version 2).

    Args:
        text: any text.
        language: an espeak language or voice code: "en-us", "en-gb", "fa", "de", …; "en-gb" reads 5/6 day first.
        version: of the normaliser, one of `NORMALIZER_VERSIONS`.
        keep_vowels: keep written short vowels of Persian (fatha, kasra, damma, tanwin), for phonemes.

    Raises:
        TextError: for a version that this program does not know.
    """
    reader = _reader(version, _variant(language), keep_vowels)
    return run_steps(text, reader.steps, reader.special)


def normalization_steps(text: str, language: str, version: int = NORMALIZER_VERSION, keep_vowels: bool = False,
                        ) -> list[StepResult]:
    """Return what each step of `normalize` made of `text`; the last result is what `normalize` returns."""
    reader = _reader(version, _variant(language), keep_vowels)
    return trace_steps(text, reader.steps, reader.special)


def step_names(language: str, version: int = NORMALIZER_VERSION) -> list[str]:
    """Return the names of a language's steps in order."""
    return [step.name for step in _reader(version, _variant(language), False).steps]


def language_family(language: str) -> str:
    """Return "en", "fa" or another language's code without region, voice and script: "en-us+f3" is "en".

    Persian in Latin letters ("fa-latn") is a language of its own.
    """
    code = language.lower().partition("+")[0]
    return code if code == "fa-latn" else re.split(r"[-_]", code)[0]


def _variant(language: str) -> str:
    """Return the key of a language's steps."""
    family = language_family(language)
    if family == "en":
        return "en" if language.lower().partition("+")[0] in ("en", "en-us", "en-us-nyc") else "en-day-first"
    return family if family == "fa" else "other"


@cache
def _reader(version: int, variant: str, keep_vowels: bool) -> _Reader:
    """Build a list of steps when it is first asked for: their patterns take a tenth of a second."""
    if version == 1:
        return _Reader((Step("characters", canonical_text),))
    if version != 2:
        raise TextError(f"normaliser version {version} is unknown: this program has {NORMALIZER_VERSIONS[0]} to "
                        f"{NORMALIZER_VERSION}; a newer MyTTS may have made this run")
    if variant.startswith("en"):
        from mytts_core.text.english.steps import SPECIAL, english_steps

        return _Reader(english_steps(day_first=variant != "en"), SPECIAL)
    if variant == "fa":
        from mytts_core.text.persian.steps import persian_steps

        return _Reader(persian_steps(keep_vowels))
    return _Reader((Step("characters", canonical_characters),))
