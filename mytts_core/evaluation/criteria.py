"""A figure, the bound it is held against, and whether it holds."""

from __future__ import annotations

from typing import Any, NamedTuple


class Criterion(NamedTuple):
    """A figure and its bound: `value` must be at least `bound`, or at most where `at_most` is set."""

    name: str
    value: float
    bound: float
    at_most: bool = False
    unit: str = ""

    @property
    def holds(self) -> bool:
        """Whether the bound is kept; never for NaN."""
        return self.value <= self.bound if self.at_most else self.value >= self.bound

    def line(self) -> str:
        """Return a line of a table."""
        sign, places = ("≤" if self.at_most else "≥"), 1 if self.unit else 3
        return (f"{'holds' if self.holds else 'FAILS':6} {self.value:7.{places}f}{self.unit} {sign} "
                f"{self.bound:g}{self.unit}  {self.name}")

    def to_dict(self) -> dict[str, Any]:
        """Return it as JSON types."""
        return {**self._asdict(), "holds": self.holds}
