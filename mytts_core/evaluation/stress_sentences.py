"""The sentences of a stress test: lists of our own for English and Persian, or one of the user's."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple, Optional

from mytts_core.errors import CorpusError

UNSORTED = "unsorted"
"""Category of a sentence that names none."""

MOST_SENTENCES, MOST_CHARACTERS, LONGEST_CATEGORY = 2_000, 5_000, 40
_FOLDER = Path(__file__).parent


class StressSentence(NamedTuple):
    """A sentence and what is hard about it.

    Attributes:
        text: as typed; the run's own front end reads it.
        category: free words; sentences of one category are counted together.
    """

    text: str
    category: str = UNSORTED

    @property
    def id(self) -> str:
        """A name made from the text alone, the same in every list: twelve hexadecimal digits."""
        return hashlib.sha256(self.text.encode("utf-8")).hexdigest()[:12]


class StressList(NamedTuple):
    """Sentences, each text once, and where they come from: a file's name, or `english`, `persian`."""

    sentences: tuple[StressSentence, ...]
    name: str

    @property
    def digest(self) -> str:
        """Changes with any text or category, not with the order."""
        lines = sorted(f"{one.category}|{one.text}" for one in self.sentences)
        return hashlib.sha256("\n".join(lines).encode("utf-8")).hexdigest()[:16]

    def first(self, count: Optional[int]) -> StressList:
        """Return a list of `count` sentences, taken from all categories in turn; all of them for None."""
        if count is None or count >= len(self.sentences):
            return self
        places: dict[str, int] = {}
        turns = []
        for one in self.sentences:
            places[one.category] = places.get(one.category, -1) + 1
            turns.append(places[one.category])
        chosen = sorted(range(len(turns)), key=lambda index: (turns[index], index))[:count]
        return self._replace(sentences=tuple(self.sentences[index] for index in sorted(chosen)))


def sentences_for(language: str, path: Optional[Path] = None) -> StressList:
    """Return the user's list where a path is given, else our own for a language.

    Args:
        language: espeak language code of the run.

    Raises:
        CorpusError: if the file is at fault (see `read_sentences`), or there is no list of ours for the language.
    """
    if path is not None:
        return StressList(read_sentences(path), path.name)
    family = language.split("-")[0]
    names = {"en": "english", "fa": "persian"}
    if family not in names:
        raise CorpusError(f"there is no list of hard sentences for language {language!r}: give your own with "
                          "--sentences FILE, one a line")
    return StressList(read_sentences(_FOLDER / f"stress_sentences_{family}.txt"), names[family])


def read_sentences(path: Path) -> tuple[StressSentence, ...]:
    """Read a list: UTF-8, a sentence a line, `text` or `category|text`; empty lines and those that begin with # are
    passed over. A text that comes again is taken once.

    Raises:
        CorpusError: if the file cannot be read, holds no sentence, or one of its lines breaks a rule.
    """
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except UnicodeDecodeError as error:
        raise CorpusError(f"{path} is not UTF-8 ({error.reason} at byte {error.start}): save it as UTF-8") from error
    except OSError as error:
        raise CorpusError(f"list of sentences {path} cannot be read ({error.strerror or error}): give a text file, one "
                          "sentence a line") from error
    found = parse_sentences(lines, str(path))
    if not found:
        raise CorpusError(f"{path} holds no sentence: write one a line, or category|sentence")
    return found


def parse_sentences(lines: Sequence[str], name: str) -> tuple[StressSentence, ...]:
    """Return the sentences of lines; `name` is for messages. See `read_sentences`."""
    found: dict[str, StressSentence] = {}
    for number, line in enumerate(lines, start=1):
        line = " ".join(line.split())
        if not line or line.startswith("#"):
            continue
        before, bar, after = line.partition("|")
        text, category = (after.strip(), before.strip()) if bar else (line, UNSORTED)
        if not text:
            raise CorpusError(f"{name}, line {number}: no text after {before.strip()!r}|: write category|sentence")
        if len(text) > MOST_CHARACTERS or len(category) > LONGEST_CATEGORY:
            raise CorpusError(f"{name}, line {number}: a text has {MOST_CHARACTERS:,} characters at most, a category "
                              f"(what stands before the first |) {LONGEST_CATEGORY}: shorten it")
        found.setdefault(text, StressSentence(text, category or UNSORTED))
        if len(found) > MOST_SENTENCES:
            raise CorpusError(f"{name} holds more than {MOST_SENTENCES:,} sentences: leave some out")
    return tuple(found.values())
