import numpy as np
import pytest
import soundfile
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mytts_core.data.corpora import Utterance, held_out_ids, read_corpus
from mytts_core.errors import CorpusError


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "wavs").mkdir()
    for name in ("a.wav", "b.flac", "c.ogg", "d.mp3"):
        soundfile.write(tmp_path / "wavs" / name, 0.1 * np.ones(2205, dtype=np.float32), 22050)
    return tmp_path


def write(folder, text: str | bytes) -> None:
    data = text if isinstance(text, bytes) else text.encode()
    (folder / "metadata.csv").write_bytes(data)


def test_two_three_and_four_columns_and_all_formats(folder) -> None:
    write(folder, "a|Dr. A\nb|5 b|five b\nc|see||\nd|dee|dee!|anna\n")
    corpus = read_corpus(folder)
    assert corpus.problems == []
    assert [(u.id, u.text, u.audio_path.name, u.speaker, u.row) for u in corpus.utterances] == [
        ("a", "Dr. A", "a.wav", "", 1), ("b", "five b", "b.flac", "", 2), ("c", "see", "c.ogg", "", 3),
        ("d", "dee!", "d.mp3", "anna", 4)]
    assert corpus.utterances[0].seconds == pytest.approx(0.1)


def test_old_line_ends_and_quotes_left_open_in_a_comma_separated_list(folder) -> None:
    write(folder, 'file,text\ra.wav,one\rb.flac,"two\r')
    assert [(u.id, u.text) for u in read_corpus(folder).utterances] == [("a", "one"), ("b", "two")]
    write(folder, "file" + "x" * 200_000 + ",text\na.wav,one\n")
    with pytest.raises(CorpusError, match="cannot be parsed"):
        read_corpus(folder)


def test_windows_line_ends_byte_order_mark_and_empty_lines(folder) -> None:
    write(folder, "\ufeffa|text a\r\n\r\nb|text b\r\n")
    assert [(u.id, u.text) for u in read_corpus(folder).utterances] == [("a", "text a"), ("b", "text b")]


BAD_ROWS = [
    ("missing|text", "missing", "audio file is missing"),
    ("b|  ", "b", "text is empty"),
    ("b||", "b", "text is empty"),
    ("a|again", "a", "second time"),
    ("just text", "", "1 columns"),
    ("a|b|c|d|e", "", "5 columns"),
    ("|text", "", "no id"),
    ("../wavs/b|text", "../wavs/b", "leaves the corpus folder"),
    ("/etc/passwd|text", "/etc/passwd", "leaves the corpus folder"),
    ("..\\b|text", "..\\b", "leaves the corpus folder"),
    ("C:b|text", "C:b", "leaves the corpus folder"),
    ("broken|text", "broken", "cannot be read"),
    ("nothing|text", "nothing", "no samples"),
    ("x" * 400 + "|text", "x" * 400, "missing"),
]


@pytest.mark.parametrize("row, identity, reason", BAD_ROWS)
def test_a_bad_row_is_reported_and_the_rest_goes_on(folder, row: str, identity: str, reason: str) -> None:
    (folder / "wavs/broken.wav").write_bytes(b"RIFFnot audio")
    soundfile.write(folder / "wavs/nothing.wav", np.zeros(0), 22050)
    write(folder, f"a|first\n{row}\nd|last\n")
    corpus = read_corpus(folder)
    assert [u.id for u in corpus.utterances] == ["a", "d"]
    (problem,) = corpus.problems
    assert (problem.row, problem.id) == (2, identity) and reason in problem.reason


def test_a_row_that_is_not_utf8_is_reported(folder) -> None:
    write(folder, b"a|fine\nb|caf\xe9\n")
    corpus = read_corpus(folder)
    assert [u.id for u in corpus.utterances] == ["a"] and "UTF-8" in corpus.problems[0].reason


def test_a_comma_separated_list_with_audio_beside_it(folder) -> None:
    for name in ("a.wav", "d.mp3"):
        (folder / "wavs" / name).rename(folder / name)
    write(folder, 'file name,transcript,duration\na.wav,"one, two",0.1\nd.mp3,three,0.1\nz.wav,four,1\n')
    corpus = read_corpus(folder)
    assert [(u.id, u.text) for u in corpus.utterances] == [("a", "one, two"), ("d", "three")]
    assert corpus.problems[0].id == "z"


def test_a_comma_separated_list_without_known_columns(folder) -> None:
    write(folder, "alpha,beta\na.wav,text\n")
    with pytest.raises(CorpusError, match="header names the columns alpha, beta"):
        read_corpus(folder)


def test_no_folder_no_metadata_no_rows_no_usable_row(tmp_path) -> None:
    with pytest.raises(CorpusError, match="does not exist"):
        read_corpus(tmp_path / "none")
    with pytest.raises(CorpusError, match="make-corpus"):
        read_corpus(tmp_path)
    write(tmp_path, "\n\n")
    with pytest.raises(CorpusError, match="holds no rows"):
        read_corpus(tmp_path)
    write(tmp_path, "a|text\nb|text\n")
    with pytest.raises(CorpusError, match=r"none of the 2 rows .* \(row 1, a\): audio file is missing"):
        read_corpus(tmp_path)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.one_of(st.binary(max_size=200), st.text(alphabet="ab|,\n\r\"./\0 é", max_size=80).map(str.encode)))
def test_any_metadata_is_read_or_refused_in_words(folder, data: bytes) -> None:
    write(folder, data)
    try:
        corpus = read_corpus(folder)
    except CorpusError:
        return
    for utterance in corpus.utterances:
        assert isinstance(utterance, Utterance) and utterance.text
        assert utterance.audio_path.resolve().is_relative_to(folder.resolve())


def test_the_shared_corpora_are_read(shared_data) -> None:
    for name, count in (("kathleen", 1072), ("ljspeech_24", 24), ("persian_10", 10)):
        corpus = read_corpus(shared_data / "speech" / name)
        assert len(corpus.utterances) == count and corpus.problems == []
    assert all(u.seconds > 2 for u in corpus.utterances)


@pytest.mark.parametrize("count, every, minimum, expected", [
    (1072, 20, 50, 53), (13100, 20, 50, 655), (600, 20, 50, 50), (500, 20, 50, 50), (499, 20, 50, 24), (24, 20, 50, 1),
    (2, 20, 50, 1), (1, 20, 50, 0), (10, 1, 1, 5)])
def test_how_many_are_held_out(count: int, every: int, minimum: int, expected: int) -> None:
    ids = [f"u{i:05d}" for i in range(count)]
    chosen = held_out_ids(reversed(ids), every, minimum)
    assert len(chosen) == expected and chosen == sorted(chosen) and set(chosen) <= set(ids)
    assert chosen == held_out_ids(ids, every, minimum)


def test_every_twentieth_in_sorted_order() -> None:
    ids = [f"u{i:05d}" for i in range(2000)]
    assert held_out_ids(ids, 20, 50) == ids[19::20]
