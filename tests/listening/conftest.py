"""Listening tests with short made-up recordings: what they say does not matter here, only how they are handled."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from mytts_core.listening import ABX, Ballot, ClipFiles, ListeningPlan, ListeningStore, Setting

SAMPLE_RATE = 8_000


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    (tmp_path / "runs").mkdir()
    return tmp_path / "runs"


@pytest.fixture
def make_plan() -> Callable[..., ListeningPlan]:
    """Return a maker of plans: two or more temperatures of one run, three texts, two seeds, ten trials."""
    def make(settings: int = 2, texts: int = 3, seeds: int = 2, trials: int = 10, **others) -> ListeningPlan:
        return ListeningPlan(**{
            "title": "Temperature", "settings": tuple(Setting(f"T{number}", "run", 500, 1 + number / 10)
                                                      for number in range(settings)),
            "texts": tuple(f"text {number}" for number in range(texts)), "seeds": tuple(range(1, seeds + 1)),
            "trials_per_listener": trials, **others})

    return make


@pytest.fixture
def tone() -> Callable[..., np.ndarray]:
    """Return a maker of recordings: a tone whose frequency tells the setting, seconds as given."""
    def make(setting: int, seconds: float = 0.05) -> np.ndarray:
        times = np.arange(int(seconds * SAMPLE_RATE)) / SAMPLE_RATE
        return (0.2 * np.sin(2 * np.pi * 200 * (setting + 1) * times)).astype(np.float32)

    return make


@pytest.fixture
def open_test(root, make_plan, tone) -> Callable[..., str]:
    """Return a maker of tests that take votes; keywords go to `make_plan`, but for the seed of the shuffle."""
    def make(seed: int = 1, **keywords) -> str:
        plan = make_plan(**keywords)
        test_id = ListeningStore(root).create(plan, seed)
        clips = ClipFiles(root, test_id)
        for order in clips.missing():
            setting = plan.settings.index(order.setting)
            clips.save(order.clip_id, tone(setting, 0.05 + 0.01 * setting), SAMPLE_RATE)
        clips.seal(lambda wavs, rates: [(wav, 0.0) for wav in wavs])
        return test_id

    return make


@pytest.fixture
def vote_all(root) -> Callable[..., None]:
    """Return a voter: `choose(trial)` gives the answer to each trial that a listener still has."""
    def vote(test_id: str, name: str, choose: Callable, most: int = 1_000) -> None:
        ballot = Ballot(root, test_id)
        seat = ballot.join(name)
        for _ in range(most):
            trial = ballot.next_trial(seat.seat_id)
            if trial is None:
                return
            ballot.vote(trial.trial_id, choose(trial), [1] * (3 if trial.mode == ABX else 2), 1.5)

    return vote
