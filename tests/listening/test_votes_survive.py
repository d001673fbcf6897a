"""No vote is lost or counted twice when voters are killed at any moment, or vote in several processes at once."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest

from mytts_core.listening import Ballot, ListeningStore
from mytts_core.listening.vote_records import read_votes

# Says "joined", then after each vote, when the library has said that it is kept, its trial.
VOTER = """
import sys
from mytts_core.listening import Ballot
ballot = Ballot(sys.argv[1], sys.argv[2])
seat = ballot.join(sys.argv[3])
print("joined", flush=True)
while (trial := ballot.next_trial(seat.seat_id)) is not None:
    if ballot.vote(trial.trial_id, sys.argv[4], (1, 1), 0.5).kept:
        print(trial.trial_id, flush=True)
"""


def start_voter(root: Path, test_id: str, name: str, answer: str) -> subprocess.Popen:
    repository = Path(__file__).resolve().parents[2]
    return subprocess.Popen([sys.executable, "-c", VOTER, str(root), test_id, name, answer], stdout=subprocess.PIPE,
                            text=True, cwd=repository, env={**os.environ, "PYTHONPATH": str(repository)})


def test_every_vote_reported_as_kept_is_there_once_after_kills_at_random_moments(root, open_test):
    test_id, rng, reported = open_test(trials=60, texts=5), random.Random(4), []
    killed = 0
    for _ in range(6):
        voter = start_voter(root, test_id, "Mina", rng.choice(("A", "B", "none")))
        assert voter.stdout is not None and voter.stdout.readline().strip() == "joined"
        for _ in range(rng.randint(0, 6)):
            reported.append(voter.stdout.readline().strip())
        time.sleep(rng.uniform(0, 0.02))        # somewhere within the next vote
        voter.send_signal(signal.SIGKILL)
        reported += voter.stdout.read().split()
        killed += voter.wait() == -signal.SIGKILL
    reported = [trial for trial in reported if trial]
    ballot = Ballot(root, test_id)
    seat = ballot.join("Mina")
    trials = {trial.trial_id: trial.vote for trial in (ballot.trial(seat.seat_id, n) for n in range(1, 61))}
    assert killed >= 5 and len(reported) >= 5 and len(set(reported)) == len(reported)
    assert all(trials[trial] is not None for trial in reported)
    # a vote on the disk whose report did not get through the pipe is at most one for each kill
    assert len(reported) <= seat.votes <= len(reported) + killed
    assert len(ballot.progress().seats) == 1
    finisher = start_voter(root, test_id, "MINA", "A")
    finisher.communicate(timeout=120)
    votes = read_votes(root, test_id)
    assert Counter(vote.number for vote in votes) == Counter(range(1, 61))
    assert ListeningStore(root).test(test_id).votes_left == 0


@pytest.mark.parametrize("same_listener", [True, False])
def test_voters_in_two_processes(root, open_test, same_listener):
    test_id = open_test(trials=20, listeners=2)
    names = ("Mina", "mina") if same_listener else ("Mina", "Ali")
    voters = [start_voter(root, test_id, name, answer) for name, answer in zip(names, "AB")]
    said = [voter.communicate(timeout=120)[0].split()[1:] for voter in voters]
    assert [voter.returncode for voter in voters] == [0, 0]
    kept = said[0] + said[1]
    votes = read_votes(root, test_id)
    assert len(kept) == len(set(kept)) == len(votes) == (20 if same_listener else 40)
    if same_listener:
        assert Counter(vote.answer for vote in votes) == Counter({"A": len(said[0]), "B": len(said[1])})
    else:
        assert {(vote.listener, vote.answer) for vote in votes} == {("Mina", "A"), ("Ali", "B")}
