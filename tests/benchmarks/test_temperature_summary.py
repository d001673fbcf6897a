"""Takes that were made with known spreads, faults and lengths: the summary finds them, and each broken bound alone."""

from __future__ import annotations

import dataclasses
import math

import numpy as np
import pytest

from benchmarks.temperature_bounds import BOUND_TEMPERATURES, FLAT, Evidence, criteria_of
from benchmarks.temperature_report import tables_of
from benchmarks.temperature_sound import Measured, Sound
from benchmarks.temperature_summary import NEUTRAL, Speaker, by_text, fault_share, speaker_of, summarise
from benchmarks.temperature_takes import Spoken, number_of, seed_of
from mytts_core.config import CorpusInfo
from mytts_core.evaluation.word_errors import WordErrors

TEMPERATURES = (FLAT, NEUTRAL, 1.2, 1.5, 2.0)
TEXTS, SEEDS = 4, 8
LENGTH, PITCH = 50, 87.0      # frames of text 0 at 1.0; semitones above 1 Hz
PER_DEVIATION = 8, 0.8        # frames and semitones that a draw of 1 makes of it at temperature 2
DRAWN = np.random.default_rng(0).normal(size=(TEXTS, SEEDS, 4))
DRAWN -= DRAWN.mean(axis=1, keepdims=True)      # so that a voice without bias has none, few takes as there are
DRAWS = {seed_of(text, number): DRAWN[text, number] for text in range(TEXTS) for number in range(SEEDS)}


@dataclasses.dataclass
class Voice:
    """A made-up voice: its takes follow the draws exactly, but for what a test makes it do wrong."""

    bias: float = 0.0                      # of every length above 1.0, a share
    deaf_above: float = math.inf           # temperatures above vary no more than here
    failing: tuple[float, ...] = ()        # temperatures at which one take of text 1 repeats
    restless: float = 0.0                  # a temperature at which seeds change a take a little all the same
    flat: float = -0.2                     # pitch spread at 0.8 less that at 1.0

    def take(self, text: int, temperature: float, number: int) -> Measured:
        seed = seed_of(text, number)
        amount = max(0.0, min(temperature, self.deaf_above) - 1)
        frames = round((LENGTH + 5 * text + PER_DEVIATION[0] * amount * DRAWS[seed][0])
                       * (1 + self.bias * (temperature > 1)))
        mel = np.full((frames, 6), -5.0 - amount * DRAWS[seed][3], np.float32)
        mel[0, 0] += 1e-6 * text + (1e-3 * number if temperature == self.restless else 0)
        faults = frozenset({"repeat"} if temperature in self.failing and text == 1 and number * (temperature > 1) == 0
                           else ())
        pitch = PITCH + text + PER_DEVIATION[1] * amount * DRAWS[seed][1]
        sound = Sound(pitch, 2.0 + self.flat * (temperature < 1), pitch + 0.1, WordErrors(1, 4) if number < 2 else None)
        return Measured(Spoken(text, temperature, seed, mel, faults), sound)

    def takes(self) -> list[Measured]:
        return [self.take(text, value, number) for value in TEMPERATURES for text in range(TEXTS)
                for number in range(SEEDS)]

    def evidence(self) -> Evidence:
        takes = self.takes()
        wide = [take.spoken for take in takes if take.spoken.temperature > 1 or number_of(take.spoken.seed) == 0]
        flat = [take for take in takes if take.spoken.temperature <= 1 and number_of(take.spoken.seed) == 0]
        unasked = [self.take(text, NEUTRAL, 0).spoken for text in range(TEXTS)]
        return Evidence("voice", "step_1", Speaker(10.0, 1.6, 2.5), np.full(4, 0.8),
                        [summarise(takes, value, DRAWS) for value in TEMPERATURES], [take.spoken for take in takes],
                        wide, flat, unasked)


def test_the_summary_finds_the_spreads_that_were_put_in() -> None:
    takes = Voice().takes()
    found = summarise(takes, 1.5, DRAWS)
    groups = list(DRAWN)
    lengths = [np.round(LENGTH + 5 * text + 4 * group[:, 0]) for text, group in enumerate(groups)]
    assert found.duration.value == pytest.approx(np.mean([100 * np.std(x, ddof=1) / x.mean() for x in lengths]))
    expected = np.mean([0.4 * group[:, 1].std(ddof=1) for group in groups])
    assert found.pitch.value == pytest.approx(expected) and found.mel_pitch.value == pytest.approx(expected)
    assert found.length.value == pytest.approx(np.mean([100 * (x.mean() / (LENGTH + 5 * text) - 1)
                                                        for text, x in enumerate(lengths)]))
    assert found.follows[0] > 0.99 and found.follows[1] == pytest.approx(1)
    assert found.words == (TEXTS * 2, TEXTS * 2 * 4) and found.faults.value == 0
    levels = [20 / math.log(10) * 0.5 * group[:, 3] for group in groups]
    between = np.mean([np.abs(level - np.roll(level, 1)).mean() for level in levels])
    assert found.between.value == pytest.approx(between, rel=1e-3)
    assert found.from_neutral.value == pytest.approx(np.mean([np.abs(level).mean() for level in levels]), rel=1e-3)


def test_nothing_varies_at_one() -> None:
    found = summarise(Voice().takes(), NEUTRAL, DRAWS)
    assert (found.duration.value, found.pitch.value, found.between.value, found.length.value) == (0, 0, 0, 0)
    assert all(math.isnan(value) for value in found.follows)
    assert found.words == (TEXTS, TEXTS * 4)     # two listeners heard the same samples: once


def test_equal_takes_count_once_among_failures() -> None:
    takes = [take.spoken for take in Voice(failing=(NEUTRAL, 1.5)).takes()]
    at = {value: fault_share([take for take in takes if take.temperature == value]) for value in (NEUTRAL, 1.5)}
    assert at[1.5].value == 1 / (TEXTS * SEEDS)
    assert at[NEUTRAL].value == 1 / TEXTS and at[NEUTRAL].high > 0.6     # Wilson, of four takes


def test_takes_are_grouped_by_text() -> None:
    groups = by_text(Voice().takes(), 1.2)
    assert [{take.spoken.text for take in group} for group in groups] == [{0}, {1}, {2}, {3}]


def test_a_voice_that_does_what_it_should_keeps_every_bound() -> None:
    criteria = criteria_of(Voice().evidence())
    assert [item.name for item in criteria if not item.holds] == []
    assert len(criteria) == 6 + 2 * len(BOUND_TEMPERATURES)


@pytest.mark.parametrize(("voice", "broken"), [
    (Voice(bias=0.03), ["mean length at 1.2", "mean length at 1.5"]),
    (Voice(bias=-0.03), ["mean length at 1.2", "mean length at 1.5"]),
    (Voice(deaf_above=1.5), ["duration variation", "pitch variation", "mel distance"]),
    (Voice(failing=(1.5,)), ["failed takes at 1.5"]),
    (Voice(failing=(1.2,)), ["failed takes at 1.2"]),
    (Voice(restless=NEUTRAL), ["1.0 is bit for bit"]),
    (Voice(restless=FLAT), ["0.8 is one take"]),
    (Voice(flat=0.1), ["pitch within takes at 0.8"]),
    (Voice(flat=0.0), ["pitch within takes at 0.8"]),
])
def test_each_fault_of_a_voice_breaks_its_own_bound(voice: Voice, broken: list[str]) -> None:
    failed = [item.name for item in criteria_of(voice.evidence()) if not item.holds]
    assert len(failed) == len(broken)
    assert all(name.startswith(start) for name, start in zip(failed, broken))


def test_the_tables_give_a_row_a_temperature_and_the_verdicts() -> None:
    evidence = Voice(failing=(1.5,)).evidence()
    measures, shares, faults, bounds = tables_of(evidence, num_heard=2)
    for table in (measures, shares, faults):
        assert [row[0] for row in table.rows] == ["0.8", "1", "1.2", "1.5", "2"]
        assert all(len(row) == len(table.columns) for row in table.rows)
    found = evidence.summaries[-1]
    assert measures.rows[-1][1].startswith(f"{found.duration.value:.2f} (")
    assert shares.rows[-1][1:3] == (f"{10 * found.duration.value:.0f} %", f"{12.5 * found.duration.value:.0f} %")
    assert "repeat 1" in faults.rows[3][2] and "repeat 0" in faults.rows[2][2]
    assert [row[3] for row in bounds.rows].count("FAILS") == 1 and "of 10 bounds" in bounds.notes[0]


def test_a_model_without_prosody_leaves_that_share_out() -> None:
    shares = tables_of(Voice().evidence()._replace(open_spread=None), num_heard=2)[1]
    assert shares.rows[-1][2] == "–" and shares.rows[-1][1] != "–" and len(shares.notes) == 1


def test_the_speakers_spread_is_that_of_the_corpus() -> None:
    found = speaker_of(CorpusInfo(prosody_mean=[1.6, 5.0, 2.7, -3.0], prosody_std=[0.12, math.log(2) / 12, 0.6, 0.2]))
    assert found == pytest.approx((12.0, 1.0, 2.7))
