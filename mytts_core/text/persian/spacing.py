"""Spaces, half-spaces (zero-width non-joiners) and punctuation of Persian, in today's spelling."""

from __future__ import annotations

import re

from mytts_core.text.characters import ZERO_WIDTH_NON_JOINER as HALF_SPACE
from mytts_core.text.persian.letters import LETTER, VOWELS
from mytts_core.text.persian.verbs import CONJUGATED, NOT_VERBS

_WORD = LETTER[:-1] + VOWELS + "]"
_START, _END = rf"(?<![{HALF_SPACE}\w])", rf"(?![{HALF_SPACE}\w])"

_QUOTED = re.compile(r'"([^"\n]+)"')
_ELLIPSIS = re.compile(r" ?(?:\.{3,}|…+)")
_DECIMAL_POINT = re.compile(r"(?<![\w.])(\d+)\.(\d+)(?![\w]|\.\d)")
_PERCENT = re.compile(r"(?<=[۰-۹]) ?%")
_PERCENT_FIRST = re.compile(r"(?<![۰-۹])(?<![۰-۹] )[%٪] ?([۰-۹]+(?:٫[۰-۹]+)?)(?! ?[%٪])")
STYLE_TRIGGER = re.compile(r'["…%٪]|\.\.|\d\.\d')

_QUOTE_SPACES = re.compile(r'" *([^"\n]*[^"\n ]) *"')
_HALF_SPACES = re.compile(rf"{HALF_SPACE}{{2,}}")
_LOOSE_HALF_SPACE = re.compile(rf"{HALF_SPACE}(?![\w\u064b-\u0652])|(?<![\w\u064b-\u0652]){HALF_SPACE}")
_AFTER_OPENING = re.compile(r"(?<=[«(\[{]) +")
_BEFORE_CLOSING = re.compile(r" +(?=[»)\]},،؛;!?؟]|[.:](?![\w۰-۹.]))")
_AFTER_MARK = re.compile(rf"(?<=[،؛؟!»)])(?={LETTER})|(?<={LETTER}[.:,;?])(?={LETTER}{{2}})")
_BEFORE_OPENING = re.compile(rf"(?<={LETTER})(?=[«(\[])|(?<=[:،])(?=«)")
_DIGIT_LETTER = re.compile(rf"(?<=[۰-۹])(?={LETTER})(?!(?:م|ام|مین|امین|اُم){_END})|(?<={LETTER})(?=[۰-۹])")
_SPACES = re.compile(r" {2,}")

_MI = re.compile(rf"{_START}(بر|در|وا|باز|فرا|فرو|ور)?(ن?می)[ {HALF_SPACE}]?({CONJUGATED}){_END}")
MI_TRIGGER = re.compile(f"می(?!{HALF_SPACE})")
_JOINED = re.compile("هها")
_HEH_YEH = re.compile(rf"(?<={_WORD}{{2}}ه) (?=ی{_END})")
_SUFFIX = re.compile(rf"(?<={_WORD}{{2}}) (?=(?:ها|های|هایی|هایم|هایت|هایش|هایمان|هایتان|هایشان|هاست|هام|هات|هاش|"
                     rf"هامون|هاتون|"
                     rf"هاشون|تر|تری|ترین){_END})")
_COPULA = re.compile(rf"(?<={_WORD}{{3}}ه) (?=(?:ام|ات|اش|ای|ایم|اید|اند){_END})")
_COMPOUNDS = {"زمین لرزه": None, "جست و جو": "جست‌وجو", "گفت و گو": "گفت‌وگو", "شست و شو": "شست‌وشو", "هیچ کس": None,
              "هیچ کدام": None, "هیچ گاه": None, "هیچ وقت": None, "آن ها": None, "این ها": None,
              "بنا بر این": "بنابراین",
              "علی رغم": None, "پیش بینی": None, "پیش نهاد": "پیشنهاد", "دانش آموز": None, "دانش جو": "دانشجو",
              "صرفه جویی": None,
              "خوش حال": "خوشحال", "ان شاء الله": "ان‌شاءالله", "رفت و آمد": "رفت‌وآمد", "سر و صدا": "سروصدا",
              "کشت و کار": "کشت‌وکار", "پست الکترونیک": "پست الکترونیک", "نرم افزار": None, "سخت افزار": None,
              "آتش نشانی": None,
              "تلفن همراه": "تلفن همراه", "بین المللی": None, "فوق العاده": None, "آتش سوزی": None, "روان شناسی": None,
              "راه آهن": None, "کتاب خانه": "کتابخانه", "دست رسی": "دسترسی", "جمع آوری": None, "به عنوان": "به عنوان",
              "تصمیم گیری": None, "سرمایه گذاری": None, "نام گذاری": None, "رای گیری": None, "رأی گیری": None}
_COMPOUND = re.compile(_START + "(?:" + "|".join(sorted(_COMPOUNDS, key=len, reverse=True)) + ")" + r"(?![\w])")


def style_punctuation(text: str) -> str:
    """Write «» for straight quotes, … for three stops, ٫ for the decimal point and ٪ after numbers."""
    text = _QUOTED.sub(r"«\1»", text)
    text = _ELLIPSIS.sub(" …", text)
    text = _DECIMAL_POINT.sub(r"\1٫\2", text)
    return _PERCENT.sub("٪", _PERCENT_FIRST.sub(r"\1٪", text)).strip()


def correct_spacing(text: str) -> str:
    """Put spaces where punctuation, numbers and half-spaces want them, one at a time, none at the ends."""
    if '"' in text:
        text = _QUOTE_SPACES.sub(r'"\1"', text)
    text = _HALF_SPACES.sub(HALF_SPACE, text)
    text = _LOOSE_HALF_SPACE.sub("", text)
    text = _BEFORE_CLOSING.sub("", _AFTER_OPENING.sub("", text))
    text = _BEFORE_OPENING.sub(" ", _AFTER_MARK.sub(" ", text))
    text = _DIGIT_LETTER.sub(" ", text)
    return _SPACES.sub(" ", text).strip(" " + HALF_SPACE)


def separate_mi(text: str) -> str:
    """Write «می» and «نمی» before a verb with a half-space: نمیدانم and نمی دانم are نمی‌دانم; میانه stays."""
    return _MI.sub(_separated, text)


def _separated(match: re.Match[str]) -> str:
    if match[0] in NOT_VERBS:
        return match[0]
    return f"{match[1] or ''}{match[2]}{HALF_SPACE}{match[3]}"


def join_affixes(text: str) -> str:
    """Join suffixes and the parts of common compounds by a half-space: کتاب ها is کتاب‌ها, خانه ای is خانه‌ای."""
    text = _COMPOUND.sub(lambda match: _COMPOUNDS[match[0]] or match[0].replace(" ", HALF_SPACE), text)
    text = _JOINED.sub(f"ه{HALF_SPACE}ها", text)
    text = _HEH_YEH.sub(HALF_SPACE, text)
    text = _SUFFIX.sub(HALF_SPACE, text)
    return _COPULA.sub(HALF_SPACE, text)
