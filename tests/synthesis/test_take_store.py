"""Kept takes: what is saved comes back, damage and full disks do no harm, and the store stays within its bounds."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mytts_core.errors import SynthesisError
from mytts_core.runs import local_database
from mytts_core.runs.local_database import data_folders
from mytts_core.synthesis.spoken import SpokenPiece, SynthesisResult, TakeRequest
from mytts_core.synthesis.stored_take import stored_take
from mytts_core.synthesis.take_store import TakeStore

TEXT = "Hello 🙂 \ud800 you."      # half a character among whole ones, which no page could show
SHOWN = "Hello 🙂 ? you."


@pytest.fixture(autouse=True)
def user_folder(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path_factory.mktemp("user")
    monkeypatch.setenv("XDG_DATA_HOME", str(folder))
    return folder


def made(root: Path, text: str = TEXT, seed: int | None = 7, length: int = 30) -> SynthesisResult:
    rng = np.random.default_rng(0)
    summaries: list[dict[str, Any]] = [
        {"text": text, "tokens": ["a", "b"], "step": 500, "seed": seed, "stop_reason": reason, "words": words,
         "skipped": len(words), "repeated": 0, "stalled": 1, "faults": [{"kind": "skipped"}] * len(words),
         "scores": {"diagonality": score, "focus": 0.9}}
        for reason, words, score in (("stop_token", [], 0.9), ("limit", ["Skipped “a”."], 0.7))]
    pieces = tuple(SpokenPiece(float(number), rng.normal(size=(length, 80)).astype(np.float32),
                               rng.random((2, 2, length // 2, 2), np.float32), rng.random(length, np.float32), summary)
                   for number, summary in enumerate(summaries))
    request = TakeRequest(root / "voices" / "first", 500, text, 1.5, seed, 4.0, "griffin_lim_fast")
    return SynthesisResult(request, b"RIFF" + bytes(1_000), 1.5, 0.25, 22050, pieces, "CPU")


def test_what_is_saved_comes_back(tmp_path: Path) -> None:
    store, result = TakeStore(tmp_path), made(tmp_path)
    stored = store.save(result)
    assert (stored.run, stored.step, stored.text, stored.temperature, stored.seed) == \
        ("voices/first", 500, SHOWN, 1.5, 7)
    assert (stored.vocoder, stored.max_seconds, stored.audio_seconds, stored.work_seconds, stored.device) == \
        ("griffin_lim_fast", 4.0, 1.5, 0.25, "CPU")
    assert stored.stop_reasons == ("stop_token", "limit") and stored.faults == ("Skipped “a”.",)
    assert stored.scores == {"diagonality": 0.7, "focus": 0.9} and (stored.skipped, stored.stalled) == (1, 2)
    folder = tmp_path / ".mytts" / "takes" / stored.id
    assert folder.is_dir() and stored.num_bytes <= sum(file.stat().st_size for file in folder.iterdir())
    opened = TakeStore(tmp_path).open(stored.id)        # another process
    assert opened.request == result.request._replace(text=SHOWN)
    assert opened.audio == result.audio == store.audio(stored.id)
    assert (opened.work_seconds, opened.sample_rate, opened.device) == (0.25, 22050, "CPU")
    for back, given_piece in zip(opened.pieces, result.pieces, strict=True):
        np.testing.assert_array_equal(back.mel, given_piece.mel)
        np.testing.assert_allclose(back.attention, given_piece.attention, atol=1e-3)
        np.testing.assert_array_equal(back.stop_probabilities, given_piece.stop_probabilities)
        assert back.summary == {**given_piece.summary, "text": SHOWN} and back.attention.dtype == np.float32


def test_newest_first_limited_and_deleted(tmp_path: Path) -> None:
    store = TakeStore(tmp_path)
    assert store.takes() == [] and not (tmp_path / ".mytts").exists()       # looking leaves nothing behind
    ids = [store.save(made(tmp_path, f"Text {number}.")).id for number in range(4)]
    assert [stored.id for stored in store.takes()] == ids[::-1]
    assert [stored.text for stored in store.takes(limit=2)] == ["Text 3.", "Text 2."]
    store.delete([ids[1], "0" * 16, "../../voices"])
    assert [stored.id for stored in TakeStore(tmp_path).takes()] == [ids[3], ids[2], ids[0]]
    assert len(store.takes()) == len(store._known) == 3        # what is removed is not remembered
    for wrong in (ids[1], "", "..", f"../takes/{ids[0]}", "A" * 16):
        with pytest.raises(SynthesisError, match="no take"):
            store.open(wrong)
        with pytest.raises(SynthesisError, match="no take"):
            store.audio(wrong)


def test_the_oldest_go_where_there_are_too_many_takes_or_bytes(tmp_path: Path) -> None:
    store = TakeStore(tmp_path, most_takes=3)
    ids = [store.save(made(tmp_path)).id for _ in range(5)]
    assert [stored.id for stored in store.takes()] == ids[:1:-1] and store.dropped == 2
    size = store.takes()[0].num_bytes
    small = TakeStore(tmp_path, most_bytes=int(1.5 * size))
    newest = small.save(made(tmp_path)).id
    assert [stored.id for stored in small.takes()] == [newest] and small.dropped == 3
    huge = TakeStore(tmp_path, most_bytes=10).save(made(tmp_path)).id
    assert [stored.id for stored in small.takes()] == [huge]        # the take just made always stays


@pytest.mark.parametrize("damage", [b"", b"{", b"[]", b"\xff", b'{"schema": 99}', b'{"schema": 1, "pieces": 3}'])
def test_a_damaged_record_is_left_out_and_said(tmp_path: Path, damage: bytes) -> None:
    store = TakeStore(tmp_path)
    good, bad = store.save(made(tmp_path)), store.save(made(tmp_path))
    (tmp_path / ".mytts" / "takes" / bad.id / "take.json").write_bytes(damage)
    assert [stored.id for stored in store.takes()] == [good.id]
    with pytest.raises(SynthesisError, match=f"{bad.id} is damaged.*delete"):
        store.open(bad.id)
    store.delete([bad.id])
    with pytest.raises(SynthesisError, match="no take"):
        store.open(bad.id)


def test_missing_and_damaged_files_are_said(tmp_path: Path) -> None:
    store = TakeStore(tmp_path)
    for name, content in (("speech.wav", None), ("piece_0001.npz", None), ("piece_0000.npz", b"PK\x03\x04 torn"),
                          ("piece_0000.npz", b""),
                          ("take.json", None)):
        stored = store.save(made(tmp_path))
        file = tmp_path / ".mytts" / "takes" / stored.id / name
        file.unlink()
        if content is not None:
            file.write_bytes(content)
        with pytest.raises(SynthesisError, match=r"cannot be read|is damaged"):
            store.open(stored.id)
        if name == "speech.wav":
            with pytest.raises(SynthesisError, match="audio"):
                store.audio(stored.id)


def test_links_lead_nowhere(tmp_path: Path) -> None:
    root, outside = tmp_path / "root", tmp_path / "outside"
    (outside / "takes").mkdir(parents=True)
    (root / ".mytts").mkdir(parents=True)
    store = TakeStore(root)
    stored = store.save(made(root))
    folder = root / ".mytts" / "takes" / stored.id
    secret = outside / "secret"
    secret.write_bytes(b"secret")
    (folder / "speech.wav").unlink()
    (folder / "speech.wav").symlink_to(secret)
    for read in (store.audio, store.open):
        with pytest.raises(SynthesisError, match="link"):
            read(stored.id)
    shutil.move(folder, outside / stored.id)
    folder.symlink_to(outside / stored.id)
    assert store.takes() == []
    store.delete([stored.id])
    assert (outside / stored.id / "take.json").exists()
    shutil.rmtree(root / ".mytts")
    (root / ".mytts").symlink_to(outside)
    kept = TakeStore(root).save(made(root))
    assert not list((outside / "takes").iterdir())      # in the user's data folder instead
    assert TakeStore(root).takes()[0].id == kept.id


def test_a_root_that_cannot_be_written_keeps_its_takes_in_the_users_folder(tmp_path: Path, user_folder: Path) -> None:
    (tmp_path / ".mytts").write_text("a file")
    store = TakeStore(tmp_path)
    stored = store.save(made(tmp_path))
    assert list(user_folder.glob(f"mytts/*/takes/{stored.id}/take.json"))
    assert store.takes() == [stored] and store.open(stored.id).text == SHOWN
    (_, _), (elsewhere, _) = data_folders(tmp_path)
    shutil.rmtree(elsewhere)
    elsewhere.write_text("a file too")
    with pytest.raises(SynthesisError, match="neither in .* nor in .*writable"):
        store.save(made(tmp_path))


def test_a_full_disk_is_said_and_leaves_no_half_a_take(tmp_path: Path, repository: Path) -> None:
    code = ("import resource, signal, sys\nfrom pathlib import Path\n"
            "from mytts_core.errors import SynthesisError\n"
            "from mytts_core.synthesis.take_store import TakeStore\n"
            "from tests.synthesis.test_take_store import made\n"
            "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
            "root = Path(sys.argv[1])\nstore = TakeStore(root)\nfirst = store.save(made(root))\n"
            "resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))\n"
            "try: store.save(made(root))\nexcept SynthesisError as error: print(error)\n"
            "assert [stored.id for stored in store.takes()] == [first.id]\n")
    done = subprocess.run([sys.executable, "-c", code, str(tmp_path)], cwd=repository, capture_output=True, text=True,
                          env={**os.environ, "PYTHONPATH": str(repository)})
    assert done.returncode == 0, done.stderr
    assert "no space left" in done.stdout and "delete old takes" in done.stdout
    assert len(list((tmp_path / ".mytts" / "takes").iterdir())) == 1


def test_what_a_killed_process_left_goes_after_an_hour(tmp_path: Path) -> None:
    store = TakeStore(tmp_path)
    store.save(made(tmp_path))
    takes = tmp_path / ".mytts" / "takes"
    for name, age in (("old", 4_000), ("new", 10)):
        torn = takes / f".tmp-{name}"
        torn.mkdir()
        (torn / "speech.wav").write_bytes(b"RI")
        os.utime(torn, (os.path.getmtime(torn) - age,) * 2)
    assert len(store.takes()) == 1
    store.save(made(tmp_path))
    assert not (takes / ".tmp-old").exists() and (takes / ".tmp-new").exists()


def test_many_threads_save_list_and_delete_at_once(tmp_path: Path) -> None:
    store, errors, saved = TakeStore(tmp_path, most_takes=10), [], []

    def work() -> None:
        try:
            for _ in range(5):
                saved.append(store.save(made(tmp_path, length=4)).id)
                store.takes()
            store.delete(saved[:1])
        except Exception as error:
            errors.append(error)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    # A take may make room for another before its own `save` has read it back: that is said, and nothing else.
    assert all("was removed" in str(error) for error in errors)
    assert 0 < len(store.takes()) <= 10


NAMES = ["schema", "request", "pieces", "summary", "text", "scores", "words", "created", "audio_seconds",
         "work_seconds", "faults", "seed", "kind"]
VALUES = st.recursive(st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
                      lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(NAMES), inner),
                      max_leaves=30)


@given(VALUES, VALUES, VALUES)
def test_any_record_is_a_take_or_none(summary: Any, request: Any, other: Any) -> None:
    asked = request if isinstance(request, dict) else {"text": "a", "seed": request, "temperature": request}
    record = {"schema": 1, "request": asked, "created": 1.0, "audio_seconds": 1, "work_seconds": 1, "run": other,
              "device": other, "pieces": [{"summary": summary}, other]}
    for value in (record, other if isinstance(other, dict) else {}):
        found = stored_take("0" * 16, value)
        if found is not None:
            json.dumps(found._asdict()).encode()
            assert isinstance(found.text, str) and isinstance(found.step, int)


def test_the_folder_of_runs_has_one_place(tmp_path: Path) -> None:
    assert data_folders(tmp_path)[0][0] == tmp_path / local_database.FOLDER
