"""Recordings: made resumably, sealed whole or not at all, and telling nothing of their settings."""

from __future__ import annotations

import hashlib
import io
from collections import defaultdict

import numpy as np
import pytest
import soundfile

from mytts_core.errors import AudioError, ListeningError, RunError
from mytts_core.listening import ABX, MAKING, OPEN, Ballot, ClipFiles, ListeningStore
from mytts_core.listening.tables import listening_database
from mytts_core.listening.trial_audio import TAIL_SECONDS

RATE = 8_000


def as_it_is(wavs, rates):
    return [(wav, 0.0) for wav in wavs]


@pytest.fixture
def making(root, make_plan) -> ClipFiles:
    return ClipFiles(root, ListeningStore(root).create(make_plan(settings=3), seed=3))


@pytest.fixture
def make_all(tone):
    def make(clips: ClipFiles, seconds=lambda setting: 0.05) -> None:
        for order in clips.missing():
            setting = int(order.setting.label[1:])
            clips.save(order.clip_id, tone(setting, seconds(setting)), RATE)

    return make


def files_of(clips: ClipFiles):
    return sorted((clips.root / ".mytts" / "listening" / clips.test_id).rglob("*.wav"))


def samples(data: bytes) -> np.ndarray:
    return soundfile.read(io.BytesIO(data), dtype="int16")[0]


def frequency(wav: np.ndarray) -> float:
    """Return the strongest frequency in Hz: which setting speaks, since `tone` makes it so."""
    return float(np.fft.rfftfreq(len(wav), 1 / RATE)[np.abs(np.fft.rfft(wav)).argmax()])


def test_orders_name_what_to_speak(making, make_plan):
    plan, orders = make_plan(settings=3), making.missing()
    assert len({order.clip_id for order in orders}) == len(orders) == ListeningStore(making.root).test(
        making.test_id).clips
    assert {order.setting for order in orders} == set(plan.settings) and {o.text for o in orders} <= set(plan.texts)
    assert all((order.seed is None) == (order.setting.temperature <= 1) for order in orders)


def test_making_is_resumed_where_it_stopped(making, tone):
    first, second, *_ = making.missing()
    making.save(first.clip_id, tone(0), RATE)
    making.save(second.clip_id, tone(0), RATE)
    again = ClipFiles(making.root, making.test_id)
    assert {first, second}.isdisjoint(again.missing())
    assert ListeningStore(making.root).test(making.test_id).clips_made == 2
    making.save(first.clip_id, tone(1), RATE)       # a second take replaces the first
    assert first not in again.missing() and len(files_of(making)) == 2


@pytest.mark.parametrize("damage", [lambda path: path.unlink(), lambda path: path.write_bytes(path.read_bytes()[:-9])])
def test_damaged_recording_is_made_again(making, tone, damage):
    order = making.missing()[0]
    making.save(order.clip_id, tone(0), RATE)
    damage(files_of(making)[0])
    assert order in making.missing()
    with pytest.raises(ListeningError, match="still to be made"):
        making.seal(as_it_is)


@pytest.mark.parametrize("wav", [np.zeros(0), np.array([np.nan]), np.zeros((2, 9))])
def test_what_is_no_waveform_is_refused(making, wav):
    with pytest.raises(AudioError):
        making.save(making.missing()[0].clip_id, wav, RATE)


def test_unknown_recording_and_test_are_refused(making, tone):
    with pytest.raises(ListeningError, match="'x' is not one of this test"):
        making.save("x", tone(0), RATE)
    with pytest.raises(ListeningError, match="no listening test"):
        ClipFiles(making.root, "../../etc").missing()


def test_sealing_opens_the_test_once(making, make_all):
    make_all(making)
    making.seal(as_it_is)
    before = files_of(making)
    assert ListeningStore(making.root).test(making.test_id).state == OPEN
    assert making.missing() == () and making.damaged() == ()
    making.seal(lambda wavs, rates: pytest.fail("sealed already"))
    assert files_of(making) == before
    with pytest.raises(ListeningError, match="not changed any more"):
        making.save("x", np.zeros(9), RATE)


def test_files_tell_no_setting(making, make_all):
    make_all(making, seconds=lambda setting: 0.05 * (setting + 1))      # lengths that would give settings away
    orders = {order.clip_id for order in making.missing()}
    making.seal(as_it_is)
    files = files_of(making)
    assert len(files) == ListeningStore(making.root).test(making.test_id).clips
    assert all(path.parent.name == making.test_id and len(path.stem) == 32 for path in files)
    assert not {path.stem for path in files} & orders, "the name while it was made is not the name it has now"
    assert len({path.stat().st_mtime_ns for path in files}) == 1
    with listening_database(making.root) as connection:
        rows = connection.execute("SELECT file, text, setting FROM clips").fetchall()
    sizes = defaultdict(set)
    for row in rows:
        sizes[row["text"]].add(next(path for path in files if path.name == row["file"]).stat().st_size)
    assert all(len(found) == 1 for found in sizes.values()), "one size for each text, whatever the setting"


def test_order_in_the_folder_does_not_follow_the_settings(root, make_plan, make_all):
    agree = compared = 0
    for seed in range(3):
        clips = ClipFiles(root, ListeningStore(root).create(make_plan(trials=12, texts=5), seed))
        make_all(clips)
        clips.seal(as_it_is)
        with listening_database(root) as connection:
            settings = {row["file"]: row["setting"] for row in connection.execute("SELECT file, setting FROM clips "
                                                                                "WHERE test_id = ?", (clips.test_id,))}
        by_number = sorted(files_of(clips), key=lambda path: path.stat().st_ino)
        order = [settings[path.name] for path in by_number]
        agree += sum(one == other for one, other in zip(order, order[1:]))
        compared += len(order) - 1
    # neighbours of one setting: made setting by setting it would be nearly all of them
    assert agree < 0.8 * compared


def test_killed_while_sealing(making, make_all, monkeypatch):
    make_all(making)
    written = []

    def dies_later(path, data):
        if len(written) == 3:
            raise KeyboardInterrupt
        written.append(path)
        path.write_bytes(data)

    with monkeypatch.context() as patch:
        patch.setattr("mytts_core.listening.clips.write_bytes", dies_later)
        with pytest.raises(KeyboardInterrupt):
            making.seal(as_it_is)
    assert ListeningStore(making.root).test(making.test_id).state == MAKING and making.missing() == ()
    making.seal(as_it_is)
    assert ListeningStore(making.root).test(making.test_id).state == OPEN and making.damaged() == ()
    assert not set(written) & set(files_of(making)), "what the killed one left is cleared away"


def test_every_recording_is_levelled_together_at_one_rate(making, tone):
    for place, order in enumerate(making.missing()):
        making.save(order.clip_id, tone(0, 0.1), (8_000, 16_000)[place % 2])
    seen = []

    def level(wavs, rates):
        seen.append((len(wavs), set(rates), {len(wav) for wav in wavs}))
        return [(wav * 0.5, -6.0) for wav in wavs]

    making.seal(level)
    assert seen == [(len(files_of(making)), {16_000}, {800, 1_600})]
    peaks = [np.abs(soundfile.read(path)[0]).max() for path in files_of(making)]
    assert peaks == pytest.approx([0.1] * len(peaks), rel=0.1)


def test_disk_that_is_full_is_named(making, tone, monkeypatch):
    def full(path, data):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("mytts_core.listening.clips.write_bytes", full)
    with pytest.raises(RunError, match="No space left.*free the disk"):
        making.save(making.missing()[0].clip_id, tone(0), RATE)


def trials_of(root, test_id):
    with listening_database(root) as connection:
        return connection.execute("SELECT trials.*, a.setting AS a, b.setting AS b FROM trials "
                                  "JOIN clips AS a ON a.clip_id = clip_a JOIN clips AS b ON b.clip_id = clip_b "
                                  "WHERE trials.test_id = ?", (test_id,)).fetchall()


@pytest.mark.parametrize("mode", ["ab", ABX])
def test_a_trial_plays_what_was_designed_equally_long(root, open_test, mode):
    test_id = open_test(settings=3, mode=mode, trials=20)
    clips = ClipFiles(root, test_id)
    for trial in trials_of(root, test_id):
        heard = [samples(data) for data in clips.audio(trial["trial_id"])]
        expected = [trial["a"], trial["b"]]
        if mode == ABX:
            expected.append(expected["AB".index(trial["x_is"])])
        spoken = int((0.05 + 0.01 * max(trial["a"], trial["b"])) * RATE)
        assert [round(frequency(wav[:400]) / 200) - 1 for wav in heard] == expected
        assert {len(wav) for wav in heard} == {spoken + int(TAIL_SECONDS * RATE)}


def test_no_two_sides_have_the_same_bytes_and_the_end_is_not_heard(root, open_test):
    test_id = open_test(trials=20, texts=1, seeds=1, identical_share=0.5)
    clips = ClipFiles(root, test_id)
    sides = [data for trial in trials_of(root, test_id) for data in clips.audio(trial["trial_id"])]
    assert len({hashlib.sha224(data).digest() for data in sides}) == len(sides) == 40
    tails = [samples(data)[-int(TAIL_SECONDS * RATE):] for data in sides]
    assert max(int(np.abs(tail).max()) for tail in tails) == 1, "one least significant bit: −90 dB"
    trial = trials_of(root, test_id)[0]["trial_id"]
    assert clips.audio(trial) == clips.audio(trial)


def test_audio_before_sealing_of_another_test_and_of_a_damaged_file_is_refused(making, root, open_test):
    with listening_database(root) as connection:
        trial = connection.execute("SELECT trial_id FROM trials").fetchone()[0]
    with pytest.raises(ListeningError, match="still being made"):
        making.audio(trial)
    clips = ClipFiles(root, open_test())
    with pytest.raises(ListeningError, match="not one of this test"):
        clips.audio(trial)
    broken = files_of(clips)[0]
    broken.write_bytes(broken.read_bytes()[:-2] + b"!!")
    assert len(clips.damaged()) == 1
    with pytest.raises(ListeningError, match=f"{broken.name} is gone or damaged"):
        for row in trials_of(root, clips.test_id):
            clips.audio(row["trial_id"])


def test_differences_of_length_are_measured_and_warned_of(root, make_plan, make_all):
    clips = ClipFiles(root, ListeningStore(root).create(make_plan(settings=3), 1))
    make_all(clips, seconds=lambda setting: (1.0, 1.04, 1.2)[setting])
    assert clips.duration_differences() == ()
    clips.seal(as_it_is)
    near, far, _ = clips.duration_differences()
    assert (near.first, near.second, near.trials, near.warning) == ("T0", "T1", 3, "")
    assert near.absolute == pytest.approx(0.04 / 1.02) and near.signed_seconds == pytest.approx(0.04)
    assert far.absolute == pytest.approx(0.2 / 1.1) and "T0 and T2 differ in length by 18%" in far.warning


def test_recordings_of_a_listeners_trials_are_all_there(root, open_test):
    test_id = open_test(listeners=2)
    ballot, clips = Ballot(root, test_id), ClipFiles(root, test_id)
    for name in ("Mina", "Ali"):
        seat = ballot.join(name)
        for number in range(1, seat.trials + 1):
            assert len(clips.audio(ballot.trial(seat.seat_id, number).trial_id)) == 2
