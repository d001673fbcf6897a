"""What a run's front end makes of a text, step by step, for people to look at."""

from __future__ import annotations

from typing import NamedTuple

from mytts_core.config import TextConfig
from mytts_core.errors import TextError
from mytts_core.text.direction import is_right_to_left
from mytts_core.text.normalize import normalization_steps
from mytts_core.text.steps import StepResult
from mytts_core.text.tokenizer import CharacterTokenizer, PhonemeTokenizer, Tokenizer, tokenizer_from_config


class Explanation(NamedTuple):
    """From what was typed to tokens.

    Attributes:
        steps: each step of the normaliser with its result, in order, then "lexicon", and "letters" or "phonemes".
        normalized: what is said, in words.
        tokens: one a token id, start and end included; empty where the text is refused.
        unknown: symbols that the model was not trained on, each once.
        unknown_share: their share of the text's symbols, spaces apart, 0 to 1.
        right_to_left: the direction of the typed text.
        problem: why nothing can be said of the text, or an empty string.
    """

    text: str
    steps: tuple[StepResult, ...]
    normalized: str
    tokens: tuple[str, ...]
    unknown: tuple[str, ...]
    unknown_share: float
    right_to_left: bool
    problem: str = ""

    @property
    def changes(self) -> list[StepResult]:
        """The steps that changed something."""
        return [step for step in self.steps if step.changed]


def explain(text: str, config: TextConfig) -> Explanation:
    """Return what the front end of a configuration makes of a text; a text that it refuses has a `problem`.

    Raises:
        TextError: if the configuration itself is at fault: symbols, lexicon or normaliser version.
    """
    tokenizer = tokenizer_from_config(config)
    steps = normalization_steps(text, config.language, config.normalizer_version, tokenizer.keeps_vowels)
    normalized = steps[-1].text
    respelt = tokenizer.lexicon.respell(normalized)
    steps.append(StepResult("lexicon", respelt, respelt != normalized, 1))
    tokens: list[str] = []
    unknown: list[str] = []
    share, problem = 0.0, ""
    try:
        read = _read(tokenizer, text)
        steps.append(StepResult("phonemes" if isinstance(tokenizer, PhonemeTokenizer) else "letters", read,
                                read != respelt, 1))
        unknown = tokenizer.unknown(text)
        share = tokenizer.unknown_share(tokenizer.split([text])[0])
        tokens = tokenizer.tokens(text)
    except TextError as error:
        problem = str(error)
    return Explanation(text, tuple(steps), normalized, tuple(tokens), tuple(unknown), share, is_right_to_left(text),
                       problem)


def _read(tokenizer: Tokenizer, text: str) -> str:
    if isinstance(tokenizer, PhonemeTokenizer):
        return tokenizer.phonemes([text])[0]
    return tokenizer.letters(text) if isinstance(tokenizer, CharacterTokenizer) else text
