"""E-mail and web addresses, hashtags and handles, as they are read out: "a dot b at c dot com"."""

from __future__ import annotations

import re

from mytts_core.text.number_names import spell_digits

# Top-level domains and suffixes of files that end what is written without http:// or www.; English words are left out.
_TOP_LEVEL = ("com|org|net|edu|gov|mil|int|info|biz|io|ai|app|dev|tv|fm|ly|gg|xyz|tech|site|cloud|museum|"
              "uk|us|ca|fr|de|es|nl|ch|se|fi|dk|pl|pt|ru|cn|jp|kr|br|mx|au|nz|eu|ir|tr|gr|cz|hu|ro|ua|za|sg|hk|tw|ae|"
              "sa|"
              "txt|pdf|html?|docx?|xlsx?|pptx?|jpe?g|png|gif|mp3|mp4|wav|csv|json|py|js|exe|zip|xml|md")
_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9_-]*[A-Za-z0-9])?"
_PATH = r"(?:[/?#][^\s<>\"',;)\]}]*[^\s<>\"',;.!?:)\]}])?"
EMAIL = re.compile(rf"(?<![\w.@])[A-Za-z0-9][\w.+&%-]*@{_LABEL}(?:\.{_LABEL})+{_PATH}/?")
URL = re.compile(rf"(?<![\w@])(?:[A-Za-z][a-z]{{1,9}}://[^\s<>\"']*[^\s<>\"',;.!?:)\]}}]|"
                 rf"[Ww]{{3}}\.{_LABEL}(?:\.{_LABEL})*(?::\d+)?{_PATH}/?|"
                 rf"(?:{_LABEL}\.)+(?:{_TOP_LEVEL})(?:\.[a-z]{{2}})?(?::\d+)?{_PATH}/?(?![\w@]))")
_HASHTAG = re.compile(r"(?<![\w&/#])#([A-Za-z_]\w*)")
_HANDLE = re.compile(r"(?<![\w.@])@([A-Za-z_]\w*)")
TRIGGER = re.compile(r"@|://|[Ww]{3}\.|#[A-Za-z_]|[A-Za-z0-9]\.[a-z]{2}")

_MARKS = {".": "dot", "@": "at", "-": "dash", "_": "underscore", "/": "slash", ":": "colon", "&": "ampersand",
          "+": "plus", "%": "percent", "?": "question mark", "=": "equals", "#": "hash", "~": "tilde",
          "*": "asterisk", "!": "exclamation mark", ",": "comma", ";": "semicolon", "$": "dollar",
          "(": "open parenthesis",
          ")": "close parenthesis", "\\": "backslash", "|": "pipe", "^": "caret", "[": "open bracket",
          "]": "close bracket"}
# Read as a word though short or in an address; every other part of two or three letters after a dot is spelt.
_SAID_AS_WORDS = frozenset(("com", "org", "net", "edu", "gov", "mil", "info", "biz", "int", "dev", "app", "store",
                            "shop",
                            "site", "cloud", "online", "name", "museum", "travel", "io", "blog", "news", "tech", "co"))
_SPELT = frozenset(("http", "https", "ftp", "www", "html", "htm", "php", "asp", "pdf", "css", "xml", "jpg", "png",
                    "gif", "sftp", "ssh", "url", "id", "api", "faq"))
_PARTS = re.compile(r"[A-Za-z]+|[0-9]+|[^\W\d_]+|.", re.DOTALL)


def read_electronic(text: str) -> str:
    """Spell out e-mail and web addresses, hashtags and handles."""
    text = EMAIL.sub(lambda match: read_address(match[0]), text)
    text = URL.sub(lambda match: read_address(match[0]), text)
    text = _HASHTAG.sub(lambda match: "hashtag " + _read_name(match[1]), text)
    return _HANDLE.sub(lambda match: "at " + _read_name(match[1]), text)


def read_address(address: str, marks: dict[str, str] = _MARKS, digits=spell_digits) -> str:
    """Return an address in words: parts of letters, digits one by one, marks by name."""
    words: list[str] = []
    previous = ""
    in_domain = "@" not in address
    for part in _PARTS.findall(address):
        if part.isascii() and part.isdigit():
            words.append(digits(part))
        elif part[0].isalpha():
            words.append(_read_part(part, in_domain and previous == "." and words[-2:-1] != ["WWW"]))
        else:
            words.append(marks.get(part, " "))
        previous = part
        in_domain = in_domain or part == "@"
    return " ".join(" ".join(words).split())


def _read_part(part: str, after_dot: bool) -> str:
    lowered = part.lower()
    if lowered in _SPELT or (after_dot and len(part) <= 3 and lowered not in _SAID_AS_WORDS):
        return part.upper()
    return part


def _read_name(name: str) -> str:
    """Split CamelCase and snake_case; digits stay for the steps that follow."""
    return " ".join(re.sub(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Za-z])(?=\d)|(?<=\d)(?=[A-Za-z])", " ", name)
                    .replace("_", " ").split())
