"""Every number that the rules decide by, with its reason. docs/DIAGNOSIS.md shows the same table."""

from __future__ import annotations

# The process.
DEAD_AFTER_SECONDS = 1_800.0
"""Silent from 300 s on is shown as stalled; beyond half an hour no checkpoint, sample or slow disk explains it."""

DISK_SERIOUS_MIB = 256
"""Below this the next samples or checkpoint of even a small model may not fit."""

DISK_WARNING_MIB = 2_048
"""A day of logs, samples and checkpoints of a small model."""

CHECKPOINT_COPIES = 4
"""Bytes of a checkpoint with its resume state, in weights: weights twice, and two moments of the optimizer."""

CHECKPOINTS_AHEAD = 5
"""Checkpoints that should still fit: the kept ones are replaced only after a new one is whole."""

# Numbers that are not finite.
RECENT_SHARE = 0.1
"""Of the steps: what a run does now, as opposed to what it once did."""

SKIPPED_SHARE_SERIOUS = 0.05
"""One step in twenty lost is more than a damaged recording or the search for a loss scale explains."""

SKIPPED_SHARE_EXPECTED = 0.01
"""Half precision doubles its loss scale every 2,000 steps and loses a step where that was too much."""

NONFINITE_TAIL = 3
"""Logged values at the end from which on a loss counts as lost, and not as a single bad batch."""

# Gradients.
FEWEST_POINTS = 6
"""Points of a curve below which it has no course to speak of."""

EXPLODED_NORM = 10.0
"""Times the calmest norm before. Healthy norms fall by 30 times, then wander by 4; a failed run's rose 600-fold."""

EXPLODED_LOSS = 1.5
"""Times the lowest loss before: norms alone also rise when a loss gets sharper, which harms nothing."""

EXPLODED_POINTS = 2
"""Points, each a median of three values or more: clipping takes off what is shorter."""

GRADIENT_ROWS = 5
"""Recorded steps that have to agree."""

VANISHED_NORM = 1e-6
"""As `monitoring.gradients` warns: a step of it is lost in float32's resolution of the weights."""

VANISHED_SHARE = 1e-5
"""Of the global norm, for a block. Blocks that learn keep 8e-4 or more of it; a saturated encoder fell to 1e-7."""

# The learning rate, in shares of a weight: Adam moves a weight by about the rate, a fresh one is about 1/√d_model.
RATE_HIGH = 0.2
"""Share of a weight moved by each step. Trainings that learnt had 0.02, one that could not 2."""

REACH_LOW = 0.2
"""Share of a weight that all steps together can have moved. Trainings that learnt had 2 to 20, idle ones 0.003."""

REACH_STEPS = 100
"""Steps, after the warm-up, before the reach says anything."""

REACH_LOSS = 0.5
"""Where the loss has fallen below this share of its beginning, the model learns, whatever its reach."""

DIVERGED_LOSS = 1.3
"""Median of the last quarter, times the lowest point before. Healthy losses stay below 1.05 of their lowest."""

FOREIGN_DIVERGED_LOSS = 10.0
"""The same for losses of other programs, which may rise by design (adversarial ones do)."""

# Attention.
ALIGNED = 0.5
"""Diagonality from which on attention follows the text; even attention scores 0.42."""

ALIGNED_WELL = 0.7
"""Diagonality that a run must have had before it can have lost it. Healthy readings score 0.88 to 0.99."""

ALIGNMENT_LOOKS = 3
"""Validations without alignment; with guided attention it is there at the first or second."""

ALIGNMENT_PROGRESS = 0.03
"""Diagonality gained from the earlier half of the looks to the later one that shows attention to be on its way."""

UNGUIDED_STEPS = 6_000
"""Without guided attention others see alignment at 6,000 to 30,000 steps: until then it is a warning."""

COLLAPSED_LOOKS = 2
"""Looks in a row without alignment before a loss of it is more than a bad moment."""

LEAST_PRENET_DROP = 0.1
"""Below this the prenet hides next to nothing. Tacotron 2 and its successors drop half."""

# Samples.
STOP_LOOKS = 3
"""Looks in a row without any stop token."""

STOP_STEPS = 300
"""Some thousand utterance ends at the usual batch sizes; healthy runs stop within 200 steps."""

FAILING_LOOKS = 3
"""Looks at which most sentences are read, and a sample fails all the same."""

ALL_FAILING_LOOKS = 8
"""Looks, since attention aligned, at which most fail: healthy short trainings needed up to five to read freely."""

# Losses.
OVERFITTING_LOOKS = 5
"""Validations before a turn can be told from a wobble."""

LOOKS_AFTER_BEST = 2
"""Of them, after the best one."""

OVERFITTING_RISE = 1.03
"""Held-out mel loss, times its lowest; it wobbles by 1 % in healthy runs."""

OVERFITTING_SERIOUS = 1.15
"""The same, from which on an earlier checkpoint certainly speaks better."""

OVERFITTING_FALL = 0.98
"""Training mel loss at the end, times that at the turn: it must have gone on falling."""

OVERFITTING_ERRORS = 0.1
"""Rise of the free-running error of a sentence (0 faultless, each kind of fault adds up to 1)."""

OVERFITTING_ERRORS_SHARE = 0.25
"""The same, in shares of that error at its best: readings full of errors jitter more than good ones."""

PLATEAU_LOOKS = 6
"""Validations before a standstill can be told."""

PLATEAU_WINDOW = 4
"""Validations that have to agree that nothing moves."""

PLATEAU_TOLERANCE = 0.01
"""Change of the median from the first to the second half of the window that counts as none."""

PLATEAU_JITTER = 3.0
"""Times that tolerance, for the first value of the window: one value jitters more than a median."""

PLATEAU_SHARE = 1 / 3
"""Of the run's steps, without progress."""

PLATEAU_LONG_SHARE = 0.5
"""The same, for a warning."""

PLATEAU_RATE = 0.3
"""Learning rate, of its highest: below it a run comes to rest as planned."""
