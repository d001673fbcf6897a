"""The framing of event files: whatever is cut off or flipped, the sound beginning is read and nothing raises."""

from __future__ import annotations

from hypothesis import example, given, settings
from hypothesis import strategies as st

from mytts_core.runs.records import RecordScanner, masked_crc32c
from tests.runs.event_bytes import record

payloads = st.lists(st.binary(max_size=60), max_size=8)


def test_crc_is_the_one_event_files_use() -> None:
    """CRC32C of RFC 3720's check string, masked by TensorFlow's rule worked out by hand."""
    crc = 0xE3069283
    assert masked_crc32c(b"123456789") == ((crc >> 15 | crc << 17) + 0xA282EAD8) % 2**32


@settings(deadline=None)
@given(payloads)
def test_whole_records_are_read_back(contents: list[bytes]) -> None:
    buffer = b"".join(map(record, contents))
    framing = RecordScanner().scan(buffer)
    assert [data for _, data in framing.records] == contents
    assert [buffer[start:start + len(data)] for start, data in framing.records] == contents
    assert framing.end == len(buffer) and not framing.stopped and not framing.passed_over


@settings(deadline=None)
@given(payloads, st.data())
def test_torn_tail_waits_and_is_read_when_it_is_whole(contents: list[bytes], data: st.DataObject) -> None:
    buffer = b"".join(map(record, contents))
    cut = data.draw(st.integers(0, len(buffer)))
    scanner = RecordScanner()
    first = scanner.scan(buffer[:cut])
    assert first.end <= cut and first.stopped is None
    second = scanner.scan(buffer[first.end:])
    assert [item for _, item in first.records + second.records] == contents
    if first.end < len(buffer):
        assert 0 < first.wanted <= len(buffer) - first.end


@settings(max_examples=300, deadline=None)
@given(st.lists(st.binary(min_size=1, max_size=40), min_size=1, max_size=8), st.data())
def test_one_damaged_byte_costs_at_most_what_it_must(contents: list[bytes], data: st.DataObject) -> None:
    records = [record(content) for content in contents]
    buffer = bytearray(b"".join(records))
    place = data.draw(st.integers(0, len(buffer) - 1))
    buffer[place] ^= data.draw(st.integers(1, 255))
    bounds = [0]
    for item in records:
        bounds.append(bounds[-1] + len(item))
    hit = max(number for number, start in enumerate(bounds[:-1]) if start <= place)
    framing = RecordScanner().scan(bytes(buffer))
    read = [item for _, item in framing.records]
    if place - bounds[hit] < 12:                    # the header: nothing after it can be trusted
        assert read == contents[:hit]
        assert framing.stopped == (bounds[hit], "damaged record header") and framing.is_final
    elif hit == len(contents) - 1:                  # the last record: it may still be on its way
        assert read == contents[:hit] and framing.end == bounds[hit]
        assert framing.stopped == (bounds[hit], "damaged record data") and not framing.is_final
    else:
        assert read == contents[:hit] + contents[hit + 1:]
        assert framing.passed_over == [(bounds[hit], "damaged record data")] and not framing.stopped


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=200))
@example(b"\xff" * 8 + masked_crc32c(b"\xff" * 8).to_bytes(4, "little"))       # a length of 2^64 - 1 with a sound CRC
@example(bytes(64))                                                            # what a power cut leaves
def test_any_bytes_are_survived(noise: bytes) -> None:
    sound = record(b"before")
    framing = RecordScanner().scan(sound + noise)
    assert framing.records[0] == (12, b"before")
    assert framing.end >= len(sound)


def test_a_known_header_does_not_hide_damaged_data() -> None:
    scanner = RecordScanner()
    damaged = bytearray(record(b"same length"))
    damaged[14] ^= 1
    framing = scanner.scan(record(b"SAME LENGTH") + bytes(damaged) + record(b"same-length"))
    assert [data for _, data in framing.records] == [b"SAME LENGTH", b"same-length"]
    assert framing.passed_over[0][1] == "damaged record data"
