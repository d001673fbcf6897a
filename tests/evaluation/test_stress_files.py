"""Results of stress tests on disk: whole or not there, and read whatever a crash or another program left."""

from __future__ import annotations

import dataclasses
import json
import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mytts_core.evaluation import stress_files
from mytts_core.evaluation.stress_record import read_outcome
from mytts_core.evaluation.stress_verdict import SpokenArrays
from mytts_core.runs import schema
from tests.evaluation.stress_examples import outcome, result

ARRAYS = SpokenArrays(np.full((6, 3), 128, np.uint8), np.array(["<start>", "ʃ", "<end>"]),
                      np.array([-1, 0, -1], np.int32))


def test_a_result_as_written_is_read(tmp_path: Path) -> None:
    written = result(500, [outcome("One two.", kinds=("skipped",), errors=3), outcome("سلام", problem="not known")])
    stress_files.write_result(tmp_path, written)
    assert stress_files.read_results(tmp_path) == [written]
    record = json.loads((tmp_path / "stress" / "step_000500" / "result.json").read_text("utf-8"))
    assert record["schema"] == schema.SCHEMA_VERSION and record["outcomes"][0]["heard"]["character_errors"] == 3


def test_attention_and_sound_as_written_are_read(tmp_path: Path) -> None:
    import soundfile

    wav = 0.5 * np.sin(np.arange(11_025) / 10).astype(np.float32)
    stress_files.write_spoken(tmp_path, 500, "abc", ARRAYS, wav, 22_050)
    found = stress_files.read_spoken(tmp_path, 500, "abc")
    assert found is not None and all(np.array_equal(one, two) for one, two in zip(found, ARRAYS))
    heard, rate = soundfile.read(stress_files.sound_file(tmp_path, 500, "abc"))
    assert rate == 22_050 and len(heard) == len(wav) and np.corrcoef(heard, wav)[0, 1] > 0.99
    stress_files.write_spoken(tmp_path, 500, "mute", ARRAYS, None, 22_050)
    assert not stress_files.sound_file(tmp_path, 500, "mute").exists()


@pytest.mark.parametrize("content", [b"", b"{", b"[1]", b'"x"', b"\xff\xfe", b'{"outcomes": {"a": 1}}',
                                     b'{"outcomes": [1, null, {}, {"text": 5}], "temperature": "hot", "seed": []}'])
def test_what_cannot_be_read_is_an_empty_result(tmp_path: Path, content: bytes) -> None:
    folder = stress_files.step_folder(tmp_path, 7)
    folder.mkdir(parents=True)
    (folder / schema.STRESS_RESULT_FILE).write_bytes(content)
    found = stress_files.read_results(tmp_path)
    assert [one.step for one in found] == [7] and found[0].outcomes == () and found[0].temperature == 1.0


def test_a_result_of_the_future_is_refused_with_both_versions(tmp_path: Path) -> None:
    stress_files.write_result(tmp_path, result(5, [outcome("One.")]))
    path = stress_files.step_folder(tmp_path, 5) / schema.STRESS_RESULT_FILE
    path.write_text(json.dumps({**json.loads(path.read_text("utf-8")), "schema": 99}), "utf-8")
    problem = stress_files.read_results(tmp_path)[0].problem
    assert "version 99" in problem and f"up to {schema.SCHEMA_VERSION}" in problem


JSON = st.recursive(st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=8),
                    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
                    max_leaves=12)


@given(st.sampled_from(["text", "faults", "heard", "scores", "words", "seconds", "stop_reasons", "num_tokens"]), JSON)
def test_a_field_of_any_type_does_no_harm(name: str, value: object) -> None:
    from mytts_core.evaluation.stress_record import outcome_to_dict

    found = read_outcome({**outcome_to_dict(outcome("One two.", kinds=("skipped",), errors=1)), name: value})
    if found is not None:
        assert isinstance(found.kinds, tuple) and isinstance(found.failing_words(), frozenset)
        assert len(found.id) == 12 and set(found.id) <= set("0123456789abcdef")


def test_a_damaged_fault_names_no_word_that_is_not_there() -> None:
    found = read_outcome({"text": "One two.", "words": ["One", "two."], "frames_per_second": 0, "faults": [
        {"kind": "skipped", "first_word": 1, "last_word": 2**62}]})
    assert found is not None and found.failing_words() == {1}
    assert math.isnan(found.frames_per_second)      # pages divide by it


def test_the_id_is_of_the_text_whatever_the_file_says() -> None:
    from mytts_core.evaluation.stress_record import outcome_to_dict

    record = {**outcome_to_dict(outcome("One.")), "id": "../../../etc/passwd"}
    found = read_outcome(record)
    assert found is not None and found.id == outcome("One.").id


@pytest.mark.parametrize("bad", [
    b"", b"PK torn", {"attention": np.zeros((2, 3))}, ARRAYS._asdict() | {"attention": np.zeros((2, 5), np.uint8)},
    ARRAYS._asdict() | {"tokens": np.array([1, 2, 3])}, ARRAYS._asdict() | {"attention": np.zeros((0, 3), np.uint8)},
    ARRAYS._asdict() | {"tokens": np.array(["a", None, {}], object)}])
def test_attention_of_another_shape_or_damaged_is_none(tmp_path: Path, bad: bytes | dict) -> None:
    path = stress_files.arrays_file(tmp_path, 5, "abc")
    path.parent.mkdir(parents=True)
    if isinstance(bad, bytes):
        path.write_bytes(bad)
    else:
        np.savez(path, **bad)
    assert stress_files.read_spoken(tmp_path, 5, "abc") is None
    assert stress_files.read_spoken(tmp_path, 5, "none") is None


def test_a_link_out_of_the_root_is_not_read(tmp_path: Path) -> None:
    run, elsewhere = tmp_path / "root" / "run", tmp_path / "elsewhere"
    stress_files.write_result(run, result(5, [outcome("One.")]))
    stress_files.write_result(elsewhere, result(6, [outcome("Secret.")]))
    (run / "stress" / "step_000006").symlink_to(elsewhere / "stress" / "step_000006")
    assert [one.step for one in stress_files.read_results(run, tmp_path / "root")] == [5]


def test_what_left_the_list_goes_and_what_lost_its_files_is_spoken_again(tmp_path: Path) -> None:
    one, two, mute = outcome("One."), outcome("Two."), outcome("سلام", problem="not known")
    for kept in (one, two):
        stress_files.write_spoken(tmp_path, 5, kept.id, ARRAYS, np.ones(9, np.float32), 22_050)
    whole = result(5, [one, two, mute])
    stress_files.write_result(tmp_path, whole)
    (stress_files.step_folder(tmp_path, 5) / ".tmp-1234-x.npz").write_bytes(b"killed here")
    assert stress_files.without_files(tmp_path, whole, with_sound=True) == whole
    stress_files.sound_file(tmp_path, 5, two.id).unlink()
    assert stress_files.without_files(tmp_path, whole, with_sound=False) == whole
    assert stress_files.without_files(tmp_path, whole, with_sound=True) == dataclasses.replace(
        whole, outcomes=(one, mute))
    stress_files.remove_others(tmp_path, 5, {two.id})
    assert {path.name for path in stress_files.step_folder(tmp_path, 5).iterdir()} == {"result.json", f"{two.id}.npz"}
