"""Length of the speech against the recording's."""

from __future__ import annotations

from mytts_core.evaluation.measures.protocol import Clip, Pair, Score


class Duration:
    """The ratio of the spoken parts, from the first frame that is no pause to the last, and its distance from 1.

    Silence before and after does not count, pauses inside do: they belong to the rhythm.
    """

    keys = ("duration_ratio", "duration_error")

    def missing(self) -> str:
        """Return '': it needs nothing."""
        return ""

    def score(self, pair: Pair) -> dict[str, Score]:
        """Return the clip's length ÷ the recording's, and |ratio − 1| in percent."""
        ratio = spoken_seconds(pair.clip) / spoken_seconds(pair.recording)
        return {"duration_ratio": Score(ratio), "duration_error": Score(100 * abs(ratio - 1))}


def spoken_seconds(clip: Clip) -> float:
    """Return the length between the silences at both ends.

    Raises:
        AudioError: for silence.
    """
    frames = clip.spoken
    return float(frames[-1] - frames[0] + 1) / clip.audio.frames_per_second
