"""Text normalisation against the cases of NeMo (English), hazm, num2words and persian-tools (Persian), and its speed.

Decided before counting:

- English (`written~spoken`, the whole normaliser): every case of every class counts.
- hazm tests spelling, so each of its tests is put to the spelling steps named in `HAZM_STEPS`; all of them count.
- num2words tests number names: cardinal, ordinal, year, currency and decimals count; `ordinal_num` writes digits.
- persian_tools: `numberToWords` counts where it is given a number; the other functions go from words to numbers,
  between digits, or add a suffix to words.

Compared modulo style: English by case, hyphens, "and" in number names, spaces; Persian by half-space against space,
marks over letters, and «یک هزار» against «هزار».
"""

from __future__ import annotations

import ast
import csv
import os
import re
import time
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from pathlib import Path
from typing import NamedTuple

from benchmarks.report import REPOSITORY, Table
from mytts_core.errors import CorpusError
from mytts_core.text.normalize import normalize
from mytts_core.text.persian.number_names import ordinal, signed
from mytts_core.text.persian.steps import SPELLING, persian_steps
from mytts_core.text.steps import run_steps

HAZM_STEPS = {
    "test_normalize": SPELLING,
    "test_correct_spacing": ("characters", "spacing", "mi", "affixes"),
    "test_remove_diacritics": ("characters", "diacritics"),
    "test_remove_specials_chars": ("characters", "diacritics"),
    "test_decrease_repeated_chars": ("repeats",),
    "test_persian_style": ("style",),
    "test_persian_number": ("characters", "style"),
    "test_unicodes_replacement": ("characters", "letters"),
    "test_seperate_mi": ("mi",),
    "test_token_spacing": ("mi", "affixes"),
}
"""Which of the Persian steps a test of hazm is about; a test that is not named here is put to all spelling steps."""

REASONS = {
    "electronic": "a name inside an address is cut into words, which takes a dictionary",
    "measure": "the unit s is a second; the case keeps the letter",
    "roman": "rulers are read with the article: Henry the Eighth",
}
"""Why the misses of a class are left; a class that is not here has none that we know of."""

SPEED_ROUNDS = 5
NUMBERS = ("cardinal", "ordinal", "year", "currency")


class Case(NamedTuple):
    """One case of a suite; `read` makes of `written` what is compared with `expected`."""

    suite: str
    written: str
    expected: str
    read: Callable[[str], str]


class Outcome(NamedTuple):
    """A case and what came out."""

    case: Case
    result: str
    right: bool


def run() -> list[Table]:
    """Return accuracy by class, the misses, and the speed."""
    shared = Path(os.environ.get("MYTTS_SHARED_DATA") or REPOSITORY.parent / "shared" / "data")
    folder = shared / "text_normalization"
    if not folder.is_dir():
        raise CorpusError(f"no suites in {folder}: set MYTTS_SHARED_DATA to the shared test data")
    english, persian = judge(english_cases(folder / "en"), english_form), judge(persian_cases(folder / "fa"),
                                                                                persian_form)
    misses = [(outcome.case.suite, outcome.case.written, outcome.result, outcome.case.expected,
               REASONS.get(outcome.case.suite, "a rule is missing"))
              for outcome in (*english, *persian) if not outcome.right]
    return [Table("Text normalisation, English", ("class", "cases", "right", "share"), _by_suite(english)),
            Table("Text normalisation, Persian", ("test", "cases", "right", "share"), _by_suite(persian)),
            Table("Misses", ("class", "written", "read", "expected", "reason"), misses),
            Table("Speed of normalisation", ("texts", "sentences", "sentences/s"), _speed(shared),
                  ("one core, processor time, best of 5 rounds; number names are cached from one round to the next",))]


def judge(cases: Iterable[Case], form: Callable[[str], str]) -> list[Outcome]:
    """Run cases, and compare in `form`."""
    outcomes = []
    for case in cases:
        result = case.read(case.written)
        outcomes.append(Outcome(case, result, form(result) == form(case.expected)))
    return outcomes


def english_cases(folder: Path) -> Iterator[Case]:
    """Yield the cases of the English files, the class from the file's name."""
    for path in sorted(folder.glob("test_cases_*.txt")):
        for line in path.read_text(encoding="utf-8").splitlines():
            written, separator, spoken = line.partition("~")
            if separator and written.strip():
                yield Case(path.stem.removeprefix("test_cases_"), written, spoken, partial(normalize, language="en-us"))


def persian_cases(folder: Path) -> Iterator[Case]:
    """Yield the cases of the three Persian files that count."""
    yield from _hazm_cases(folder / "hazm_normalizer.tsv")
    for row in _rows(folder / "num2words_test_fa.tsv"):
        if row["to"] in NUMBERS:
            yield Case("num2words " + row["to"], row["number"], row["expected"], partial(_num2words, kind=row["to"]))
    for row in _rows(folder / "persian_tools.tsv"):
        arguments = re.fullmatch(r'("?)(-?[\d۰-۹٠-٩][\d۰-۹٠-٩,.]*)\1(?:, ?\{ ?ordinal: ?true,? ?\})?',
                                 row["args (JS literal)"] or "")
        if row["function"] == "numberToWords" and arguments:
            kind = "ordinal" if "ordinal" in row["args (JS literal)"] else "cardinal"
            yield Case("persian-tools numberToWords", arguments[2], str(ast.literal_eval(row["expected (JS literal)"])),
                       partial(_num2words, kind=kind))


def _hazm_cases(path: Path) -> Iterator[Case]:
    for row in _rows(path):
        written, expected = row["input"] or "", row["expected"] or ""
        if not written.strip():                        # nothing in, nothing out: no case
            continue
        if written.startswith("["):                    # lists of tokens, joined or left apart
            written, expected = (" ".join(ast.literal_eval(value)) for value in (written, expected))
        names = HAZM_STEPS.get(row["test"], SPELLING)
        steps = tuple(step for step in persian_steps(False) if step.name in names)
        yield Case("hazm " + row["test"].removeprefix("test_"), written, expected, partial(run_steps, steps=steps))


def _rows(path: Path) -> list[dict[str, str]]:
    with open(path, encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream, delimiter="\t"))


def _num2words(number: str, kind: str) -> str:
    if kind == "ordinal":
        return ("منفی " if number.startswith("-") else "") + ordinal(number.lstrip("-"))
    return normalize(f"{number} تومان", "fa") if kind == "currency" else signed(number)


def english_form(text: str) -> str:
    """Return English words without what is style."""
    return " ".join(re.sub(r"\band\b|-", " ", text.casefold()).split())


def persian_form(text: str) -> str:
    """Return Persian words without what is style."""
    text = re.sub("[\u064b-\u0652]", "", text).replace("\u200c", " ")
    return re.sub(r"(^|و )یک هزار\b", r"\1هزار", " ".join(text.split()))


def _by_suite(outcomes: list[Outcome]) -> list[tuple[str, int, int, str]]:
    suites = list(dict.fromkeys(outcome.case.suite for outcome in outcomes))
    rows = []
    for name in [*suites, "all"]:
        of_suite = [outcome for outcome in outcomes if name in (outcome.case.suite, "all")]
        right = sum(outcome.right for outcome in of_suite)
        rows.append((name, len(of_suite), right, f"{right / len(of_suite):.1%}"))
    return rows


def _speed(shared: Path) -> list[tuple[str, int, float]]:
    prompts = re.findall(r'"(.*)"', (shared / "text" / "cmu_arctic_prompts.data").read_text(encoding="utf-8"))
    harvard = (shared / "text" / "harvard_sentences_en.txt").read_text(encoding="utf-8").splitlines()
    persian = [line.partition("|")[2] for line in
               (shared / "text" / "persian_prompts.csv").read_text(encoding="utf-8").splitlines()]
    suites = [case.written for case in english_cases(shared / "text_normalization" / "en")]
    figures = [case.written for case in persian_cases(shared / "text_normalization" / "fa")]
    sets = (("Arctic prompts and Harvard sentences, English", prompts + harvard, "en-us"),
            ("the English cases above, full of figures", suites, "en-us"), ("Persian prompts", persian, "fa"),
            ("the Persian cases above", figures, "fa"))
    return [(name, len(texts), sentences_per_second(texts, language)) for name, texts, language in sets]


def sentences_per_second(texts: list[str], language: str, rounds: int = SPEED_ROUNDS) -> float:
    """Return how many texts a second of processor time normalises, in the best of some rounds."""
    seconds = []
    for _ in range(rounds):
        start = time.process_time()
        for text in texts:
            normalize(text, language)
        seconds.append(time.process_time() - start)
    return len(texts) / min(seconds)
