"""What the temperature does to trained runs: how far takes vary, whether length is kept, whether reading fails more.

    python -m benchmarks temperature [--run RUN …] [--figure PICTURE]

Ten held-out texts, 16 seeds, five temperatures: a few minutes of two quiet cores a run.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.report import REPOSITORY, Table
from benchmarks.temperature_bounds import FLAT, Evidence
from benchmarks.temperature_figure import draw
from benchmarks.temperature_report import tables_of
from benchmarks.temperature_sound import listen
from benchmarks.temperature_summary import NEUTRAL, speaker_of, summarise
from benchmarks.temperature_takes import Spoken, speak
from benchmarks.temperature_texts import evenly, held_out_texts
from mytts_core.runs.atomic_files import replacing

TEMPERATURES = (FLAT, NEUTRAL, 1.2, 1.5, 2.0)
NUM_TEXTS, NUM_SEEDS = 10, 16
NUM_HEARD_SEEDS = 2      # of each text and temperature, by the recogniser
NUM_WIDE_SEEDS = 3       # of every held-out text above 1.0, for the share of failed takes
SHIPPED = (REPOSITORY / "sample_runs" / "kathleen", REPOSITORY / "sample_runs" / "espeak")
FIGURE = REPOSITORY / "docs" / "temperature.png"


def run(runs: Sequence[Path] = (), figure: Path | None = None) -> list[Table]:
    """Measure runs, draw the figure, and return the tables.

    Args:
        runs: run folders; the shipped ones by default.
        figure: where the picture goes; None is `docs/temperature.png` for the shipped runs, and nowhere for others.
    """
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    found = [measure(folder) for folder in runs or SHIPPED]
    picture = figure or (None if runs else FIGURE)
    if picture is not None:
        with replacing(picture) as temporary:
            draw({evidence.name: evidence.summaries for evidence in found}).savefig(temporary, format="png", dpi=130)
    return [table for evidence in found for table in tables_of(evidence, NUM_HEARD_SEEDS)]


def measure(folder: Path) -> Evidence:
    """Speak and measure one run, with its newest checkpoint.

    Raises:
        RunError, CheckpointError: if it cannot speak.
        CorpusError: if its held-out texts are not here.
        MyTTSError: if pocketsphinx is not installed.
    """
    from mytts_core.synthesis.engine import Synthesizer

    synthesizer = Synthesizer.from_run(folder)
    config, every_text = synthesizer.config, held_out_texts(folder, synthesizer.config)
    texts = evenly(every_text, NUM_TEXTS)
    spoken = [take for value in TEMPERATURES for take in speak(synthesizer, texts, value, NUM_SEEDS)]
    wide = [take for value in TEMPERATURES
            for take in speak(synthesizer, every_text, value, NUM_WIDE_SEEDS if value > NEUTRAL else 1)]
    takes = listen(spoken, texts, config.audio, NUM_HEARD_SEEDS)
    flat = listen([take for take in wide if take.temperature <= NEUTRAL], every_text, config.audio, 0)
    draws = _draws(sorted({take.seed for take in spoken}))
    return Evidence(
        folder.name, synthesizer.checkpoint.path.name, speaker_of(config.corpus), _open_spread(synthesizer, texts),
        [summarise(takes, value, draws) for value in TEMPERATURES], spoken, wide, flat,
        _unasked(synthesizer, texts))


def _unasked(synthesizer: Any, texts: Sequence[str]) -> list[Spoken]:
    """Return takes made without naming temperature or seeds; the batches are those of `speak`, as bits depend on them.

    (Rows of other lengths in a batch change the order of sums, and with it a take within 1e-4.)
    """
    takes = synthesizer.synthesize_batch([text for text in texts for _ in range(NUM_SEEDS)], with_audio=False)
    return [Spoken(place // NUM_SEEDS, NEUTRAL, 0, take.mel) for place, take in enumerate(takes)]


def _draws(seeds: Sequence[int]) -> dict[int, np.ndarray]:
    """Return what each seed draws for the four prosody dimensions, in natural deviations."""
    from mytts_core.model.variation import vary_prosody

    shape = (len(seeds), 4)
    drawn = vary_prosody(np.zeros(shape, np.float32), np.ones(shape, np.float32), [2.0] * len(seeds), list(seeds))
    return dict(zip(seeds, drawn))


def _open_spread(synthesizer: Any, texts: Sequence[str]) -> np.ndarray | None:
    """Return the mean over texts of the spread that the model predicts, (4,), as a share of the corpus'; None without.

    It is what a text leaves open, in the model's own opinion.
    """
    if synthesizer.model.prosody is None:
        return None
    spreads = [np.asarray(synthesizer.model.predict_prosody(np.array([synthesizer.tokenizer.encode(text)]))[1])[0]
               for text in texts]
    return np.mean(spreads, axis=0)
