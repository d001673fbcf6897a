"""Text to IPA with espeak-ng, through the phonemizer package and the library that espeakng-loader carries."""

from __future__ import annotations

import logging
import os
import threading
from functools import cache
from typing import Any

from mytts_core.errors import TextError

PUNCTUATION = ';:,.!?¡¿—–…"«»“”()[]{}؟،؛٫٬۔'
PHONEMES_VERSION = 1   # of what is cached
_LOCK = threading.Lock()   # espeak-ng keeps one state for the whole process


def phonemize(texts: list[str], language: str) -> list[str]:
    """Convert texts to IPA with stress marks, spaces between words, and punctuation kept.

    Args:
        texts: normalised texts; an empty one gives an empty string.
        language: an espeak-ng language or voice code: "en-us", "fa", "de", …

    Raises:
        TextError: if phonemizer or espeakng-loader is not installed, or the language is unknown.
    """
    spoken = [index for index, text in enumerate(texts) if text.strip()]
    with _LOCK:
        backend, separator = _backend(language)
        converted = backend.phonemize([texts[index] for index in spoken], separator=separator, strip=True)
    result = [""] * len(texts)
    for index, ipa in zip(spoken, converted):
        result[index] = " ".join(ipa.split())
    return result


@cache
def _backend(language: str) -> tuple[Any, Any]:
    """One espeak-ng backend a language for the life of the process: starting it costs more than a sentence."""
    try:
        import espeakng_loader
        from phonemizer.backend import EspeakBackend
        from phonemizer.backend.espeak.wrapper import EspeakWrapper
        from phonemizer.separator import Separator
    except ImportError as error:
        raise TextError(f"phonemes need a package that is not installed ({error.name}): "
                        'pip install "mytts[phonemes]", or use tokenizer=characters') from error
    os.environ.setdefault("ESPEAK_DATA_PATH", str(espeakng_loader.get_data_path()))
    EspeakWrapper.set_library(str(espeakng_loader.get_library_path()))
    if hasattr(EspeakWrapper, "set_data_path"):   # phonemizer-fork; the official one reads the environment
        EspeakWrapper.set_data_path(str(espeakng_loader.get_data_path()))
    logger = logging.getLogger("mytts.phonemizer")
    logger.setLevel(logging.ERROR)                # its warnings on word counts are about espeak, not about the user
    try:
        backend = EspeakBackend(language, punctuation_marks=PUNCTUATION, preserve_punctuation=True, with_stress=True,
                                language_switch="remove-flags", words_mismatch="ignore", logger=logger)
    except RuntimeError as error:
        raise TextError(f"language {language!r} cannot be phonemized ({error}): use an espeak-ng code such as en-us, "
                        "fa or de, or tokenizer=characters") from error
    return backend, Separator(phone="", syllable="", word=" ")
