"""In what two takes of a text differ: how they were made, and what came of it, as rows of a table."""

from __future__ import annotations

import math
from typing import NamedTuple

from dashboard.figures.ab_listening import Side
from dashboard.figures.samples import STOP_REASONS
from dashboard.figures.takes import stop_words
from mytts_core.synthesis.stored_take import StoredTake
from mytts_core.vocoder import VOCODERS


class DifferenceRow(NamedTuple):
    """One thing about both takes, in words; `note` says by how much they differ where that is a number."""

    name: str
    first: str
    second: str
    note: str = ""

    @property
    def differs(self) -> bool:
        return self.first != self.second


def get_differences(takes: tuple[StoredTake, StoredTake], sides: tuple[Side, Side]) -> list[DifferenceRow]:
    """Return what was asked for and what was measured, settings first."""
    return [_said("Run", *(take.run for take in takes)),
            _said("Checkpoint", *(f"step {take.step:,}" if take.step >= 0 else "not known" for take in takes)),
            _said("Temperature", *(f"{take.temperature:.2f}" for take in takes)),
            _said("Seed", *("–" if take.seed is None else str(take.seed) for take in takes)),
            _said("Vocoder", *(VOCODERS.get(take.vocoder, take.vocoder) for take in takes)),
            _duration(*(side.seconds for side in sides)),
            _pitch(*(side.pitch_hz for side in sides)),
            _number("Pitch spread", "semitones", *(side.pitch_spread for side in sides)),
            _number("Loudness as made", "LUFS", *(side.loudness for side in sides)),
            _said("Ended by", *(stop_words(take, STOP_REASONS) for take in takes)),
            _said("Faults", *(str(len(side.faults)) if side.faults else "none" for side in sides))]


def _said(name: str, first: str, second: str) -> DifferenceRow:
    return DifferenceRow(name, first, second)


def _duration(first: float, second: float) -> DifferenceRow:
    note = f"{second / first - 1:+.1%}" if first > 0 else ""
    return DifferenceRow("Duration", f"{first:.2f} s", f"{second:.2f} s", note.replace("-", "−"))


def _pitch(first: float, second: float) -> DifferenceRow:
    both = math.isfinite(first) and math.isfinite(second)
    note = f"{12 * math.log2(second / first):+.1f} semitones".replace("-", "−") if both else ""
    said = [f"{hz:.0f} Hz" if math.isfinite(hz) else "nothing voiced" for hz in (first, second)]
    return DifferenceRow("Pitch, median", said[0], said[1], note)


def _number(name: str, unit: str, first: float, second: float) -> DifferenceRow:
    finite = math.isfinite(first) and math.isfinite(second)
    note = f"{second - first:+.1f} {unit.replace('LUFS', 'LU')}".replace("-", "−") if finite else ""
    said = [f"{value:.1f} {unit}".replace("-", "−") if math.isfinite(value) else "–" for value in (first, second)]
    return DifferenceRow(name, said[0], said[1], note)
