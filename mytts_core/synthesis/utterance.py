"""A text as a model is given it, and how long a take of it may become."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, NamedTuple, Optional

import numpy as np

from mytts_core.config import RunConfig
from mytts_core.errors import TextError
from mytts_core.text.tokenizer import Tokenizer, is_spoken

LONGEST_SHARE = 2.5
"""A take is cut at this multiple of the length that the corpus' speaking rate predicts for its tokens."""

SHORTEST_LIMIT_SECONDS = 3.0
FRAMES_PER_TOKEN = 8.0
"""Speaking rate where the run does not say its own."""


class ReadText(NamedTuple):
    """A text and its token ids; `tokens`, `spoken` and `unknown` as in `Take`."""

    text: str
    ids: list[int]
    tokens: list[str]
    spoken: np.ndarray
    unknown: list[str]


class Utterance(NamedTuple):
    """A text to decode once.

    Attributes:
        read: the text.
        temperature: above 0.
        seed: of the variation; None where nothing is drawn.
        most_frames: it is cut there.
        expected_frames: that the corpus' speaking rate predicts, at most `most_frames`.
        vocoder: a name of `mytts_core.vocoder.VOCODERS`; None for the synthesizer's own.
    """

    read: ReadText
    temperature: float
    seed: Optional[int]
    most_frames: int
    expected_frames: int
    vocoder: Optional[str]


def read_tokens(text: str, tokenizer: Tokenizer, max_length: int) -> ReadText:
    """Return a text's tokens.

    Raises:
        TextError: if it is empty, holds no known letter, or is longer than `max_length`.
    """
    ids = tokenizer.encode(text)
    if len(ids) > max_length:
        raise TextError(f"text of {len(ids)} tokens is longer than this model's max_length ({max_length}): split it "
                        "into sentences and speak them one by one")
    tokens = tokenizer.tokens(text)
    return ReadText(text, ids, tokens, np.array([is_spoken(token) for token in tokens]), tokenizer.unknown(text))


def utterance(read: ReadText, config: RunConfig, temperature: float, seed: Optional[int],
              max_seconds: Optional[float], vocoder: Optional[str] = None) -> Utterance:
    """Return what is to be decoded.

    Args:
        read: of `read_tokens`.
        config: of the run: its speaking rate.
        temperature: above 0.
        seed: None draws one where the temperature is above 1.
        max_seconds: None allows `LONGEST_SHARE` times what the speaking rate predicts.
        vocoder: as in `Utterance`.

    Raises:
        ValueError: for a temperature, seed or max_seconds out of range.
        AudioError: (a ValueError) for a vocoder there is not.
    """
    from mytts_core.model.variation import check_temperature, utterance_seeds
    from mytts_core.vocoder import check_vocoder

    temperature = check_temperature(temperature)
    if max_seconds is not None and not (_is_number(max_seconds) and math.isfinite(max_seconds) and max_seconds > 0):
        raise ValueError(f"max_seconds is {max_seconds!r}; it must be a finite number above 0")
    if seed is not None:
        [seed] = utterance_seeds(seed, 1)
    elif temperature > 1:
        seed = int(np.random.SeedSequence().generate_state(1)[0])
    if vocoder is not None:
        check_vocoder(vocoder)
    rate, num_tokens = config.audio.frames_per_second, len(read.ids)
    if max_seconds is None:
        most = math.ceil(max(LONGEST_SHARE * _frames_per_token(config, temperature) * num_tokens,
                             SHORTEST_LIMIT_SECONDS * rate))
    else:
        most = max(1, round(min(max_seconds * rate, config.model.max_length)))
    most = min(most, config.model.max_length)
    expected = math.ceil(_frames_per_token(config, 1.0) * num_tokens)
    return Utterance(read, temperature, seed, most, min(most, expected), vocoder)


def in_batches(utterances: Sequence[Utterance], size: int) -> list[list[int]]:
    """Return the indices of utterances in batches of at most `size`, those of similar length together, short first."""
    order = sorted(range(len(utterances)), key=lambda index: (utterances[index].expected_frames,
                                                              len(utterances[index].read.ids)))
    return [order[start:start + size] for start in range(0, len(order), size)]


def _frames_per_token(config: RunConfig, temperature: float) -> float:
    if not config.corpus.prosody_mean:
        return FRAMES_PER_TOKEN
    # Prosody dimension 0 is log frames per token; a high temperature may speak far slower than the mean.
    spread = max(0.0, temperature - 1) * config.corpus.prosody_std[0]
    return math.exp(min(config.corpus.prosody_mean[0] + spread, 5.0))


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float, np.number)) and not isinstance(value, bool)
