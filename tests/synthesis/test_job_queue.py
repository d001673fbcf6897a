"""Jobs that wait, and what becomes of their takes."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from mytts_core.errors import SynthesisError, TextError
from mytts_core.synthesis.job import Job, JobProgress, TakeRequest
from mytts_core.synthesis.job_queue import JobQueue, Waiting
from mytts_core.synthesis.spoken import SynthesisResult
from mytts_core.synthesis.take import SynthesisCancelled


def job(takes: int = 1, jobs: JobQueue | None = None) -> Job:
    requests = [TakeRequest(Path("run"), None, f"text {number}") for number in range(takes)]
    return Job(1, requests, queue_position=(lambda one: 0) if jobs is None else jobs.position)


def result(request: TakeRequest) -> SynthesisResult:
    return SynthesisResult(request, b"RIFF", 1.0, 0.5, 22050, (), "CPU")


def test_each_knows_how_many_come_before_it() -> None:
    jobs = JobQueue()
    first, second, third = (job(jobs=jobs) for _ in range(3))
    for one in (first, second, third):
        assert jobs.put(Waiting(one, None))
    assert [one.progress.queue_position for one in (first, second, third)] == [0, 1, 2]
    taken = jobs.take()
    assert taken is not None and taken.job is first
    assert [one.progress.queue_position for one in (first, second, third)] == [0, 1, 2]
    assert jobs.withdraw(second) and not jobs.withdraw(second) and not jobs.withdraw(first)
    assert third.progress.queue_position == 1 and len(jobs) == 1
    jobs.done()
    assert third.progress.queue_position == 0


def test_a_closed_queue_takes_nothing_and_lets_its_thread_go() -> None:
    jobs, seen = JobQueue(), []
    thread = threading.Thread(target=lambda: seen.append(jobs.take()))
    thread.start()
    jobs.close()
    thread.join(10)
    assert seen == [None] and not jobs.put(Waiting(job(), None))


def test_one_bad_take_does_not_end_the_others() -> None:
    one = job(3)
    one.advance(JobProgress("decoding", part=0.5))
    one.settle(1, TextError("nothing to speak"))
    assert one.outcomes[0] is None and one.progress.takes_done == 1 and one.progress.takes == 3
    one.settle(0, result(one.requests[0]))
    one.settle(0, SynthesisError("too late"))
    one.settle(2, result(one.requests[2]))
    one.finish()
    outcomes = one.results(0)
    assert one.state == "done" and one.error is None and one.result(0) is outcomes[0]
    assert [type(outcome) for outcome in outcomes] == [SynthesisResult, TextError, SynthesisResult]


def test_a_job_that_ends_early_keeps_what_it_has() -> None:
    one = job(3)
    one.settle(0, result(one.requests[0]))
    one.finish(SynthesisError("the worker was killed"))
    one.finish()
    assert one.state == "failed" and "killed" in str(one.error)
    assert isinstance(one.outcomes[0], SynthesisResult) and one.result(0).text == "text 0"
    assert one.outcomes[1] is one.outcomes[2] is one.error


def test_a_job_whose_takes_all_failed_has_failed() -> None:
    one = job(2)
    for number in range(2):
        one.settle(number, TextError(f"bad {number}"))
    one.finish()
    assert one.state == "failed" and str(one.error) == "bad 0"
    with pytest.raises(TextError, match="bad 0"):
        one.result(0)


def test_waiting_and_cancelling() -> None:
    one = job()
    with pytest.raises(TimeoutError):
        one.results(0.01)
    one.finish(SynthesisCancelled("synthesis cancelled"))
    assert one.state == "cancelled" and one.progress.share == 1.0
    one.cancel()        # too late to matter
    assert not one.cancel_asked
    with pytest.raises(SynthesisCancelled):
        one.result(0)
