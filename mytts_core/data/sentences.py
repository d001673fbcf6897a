"""Reading lists of sentences: a line each, `id|text`, or CMU Arctic's `( id "text" )`."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path

from mytts_core.errors import CorpusError

_ARCTIC = re.compile(r'^\(\s*(\S+)\s+"(.*)"\s*\)$')
_PLAIN_ID = re.compile(r"^[\w.-]+$")


@dataclass(frozen=True)
class Sentence:
    """A sentence to speak; `id` is a plain file name without suffix."""

    id: str
    text: str


def read_sentences(path: str | os.PathLike) -> list[Sentence]:
    """Read a UTF-8 text file of sentences; the first line that is not empty decides the form of all.

    Lines without ids are called sentence_0001 and so on, by line number.

    Raises:
        CorpusError: if the file is missing, not UTF-8, empty, or a line has another form, a bad id or a repeated one.
    """
    path = Path(path)
    try:
        text = path.read_text(encoding="utf-8-sig")
    except FileNotFoundError as error:
        raise CorpusError(f"sentences file {path} does not exist: give a text file with a sentence a line") from error
    except (OSError, UnicodeDecodeError) as error:
        raise CorpusError(f"sentences file {path} cannot be read as UTF-8 text ({error})") from error
    lines = [(number, line.strip()) for number, line in enumerate(text.split("\n"), start=1) if line.strip()]
    if not lines:
        raise CorpusError(f"sentences file {path} is empty: write a sentence a line")
    parse = _parser(lines[0][1])
    sentences: dict[str, Sentence] = {}
    for number, line in lines:
        sentence = parse(number, line)
        if sentence is None:
            raise CorpusError(f"{path}, line {number}: {line[:60]!r} is not of the first line's form: "
                              'all lines are sentences, `id|text`, or `( id "text" )`')
        if not _PLAIN_ID.match(sentence.id) or sentence.id in (".", ".."):
            raise CorpusError(f"{path}, line {number}: id {sentence.id!r} must be letters, digits, '_', '-' and '.'")
        if sentence.id in sentences:
            raise CorpusError(f"{path}, line {number}: id {sentence.id!r} is there a second time")
        sentences[sentence.id] = sentence
    return list(sentences.values())


def _parser(first: str):
    if _ARCTIC.match(first):
        return _parse_arctic
    return _parse_piped if "|" in first else _parse_line


def _parse_arctic(number: int, line: str) -> Sentence | None:
    match = _ARCTIC.match(line)
    return Sentence(match.group(1), match.group(2).strip()) if match else None


def _parse_piped(number: int, line: str) -> Sentence | None:
    cells = [cell.strip() for cell in line.split("|")]
    if len(cells) < 2:
        return None
    return Sentence(cells[0], cells[2] if len(cells) > 2 and cells[2] else cells[1])


def _parse_line(number: int, line: str) -> Sentence | None:
    return Sentence(f"sentence_{number:04d}", line)
