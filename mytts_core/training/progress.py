"""What a training shows while it runs: a bar in a terminal, a line now and then elsewhere."""

from __future__ import annotations

import sys
import time
from collections import deque
from collections.abc import Mapping

LINE_SECONDS = 30.0
RECENT_MARKS = 20
_SHOWN = {"loss": "loss", "mel_loss_post": "mel", "guided_attention_loss": "guided"}


class Progress:
    """Shows step, losses and time left on stderr.

    Args:
        first_step, max_steps: where this process starts and where the training ends.
        quiet: show nothing but `say`.
    """

    def __init__(self, first_step: int, max_steps: int, quiet: bool = False) -> None:
        self._max_steps, self._quiet = max_steps, quiet
        self._last_line = float("-inf")
        self._recent: deque[tuple[float, int]] = deque([(time.monotonic(), first_step)], maxlen=RECENT_MARKS)
        self._bar = None
        if sys.stderr.isatty() and not quiet:
            from tqdm import tqdm

            self._bar = tqdm(total=max_steps, initial=first_step, unit="step", dynamic_ncols=True, smoothing=0.05)

    def step(self, step: int) -> None:
        """Count one step."""
        if self._bar is not None:
            self._bar.update(step - self._bar.n)

    def metrics(self, step: int, values: Mapping[str, float]) -> None:
        """Show the latest losses."""
        self._recent.append((time.monotonic(), step))
        shown = {short: f"{values[name]:.3f}" for name, short in _SHOWN.items() if name in values}
        if self._bar is not None:
            self._bar.set_postfix(shown, refresh=False)
        elif not self._quiet and time.monotonic() - self._last_line >= LINE_SECONDS:
            self._last_line = time.monotonic()
            losses = "  ".join(f"{name} {value}" for name, value in shown.items())
            print(f"step {step}/{self._max_steps}  {losses}  {self._time_left(step)}", file=sys.stderr, flush=True)

    def say(self, text: str) -> None:
        """Print a line without tearing the bar."""
        if self._bar is not None:
            self._bar.write(text, file=sys.stderr)
        else:
            print(text, file=sys.stderr, flush=True)

    def close(self) -> None:
        """End the bar."""
        if self._bar is not None:
            self._bar.close()

    def _time_left(self, step: int) -> str:
        # From recent steps alone: the first ones of each shape compile.
        (first_time, first_step), (last_time, last_step) = self._recent[0], self._recent[-1]
        seconds = (last_time - first_time) / max(last_step - first_step, 1)
        return f"{seconds:.2f} s/step  {duration(seconds * (self._max_steps - step))} left"


def duration(seconds: float) -> str:
    """Return seconds as '1 h 05 min', '12 min' or '40 s'."""
    if seconds >= 3600:
        return f"{int(seconds // 3600)} h {int(seconds % 3600 // 60):02d} min"
    return f"{int(seconds // 60)} min" if seconds >= 120 else f"{int(seconds)} s"
