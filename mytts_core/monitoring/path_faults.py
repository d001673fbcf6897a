"""The faults of a reading path, one detector a kind, and the thresholds with their reasons. NumPy alone.

Thresholds were set on the 24 healthy LJSpeech matrices of `benchmarks/alignment_injections.py`, so that these show no
fault. Each detector returns its faults and a severity: how bad the worst of them is, a fault from 1 on.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, Optional

import numpy as np

from mytts_core.monitoring.reading_path import NEIGHBOURS, ReadingPath

MIN_SKIPPED_TOKENS = 3
"""One or two letters or phonemes in a row that attention passes over are normal (silent letters, short words)."""

CHANCE_OF_FALSE_SKIP = 0.05
"""A run of unattended tokens is a skip if this attention, at its own rate of misses, would show it in 1 text in 20."""

UNATTENDED_SHARE = 0.25
"""A token is unattended below this share of the median attention of the tokens on the path, whether the path crosses it
(diffuse attention can be crossed faster than anyone speaks) or not. Tokens that healthy attention passes over get more
from their neighbours' frames; of rows that were left out only the tails of the rows beside them remain."""

MIN_REPEATED_TOKENS = 3
"""Spoken tokens read again after a jump back: fewer is a second look, not a repeated word."""

JUMP_BACK_TOKENS = 2
"""Going back by up to this many tokens is jitter between neighbours."""

STALL_SECONDS = 0.9
"""Time on one spoken token, or two neighbours, from which a reading hangs. Healthy LJSpeech stays below 0.68 s."""

PAUSE_SECONDS = 1.8
"""The same where the time goes to punctuation, spaces or special tokens: real commas hold up to about a second."""

MIN_MISSING_TOKENS = 2
"""Spoken tokens missing at the end: a single final consonant is often read from its neighbour."""

END_HOLD_SECONDS = 0.1
"""Scale on which a last token that is hardly held makes a cut-off more likely; alone it is never a fault."""

MIN_FOLLOWED = 0.3
"""Share of attention near the path, beyond what uniform attention would have there, below which there is no path to
speak of. Healthy LJSpeech has 0.84 to 0.98; shuffled, through which some path can still be found, below 0.3."""


class PathFault(NamedTuple):
    """One fault. Frames are mel frames, the end exclusive; tokens `token_index` to `last_token_index` are concerned.

    `token` is the display of the first of them, `text` of all of them; empty where no tokens were given.
    """

    kind: str
    token_index: int
    token: str
    start_frame: int
    end_frame: int
    last_token_index: int
    text: str


class Reading(NamedTuple):
    """A traced path with what is known of its text; see `diagnose_path`."""

    traced: ReadingPath
    spoken: np.ndarray
    tokens: Optional[Sequence[str]]
    frames_per_second: float
    stop_reason: Optional[str]

    def fault(self, kind: str, first: int, last: int, start_frame: int, end_frame: int) -> PathFault:
        """Return a fault with the displays of its tokens."""
        names = [] if self.tokens is None else [str(token) for token in self.tokens[first:last + 1]]
        return PathFault(kind, int(first), names[0] if names else "", int(start_frame), int(end_frame), int(last),
                         "".join(names))

    def unattended(self) -> np.ndarray:
        """Return which tokens are passed over: bool, (S,)."""
        on_path = np.zeros(len(self.spoken), bool)
        on_path[self.traced.tokens] = True
        typical = np.median(self.traced.frames[on_path])
        return self.traced.frames < UNATTENDED_SHARE * typical

    def end_frames(self) -> np.ndarray:
        """Frames on the last spoken token or after it, once half of what the path reads was read."""
        path = self.traced.tokens
        last = int(np.flatnonzero(self.spoken)[-1]) if self.spoken.any() else len(self.spoken) - 1
        first_visits = np.unique(path, return_index=True)[1]
        return np.flatnonzero((path >= last) & (np.arange(len(path)) >= np.median(first_visits)))


def find_skips(reading: Reading) -> tuple[list[PathFault], float]:
    """Find runs of spoken tokens that are passed over; the time is that of the jump over them."""
    runs = _unattended_runs(reading)
    last_read = int(reading.traced.tokens.max())
    inner = [run for run in runs if run[0] < last_read]
    if not inner:
        return [], 0.0
    faults, worst = [], 0.0
    for run in inner:
        required = _required_run(reading, runs, len(run))
        worst = max(worst, len(run) / required)
        if len(run) >= required:
            # Between the last frame before the gap and the first after it: where a listener misses the words.
            after = np.flatnonzero(reading.traced.tokens > run[-1])
            frame = int(after[0]) if len(after) else len(reading.traced.tokens)
            faults.append(reading.fault("skipped", run[0], run[-1], max(frame - 1, 0), frame))
    return faults, worst


def _unattended_runs(reading: Reading) -> list[list[int]]:
    """Return runs of unattended spoken tokens; an attended token ends a run, an unattended space does not."""
    missing = reading.unattended()
    runs: list[list[int]] = [[]]
    for token in range(len(missing)):
        if not missing[token]:
            runs.append([])
        elif reading.spoken[token]:
            runs[-1].append(token)
    return [run for run in runs if run]


def _required_run(reading: Reading, runs: list[list[int]], length: int) -> int:
    """Return how long a run must be: expected fewer than `CHANCE_OF_FALSE_SKIP` times in a text this long.

    With a share p of misses outside the runs of this length and more, S tokens hold S (1 − p) pⁿ runs of n by chance.
    """
    outside = int(reading.spoken.sum()) - sum(len(run) for run in runs if len(run) >= length)
    misses = sum(len(run) for run in runs if len(run) < length)
    share = min((misses + 1) / (outside + 2), 0.9)
    by_chance = np.log(CHANCE_OF_FALSE_SKIP / (max(reading.spoken.sum(), 1) * (1 - share))) / np.log(share)
    return max(MIN_SKIPPED_TOKENS, int(np.ceil(by_chance)))


def find_repeats(reading: Reading) -> tuple[list[PathFault], float, int]:
    """Find spoken tokens read again after a jump back; also return the number of jumps back."""
    path = reading.traced.tokens
    jumps = np.flatnonzero(np.diff(path) < -JUMP_BACK_TOKENS) + 1
    faults, worst = [], 0.0
    for number, jump in enumerate(jumps):
        stop = jumps[number + 1] if number + 1 < len(jumps) else len(path)
        caught_up = np.flatnonzero(path[jump:stop] > path[jump - 1])
        stop = jump + int(caught_up[0]) if len(caught_up) else stop
        again = np.intersect1d(path[jump:stop], path[:jump])
        again = again[reading.spoken[again]]
        if not len(again):
            continue
        worst = max(worst, len(again) / MIN_REPEATED_TOKENS)
        if len(again) >= MIN_REPEATED_TOKENS:
            faults.append(reading.fault("repeated", again[0], again[-1], int(jump), int(stop)))
    return faults, worst, len(jumps)


def find_stalls(reading: Reading) -> tuple[list[PathFault], float]:
    """Find where the path stays on a token or between two neighbours for too long."""
    faults, worst = [], 0.0
    for start, stop in _holds(reading.traced.tokens):
        severity = _hold_severity(reading, start, stop)
        worst = max(worst, severity)
        if severity >= 1:
            held = reading.traced.tokens[start:stop]
            token = int(np.bincount(held).argmax())
            faults.append(reading.fault("stalled", token, token, start, stop))
    return faults, worst


def _hold_severity(reading: Reading, start: int, stop: int) -> float:
    held = reading.traced.tokens[start:stop]
    spoken_seconds = reading.spoken[held].sum() / reading.frames_per_second
    seconds = len(held) / reading.frames_per_second
    last = np.flatnonzero(reading.spoken)[-1] if reading.spoken.any() else 0
    ends_the_reading = stop == len(reading.traced.tokens) and held.max() >= last
    if ends_the_reading and reading.stop_reason != "limit":
        return float(min(seconds / PAUSE_SECONDS, 0.99))
    return float(max(spoken_seconds / STALL_SECONDS, seconds / PAUSE_SECONDS))


def _holds(path: np.ndarray) -> list[tuple[int, int]]:
    """Return the longest stretches (start, stop) within two neighbouring tokens, longest first, without overlap."""
    stays = np.flatnonzero(np.r_[True, np.diff(path) != 0, True])
    stretches = []
    for first in range(len(stays) - 1):
        last = first + 1
        low = high = path[stays[first]]
        while last < len(stays) - 1:
            low, high = min(low, path[stays[last]]), max(high, path[stays[last]])
            if high - low > 1:
                break
            last += 1
        stretches.append((int(stays[first]), int(stays[last])))
    chosen: list[tuple[int, int]] = []
    for start, stop in sorted(stretches, key=lambda stretch: stretch[0] - stretch[1]):
        if all(stop <= other_start or start >= other_stop for other_start, other_stop in chosen):
            chosen.append((start, stop))
    return chosen


def find_truncation(reading: Reading) -> tuple[Optional[PathFault], float]:
    """Find the spoken tokens that are missing at the end."""
    end_frames = reading.end_frames()
    if len(end_frames):
        held = len(end_frames) / reading.frames_per_second
        return None, float(0.45 * np.exp(-held / END_HOLD_SECONDS))
    path = reading.traced.tokens
    late = path[int(np.median(np.unique(path, return_index=True)[1])):]
    missing = np.flatnonzero(reading.spoken & (np.arange(len(reading.spoken)) > late.max()))
    severity = len(missing) / MIN_MISSING_TOKENS
    if severity < 1:
        return None, severity
    return reading.fault("truncated", missing[0], missing[-1], len(path), len(path)), severity


def share_followed(traced: ReadingPath) -> float:
    """Return the share of attention near the path, 0 for what uniform attention has there."""
    by_chance = min((2 * NEIGHBOURS + 1) / len(traced.frames), 0.9)
    share = float(traced.frames.sum() / len(traced.tokens))
    return min(max((share - by_chance) / (1 - by_chance), 0.0), 1.0)
