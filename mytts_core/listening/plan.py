"""What a listening test compares, and how many votes it takes: fixed when the test is made, never changed."""

from __future__ import annotations

import itertools
import math
from dataclasses import asdict, dataclass
from typing import Any

from mytts_core.errors import ListeningError

AB, ABX = "ab", "abx"
A, B, NO_DIFFERENCE = "A", "B", "none"

DEFAULT_IDENTICAL_SHARE = 0.1
MAX_SETTINGS, MAX_TEXTS, MAX_SEEDS, MAX_TRIALS, MAX_LISTENERS = 12, 500, 100, 500, 200
MAX_TEXT_LENGTH, MAX_TITLE_LENGTH = 2_000, 120
MIN_TRIALS_WITH_CHECK = 10


@dataclass(frozen=True)
class Setting:
    """One way to speak a text.

    Attributes:
        label: how results name it, for people; unlike the other settings' labels.
        run: the run's name under the folder of runs.
        step: of the checkpoint.
        temperature: above 0; above 1 each seed gives a take of its own, else seeds change nothing.
        vocoder: a name of `mytts_core.vocoder.VOCODERS`.
    """

    label: str
    run: str
    step: int
    temperature: float = 1.0
    vocoder: str = "griffin_lim"

    @property
    def uses_seed(self) -> bool:
        """Whether takes differ by seed: a temperature up to 1 is deterministic."""
        return self.temperature > 1


@dataclass(frozen=True)
class ListeningPlan:
    """The plan of a test. Making one checks it.

    Attributes:
        title: for people.
        settings: two or more, different.
        texts: what is spoken, each once; both clips of a pair speak the same one.
        seeds: of takes with a temperature above 1. Where both settings of a pair use a seed, it is the same one, so
            that the pair differs by its settings and not by chance.
        trials_per_listener: votes a listener gives, checks included.
        listeners: how many are planned.
        mode: `AB` ("which is better?", or no difference) or `ABX` ("which of A and B is X?").
        identical_share: of the trials, how many play one clip twice as a check of attention; 0 for none. From ten
            trials on there is at least one. An ABX test has none: there X is its own check.

    Raises:
        ListeningError: naming the value and the rule that it breaks.
    """

    title: str
    settings: tuple[Setting, ...]
    texts: tuple[str, ...]
    seeds: tuple[int, ...] = (1,)
    trials_per_listener: int = 20
    listeners: int = 1
    mode: str = AB
    identical_share: float = DEFAULT_IDENTICAL_SHARE

    def __post_init__(self) -> None:
        for name in ("settings", "texts", "seeds"):
            object.__setattr__(self, name, tuple(getattr(self, name)))
        object.__setattr__(self, "title", " ".join(self.title.split()))
        _check_values(self)
        _check_settings(self)
        _check_sizes(self)

    @property
    def pairs(self) -> tuple[tuple[int, int], ...]:
        """Every pair of settings, as indices (i, j) with i < j."""
        return tuple(itertools.combinations(range(len(self.settings)), 2))

    @property
    def checks_per_listener(self) -> int:
        """Identical pairs among a listener's trials."""
        if self.mode == ABX or self.identical_share == 0:
            return 0
        wanted = math.floor(self.trials_per_listener * self.identical_share + 0.5)
        return max(wanted, 1 if self.trials_per_listener >= MIN_TRIALS_WITH_CHECK else 0)

    @property
    def comparisons_per_listener(self) -> int:
        """A listener's trials that compare two settings."""
        return self.trials_per_listener - self.checks_per_listener

    @property
    def comparisons_per_pair(self) -> int:
        """Comparisons of each pair of settings in the whole test; some pairs have one more."""
        return self.comparisons_per_listener * self.listeners // len(self.pairs)

    @property
    def votes(self) -> int:
        """All planned votes."""
        return self.trials_per_listener * self.listeners

    def to_dict(self) -> dict[str, Any]:
        """Return plain JSON types; `from_dict` reads them."""
        return asdict(self)

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> ListeningPlan:
        """Return the plan of `to_dict`.

        Raises:
            ListeningError: where a value is missing, unknown or breaks a rule.
        """
        try:
            settings = tuple(Setting(**setting) for setting in values["settings"])
            return cls(**{**values, "settings": settings})
        except (TypeError, KeyError) as error:
            raise ListeningError(f"this is no plan of a listening test ({error}): make the test anew") from error


def _check_sizes(plan: ListeningPlan) -> None:
    for name, count, least, most in (
            ("settings", len(plan.settings), 2, MAX_SETTINGS), ("texts", len(plan.texts), 1, MAX_TEXTS),
            ("seeds", len(plan.seeds), 1, MAX_SEEDS), ("trials per listener", plan.trials_per_listener, 1, MAX_TRIALS),
            ("listeners", plan.listeners, 1, MAX_LISTENERS)):
        if not least <= count <= most:
            raise ListeningError(f"{count:,} {name}: a listening test has {least} to {most}")
    if plan.comparisons_per_listener * plan.listeners < len(plan.pairs):
        raise ListeningError(
            f"{plan.comparisons_per_listener * plan.listeners} comparisons for {len(plan.pairs)} pairs of settings: "
            "give each pair at least one (more trials, more listeners, or fewer settings)")


def _check_settings(plan: ListeningPlan) -> None:
    labels = [setting.label for setting in plan.settings]
    if any(not label.strip() for label in labels) or len(set(labels)) < len(labels):
        raise ListeningError(f"labels {', '.join(map(repr, labels))}: each setting needs a label of its own")
    for setting in plan.settings:
        if not (math.isfinite(setting.temperature) and setting.temperature > 0):
            raise ListeningError(f"temperature {setting.temperature} of {setting.label!r}: it must be above 0")
    for first, second in itertools.combinations(plan.settings, 2):
        if first.__dict__ | {"label": ""} == second.__dict__ | {"label": ""}:
            raise ListeningError(f"{first.label!r} and {second.label!r} are the same setting: change the run, the "
                                 "checkpoint, the temperature or the vocoder of one, or leave it out")


def _check_values(plan: ListeningPlan) -> None:
    if not plan.title or len(plan.title) > MAX_TITLE_LENGTH:
        raise ListeningError(f"a title of {len(plan.title)} characters: give the test one of 1 to {MAX_TITLE_LENGTH}")
    if plan.mode not in (AB, ABX):
        raise ListeningError(f"mode {plan.mode!r}: it must be {AB!r} or {ABX!r}")
    if not 0 <= plan.identical_share <= 0.5:
        raise ListeningError(f"a share of {plan.identical_share} identical pairs: it must be 0 to 0.5")
    for text in plan.texts:
        if not text.strip() or len(text) > MAX_TEXT_LENGTH:
            raise ListeningError(f"text {text[:40]!r} has {len(text):,} characters: each needs 1 to "
                                 f"{MAX_TEXT_LENGTH:,}, not all spaces")
    for seed in plan.seeds:
        if not 0 <= seed < 2 ** 63:
            raise ListeningError(f"seed {seed}: it must be 0 to 2⁶³ − 1")
    for name, values in (("text", plan.texts), ("seed", plan.seeds)):
        twice = next((value for value in values if values.count(value) > 1), None)     # type: ignore[attr-defined]
        if twice is not None:
            raise ListeningError(f"{name} {str(twice)[:40]!r} is given twice: give each once")
