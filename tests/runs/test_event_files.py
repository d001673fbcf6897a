"""Event files as they grow, restart and break, and the real logs point by point against TensorBoard's own reader."""

from __future__ import annotations

import math
import os
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tensorboard.compat.proto import types_pb2
from tensorboard.compat.proto.event_pb2 import Event, SessionLog
from tensorboard.compat.proto.summary_pb2 import Summary
from tensorboard.compat.proto.tensor_pb2 import TensorProto

from mytts_core.runs import event_decoder, event_files, scalar_templates
from mytts_core.runs.event_files import EventFile
from mytts_core.runs.event_parser import parse_event
from mytts_core.runs.run_logs import RunLogs
from tests.runs.event_bytes import file_bytes, record, scalar, tensor_event, tensor_value, write_events
from tests.runs.reference_reader import simple_points

NAME = "events.out.tfevents.{:010d}.host.1.0"


def points(file: EventFile, tag: str) -> list[tuple[int, float]]:
    series = file.scalars[tag].series()
    return list(zip(series.steps.tolist(), series.values.tolist()))


def start_event(step: int) -> Event:
    return Event(step=step, wall_time=1.0, session_log=SessionLog(status=SessionLog.START))


def test_growing_file_is_read_on_from_where_the_last_look_ended(tmp_path: Path) -> None:
    path = tmp_path / NAME.format(1)
    whole = file_bytes(scalar(step, "loss", step / 2) for step in range(40))
    file = EventFile(path)
    read = []
    for size in range(0, len(whole) + 1, 23):
        path.write_bytes(whole[:size])
        os.utime(path, ns=(size, size))
        file.read_new()
        read = points(file, "loss") if "loss" in file.scalars else []
        assert read == [(step, step / 2) for step in range(len(read))] and not file.problems
    path.write_bytes(whole)
    file.read_new()
    assert points(file, "loss") == [(step, step / 2) for step in range(40)]
    assert file.offset == len(whole) and file.read_new() == 0


def test_file_that_is_replaced_by_another_is_read_anew(tmp_path: Path) -> None:
    path = write_events(tmp_path / NAME.format(1), [scalar(step, "old", 1.0) for step in range(9)])
    file = EventFile(path)
    file.read_new()
    other = write_events(tmp_path / "other", [scalar(step, "new", 2.0) for step in range(99)])
    os.replace(other, path)
    file.read_new()
    assert list(file.scalars) == ["new"] and len(file.scalars["new"]) == 99


def test_damage_in_a_header_is_reported_and_what_came_before_is_kept(tmp_path: Path) -> None:
    good = file_bytes([scalar(1, "loss", 1.0)])
    path = tmp_path / NAME.format(1)
    path.write_bytes(good + bytes(50) + record(scalar(2, "loss", 2.0).SerializeToString()))
    file = EventFile(path)
    file.read_new()
    assert points(file, "loss") == [(1, 1.0)]
    assert f"damaged record header at byte {len(good)}" in file.problems[0]
    path.write_bytes(good + record(scalar(2, "loss", 2.0).SerializeToString()))     # the disk has caught up
    file.read_new()
    assert points(file, "loss") == [(1, 1.0), (2, 2.0)] and not file.problems


def test_malformed_event_with_a_sound_crc_is_passed_over(tmp_path: Path) -> None:
    path = tmp_path / NAME.format(1)
    path.write_bytes(file_bytes([]) + record(b"\x2a\xff\xff") + record(scalar(2, "loss", 2.0).SerializeToString()))
    file = EventFile(path)
    file.read_new()
    assert points(file, "loss") == [(2, 2.0)] and "malformed event" in file.problems[0]


def test_records_larger_than_a_look_are_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(event_files, "CHUNK_BYTES", 64)
    image = Summary.Image(height=2, width=3, encoded_image_string=b"x" * 5_000)
    large = Event(step=1, wall_time=1.0, summary=Summary(value=[Summary.Value(tag="picture", image=image)]))
    path = write_events(tmp_path / NAME.format(1), [large, scalar(2, "loss", 2.0), large, scalar(3, "loss", 3.0)])
    file = EventFile(path)
    file.read_new()
    assert points(file, "loss") == [(2, 2.0), (3, 3.0)]
    assert [(entry.kind, entry.tag, entry.step) for entry in file.media] == [("image", "picture", 1)] * 2


def test_damaged_data_longer_than_a_look_is_passed_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(event_files, "CHUNK_BYTES", 64)
    damaged = bytearray(record(bytes(1_000)))
    damaged[500] = 1
    path = tmp_path / NAME.format(1)
    path.write_bytes(file_bytes([]) + damaged + record(scalar(2, "loss", 2.0).SerializeToString()))
    file = EventFile(path)
    file.read_new()
    assert points(file, "loss") == [(2, 2.0)] and "damaged record data" in file.problems[0]


def test_missing_file_is_a_problem_not_an_exception(tmp_path: Path) -> None:
    file = EventFile(tmp_path / "absent.tfevents.1")
    assert file.read_new() == 0 and "No such file" in file.problems[0]


def test_scalar_tensors_need_metadata_only_once(tmp_path: Path) -> None:
    def tensor(value: float) -> TensorProto:
        return TensorProto(dtype=types_pb2.DT_FLOAT, tensor_content=np.float32(value).tobytes())
    events = [tensor_event(0, "loss", tensor(3.0), "scalars")]
    events += [tensor_event(step, "loss", tensor(step)) for step in range(1, 4)]
    words = TensorProto(dtype=types_pb2.DT_STRING, string_val=[b"hello"])
    events += [tensor_event(0, "note", words, "text"), tensor_event(1, "note", words)]
    numbers = TensorProto(dtype=types_pb2.DT_FLOAT, float_val=[1.0])
    events += [tensor_event(0, "curve", numbers, "pr_curves"), tensor_event(1, "curve", numbers)]
    file = EventFile(write_events(tmp_path / NAME.format(1), events))
    file.read_new()
    assert points(file, "loss") == [(0, 3.0), (1, 1.0), (2, 2.0), (3, 3.0)] and list(file.scalars) == ["loss"]
    assert [(entry.kind, entry.step) for entry in file.media] == [
        ("text", 0), ("text", 1), ("tensor", 0), ("tensor", 1)]


values = st.floats(width=32)
tags = st.sampled_from(["a", "b", "train/loss", "سلام", "x" * 200, ""])


@st.composite
def events(draw: st.DrawFn) -> Event:
    """Scalars of every style, alone or several in an event, with whatever may stand around them."""
    parts = []
    for tag in draw(st.lists(tags, min_size=1, max_size=4)):
        number = draw(values)
        style = draw(st.sampled_from(["simple", "simple", "content", "listed", "double", "wide", "odd",
                                            "histogram"]))
        if style == "simple":
            parts.append(Summary.Value(tag=tag, simple_value=number))
        elif style == "histogram":
            parts.append(Summary.Value(tag=tag))
        else:
            kind = {"content": dict(dtype=types_pb2.DT_FLOAT, tensor_content=np.float32(number).tobytes()),
                    "listed": dict(dtype=types_pb2.DT_FLOAT, float_val=[number]),
                    "double": dict(dtype=types_pb2.DT_DOUBLE, double_val=[number]),
                    "wide": dict(dtype=types_pb2.DT_DOUBLE, tensor_content=np.float64(number / 3).tobytes()),
                    "odd": dict(dtype=types_pb2.DT_DOUBLE, float_val=[number], double_val=[number])}[style]
            parts.append(tensor_value(tag, TensorProto(**kind), draw(st.sampled_from(["", "scalars"]))))
    step = draw(st.one_of(st.integers(0, 300), st.integers(-(2**63), 2**63 - 1)))
    return Event(step=step, wall_time=draw(st.floats(1.0, 2e9)), summary=Summary(value=parts))


def read_with(path: Path, monkeypatch: pytest.MonkeyPatch, min_rows: int, chunk: int) -> EventFile:
    monkeypatch.setattr(scalar_templates, "MIN_ROWS", min_rows)
    monkeypatch.setattr(event_files, "CHUNK_BYTES", chunk)
    file = EventFile(path)
    file.read_new()
    return file


@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(events(), min_size=1, max_size=6), st.sampled_from([1, 2, 5]), st.sampled_from([64, 700, 8 << 20]))
def test_templates_read_what_the_parser_reads(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch,
                                              drawn: list[Event], min_rows: int, chunk: int) -> None:
    path = write_events(tmp_path_factory.mktemp("templates") / NAME.format(1), drawn * 5)
    quick, thorough = read_with(path, monkeypatch, min_rows, chunk), read_with(path, monkeypatch, 10**9, 8 << 20)
    assert quick.num_events == thorough.num_events and list(quick.scalars) == list(thorough.scalars)
    assert quick.media == thorough.media
    for tag in quick.scalars:
        for mine, reference in zip(quick.scalars[tag].series()[:3], thorough.scalars[tag].series()[:3]):
            np.testing.assert_array_equal(mine, reference)


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(events(), min_size=1, max_size=3), st.lists(st.tuples(st.integers(0, 1 << 16), st.integers(0, 255)),
                                                            min_size=1, max_size=12), st.binary(max_size=60))
def test_events_of_which_bytes_were_changed_before_they_were_framed(tmp_path_factory: pytest.TempPathFactory,
                                                                    monkeypatch: pytest.MonkeyPatch, drawn: list[Event],
                                                                    changes: list[tuple[int, int]],
                                                                    noise: bytes) -> None:
    """Sound CRCs around anything: a template must not take for its own what the parser reads otherwise."""
    payloads = [event.SerializeToString() for event in drawn] * 3 + [noise]
    for number, (place, byte) in enumerate(changes):
        payload = bytearray(payloads[number % len(payloads)])
        if payload:
            payload[place % len(payload)] = byte
        payloads.append(bytes(payload))
    path = tmp_path_factory.mktemp("changed") / NAME.format(1)
    path.write_bytes(b"".join(map(record, payloads * 2)))
    quick, thorough = read_with(path, monkeypatch, 1, 300), read_with(path, monkeypatch, 10**9, 8 << 20)
    assert quick.num_events == thorough.num_events and quick.media == thorough.media
    assert repr(all_points(quick)) == repr(all_points(thorough))


def test_templates_are_used_for_what_programs_write(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Otherwise the test above would hold even if no template ever matched."""
    parsed = []
    monkeypatch.setattr(event_decoder, "parse_event", lambda data: parsed.append(data) or parse_event(data))
    content = []
    for step in range(100, 1_100):
        tensor = TensorProto(dtype=types_pb2.DT_FLOAT, tensor_content=np.float32(step).tobytes())
        several = Summary(value=[Summary.Value(tag=tag, simple_value=step) for tag in "abc"])
        double = TensorProto(dtype=types_pb2.DT_DOUBLE, double_val=[step])
        content += [scalar(step, "loss", step), scalar(step, "cost", -step), tensor_event(step, "tensor", tensor),
                    tensor_event(step, "double", double), Event(step=step, wall_time=1.0, summary=several)]
    file = EventFile(write_events(tmp_path / NAME.format(1), content))
    file.read_new()
    assert len(parsed) < 20 and file.num_events == 5_001
    assert [len(column) for column in file.scalars.values()] == [1_000] * 7
    for tag, column in file.scalars.items():
        expected = np.arange(100, 1_100) * (-1 if tag == "cost" else 1)
        np.testing.assert_array_equal(column.series().values, expected)


def test_damaged_scalars_are_left_out_one_by_one(tmp_path: Path) -> None:
    content = bytearray(file_bytes(scalar(step, "loss", step / 2) for step in range(130, 430)))
    size = len(record(scalar(130, "loss", 65.0).SerializeToString()))
    start = len(file_bytes([]))
    for number, byte in ((40, 15), (41, size - 6), (120, size - 1), (250, 25)):     # time, value, its CRC, tag
        content[start + number * size + byte] ^= 0x10
    path = tmp_path / NAME.format(1)
    path.write_bytes(content)
    file = EventFile(path)
    file.read_new()
    assert points(file, "loss") == [(130 + number, (130 + number) / 2) for number in range(300)
                                    if number not in (40, 41, 120, 250)]
    assert len(file.problems) == 4 and all("damaged record data" in problem for problem in file.problems)


def mixed_content() -> bytes:
    """Scalars, a restart, several values an event, a picture, a text: a file as a program writes it."""
    picture = Summary.Image(height=1, width=1, encoded_image_string=b"png" * 9)
    return file_bytes([
        *(scalar(step, tag, step / 3) for step in range(9) for tag in ("loss", "rate")),
        Event(step=9, wall_time=1.0, summary=Summary(value=[Summary.Value(tag="picture", image=picture)])),
        start_event(5), *(scalar(step, "loss", math.nan) for step in range(5, 12))])


def test_file_cut_anywhere_gives_the_points_before_the_cut_and_goes_on_when_it_is_whole(tmp_path: Path) -> None:
    whole = mixed_content()
    path = tmp_path / NAME.format(1)
    for cut in range(len(whole) + 1):
        path.write_bytes(whole[:cut])
        file = EventFile(path)
        file.read_new()
        assert repr(all_points(file)) == repr(simple_points(whole[:cut])) and not file.problems
        with open(path, "ab") as appended:
            appended.write(whole[cut:])
        file.read_new()
        assert repr(all_points(file)) == repr(simple_points(whole))
        assert len(file.media) == len(file.session_starts) == 1 and not file.problems


def all_points(file: EventFile) -> dict[str, list[tuple[int, float, float]]]:
    return {tag: list(zip(*(part.tolist() for part in column.series()[:3]))) for tag, column in file.scalars.items()}


@settings(max_examples=150, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 1 << 20), st.integers(1, 255)), max_size=3), st.binary(max_size=40),
       st.integers(0, 1 << 20))
def test_whatever_is_flipped_or_appended_the_sound_records_are_read(tmp_path_factory: pytest.TempPathFactory,
                                                                    flips: list[tuple[int, int]], tail: bytes,
                                                                    cut: int) -> None:
    content = bytearray(mixed_content() + tail)
    for place, change in flips:
        content[place % len(content)] ^= change
    path = tmp_path_factory.mktemp("damage") / NAME.format(1)
    path.write_bytes(content[:cut % len(content)])
    file = EventFile(path)
    file.read_new()
    path.write_bytes(content)
    file.read_new()
    assert repr(all_points(file)) == repr(simple_points(bytes(content)))


def test_a_file_that_shrinks_while_it_is_open_is_read_anew(tmp_path: Path) -> None:
    path = write_events(tmp_path / NAME.format(1), [scalar(step, "loss", 1.0) for step in range(50)])
    file = EventFile(path)
    file.read_new()
    write_events(path, [scalar(step, "loss", 2.0) for step in range(3)])
    file.read_new()
    assert points(file, "loss") == [(0, 2.0), (1, 2.0), (2, 2.0)]


def test_more_tags_and_media_than_the_limits_are_counted_not_kept(tmp_path: Path,
                                                                  monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(event_decoder, "MAX_TAGS", 50)
    monkeypatch.setattr(event_decoder, "MAX_MEDIA", 5)
    words = TensorProto(dtype=types_pb2.DT_STRING, string_val=[b"hello"])
    content = [scalar(step, f"tag/{number}", step) for step in range(3) for number in range(70)]
    content += [tensor_event(step, "note", words, "text") for step in range(9)]
    file = EventFile(write_events(tmp_path / NAME.format(1), content))
    file.read_new()
    assert len(file.scalars) == 50 and all(len(column) == 3 for column in file.scalars.values())
    assert len(file.media) == 5
    assert file.problems == [f"{file.path.name}: 64 values are left out; of one file, {event_files.MAX_TAGS:,} metrics "
                             f"and {event_files.MAX_MEDIA:,} images, sounds and other media are kept"]


def write_run(folder: Path, *files: list[Event]) -> RunLogs:
    for number, content in enumerate(files):
        write_events(folder / NAME.format(number + 1), content)
    run = RunLogs(folder)
    run.refresh()
    return run


def loss(first: int, stop: int, value: float) -> list[Event]:
    return [scalar(step, "loss", value) for step in range(first, stop)]


def test_newest_attempt_wins_and_older_ones_stay_available(tmp_path: Path) -> None:
    run = write_run(tmp_path, loss(0, 10, 1.0), [], loss(4, 7, 2.0), loss(7, 9, 3.0))
    series = run.scalars()["loss"]
    assert series.steps.tolist() == list(range(9)) and series.values.tolist() == [1.0] * 4 + [2.0] * 3 + [3.0] * 2
    assert series.attempt == 1      # the last file goes on where the one before ended: no restart
    assert [(part.attempt, part.steps.tolist()) for part in run.attempts("loss")] == [
        (0, list(range(10))), (1, [4, 5, 6, 7, 8])]


def test_step_that_goes_back_within_a_file_is_a_restart(tmp_path: Path) -> None:
    series = write_run(tmp_path, loss(0, 6, 1.0) + loss(3, 5, 2.0)).scalars()["loss"]
    assert series.steps.tolist() == [0, 1, 2, 3, 4] and series.values.tolist() == [1, 1, 1, 2, 2]


def test_repeated_step_is_no_restart(tmp_path: Path) -> None:
    series = write_run(tmp_path, [scalar(step, "loss", 1.0) for step in (0, 10, 10, 20, 20)]).scalars()["loss"]
    assert series.steps.tolist() == [0, 10, 10, 20, 20] and series.attempt == 0


def test_restart_marker_ends_later_points_of_every_tag(tmp_path: Path) -> None:
    rare = [scalar(step, "rare", 1.0) for step in (0, 50)]
    run = write_run(tmp_path, rare + loss(0, 60, 1.0), [start_event(30), *loss(30, 32, 2.0)], [start_event(31)])
    merged = run.scalars()
    assert merged["rare"].steps.tolist() == [0]
    assert merged["loss"].steps.tolist() == list(range(31)) and merged["loss"].values[-1] == 2.0
    assert [start.step for start in run.restarts()] == [30, 31]


def test_tags_of_two_writers_in_one_folder_do_not_disturb_each_other(tmp_path: Path) -> None:
    train, evaluation = loss(0, 10, 1.0), [scalar(step, "eval", 2.0) for step in range(0, 10, 5)]
    merged = write_run(tmp_path, train, evaluation).scalars()
    assert len(merged["loss"].steps) == 10 and len(merged["eval"].steps) == 2


def test_nan_and_infinity_are_data(tmp_path: Path) -> None:
    numbers = [1.0, float("nan"), float("inf"), float("-inf")]
    run = write_run(tmp_path, [scalar(step, "loss", number) for step, number in enumerate(numbers)])
    np.testing.assert_array_equal(run.scalars()["loss"].values, numbers)


def test_empty_and_forty_byte_files_are_runs_without_points(tmp_path: Path) -> None:
    (tmp_path / NAME.format(1)).write_bytes(b"")
    run = write_run(tmp_path / "crashed", [])
    assert run.scalars() == {} and run.problems == []
    assert RunLogs(tmp_path).refresh() == 0
