"""Our parser against TensorBoard's protocol buffer classes, for every way a number can be written."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tensorboard.compat.proto import types_pb2
from tensorboard.compat.proto.event_pb2 import Event, SessionLog
from tensorboard.compat.proto.summary_pb2 import Summary
from tensorboard.compat.proto.tensor_pb2 import TensorProto

from mytts_core.runs.event_parser import MalformedEvent, parse_event, parse_tensor, scalar_of
from tests.runs.event_bytes import scalar, shape, tensor_value

INT64 = st.integers(-(2**63), 2**63 - 1)


@settings(deadline=None)
@given(INT64, st.floats().filter(lambda seconds: seconds != 0), st.floats(width=32), st.text(max_size=30))
def test_scalar_event_is_what_the_message_class_wrote(step: int, wall_time: float, value: float, tag: str) -> None:
    message = Event(step=step, wall_time=wall_time, summary=Summary(value=[Summary.Value(tag=tag, simple_value=value)]))
    event = parse_event(message.SerializeToString())
    assert event.step == step
    np.testing.assert_array_equal([event.wall_time], [wall_time])
    assert [(item.tag, item.kind) for item in event.values] == [(tag, "scalar")]
    np.testing.assert_array_equal([event.values[0].simple_value], [value])


def test_step_zero_is_omitted_in_the_bytes_and_read_as_zero() -> None:
    data = scalar(0, "loss", 1.0).SerializeToString()
    assert len(data) < len(scalar(1, "loss", 1.0).SerializeToString())
    assert parse_event(data).step == 0


def test_an_event_without_wall_time_has_no_time() -> None:
    assert math.isnan(parse_event(scalar(1, "loss", 1.0, wall_time=0.0).SerializeToString()).wall_time)


def test_session_start_is_told_from_other_session_logs() -> None:
    start, stop = (Event(step=7, session_log=SessionLog(status=status)).SerializeToString()
                   for status in (SessionLog.START, SessionLog.STOP))
    assert (parse_event(start).session_status, parse_event(start).step) == (1, 7)
    assert parse_event(stop).session_status == 2


def test_text_that_is_not_utf8_becomes_replacement_characters() -> None:
    good = scalar(1, "abcd", 1.0).SerializeToString()
    assert parse_event(good.replace(b"abcd", b"ab\xff\xfe")).values[0].tag == "ab\ufffd\ufffd"


SCALAR_TENSORS = {
    "float value": TensorProto(dtype=types_pb2.DT_FLOAT, float_val=[2.5]),
    "float content": TensorProto(dtype=types_pb2.DT_FLOAT, tensor_content=np.float32(2.5).tobytes()),
    "double value": TensorProto(dtype=types_pb2.DT_DOUBLE, double_val=[2.5]),
    "double content": TensorProto(dtype=types_pb2.DT_DOUBLE, tensor_content=np.float64(2.5).tobytes()),
    "half value": TensorProto(dtype=types_pb2.DT_HALF, half_val=[int(np.float16(2.5).view(np.uint16))]),
    "half content": TensorProto(dtype=types_pb2.DT_HALF, tensor_content=np.float16(2.5).tobytes()),
    "bfloat16 value": TensorProto(dtype=types_pb2.DT_BFLOAT16, half_val=[0x4020]),
    "bfloat16 content": TensorProto(dtype=types_pb2.DT_BFLOAT16, tensor_content=b"\x20\x40"),
}


@pytest.mark.parametrize("name", SCALAR_TENSORS)
def test_float_tensor_of_every_kind_is_a_scalar(name: str) -> None:
    assert scalar_of(SCALAR_TENSORS[name].SerializeToString()) == 2.5


@pytest.mark.parametrize("name, tensor", [
    ("int", TensorProto(dtype=types_pb2.DT_INT32, int_val=[-3])),
    ("int64", TensorProto(dtype=types_pb2.DT_INT64, int64_val=[-3])),
    ("int64 content", TensorProto(dtype=types_pb2.DT_INT64, tensor_content=np.int64(-3).tobytes())),
    ("int8 content", TensorProto(dtype=types_pb2.DT_INT8, tensor_content=b"\xfd")),
])
def test_whole_number_tensors_keep_their_sign(name: str, tensor: TensorProto) -> None:
    assert scalar_of(tensor.SerializeToString()) == -3


def test_unsigned_boolean_and_left_out_zero() -> None:
    largest = TensorProto(dtype=types_pb2.DT_UINT64, uint64_val=[2**64 - 1])
    assert scalar_of(largest.SerializeToString()) == float(2**64 - 1)
    assert scalar_of(TensorProto(dtype=types_pb2.DT_BOOL, bool_val=[True]).SerializeToString()) == 1.0
    assert scalar_of(TensorProto(dtype=types_pb2.DT_FLOAT).SerializeToString()) == 0.0
    assert math.isnan(scalar_of(TensorProto(dtype=types_pb2.DT_FLOAT, float_val=[math.nan]).SerializeToString()))


def test_what_is_no_single_number_is_no_scalar() -> None:
    vector = TensorProto(dtype=types_pb2.DT_FLOAT, tensor_shape=shape(2), float_val=[1, 2])
    text = TensorProto(dtype=types_pb2.DT_STRING, string_val=[b"words"])
    complex_number = TensorProto(dtype=types_pb2.DT_COMPLEX64, scomplex_val=[1, 2])
    assert all(scalar_of(tensor.SerializeToString()) is None for tensor in (vector, text, complex_number))


def test_arrays_of_every_layout_and_repeated_last_value() -> None:
    values = np.arange(6, dtype=np.float32).reshape(2, 3)
    content = TensorProto(dtype=types_pb2.DT_FLOAT, tensor_shape=shape(2, 3), tensor_content=values.tobytes())
    listed = TensorProto(dtype=types_pb2.DT_FLOAT, tensor_shape=shape(2, 3), float_val=values.ravel())
    filled = TensorProto(dtype=types_pb2.DT_INT64, tensor_shape=shape(4), int64_val=[5, 7])
    np.testing.assert_array_equal(parse_tensor(content.SerializeToString()), values)
    np.testing.assert_array_equal(parse_tensor(listed.SerializeToString()), values)
    np.testing.assert_array_equal(parse_tensor(filled.SerializeToString()), [5, 7, 7, 7])
    assert parse_tensor(TensorProto(dtype=types_pb2.DT_FLOAT, tensor_shape=shape(0)).SerializeToString()).shape == (0,)


def test_a_tensor_that_claims_to_be_huge_is_refused_before_memory_is_taken() -> None:
    huge = TensorProto(dtype=types_pb2.DT_FLOAT, tensor_shape=shape(2**40, 2**20), float_val=[1.0])
    with pytest.raises(MalformedEvent):
        parse_tensor(huge.SerializeToString())


@settings(max_examples=500, deadline=None)
@given(st.binary(max_size=80))
def test_any_bytes_are_an_event_or_malformed(data: bytes) -> None:
    try:
        parse_event(data)
    except MalformedEvent:
        pass
    assert scalar_of(data) is None or isinstance(scalar_of(data), float)


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_a_damaged_event_is_an_event_or_malformed(data: st.DataObject) -> None:
    tensor = TensorProto(dtype=types_pb2.DT_FLOAT, tensor_shape=shape(1), float_val=[1.0])
    message = Event(step=300, wall_time=1.0, summary=Summary(value=[
        Summary.Value(tag="a", simple_value=1.0), tensor_value("b", tensor, "scalars")]))
    damaged = bytearray(message.SerializeToString())
    for _ in range(data.draw(st.integers(1, 4))):
        damaged[data.draw(st.integers(0, len(damaged) - 1))] = data.draw(st.integers(0, 255))
    try:
        for value in parse_event(bytes(damaged[:data.draw(st.integers(0, len(damaged)))])).values:
            scalar_of(value.payload)
    except MalformedEvent:
        pass
