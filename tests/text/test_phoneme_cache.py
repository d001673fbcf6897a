import json

import pytest

from mytts_core.text import phoneme_cache, phonemes


@pytest.fixture
def asked(monkeypatch) -> list[list[str]]:
    """What espeak-ng is asked for."""
    pytest.importorskip("phonemizer")
    calls: list[list[str]] = []

    def phonemize(texts: list[str], language: str) -> list[str]:
        calls.append(list(texts))
        return phonemes.phonemize(texts, language)

    monkeypatch.setattr(phoneme_cache, "phonemize", phonemize)
    return calls


def test_a_text_is_asked_for_once(tmp_path, asked) -> None:
    first = phoneme_cache.cached_phonemes(["one", "two", "one"], "en-us", tmp_path / "new")
    assert first == phonemes.phonemize(["one", "two", "one"], "en-us")
    assert phoneme_cache.cached_phonemes(["two", "three"], "en-us", tmp_path / "new")[0] == first[1]
    phoneme_cache.cached_phonemes(["one"], "fa", tmp_path / "new")
    assert asked == [["one", "two"], ["three"], ["one"]]


@pytest.mark.parametrize("damage", [b"", b"[1]", b'{"one": 5}', b"\xff\xfe"])
def test_a_damaged_file_is_made_anew(tmp_path, asked, damage: bytes) -> None:
    expected = phoneme_cache.cached_phonemes(["one"], "en-us", tmp_path)
    (path,) = tmp_path.glob("phonemes_en-us_*.json")
    path.write_bytes(damage)
    assert phoneme_cache.cached_phonemes(["one"], "en-us", tmp_path) == expected
    assert json.loads(path.read_text(encoding="utf-8"))["one"] == expected[0]
    assert len(asked) == 2
