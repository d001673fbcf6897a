"""Listening tests with recordings that need no model, a tone for each setting, text and seed; their pages."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from mytts_core.audio.loudness import match_loudness
from mytts_core.listening.ballot import Ballot
from mytts_core.listening.clips import ClipFiles
from mytts_core.listening.plan import ListeningPlan, Setting
from mytts_core.listening.store import ListeningStore
from tests.dashboard.page_parts import component_data, html_of

RATE = 22_050
RUN, STEP = "espeak", 8_000
CALM, VARIED, WILD = (Setting(label, RUN, STEP, temperature)
                      for label, temperature in (("calm", 1.0), ("varied", 1.27), ("wild", 1.77)))
TEXTS = ("first text", "second text", "third text")


def make_test(root: Path, settings: Sequence[Setting] = (CALM, VARIED), *, made: int | None = None, **numbers) -> str:
    """Make a test with `made` recordings, all of them and open when None; return its id."""
    plan = ListeningPlan(**{"title": "Which one?", "settings": tuple(settings), "texts": TEXTS, "seeds": (1, 2),
                            "trials_per_listener": 10, **numbers})
    test_id = ListeningStore(root).create(plan, seed=5)
    clips = ClipFiles(root, test_id)
    for number, order in enumerate(clips.missing()):
        if made is not None and number >= made:
            return test_id
        clips.save(order.clip_id, _tone(200 + 150 * order.setting.temperature + 10 * (order.seed or 0)), RATE)
    clips.seal(match_loudness)
    return test_id


def vote_all(root: Path, test_id: str, name: str, answers: Sequence[str], most: int | None = None) -> None:
    """Vote as a listener, with the answers in turn, `most` times or to the end."""
    ballot = Ballot(root, test_id)
    seat, given = ballot.join(name), 0
    while (trial := ballot.next_trial(seat.seat_id)) is not None and given != most:
        ballot.vote(trial.trial_id, answers[given % len(answers)], [1] * len(trial.clip_ids), 4.0)
        given += 1


def copy_run(repository: Path, root: Path) -> Path:
    """Put the sample run, without samples, into a folder of runs; return that folder."""
    shutil.copytree(repository / "sample_runs" / RUN, root / RUN,
                    ignore=shutil.ignore_patterns("samples", "gradients", "events*"))
    return root


def button(app, label: str):
    return app.button[[one.label for one in app.button].index(label)]


def words_of(app) -> str:
    """Return the HTML of the page without its style sheet."""
    return html_of(app).rpartition("</style>")[2] + html_of(app).partition("<style>")[0]


def with_texts(app, *texts: str):
    """Write texts into the form, as the page's first act."""
    app.text_area(key=f"texts of {RUN}").set_value("\n".join(texts)).run()
    assert not app.exception
    return app


def trial_data(app) -> dict:
    [data] = component_data(app, "mytts_blind_test")
    return data


def _tone(frequency: float) -> np.ndarray:
    time = np.arange(int(0.6 * RATE)) / RATE
    return (0.2 * np.sin(2 * np.pi * frequency * time)).astype(np.float32)
