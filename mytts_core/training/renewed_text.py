"""Let an earlier run read with today's normaliser, where that reads what it was trained on as it did."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

from mytts_core.config import TextConfig
from mytts_core.errors import TextError
from mytts_core.text.normalize import NORMALIZER_VERSION
from mytts_core.text.tokenizer import tokenizer_from_config

MOST_DIFFERENT = 0.01
"""Share of the corpus' texts that may read differently: a dash here or there, never a rule that changed."""


def renew_text(config: TextConfig, texts: Sequence[str]) -> tuple[TextConfig, list[str]]:
    """Return the text configuration with the newest normaliser, and the texts whose tokens differ under it.

    Args:
        config: of the run; its symbols stay, because the model's embedding counts on them.
        texts: those of its corpus.

    Raises:
        TextError: if more than `MOST_DIFFERENT` of the texts read differently: the model has not learnt to read so.
    """
    renewed = dataclasses.replace(config, normalizer_version=NORMALIZER_VERSION)
    before, after = tokenizer_from_config(config), tokenizer_from_config(renewed)
    different = [text for text in texts if before.encode(text) != after.encode(text)]
    if len(different) > MOST_DIFFERENT * len(texts):
        raise TextError(f"normaliser {NORMALIZER_VERSION} reads {len(different)} of {len(texts)} texts otherwise than "
                        f"normaliser {config.normalizer_version}, which the run was trained with (for example "
                        f"{different[0]!r}): keep it as it is, or train anew")
    return renewed, different
