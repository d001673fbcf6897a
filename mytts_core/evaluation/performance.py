"""What a model makes of the held-out sentences, in both ways, made once for all that judges it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Optional

from mytts_core.evaluation.held_out import Evaluated, TeacherForced, teacher_forced_outputs
from mytts_core.synthesis.take import Progress, Take


@dataclass(frozen=True)
class Performance:
    """The held-out sentences in their order: as trained (on the recordings' frames), and as used (free-running).

    Attributes:
        takes: at temperature 1, without audio.
    """

    teacher_forced: list[TeacherForced]
    takes: list[Take]


def perform(evaluated: Evaluated, progress: Optional[Progress] = None) -> Performance:
    """Let the model speak every held-out sentence.

    Raises:
        SynthesisError: if the model yields values that are not finite.
    """
    outputs = teacher_forced_outputs(evaluated.synthesizer.model, evaluated.features, evaluated.held_out)
    takes = evaluated.synthesizer.synthesize_batch([example.text for example in evaluated.held_out], progress=progress,
                                                   with_audio=False)
    return Performance(outputs, takes)
