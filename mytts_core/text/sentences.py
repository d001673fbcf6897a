"""Long texts in pieces that can be said at once: sentences, and parts of those that are too long.

Abbreviations, numbers, initials and what stands in quotes or brackets are left whole. No character but white space is
lost, and the order stays.
"""

from __future__ import annotations

import math
import re
from functools import cache

from mytts_core.errors import TextError
from mytts_core.text.normalize import language_family

_PARAGRAPH = re.compile(r"\s*\n\s*\n\s*|\s*\n\s*(?=(?:[-*•]|\d{1,3}[.)])\s)")
_CLOSING = "\"'”’»)\\]"
_END = re.compile(rf"(?<![.!?؟。！？…])(?P<mark>[.!?؟。！？…]++)(?P<closing>[{_CLOSING}]*+)(?=\s)")
_QUOTES = re.compile(r"“[^”]*”|«[^»]*»|\([^()]*\)|\[[^\[\]]*\]|(?<![^\s(\[«“—–-])\"[^\"]*\"(?!\w)")
_NUMBERED = re.compile(r"(?:^|\s)\d{1,3}\.$")
_WORD_BEFORE = re.compile(r"([^\s\"'“«(\[]*)$")
_WEAK = (re.compile(r"[;:؛—–](?=\s)|(?<=\s)[—–](?=\s)"), re.compile(r"[,،](?=\s)"),
         re.compile(r"(?=\s(?:and|but|or|because|which|that|while|when|و|که|اما|ولی|یا|تا|چون|زیرا)\s)"),
         re.compile(r"(?=\s)"))
_INITIALS = re.compile(r"[a-z]|(?:[a-z]\.)+[a-z]")
# Words that begin sentences and no names: "in the U.S. They left", but "the U.S. Army"; "Baker St. Then", "St. Louis".
_STARTER = re.compile(r"\s+[\"'“(]?(?:I|He|She|It|We|You|They|The|This|That|These|Those|There|Then|But|And|So|In|On|"
                      r"At|If|"
                      r"When|What|Who|Why|How|My|His|Her|Our|Their|Its|A|An|Is|Are|Do|Does|Did|As|For|After|Before|"
                      r"Now|No|Yes|"
                      r"However|Let|Please|Not|All|Some|Many|One)\b")
_SHORTEST_SHARE = 0.3   # of the limit: a break that would leave less before it is passed over for a weaker one later

# May end a sentence, then a capital follows; every other abbreviation never does.
_MAY_END = frozenset(
    "etc inc ltd corp jr sr bros esq ave rd blvd max min sec ft oz lb lbs jan feb apr jun jul aug sept sep oct nov "
    "dec mon par "
    "fig temp ch div sch ret est al apt dept".split())


def split_sentences(text: str, language: str, max_length: int | None = None) -> list[str]:
    """Cut a written text into sentences; those longer than `max_length` at commas, conjunctions or, at worst, spaces.

    Args:
        text: as typed, before normalisation. Empty lines and list items begin a new piece; other line ends are spaces.
        language: an espeak language code; English and Persian have rules of their own.
        max_length: in characters, at least 20; None for no limit. A longer word is cut.

    Returns:
        Pieces without white space at their ends, none of them empty.

    Raises:
        TextError: for a `max_length` below 20.
    """
    if max_length is not None and max_length < 20:
        raise TextError(f"max_length is {max_length}; a piece of text needs at least 20 characters")
    sentences = [sentence for paragraph in _PARAGRAPH.split(text.strip())
                 for sentence in _sentences(" ".join(paragraph.split()), language)]
    if max_length is None:
        return sentences
    return [piece for sentence in sentences for piece in _shorten(sentence, max_length)]


def _sentences(paragraph: str, language: str) -> list[str]:
    whole = [match.span() for match in _QUOTES.finditer(paragraph)]
    persian = language_family(language) == "fa"
    pieces, start = [], 0
    for match in _END.finditer(paragraph):
        inside = any(left < match.start("mark") and match.end() < right for left, right in whole)
        if not inside and _ends_sentence(paragraph[start:match.start("mark")], match, persian):
            pieces.append(paragraph[start:match.end()].strip())
            start = match.end()
    pieces.append(paragraph[start:].strip())
    return [piece for piece in pieces if piece]


def _ends_sentence(before: str, match: re.Match[str], persian: bool) -> bool:
    mark, closing = match["mark"], match["closing"]
    following = match.string[match.end():].lstrip()[:1]
    if persian and not following.isascii():
        return _ends_persian(before, mark, following)
    if mark.startswith("..") or mark.startswith("…"):
        return following.isupper()
    if closing and following.islower():
        return False                                   # "Stop!" he said
    if mark != ".":
        return True
    word = _WORD_BEFORE.search(before)
    last = (word[1] if word else "").lower()
    if _NUMBERED.search(before + ".") and not before.strip(" 0123456789"):
        return False                                   # "1. First"
    if last == "i" and match.string[match.end():].lstrip()[:1].isupper():
        return before[-2:-1] == " "
    if _INITIALS.fullmatch(last) or last in ("st", "no", "co"):
        return _STARTER.match(match.string, match.end()) is not None
    if last in _abbreviations():
        return last in _MAY_END and following.isupper()
    return True


def _ends_persian(before: str, mark: str, following: str) -> bool:
    if mark.startswith("..") or "…" in mark:
        return False
    last = re.search(r"(\S*)$", before)
    word = last[1] if last else ""
    single = len(word) == 1 and word.isalpha()
    return not (mark == "." and (single or re.fullmatch(r"(?:\w\.)+\w", word)) and following.isdigit()) and \
        not (mark == "." and not before.strip(" 0123456789۰۱۲۳۴۵۶۷۸۹"))


@cache
def _abbreviations() -> frozenset[str]:
    from mytts_core.text.english.words import ANYWHERE, MONTH_SHORT, STREETS, TITLES, TITLES_WITH_STOP, WEEKDAY_SHORT

    words = {*TITLES, *TITLES_WITH_STOP, *ANYWHERE, *MONTH_SHORT, *WEEKDAY_SHORT, "al", "ft", "oz", "lb", "lbs",
             *(street for street in STREETS if len(street) <= 4)}
    return frozenset(word.lower() for word in words) - {"way", "sun", "sat", "art", "ed", "geo"}   # words of their own


def _shorten(sentence: str, max_length: int) -> list[str]:
    pieces = []
    while len(sentence) > max_length:
        even = 1.15 * len(sentence) / math.ceil(len(sentence) / max_length)    # no last piece of a single word
        cut = _best_cut(sentence, min(max_length, math.ceil(even))) or _best_cut(sentence, max_length) or max_length
        pieces.append(sentence[:cut].strip())
        sentence = sentence[cut:].strip()
    return [piece for piece in [*pieces, sentence] if piece]


def _best_cut(sentence: str, max_length: int) -> int:
    """Return where to cut, at most `max_length` characters on: the last place of the strongest kind of break; or 0."""
    for pattern in _WEAK:
        places = [match.end() for match in pattern.finditer(sentence[:max_length + 1]) if match.end() <= max_length]
        if places and places[-1] >= _SHORTEST_SHARE * max_length:
            return places[-1]
    places = [match.start() for match in re.finditer(r"\s", sentence[:max_length + 1])]
    return places[-1] if places else 0
