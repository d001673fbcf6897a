"""Takes as data for a page: marks, places in the grid, waveforms, and the archive that is saved."""

from __future__ import annotations

import csv
import io
import json
import zipfile

import numpy as np
import pytest
import soundfile
from hypothesis import given
from hypothesis import strategies as st

from dashboard.figures.samples import STOP_REASONS
from dashboard.figures.take_archive import choose_fitting, file_name, write_archive
from dashboard.figures.takes import arrange, get_marks, in_words, speed, stop_words, take_name
from dashboard.figures.waveform import cut, get_peaks
from mytts_core.errors import SynthesisError
from mytts_core.synthesis.stored_take import StoredTake

HEALTHY = StoredTake(
    id="0123456789abcdef", created=1_790_000_000.0, run="voices/kathleen", step=10_500, text="Good morning.",
    temperature=1.5, seed=3, vocoder="griffin_lim", max_seconds=None, audio_seconds=1.5, work_seconds=0.5, device="CPU",
    stop_reasons=("stop_token",), faults=(), skipped=0, repeated=0, stalled=0, kinds=(),
    scores={"diagonality": 0.97, "focus": 0.8, "coverage": 0.9, "monotonicity": 1.0}, num_bytes=100_000)


def wav_of(samples, rate=1_000):
    file = io.BytesIO()
    soundfile.write(file, samples, rate, format="WAV", subtype="PCM_16")
    return file.getvalue()


def words_of(take):
    return [mark.text for mark in get_marks(take)]


def test_a_take_that_reads_its_text_has_no_marks():
    assert get_marks(HEALTHY) == []


@pytest.mark.parametrize(("changes", "words", "level"), [
    (dict(skipped=2, kinds=("skipped",)), ["skips 2 tokens"], "warning"),
    (dict(repeated=1, kinds=("repeated",)), ["repeats 1 token"], "warning"),
    (dict(stalled=1, kinds=("stalled",)), ["stalls on 1 token"], "warning"),
    (dict(kinds=("truncated",)), ["stops early"], "warning"),
    (dict(stop_reasons=("limit",)), ["never stops"], "bad"),
    (dict(stop_reasons=("stop_token", "limit", "limit")), ["never stops (2 of 3 pieces)"], "bad"),
    (dict(scores={"diagonality": 0.42}), ["loses the text"], "bad"),
    (dict(kinds=("skipped", "lost"), skipped=4, stop_reasons=("limit",)), ["loses the text", "never stops"], "bad"),
    (dict(stop_reasons=("limit",), skipped=1), ["never stops", "skips 1 token"], "bad"),
])
def test_what_is_wrong_with_a_take_is_marked(changes, words, level):
    take = HEALTHY._replace(**changes)
    assert words_of(take) == words
    assert get_marks(take)[0].level == level


def test_marks_end_a_sentence():
    take = HEALTHY._replace(stop_reasons=("limit",), skipped=1, repeated=2)
    assert in_words(get_marks(take)) == "never stops, skips 1 token and repeats 2 tokens"
    assert in_words(get_marks(take)[:1]) == "never stops" and in_words([]) == ""


def test_takes_are_arranged_by_checkpoint_and_temperature():
    rows = arrange([(500, 1.0, None), (500, 1.5, 0), (500, 1.5, 7), (900, 1.5, 0)])
    assert [(row.label, row.note) for row in rows] == [
        ("Temperature 1.00, step 500", "extra variation 0"), ("Temperature 1.50, step 500", "extra variation +0.50"),
        ("Temperature 1.50, step 900", "extra variation +0.50")]
    assert [[(cell.number, cell.seed) for cell in row.cells] for row in rows] == [
        [(0, "deterministic")], [(1, "seed 0"), (2, "seed 7")], [(3, "seed 0")]]
    assert arrange([(500, 1.0, None)])[0].label == "Temperature 1.00", "one checkpoint need not be named"


def test_speed_is_audio_over_work_and_unknown_without_work():
    assert speed(HEALTHY) == 3.0
    assert np.isnan(speed(HEALTHY._replace(work_seconds=0.0)))


def test_why_a_take_ended_is_said_for_one_piece_and_for_several():
    assert stop_words(HEALTHY, STOP_REASONS) == "stop token"
    several = HEALTHY._replace(stop_reasons=("stop_token", "limit", "stop_token"))
    assert stop_words(several, STOP_REASONS) == "stop token (2 of 3)"
    assert stop_words(HEALTHY._replace(stop_reasons=()), STOP_REASONS) == "not known"


@pytest.mark.parametrize(("length", "columns"), [(1_000, 10), (997, 100), (7, 100), (1, 4)])
def test_peaks_are_the_extremes_of_each_stretch(length, columns):
    samples = np.random.default_rng(length).integers(-32_768, 32_767, length).astype(np.int16)
    peaks = get_peaks(wav_of(samples), columns)
    count = min(columns, length)
    starts = [int(column * length / count) for column in range(count)] + [length]
    expected = [round(float(extreme(samples[first:last])) / 32_768 * 127)
                for first, last in zip(starts[:-1], starts[1:]) for extreme in (min, max)]
    assert peaks == pytest.approx(expected, abs=1) and len(peaks) == 2 * count


def test_what_is_no_sound_has_no_peaks():
    assert get_peaks(b"", 10) == get_peaks(b"RIFF nonsense", 10) == get_peaks(wav_of(np.empty(0, np.int16)), 10) == []


def test_a_part_is_cut_to_the_sample():
    samples = np.arange(1_000, dtype=np.int16)
    part, rate = soundfile.read(io.BytesIO(cut(wav_of(samples), 0.25, 0.5)), dtype="int16")
    assert rate == 1_000 and np.array_equal(part, samples[250:500])
    assert cut(b"nonsense", 0, 1) == b"nonsense"


def archive_of(takes, audio_of):
    file = io.BytesIO()
    write_archive(takes, audio_of, file)
    archive = zipfile.ZipFile(file)
    assert archive.testzip() is None
    return archive, list(csv.DictReader(io.StringIO(archive.read("takes.csv").decode("utf-8-sig"))))


def test_an_archive_holds_sounds_table_and_settings():
    other = HEALTHY._replace(id="fedcba9876543210", temperature=1.0, seed=None, text="سلام، خوبی؟",
                             stop_reasons=("limit",))
    sounds = {HEALTHY.id: wav_of(np.arange(9, dtype=np.int16)), other.id: wav_of(np.arange(5, dtype=np.int16))}
    archive, rows = archive_of([HEALTHY, other], sounds.__getitem__)
    assert archive.namelist() == [
        "voices_kathleen_step10500_t1.50_seed3_Good_morning_01234567.wav",
        "voices_kathleen_step10500_t1.00_سلام_خوبی_fedcba98.wav", "takes.csv", "settings.json"]
    for take, row in zip((HEALTHY, other), rows):
        assert archive.read(row["file"]) == sounds[take.id]
        assert row["text"] == take.text and float(row["temperature"]) == take.temperature
    assert rows[0]["seed"] == "3" and rows[1]["seed"] == ""
    assert rows[0]["marks"] == "" and rows[1]["marks"] == "never stops" and rows[1]["ended_by"] == "length limit"
    settings = json.loads(archive.read("settings.json"))
    assert settings[0] == {"id": HEALTHY.id, "file": archive.namelist()[0], "run": "voices/kathleen",
                           "checkpoint": 10_500, "text": "Good morning.", "temperature": 1.5, "seed": 3,
                           "max_seconds": None, "vocoder": "griffin_lim"}


def test_a_take_that_has_gone_is_named_in_the_table():
    def gone(identity):
        raise SynthesisError(f"there is no take {identity}")

    archive, [row] = archive_of([HEALTHY], gone)
    assert archive.namelist() == ["takes.csv", "settings.json"]
    assert row["file"] == "" and "there is no take" in row["problem"]


@pytest.mark.parametrize("formula", ["=1+1", "+1", "-1", "@x", "\tx"])
def test_a_spreadsheet_takes_no_text_for_a_formula(formula):
    _, [row] = archive_of([HEALTHY._replace(text=formula)], lambda _: b"")
    assert row["text"] == "'" + formula


def test_an_archive_has_the_first_takes_that_fit_and_at_least_one():
    takes = [HEALTHY._replace(num_bytes=size) for size in (60, 30, 20)]
    assert choose_fitting(takes, 100) == (tuple(takes[:2]), 1)
    assert choose_fitting(takes, 10) == (tuple(takes[:1]), 2)
    assert choose_fitting([], 10) == ((), 0)


@given(text=st.text(max_size=80), run=st.text(max_size=80), seed=st.none() | st.integers(0, 2**31))
def test_any_text_makes_a_plain_file_name(text, run, seed):
    name = file_name(HEALTHY._replace(text=text, run=run, seed=seed))
    assert name.endswith(".wav") and len(name.encode("utf-8", errors="surrogatepass")) < 255
    assert not set(name) & set('/\\:*?"<>|\0\n\r\t ') and not name.startswith((".", "-"))


def test_the_name_of_a_take_tells_it_from_others_of_its_text():
    assert take_name(HEALTHY) == "step 10,500, temperature 1.50, seed 3"
    assert take_name(HEALTHY._replace(seed=None, step=-1, temperature=1.0)) == "temperature 1.00"
