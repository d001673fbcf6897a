"""The worker process behind its client: results, progress, cancellation, bad input, death and idleness."""

from __future__ import annotations

import io
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import soundfile

from mytts_core.errors import CheckpointError, RunError, SynthesisError, TextError
from mytts_core.synthesis.client import WorkerClient
from mytts_core.synthesis.job import Job
from mytts_core.synthesis.take import SynthesisCancelled

TEXT = "Hello there, you."
PATIENCE = 300.0    # seconds; machines that test are busy


@pytest.fixture(scope="module")
def client(tiny_run: Path) -> Iterator[WorkerClient]:
    client = WorkerClient(root=tiny_run.parent, environment={"CUDA_VISIBLE_DEVICES": "-1"})
    yield client
    client.close()


def wait_for(job: Job, *stages: str) -> None:
    end = time.monotonic() + PATIENCE
    while job.progress.stage not in stages and not job.finished and time.monotonic() < end:
        time.sleep(0.002)
    assert job.progress.stage in stages, (job.progress, job.error)


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
def test_a_killed_worker_ends_its_job_and_the_next_job_starts_another(client: WorkerClient, tiny_run: Path) -> None:
    client.submit(tiny_run, 10, TEXT, max_seconds=0.2).result(PATIENCE)
    pid = client.status.pid
    assert pid is not None
    job = client.submit(tiny_run, 20, TEXT)
    wait_for(job, "loading", "decoding", "waveform")
    os.kill(pid, signal.SIGKILL)
    with pytest.raises(SynthesisError, match="killed.*memory"):
        job.result(PATIENCE)
    assert client.submit(tiny_run, 10, TEXT, max_seconds=0.2).result(PATIENCE).audio
    assert client.status.running and client.status.pid != pid


@pytest.mark.slow
def test_an_idle_worker_ends_and_nothing_is_left_behind(tiny_run: Path) -> None:
    client = WorkerClient(idle_seconds=0.1, environment={"CUDA_VISIBLE_DEVICES": "-1"})
    with pytest.raises(TextError):
        client.submit(tiny_run, 10, "سلام").result(PATIENCE)
    end = time.monotonic() + PATIENCE
    while client.status.running and time.monotonic() < end:
        time.sleep(0.01)
    assert not client.status.running and client.status.pid is None
    folder = client._folder
    assert folder is not None and not list(folder.glob("job_*")) and folder.stat().st_mode & 0o077 == 0
    client.close()
    assert not folder.exists()
    with pytest.raises(SynthesisError, match="closed"):
        client.submit(tiny_run, 10, TEXT)


def test_a_worker_that_cannot_start_says_why(tiny_run: Path) -> None:
    client = WorkerClient(environment={"KERAS_BACKEND": "no_such_backend"})
    with pytest.raises(SynthesisError, match="exit code 1.*backend"):
        client.submit(tiny_run, 10, TEXT).result(PATIENCE)
    client.close()


def test_the_worker_goes_when_its_client_is_killed(tiny_run: Path, repository: Path) -> None:
    code = ("import os, sys, time\nfrom mytts_core.synthesis.client import WorkerClient\n"
            f"client = WorkerClient()\njob = client.submit({str(tiny_run)!r}, 10, 'Hello.')\n"
            "while client.status.pid is None: time.sleep(0.01)\n"
            "print(client.status.pid, flush=True)\nos.kill(os.getpid(), 9)")
    done = subprocess.run([sys.executable, "-c", code], cwd=repository, capture_output=True, text=True)
    pid = int(done.stdout)
    end = time.monotonic() + PATIENCE
    while Path(f"/proc/{pid}").exists() and time.monotonic() < end:
        if Path(f"/proc/{pid}/stat").read_text().split(") ")[1][0] == "Z":
            return      # ended; nobody has asked for its exit code
        time.sleep(0.05)
    assert not Path(f"/proc/{pid}").exists()
