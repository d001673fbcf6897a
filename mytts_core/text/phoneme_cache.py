"""Phonemes on disk, a file a language: espeak-ng is asked once for each text."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from mytts_core.runs.atomic_files import write_bytes
from mytts_core.text.phonemes import PHONEMES_VERSION, phonemize


def cached_phonemes(texts: Sequence[str], language: str, folder: Path) -> list[str]:
    """Return the IPA of texts as `phonemize` does, from `folder` where it is known there.

    Args:
        texts: normalised texts; they are the keys, so that normaliser and lexicon need no place in them.
        folder: made where it is missing; a file in it that cannot be read is made anew.

    Raises:
        TextError: if phonemes are missing from the cache and phonemizer is not installed.
        OSError: if the folder cannot be written.
    """
    path = folder / f"phonemes_{language}_{PHONEMES_VERSION}.json"
    known = _read(path)
    missing = list(dict.fromkeys(text for text in texts if not isinstance(known.get(text), str)))
    if missing:
        known.update(zip(missing, phonemize(missing, language)))
        folder.mkdir(parents=True, exist_ok=True)
        write_bytes(path, json.dumps(known, ensure_ascii=False).encode("utf-8", errors="backslashreplace"))
    return [known[text] for text in texts]


def _read(path: Path) -> dict[str, str]:
    try:
        known = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return known if isinstance(known, dict) else {}
