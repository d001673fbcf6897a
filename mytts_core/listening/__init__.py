"""Blind listening tests: designed, kept, voted in, and read at the end.

    plan = ListeningPlan("Temperature", (Setting("1.0", "kathleen", 9500), Setting("1.5", "kathleen", 9500, 1.5)),
                         texts=("…", "…"), seeds=(1, 2, 3), trials_per_listener=20, listeners=3)
    power_of_plan(plan)                                   # shown before the test is made
    store = ListeningStore(root)
    test_id = store.create(plan)                          # state "making"

    clips = ClipFiles(root, test_id)
    for order in clips.missing():                         # resumable: what is there is not asked for again
        clips.save(order.clip_id, wav, sample_rate)       # order.setting, order.text, order.seed say what to speak
    clips.seal(match_loudness)                            # state "open"

    ballot = Ballot(root, test_id)
    seat = ballot.join("Mina")                            # the same name comes back to the same seat
    trial = ballot.next_trial(seat.seat_id)               # None: this listener is done
    audio = clips.audio(trial.trial_id)                   # WAV bytes of A, B (and X), equally long
    receipt = ballot.vote(trial.trial_id, "A", plays=(1, 2), seconds=8.4)
    ballot.progress()                                     # votes given and planned; no answers

    results = open_results(root, test_id)                 # ResultsClosed while votes are missing
    votes_csv(root, test_id); results_csv(results)

What a page may show before the end: `Trial`, `Seat`, `Receipt`, `Progress`, `ClipOrder.clip_id`; none of them tells a
setting. `ListeningTest.plan` names the settings, not where they are. Nothing here imports Streamlit or TensorFlow, and
importing the package loads none of its parts: a name does when it is asked for.

States: `making` (clips are missing) → `open` (votes are taken) → `finished` (all planned votes are there, or the test
was ended early). Trials added later are blocks of their own, marked exploratory and reported apart.
"""

from __future__ import annotations

import importlib
from typing import Any

_HOMES = {
    "Setting": "plan", "ListeningPlan": "plan", "AB": "plan", "ABX": "plan", "A": "plan", "B": "plan",
    "NO_DIFFERENCE": "plan",
    "PlanPower": "power", "power_of_plan": "power", "binomial_power": "power", "smallest_conclusive": "power",
    "trials_needed": "power",
    "ListeningStore": "store", "ListeningTest": "state", "MAKING": "state", "OPEN": "state", "FINISHED": "state",
    "ClipFiles": "clips", "ClipOrder": "clips",
    "Ballot": "ballot", "Seat": "seats", "Trial": "ballot", "Receipt": "ballot", "Progress": "ballot",
    "open_results": "results", "Results": "results", "BlockResult": "results", "ResultsClosed": "results",
    "PairResult": "pair_results", "AbxResult": "pair_results", "Strength": "bradley_terry", "SideCheck": "checks",
    "ListenerResult": "checks", "DurationDifference": "durations",
    "votes_csv": "csv_export", "results_csv": "csv_export", "columns_csv": "csv_export",
    "VOTE_COLUMNS": "csv_export", "RESULT_COLUMNS": "csv_export",
}
__all__ = sorted(_HOMES)


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"{__name__}.{_HOMES[name]}"), name)


def __dir__() -> list[str]:
    return __all__
