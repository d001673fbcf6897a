"""The framing of event files: whatever is cut off or flipped, the sound beginning is found and nothing raises."""

from __future__ import annotations

import google_crc32c
import numpy as np
from hypothesis import example, given, settings
from hypothesis import strategies as st

from mytts_core.runs.crc_tables import change_of_crc, masked
from mytts_core.runs.records import PADDING, Frames, find_frames, masked_crc32c
from tests.runs.event_bytes import record

payloads = st.lists(st.binary(max_size=60), max_size=8)


def frames_of(content: bytes) -> tuple[Frames, list[bytes]]:
    """Find frames with noise behind the content, as a buffer may hold."""
    buffer = np.frombuffer(content + b"\xa5" * PADDING, np.uint8)
    frames = find_frames(buffer, len(content))
    return frames, [content[start:start + length] for start, length in zip(frames.starts, frames.lengths)]


def test_crc_is_the_one_event_files_use() -> None:
    """CRC32C of RFC 3720's check string, masked by TensorFlow's rule worked out by hand."""
    crc = 0xE3069283
    expected = ((crc >> 15 | crc << 17) + 0xA282EAD8) % 2**32
    assert masked_crc32c(b"123456789") == expected
    assert masked(np.array([crc], np.uint32)).tolist() == [expected]


@settings(max_examples=200, deadline=None)
@given(st.integers(1, 300), st.data())
def test_change_of_crc_makes_up_for_bytes_taken_as_zero(length: int, data: st.DataObject) -> None:
    row = data.draw(st.binary(min_size=length, max_size=length))
    positions = sorted(data.draw(st.sets(st.integers(0, length - 1))))
    emptied = bytearray(row)
    for position in positions:
        emptied[position] = 0
    change = change_of_crc(np.frombuffer(row + b"behind", np.uint8)[None], positions, length)
    assert int(change[0]) ^ google_crc32c.value(bytes(emptied)) == google_crc32c.value(row)


@settings(deadline=None)
@given(payloads)
def test_whole_records_are_found(contents: list[bytes]) -> None:
    content = b"".join(map(record, contents))
    frames, found = frames_of(content)
    assert found == contents and frames.damaged == -1 and frames.wanted > len(content)


@settings(deadline=None)
@given(st.lists(st.one_of(st.binary(max_size=9), payloads.map(lambda parts: b"".join(map(record, parts))),
                          st.sampled_from([bytes(100), bytes(70_000), record(bytes(70_000)), b"\x00" * 11 + b"\x01"])),
                max_size=6))
def test_records_inside_records_zeros_and_large_records_are_data_like_any_other(contents: list[bytes]) -> None:
    assert frames_of(b"".join(map(record, contents)))[1] == contents


@settings(deadline=None)
@given(payloads, st.data())
def test_torn_tail_is_not_a_record_and_says_how_much_it_wants(contents: list[bytes], data: st.DataObject) -> None:
    content = b"".join(map(record, contents))
    cut = data.draw(st.integers(0, len(content)))
    frames, found = frames_of(content[:cut])
    assert found == contents[:len(found)] and frames.damaged == -1
    end = sum(16 + len(part) for part in found)
    assert end <= cut < frames.wanted
    if len(found) < len(contents):
        assert frames.wanted == end + (16 + len(contents[len(found)]) if cut - end >= 12 else 12)


@settings(max_examples=300, deadline=None)
@given(st.lists(st.binary(min_size=1, max_size=40), min_size=1, max_size=8), st.data())
def test_one_damaged_byte_ends_the_search_only_in_a_header(contents: list[bytes], data: st.DataObject) -> None:
    records = [record(content) for content in contents]
    hit = data.draw(st.integers(0, len(records) - 1))
    place = data.draw(st.integers(0, len(records[hit]) - 1))
    records[hit] = bytes([*records[hit][:place], records[hit][place] ^ data.draw(st.integers(1, 255)),
                          *records[hit][place + 1:]])
    frames, found = frames_of(b"".join(records))
    if place < 12:
        assert found == contents[:hit] and frames.damaged == sum(map(len, records[:hit]))
    else:
        assert len(found) == len(contents) and found[:hit] == contents[:hit] and frames.damaged == -1


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=200))
@example(b"\xff" * 8 + masked_crc32c(b"\xff" * 8).to_bytes(4, "little"))       # a length of 2^64 - 1 with a sound CRC
@example(bytes(64))                                                            # what a power cut leaves
def test_any_bytes_are_survived(noise: bytes) -> None:
    assert frames_of(record(b"before") + noise)[1][0] == b"before"
    frames_of(noise)
