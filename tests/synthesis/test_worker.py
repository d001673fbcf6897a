"""The worker process behind its client: results, progress, cancellation, bad input, death and idleness."""

from __future__ import annotations

import gc
import io
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import soundfile

from mytts_core.errors import CheckpointError, RunError, SynthesisError, TextError
from mytts_core.synthesis.client import WorkerClient
from mytts_core.synthesis.private_folder import PrivateFolder
from mytts_core.synthesis.spoken import SynthesisResult, TakeRequest
from mytts_core.synthesis.take import SynthesisCancelled
from mytts_core.synthesis.take_store import TakeStore

TEXT = "Hello there, you."
PATIENCE = 300.0    # seconds; machines that test are busy


@pytest.fixture(scope="module")
def client(tiny_run: Path) -> Iterator[WorkerClient]:
    client = WorkerClient(root=tiny_run.parent, environment={"CUDA_VISIBLE_DEVICES": "-1"})
    yield client
    client.close()


def test_importing_the_client_loads_no_tensorflow(repository: Path) -> None:
    code = ("import sys, mytts_core.synthesis.client, mytts_core.synthesis.job\n"
            "heavy = ('tensorflow', 'keras', 'jax', 'librosa', 'scipy', 'pandas')\n"
            "print([name for name in heavy if name in sys.modules])")
    done = subprocess.run([sys.executable, "-c", code], cwd=repository, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.slow
def test_the_worker_speaks_as_the_engine_does(client: WorkerClient, tiny_run: Path) -> None:
    from mytts_core.synthesis import Synthesizer

    job = client.submit(tiny_run, 10, TEXT, temperature=1.5, seed=3, max_seconds=0.5)
    assert job.state in ("queued", "running")
    result = job.result(PATIENCE)
    [piece] = result.pieces
    take = Synthesizer.from_run(tiny_run, 10).synthesize(TEXT, 1.5, 3, 0.5)
    np.testing.assert_allclose(piece.mel, take.mel, atol=1e-4)
    np.testing.assert_allclose(piece.attention, take.attention, atol=1e-5)
    np.testing.assert_allclose(piece.stop_probabilities, take.stop_probabilities, atol=1e-5)
    wav, rate = soundfile.read(io.BytesIO(result.audio), dtype="float32")
    assert rate == result.sample_rate == 22050
    np.testing.assert_allclose(wav, take.wav, atol=1e-3)
    assert {**piece.summary, "work_seconds": 0} == {**take.summary(), "work_seconds": 0}
    assert (result.text, piece.start, result.audio_seconds) == (TEXT, 0.0, pytest.approx(len(wav) / rate))
    assert job.state == "done" and job.progress.share == 1.0 and result.device == client.status.device == "CPU"


@pytest.mark.slow
def test_a_text_of_many_sentences_is_spoken_in_pieces_and_joined(client: WorkerClient, tiny_run: Path) -> None:
    sentences = ["Dr. Smith paid $3.50.", "It is over!", "We left the U.S. Army there."]
    text = "\n ".join(sentences)
    result = client.submit(tiny_run, 10, text, temperature=2.0, seed=5, max_seconds=0.3).result(PATIENCE)
    assert result.text == text and [piece.summary["text"] for piece in result.pieces] == sentences
    assert [piece.summary["seed"] for piece in result.pieces] == [5, 6, 7]
    read = "".join(result.pieces[0].summary["tokens"][1:-1])
    assert read == "doctor smith paid three dollars fifty cents."
    wav, rate = soundfile.read(io.BytesIO(result.audio), dtype="float32")
    lengths = [piece.summary["audio_seconds"] for piece in result.pieces]
    assert len(wav) / rate == pytest.approx(sum(lengths) + 2 * 0.3, abs=1e-3) == result.audio_seconds
    starts = [piece.start for piece in result.pieces]
    np.testing.assert_allclose(starts, [0, lengths[0] + 0.3, lengths[0] + lengths[1] + 0.6], atol=1e-3)
    for start, length in zip(starts[:2], lengths):
        assert not wav[round((start + length) * rate) + 2:round((start + length + 0.3) * rate) - 2].any()
        assert np.abs(wav[round(start * rate):round((start + length) * rate)]).max() > 0.01
    for piece in result.pieces:
        groups = -(-len(piece.mel) // piece.summary["reduction_factor"])
        assert piece.attention.shape == (2, 2, groups, len(piece.summary["tokens"]))


@pytest.mark.slow
def test_a_run_made_before_the_normaliser_had_versions_speaks_with_its_own(client: WorkerClient,
                                                                           tiny_run: Path) -> None:
    old = tiny_run.parent / "old"
    shutil.copytree(tiny_run, old)
    config = json.loads((old / "config.json").read_text())
    del config["text"]["normalizer_version"]
    (old / "config.json").write_text(json.dumps(config))
    result = client.submit(old, 10, "Dr. Fox “is”. Bye!", max_seconds=0.2).result(PATIENCE)
    shutil.rmtree(old)
    assert ["".join(piece.summary["tokens"][1:-1]) for piece in result.pieces] == ['dr. fox "is".', "bye!"]
    assert result.pieces[0].summary["unknown"] == ['"'] and result.pieces[0].summary["num_unknown"] == 2


@pytest.mark.slow
def test_progress_goes_through_the_stages(client: WorkerClient, tiny_run: Path) -> None:
    job = client.submit(tiny_run, 10, TEXT + " And bye!")
    seen = []
    while not job.finished:
        seen.append(job.progress)
        time.sleep(0.0005)
    job.result()
    order = ["queued", "starting", "loading", "decoding", "waveform", "done"]
    stages = [order.index(progress.stage) for progress in seen]
    assert stages == sorted(stages) and order.index("decoding") in stages
    assert {progress.pieces for progress in seen if progress.stage == "decoding"} == {2}
    shares = [progress.share for progress in seen]
    assert shares == sorted(shares) and 0 <= shares[0] and shares[-1] <= 1


@pytest.mark.slow
def test_jobs_wait_in_order_and_each_error_ends_its_own_job_alone(client: WorkerClient, tiny_run: Path) -> None:
    jobs = [client.submit(tiny_run, 10, "سلام"), client.submit(tiny_run, 15, TEXT),
            client.submit(tiny_run, 10, TEXT, temperature=-1.0), client.submit(tiny_run.parent / "none", None, TEXT),
            client.submit(tiny_run, "best", TEXT, max_seconds=0.2)]
    for job, kind, told in zip(jobs, (TextError, CheckpointError, SynthesisError, RunError),
                               ("not trained on", "no checkpoint of step 15", "temperature is -1", "does not exist")):
        with pytest.raises(kind, match=told):
            job.result(PATIENCE)
        assert job.state == "failed"
    assert jobs[-1].result(PATIENCE).pieces[0].summary["checkpoint"] == "step_000010.weights.h5"


def test_what_is_refused_at_once(client: WorkerClient, tiny_run: Path, tmp_path: Path) -> None:
    with pytest.raises(TextError, match="empty"):
        client.submit(tiny_run, None, "  ")
    with pytest.raises(RunError, match="outside"):
        client.submit(tiny_run.parent / "..", None, TEXT)
    link = tiny_run.parent / "link"
    link.symlink_to(tmp_path)
    with pytest.raises(RunError, match="outside"):
        client.submit(link, None, TEXT)
    link.unlink()


@pytest.mark.slow
def test_cancelling(client: WorkerClient, tiny_run: Path) -> None:
    first, second = client.submit(tiny_run, 10, TEXT), client.submit(tiny_run, 10, TEXT)
    second.cancel()     # still waiting
    assert second.state == "cancelled"
    first.cancel()      # waiting or running
    with pytest.raises(SynthesisCancelled):
        first.result(PATIENCE)
    assert client.submit(tiny_run, 10, TEXT, max_seconds=0.2).result(PATIENCE).audio


@pytest.mark.slow
def test_takes_of_a_job_come_one_by_one_and_are_kept(client: WorkerClient, tiny_run: Path) -> None:
    store = TakeStore(tiny_run.parent)
    requests = [TakeRequest(tiny_run, 10, TEXT, 1.0, None, 0.3), TakeRequest(tiny_run, 20, TEXT, 1.5, 4, 0.4),
                TakeRequest(tiny_run, 10, "🙂", 1.0), TakeRequest(tiny_run, 15, TEXT),
                TakeRequest(tiny_run, 20, "Half a \ud800 character.", 1.0, None, 0.2, "griffin_lim_fast")]
    job = client.submit_takes(requests, store=store)
    results = job.results(PATIENCE)
    first, second, emoji, missing, half = results
    assert isinstance(first, SynthesisResult) and isinstance(second, SynthesisResult)
    assert isinstance(emoji, TextError) and "nothing to speak" in str(emoji)
    assert isinstance(missing, CheckpointError) and "no checkpoint of step 15" in str(missing)
    assert isinstance(half, SynthesisResult) and half.pieces[0].summary["vocoder"] == "griffin_lim_fast"
    assert job.state == "done" and job.error is None and job.progress.takes_done == job.progress.takes == 5
    assert first.request.checkpoint == 10 and [result.pieces[0].summary["step"] for result in (first, second)] == \
        [10, 20]
    assert second.work_seconds > 0 and second.audio_seconds == pytest.approx(0.4, abs=0.02)
    kept = job.stored
    assert [stored is not None for stored in kept] == [True, True, False, False, True] and job.store_error is None
    assert {stored.id for stored in store.takes()} == {stored.id for stored in kept if stored is not None}
    assert kept[1] is not None and store.audio(kept[1].id) == second.audio and kept[1].run == "tiny"
    store.delete([stored.id for stored in kept if stored is not None])


@pytest.mark.slow
def test_two_visitors_get_their_own_and_a_job_goes_on_when_nobody_looks(client: WorkerClient, tiny_run: Path) -> None:
    store, other = TakeStore(tiny_run.parent), []
    text = "Nobody waits for this."
    visitor = threading.Thread(target=lambda: other.append(
        client.submit(tiny_run, 20, "Another visitor.", max_seconds=0.2).result(PATIENCE)))
    visitor.start()
    client.submit_takes([TakeRequest(tiny_run, 10, text, 1.5, 3, 0.3)], store=store)     # the job is let go of
    gc.collect()
    visitor.join(PATIENCE)
    end = time.monotonic() + PATIENCE
    while not (takes := store.takes()) and time.monotonic() < end:
        time.sleep(0.01)
    assert other[0].text == "Another visitor." and [stored.text for stored in takes] == [text]
    store.delete([stored.id for stored in takes])


@pytest.mark.slow
@pytest.mark.parametrize(("number", "told"), [(signal.SIGKILL, "killed.*memory"), (signal.SIGSEGV, "SIGSEGV")])
def test_a_crash_ends_its_job_what_was_done_stays_and_the_worker_comes_back(client: WorkerClient, tiny_run: Path,
                                                                            number: int, told: str) -> None:
    client.submit(tiny_run, 10, TEXT, max_seconds=0.2).result(PATIENCE)
    pid = client.status.pid
    assert pid is not None
    requests = [TakeRequest(tiny_run, 10, "Hello.", max_seconds=0.1)]
    requests += [TakeRequest(tiny_run, 20, TEXT, 1.5, seed) for seed in range(48)]
    job, waiting = client.submit_takes(requests), client.submit(tiny_run, 10, TEXT, max_seconds=0.2)
    while not job.progress.takes_done and not job.finished:
        time.sleep(0.002)
    assert waiting.progress.queue_position == 1
    os.kill(pid, number)
    outcomes = job.results(PATIENCE)
    assert isinstance(outcomes[0], SynthesisResult) and isinstance(outcomes[-1], SynthesisError)
    assert job.state == "failed"
    with pytest.raises(SynthesisError, match=told):
        raise outcomes[-1]
    assert waiting.result(PATIENCE).audio       # the next one is not hurt
    assert client.status.running and client.status.pid != pid


def test_running_out_of_memory_ends_the_job_with_a_clear_message_and_the_next_one_starts_anew(tiny_run: Path) -> None:
    client = WorkerClient(environment={"MYTTS_WORKER_MEMORY_GIB": "0.4"})      # too little to load the libraries
    for _ in range(2):
        job = client.submit_takes([TakeRequest(tiny_run, 10, TEXT), TakeRequest(tiny_run, 20, TEXT)])
        outcomes = job.results(PATIENCE)
        assert job.state == "failed" and len(outcomes) == 2 and not client.status.running
        with pytest.raises(SynthesisError, match=r"worker ended .*(?i:memory|map segment|allocat)"):
            job.result()
    client.close()


@pytest.mark.slow
def test_an_idle_worker_ends_and_nothing_is_left_behind(tiny_run: Path) -> None:
    client = WorkerClient(idle_seconds=0.1, environment={"CUDA_VISIBLE_DEVICES": "-1"})
    with pytest.raises(TextError):
        client.submit(tiny_run, 10, "سلام").result(PATIENCE)
    end = time.monotonic() + PATIENCE
    while client.status.running and time.monotonic() < end:
        time.sleep(0.01)
    assert not client.status.running and client.status.pid is None
    private = client._manager.folder
    assert private is not None
    folder = private.path
    assert not list(folder.glob("job_*")) and folder.stat().st_mode & 0o077 == 0
    client.close()
    assert not folder.exists()
    with pytest.raises(SynthesisError, match="closed"):
        client.submit(tiny_run, 10, TEXT)


def test_a_worker_that_cannot_start_says_why(tiny_run: Path) -> None:
    client = WorkerClient(environment={"KERAS_BACKEND": "no_such_backend"})
    with pytest.raises(SynthesisError, match="exit code 1.*backend"):
        client.submit(tiny_run, 10, TEXT).result(PATIENCE)
    client.close()


@pytest.mark.parametrize(("gibibytes", "told"), [("many", "is 'many': give GiB as a number"), ("-1", "above 0")])
def test_a_bound_of_memory_that_is_none_is_said(tiny_run: Path, gibibytes: str, told: str) -> None:
    client = WorkerClient(environment={"MYTTS_WORKER_MEMORY_GIB": gibibytes})
    with pytest.raises(SynthesisError, match=told):
        client.submit(tiny_run, 10, TEXT).result(PATIENCE)
    client.close()


KILLED_SERVER = """
import os, sys, time
from mytts_core.synthesis import TakeRequest, TakeStore, WorkerClient
run = sys.argv[1]
client = WorkerClient()
requests = [TakeRequest(run, 10, "Hello.", 1.0, None, 0.1)]
requests += [TakeRequest(run, 20, "Hello there, all of you.", 1.5, seed) for seed in range(64)]
job = client.submit_takes(requests, store=TakeStore(os.path.dirname(run)))
while not (job.progress.takes_done and job.progress.stage in sys.argv[2:]): time.sleep(0.001)
print(client.status.pid, flush=True)
os.kill(os.getpid(), 9)
"""


@pytest.mark.slow
def test_a_server_killed_while_it_synthesizes_leaves_nothing_wrong(tiny_run: Path, repository: Path, tmp_path: Path,
                                                                   monkeypatch: pytest.MonkeyPatch) -> None:
    root, temporary = tmp_path / "root", tmp_path / "tmp"
    temporary.mkdir()
    run = shutil.copytree(tiny_run, root / "tiny")
    done = subprocess.run([sys.executable, "-c", KILLED_SERVER, str(run), "decoding", "waveform"], cwd=repository,
                          capture_output=True, text=True, env={**os.environ, "TMPDIR": str(temporary)})
    assert done.returncode == -signal.SIGKILL, done.stderr
    assert_gone(int(done.stdout))
    takes = TakeStore(root).takes()
    assert takes and all(TakeStore(root).open(stored.id).audio[:4] == b"RIFF" for stored in takes)
    assert len(list(temporary.glob("mytts-synthesis-*"))) == 1
    monkeypatch.setattr(tempfile, "tempdir", str(temporary))
    folder = PrivateFolder()        # what the next server does first
    assert list(temporary.glob("mytts-synthesis-*")) == [folder.path]
    folder.remove()


def test_the_worker_goes_when_its_client_is_killed(tiny_run: Path, repository: Path) -> None:
    code = ("import os, sys, time\nfrom mytts_core.synthesis.client import WorkerClient\n"
            f"client = WorkerClient()\njob = client.submit({str(tiny_run)!r}, 10, 'Hello.')\n"
            "while client.status.pid is None: time.sleep(0.01)\n"
            "print(client.status.pid, flush=True)\nos.kill(os.getpid(), 9)")
    done = subprocess.run([sys.executable, "-c", code], cwd=repository, capture_output=True, text=True)
    assert_gone(int(done.stdout))


def assert_gone(pid: int) -> None:
    """Wait until a process has ended, whether or not anybody has asked for its exit code."""
    state, end = Path(f"/proc/{pid}/stat"), time.monotonic() + PATIENCE
    while time.monotonic() < end:
        try:
            if state.read_text().split(") ")[1][0] == "Z":
                return
        except OSError:
            return
        time.sleep(0.05)
    raise AssertionError(f"process {pid} goes on")
