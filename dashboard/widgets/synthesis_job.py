"""The takes a visitor asked for last with a run: started, watched, cancelled, remembered across pages."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple, Optional

import streamlit as st

from dashboard import cache
from dashboard.caches import takes as kept_takes
from dashboard.figures.health import Fact
from dashboard.figures.take_plan import Setting
from dashboard.figures.takes import describe_unsaved
from dashboard.widgets import style
from dashboard.widgets.synthesis_form import Wanted
from mytts_core.errors import MyTTSError
from mytts_core.synthesis.job import CANCELLED, Job, JobProgress
from mytts_core.synthesis.spoken import SynthesisResult, TakeRequest
from mytts_core.synthesis.stored_take import StoredTake

WATCH_SECONDS = 0.5
_KEY = "synthesis_batches"
_STAGES = {"starting": "Starting the worker process …", "loading": "Loading the checkpoint …", "decoding": "Speaking",
           "waveform": "Making the waveforms"}


class Spoken(NamedTuple):
    """What came of a take.

    Attributes:
        take: what is known of it; None while it is not there, or where it failed. Its id is '' where it is not kept.
        result: all of it, where it could not be kept.
        problem: why there is none.
    """

    take: Optional[StoredTake] = None
    result: Optional[SynthesisResult] = None
    problem: str = ""


@dataclass
class Batch:
    """Takes that were asked for together; the job, with all it holds in memory, goes when it has ended."""

    text: str
    run: str
    settings: tuple[Setting, ...]
    job: Optional[Job]
    spoken: Sequence[Spoken] = ()
    notes: list[Fact] = field(default_factory=list)

    @property
    def is_running(self) -> bool:
        return self.job is not None

    def look(self) -> None:
        """Take up what the job has come to."""
        if self.job is None:
            return
        finished = self.job.finished        # asked first: what is read after it is complete
        self.spoken = [self._spoken(number) for number in range(len(self.settings))]
        if finished:
            self.notes = _notes(self.job, self.spoken)
            self.job = None

    def _spoken(self, number: int) -> Spoken:
        assert self.job is not None
        outcome, stored = self.job.outcomes[number], self.job.stored[number]
        if isinstance(outcome, MyTTSError):
            return Spoken(problem=str(outcome))
        if outcome is None:
            return Spoken()
        return Spoken(stored) if stored else Spoken(describe_unsaved(outcome, self.run), outcome)


def of_run(folder: Path) -> Optional[Batch]:
    """Return the visitor's last takes with a run, as they are now."""
    batch = st.session_state.setdefault(_KEY, {}).get(str(folder))
    if batch is not None:
        batch.look()
    return batch


def start(root: Path, folder: Path, run: str, wanted: Wanted) -> bool:
    """Ask the worker for takes and tell whether it was asked; where it cannot be, say why."""
    requests = [TakeRequest(folder, setting.step, wanted.text, setting.temperature, setting.seed, wanted.max_seconds,
                            wanted.vocoder) for setting in wanted.settings]
    try:
        job = cache.synthesis_client().submit_takes(requests, store=kept_takes.store(root))
    except MyTTSError as error:
        style.show_facts([Fact("bad", str(error))])
        return False
    kept_takes.note_job(folder, job)
    batch = Batch(wanted.text, run, wanted.settings, job)
    batch.look()
    st.session_state.setdefault(_KEY, {})[str(folder)] = batch
    return True


@st.fragment(run_every=WATCH_SECONDS)
def show_progress(job: Job, drawn: int) -> None:
    """Show how far takes are, with a button to cancel them; the page is drawn again when one is there.

    Args:
        drawn: takes that are on the page already.
    """
    progress = job.progress
    if job.finished or progress.takes_done > drawn:
        st.rerun(scope="app")
    shown, button = st.columns([0.86, 0.14], vertical_alignment="bottom")
    shown.progress(progress.share, text="Cancelling …" if job.cancel_asked else progress_words(progress))
    button.button("Cancel", icon=":material/close:", disabled=job.cancel_asked, width="stretch", on_click=job.cancel)


@st.fragment(run_every=4 * WATCH_SECONDS)
def watch_others(jobs: Sequence[Job]) -> None:
    """Tell of takes of this run that another visitor or tab waits for; the page is drawn again when they are there."""
    if all(job.finished for job in jobs):
        st.rerun(scope="app")
    done, asked = (sum(getattr(job.progress, name) for job in jobs) for name in ("takes_done", "takes"))
    style.show_facts([Fact("info", f"Another tab or visitor speaks with this run: {done} of {asked} takes are there. "
                                   "They come into the history below.")])


def progress_words(progress: JobProgress) -> str:
    """Return in words how far a job is: what it does, frames, takes, and the time that is left."""
    if progress.stage == "queued":
        ahead = progress.queue_position
        return f"Waiting: {ahead} {'syntheses come' if ahead > 1 else 'synthesis comes'} before this one" if ahead \
            else "Waiting for the worker process …"
    words = [_STAGES.get(progress.stage, progress.stage)]
    if progress.stage == "decoding" and progress.done:
        words.append(f"frame {progress.done:,} of at most {progress.most:,}")
    if progress.takes > 1:
        words.append(f"{progress.takes_done} of {progress.takes} takes are there")
    elif progress.pieces > 1:
        words.append(f"{progress.spoken} of {progress.pieces} pieces are spoken")
    if progress.seconds_left is not None:
        words.append(f"about {max(1, round(progress.seconds_left)):,} s left")
    return " · ".join(words)


def _notes(job: Job, spoken: Sequence[Spoken]) -> list[Fact]:
    """Return what went wrong, each sentence once, with the number of takes it is about."""
    level = "info" if job.state == CANCELLED else "bad"
    problems = Counter(one.problem for one in spoken if one.problem)
    told = [Fact("info" if "cancelled" in problem else level, f"{_takes(count)}: {problem}" if len(spoken) > 1
                 else problem) for problem, count in problems.items()]
    if job.store_error is not None:
        told.append(Fact("warning", f"Takes are shown but not kept: {job.store_error}"))
    return told


def _takes(count: int) -> str:
    return f"{count} take{'s' if count > 1 else ''}"
