"""Reading a speech corpus: `metadata.csv` and audio files; what cannot be used is reported, and the rest goes on."""

from __future__ import annotations

import csv
import io
import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from mytts_core.audio.waveform import SUFFIXES
from mytts_core.errors import CorpusError

METADATA_FILE = "metadata.csv"
AUDIO_FOLDERS = ("wavs", ".")
_ID_COLUMNS = ("id", "file name", "file_name", "filename", "file", "path", "audio", "wav")
_TEXT_COLUMNS = ("normalized_text", "normalised_text", "transcript", "transcription", "text", "sentence")
_SPEAKER_COLUMNS = ("speaker", "speaker_id", "voice")


@dataclass(frozen=True)
class Utterance:
    """One usable recording: `seconds` as its header tells, `row` its line in metadata.csv (from 1)."""

    id: str
    text: str
    audio_path: Path
    speaker: str = ""
    seconds: float = float("nan")
    row: int = 0


@dataclass(frozen=True)
class RowProblem:
    """A row that cannot be used: its number in metadata.csv (from 1), its id as far as known, and the reason."""

    row: int
    id: str
    reason: str


@dataclass
class Corpus:
    """A folder's usable utterances, in the order of metadata.csv, and the rows that cannot be used."""

    folder: Path
    utterances: list[Utterance]
    problems: list[RowProblem] = field(default_factory=list)


def read_corpus(folder: str | os.PathLike) -> Corpus:
    """Read a corpus in LJSpeech layout, or a comma-separated list with a header beside its audio files.

    `metadata.csv` holds rows `id|text`, `id|text|normalised text` (the third column is preferred) or
    `id|text|normalised text|speaker`, and `wavs/<id>.wav` (or .flac, .ogg, .mp3) the audio. A comma-separated file
    names its columns in the first line, for example `file name,transcript,duration`.

    Raises:
        CorpusError: if the folder or its metadata.csv is missing or unreadable, or no row at all can be used.
    """
    folder = Path(folder)
    if not folder.is_dir():
        raise CorpusError(f"corpus folder {folder} does not exist: give a folder that holds {METADATA_FILE} and wavs/")
    try:
        data = (folder / METADATA_FILE).read_bytes()
    except FileNotFoundError as error:
        raise CorpusError(f"{folder} holds no {METADATA_FILE}: write one with a line `id|text` for each wavs/<id>.wav, "
                          "or make a corpus with `mytts make-corpus`") from error
    except OSError as error:
        raise CorpusError(f"{folder / METADATA_FILE} cannot be read ({error}): check its permissions") from error
    corpus = Corpus(folder, [], [])
    seen: set[str] = set()
    for row, columns in _rows(data):
        outcome = _read_row(folder, row, columns, seen)
        if isinstance(outcome, Utterance):
            corpus.utterances.append(outcome)
        else:
            corpus.problems.append(outcome)
    if not corpus.utterances:
        raise CorpusError(_nothing_usable(corpus))
    return corpus


def held_out_ids(ids: Iterable[str], every: int, minimum: int) -> list[str]:
    """Choose the ids that training never sees: deterministic, in sorted order.

    Every `every`-th id in sorted order. Where that gives fewer than `minimum` and there are at least 10 × `minimum`
    ids, every k-th with k = number // minimum, so that at least `minimum` are held out. A corpus of two or more always
    holds out one, and never all.
    """
    ordered = sorted(set(ids))
    step = max(2, every)
    if len(ordered) // step < minimum and len(ordered) >= 10 * minimum:
        step = len(ordered) // minimum
    chosen = ordered[step - 1::step]
    return chosen or (ordered[-1:] if len(ordered) >= 2 else [])


def _rows(data: bytes) -> Iterator[tuple[int, dict[str, str] | str]]:
    """Yield (row number, columns by name), or (row number, reason) for a malformed row; empty lines are passed over."""
    data = data.removeprefix(b"\xef\xbb\xbf").replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    first = data.split(b"\n", 1)[0]
    if b"|" not in first and b"," in first:
        yield from _comma_rows(data.decode("utf-8", errors="replace"))
        return
    for row, line in enumerate(data.split(b"\n"), start=1):
        if not line.strip():
            continue
        try:
            cells = [cell.strip() for cell in line.decode("utf-8").split("|")]
        except UnicodeDecodeError as error:
            yield row, f"is not UTF-8 text ({error.reason} at byte {error.start}): save the file as UTF-8"
            continue
        if not 2 <= len(cells) <= 4:
            yield row, f"has {len(cells)} columns; it must be id|text, id|text|normalised text, or with |speaker"
            continue
        text = cells[2] if len(cells) > 2 and cells[2] else cells[1]
        yield row, {"id": cells[0], "text": text, "speaker": cells[3] if len(cells) > 3 else ""}


def _comma_rows(text: str) -> Iterator[tuple[int, dict[str, str] | str]]:
    reader = csv.DictReader(io.StringIO(text.replace("\0", "")))
    try:
        names = {(name or "").strip().lower(): name for name in reader.fieldnames or []}
    except csv.Error as error:
        yield 1, f"cannot be parsed ({error})"
        return
    identity, spoken, speaker = (next((names[n] for n in wanted if n in names), None)
                                 for wanted in (_ID_COLUMNS, _TEXT_COLUMNS, _SPEAKER_COLUMNS))
    if identity is None or spoken is None:
        yield 1, (f"the header names the columns {', '.join(names)}; one must be the file "
                  f"({', '.join(_ID_COLUMNS[1:5])}) and one the text ({', '.join(_TEXT_COLUMNS[2:])}), "
                  "or use lines `id|text`")
        return
    row = 1
    try:
        for values in reader:
            row = reader.line_num
            yield row, {"id": (values.get(identity) or "").strip(), "text": (values.get(spoken) or "").strip(),
                        "speaker": (values.get(speaker) or "").strip() if speaker else ""}
    except csv.Error as error:
        yield row + 1, f"cannot be parsed ({error}); the rows after it are not read"


def _read_row(folder: Path, row: int, columns: dict[str, str] | str, seen: set[str]) -> Utterance | RowProblem:
    if isinstance(columns, str):
        return RowProblem(row, "", columns)
    name = columns["id"]
    identity = name[:-len(suffix)] if (suffix := _audio_suffix(name)) else name
    if not identity:
        return RowProblem(row, "", "has no id")
    if not _stays_inside(name):
        return RowProblem(row, identity, f"id {name!r} leaves the corpus folder: ids are plain file names")
    if identity in seen:
        return RowProblem(row, identity, f"id {identity!r} is there a second time")
    seen.add(identity)
    if not columns["text"]:
        return RowProblem(row, identity, "text is empty")
    path = _find_audio(folder, name)
    if path is None:
        return RowProblem(row, identity, f"audio file is missing: none of wavs/{identity}{{{','.join(SUFFIXES)}}}")
    try:
        seconds = _duration(path)
    except (RuntimeError, OSError) as error:
        return RowProblem(row, identity, f"audio file {path.name} cannot be read ({error})")
    if seconds <= 0:
        return RowProblem(row, identity, f"audio file {path.name} holds no samples")
    return Utterance(identity, columns["text"], path, columns["speaker"], seconds, row)


def _audio_suffix(name: str) -> str:
    return next((suffix for suffix in SUFFIXES if name.lower().endswith(suffix)), "")


def _stays_inside(name: str) -> bool:
    path = Path(name.replace("\\", "/"))
    return not (path.is_absolute() or ".." in path.parts or "\0" in name or (len(name) > 1 and name[1] == ":"))


def _find_audio(folder: Path, name: str) -> Path | None:
    names: Sequence[str] = [name] if _audio_suffix(name) else [name + suffix for suffix in SUFFIXES]
    candidates = (folder / place / candidate for place in AUDIO_FOLDERS for candidate in names)
    try:
        return next((path for path in candidates if path.is_file()), None)
    except OSError:   # a name longer than the file system allows
        return None


def _duration(path: Path) -> float:
    import soundfile

    info = soundfile.info(str(path))
    return info.frames / info.samplerate if info.samplerate else 0.0


def _nothing_usable(corpus: Corpus) -> str:
    if not corpus.problems:
        return f"{corpus.folder / METADATA_FILE} holds no rows: write a line `id|text` for each wavs/<id>.wav"
    first = corpus.problems[0]
    return (f"none of the {len(corpus.problems)} rows of {corpus.folder / METADATA_FILE} can be used; the first "
            f"(row {first.row}{', ' + first.id if first.id else ''}): {first.reason}")
