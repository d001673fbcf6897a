import builtins
import dataclasses

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mytts_core.config import RunConfig, TextConfig
from mytts_core.errors import TextError
from mytts_core.text import phonemes
from mytts_core.text.normalize import NORMALIZER_VERSION
from mytts_core.text.symbols import SPECIALS, is_spoken, split_symbols
from mytts_core.text.tokenizer import (
    CharacterTokenizer,
    PhonemeTokenizer,
    Tokenizer,
    build_tokenizer,
    tokenizer_from_config,
    with_lexicon_file,
)

TEXTS = ["The birch canoe slid on the smooth planks.", "It's easy, to tell: the depth of a well!"]


@pytest.fixture(scope="module")
def characters() -> Tokenizer:
    return build_tokenizer(TEXTS, "characters", "en-us")


@pytest.fixture(scope="module")
def ipa() -> Tokenizer:
    pytest.importorskip("phonemizer")
    return build_tokenizer(TEXTS, "phonemes", "en-us")


def test_special_ids_and_vocabulary(characters: Tokenizer) -> None:
    assert characters.symbols[:4] == ["<start>", "<pad>", "<end>", "<unknown>"]
    assert len(characters) == len(characters.symbols) == len(set(characters.symbols))
    assert characters.symbols[4:] == sorted(set("".join(TEXTS).lower()))


def test_encoding_by_hand() -> None:
    tokenizer = CharacterTokenizer([*SPECIALS, " ", "a", "b"])
    assert tokenizer.encode("Ab a?") == [0, 5, 6, 4, 5, 3, 2]
    assert tokenizer.tokens("Ab a?") == ["<start>", "a", "b", " ", "a", "?", "<end>"]
    assert tokenizer.unknown("Ab a? c?") == ["?", "c"]


def test_specials_written_in_a_text_are_only_characters(characters: Tokenizer) -> None:
    assert characters.encode("the <end> bell").count(2) == 1


@pytest.mark.parametrize("text, words", [
    ("", "is empty"), ("  \t\n", "is empty"), ("漢字", "not trained on"), ("漢, 字.", "not trained on"),
    (",.!", "no letter"), ("'", "no letter")])
def test_texts_that_cannot_be_said(characters: Tokenizer, text: str, words: str) -> None:
    with pytest.raises(TextError, match=words):
        characters.encode(text)
    with pytest.raises(TextError):
        characters.tokens(text)


@settings(deadline=None)
@given(text=st.text(max_size=80))
def test_ids_are_in_range_and_match_the_tokens(characters: Tokenizer, text: str) -> None:
    try:
        ids = characters.encode(text)
    except TextError:
        return
    tokens = characters.tokens(text)
    assert len(ids) == len(tokens) and ids[0] == 0 and ids[-1] == 2
    assert all(3 <= i < len(characters) for i in ids[1:-1])
    assert [t for i, t in zip(ids, tokens) if i > 3] == [characters.symbols[i] for i in ids if i > 3]
    assert set(characters.unknown(text)) == {t for i, t in zip(ids, tokens) if i == 3}


def test_config_round_trip(characters: Tokenizer, ipa: Tokenizer) -> None:
    for tokenizer in (characters, ipa):
        again = tokenizer_from_config(tokenizer.to_config())
        assert type(again) is type(tokenizer)
        assert again.encode(TEXTS[1]) == tokenizer.encode(TEXTS[1])


def test_a_vocabulary_without_specials_is_refused() -> None:
    with pytest.raises(TextError, match="first four"):
        tokenizer_from_config(TextConfig(symbols=["a", "b"]))
    with pytest.raises(TextError, match="repetition"):
        CharacterTokenizer([*SPECIALS, "a", "a"])
    with pytest.raises(TextError, match="characters, phonemes"):
        build_tokenizer(TEXTS, "words", "en-us")
    with pytest.raises(TextError, match="no letter"):
        build_tokenizer(["...", ""], "characters", "en-us")


def test_phonemes_keep_stress_words_and_punctuation(ipa: Tokenizer) -> None:
    tokens = ipa.tokens("It's easy, to tell!")
    assert "".join(tokens[1:-1]) == "ɪts ˈiːzi, tə tˈɛl!"
    assert len(ipa.encode("It's easy, to tell!")) == len(tokens)


def test_phonemes_of_many_texts_are_those_of_each(ipa: Tokenizer) -> None:
    assert isinstance(ipa, PhonemeTokenizer)
    texts = [*TEXTS, "", "Hello (there) - twenty-five [times]; «yes».", "1984"]
    assert ipa.split(texts) == [ipa.split([text])[0] for text in texts]


def test_a_run_of_version_1_keeps_its_own_front_end() -> None:
    kept = tokenizer_from_config(TextConfig(symbols=[*SPECIALS, *" .dr$5½"], normalizer_version=1,
                                            max_unknown_share=1.0))
    assert kept.tokens("DR. $5 ½")[1:-1] == ["d", "r", ".", " ", "$", "5", " ", "½"]
    assert kept.to_config().normalizer_version == 1
    assert kept.with_symbols([*SPECIALS, "d"]).to_config().normalizer_version == 1
    before = {"model": {"num_layers": 1, "d_model": 8, "num_heads": 2, "dff": 8},
              "text": {"tokenizer": "characters",
                       "symbols": [*SPECIALS, "a"]}}    # as config.json was, and without a version
    text = RunConfig.from_dict(before).text
    assert (text.normalizer_version, text.max_unknown_share) == (1, 1.0)
    assert TextConfig().normalizer_version == NORMALIZER_VERSION == 2


def test_figures_are_read_and_acronyms_spelt(characters: Tokenizer) -> None:
    assert isinstance(characters, CharacterTokenizer)
    assert characters.letters("The DNA of 2 wells") == "the d n a of two wells"
    assert characters.letters("25 DNA") == "twenty five d n a"


def test_too_many_unknown_symbols_are_refused_and_shown(characters: Tokenizer) -> None:
    text = "the well سلام"
    assert characters.unknown_share(characters.split([text])[0]) == pytest.approx(4 / 11)
    with pytest.raises(TextError, match=r"36% .*\(س ل ا م\).*max_unknown_share allows \(30%\)"):
        characters.encode(text)
    patient = tokenizer_from_config(dataclasses.replace(characters.to_config(), max_unknown_share=0.4))
    assert patient.encode(text).count(3) == 4


def test_a_lexicon_overrides_words_in_both_languages(ipa: Tokenizer, tmp_path) -> None:
    assert isinstance(ipa, PhonemeTokenizer)
    config = dataclasses.replace(ipa.to_config(), lexicon={"well": "/wˈɪl/", "tell": "call"})
    own = tokenizer_from_config(config)
    assert isinstance(own, PhonemeTokenizer)
    assert own.phonemes(["Tell it, well, 5.", "well", ""]) == ["kˈɔːl ɪt, wˈɪl, fˈaɪv.", "wˈɪl", ""]
    assert own.to_config() == config
    path = tmp_path / "words.tsv"
    path.write_text("کتاب من\t/ketˈɑbe mˈan/\n", encoding="utf-8")
    config = TextConfig(tokenizer="phonemes", language="fa", symbols=list(SPECIALS), lexicon_file=str(path))
    persian = tokenizer_from_config(with_lexicon_file(config))
    assert isinstance(persian, PhonemeTokenizer)
    assert persian.phonemes(["این كتاب من، بود."]) == ["ˈiːn ketˈɑbe mˈan، bˈuːd."]
    assert persian.to_config().lexicon == {"کتاب من": "/ketˈɑbe mˈan/"}        # the run needs the file no more
    with pytest.raises(TextError, match="reads letters"):
        CharacterTokenizer([*SPECIALS, "a"], lexicon={"a": "/ɐ/"})


def test_a_runs_configuration_reads_no_file_of_this_machine(tmp_path) -> None:
    path = tmp_path / "secret"
    path.write_text("root:x:0:0\n", encoding="utf-8")
    config = TextConfig(symbols=[*SPECIALS, "a"], lexicon_file=str(path))
    assert len(tokenizer_from_config(config).lexicon) == 0
    with pytest.raises(TextError, match="root:x"):
        with_lexicon_file(config)       # which only a training asks for


def test_persian_keeps_the_vowels_that_espeak_reads() -> None:
    pytest.importorskip("phonemizer")
    reader = PhonemeTokenizer(SPECIALS, "fa")
    assert reader.phonemes(["کتابِ من", "كتاب من، ۲۵٪!"]) == ["ketˈɑbe mˈan", "kˈetɑb mˈan، bist vˈa pˈandʒ darsˈad!"]


def test_one_backend_a_language(ipa: Tokenizer) -> None:
    assert phonemes._backend("en-us")[0] is phonemes._backend("en-us")[0]


@settings(max_examples=40, deadline=None)
@given(text=st.text(alphabet=st.sampled_from("abcé 1.,!?'\"-()…\u200c‏ سلام好"), max_size=30))
def test_phonemizing_anything_gives_one_line_each(ipa: Tokenizer, text: str) -> None:
    assert isinstance(ipa, PhonemeTokenizer)
    first, second = ipa.phonemes([text, "well"])
    assert second == "wˈɛl" and "\n" not in first and "(en)" not in first


def test_unknown_language_and_missing_phonemizer(monkeypatch) -> None:
    pytest.importorskip("phonemizer")
    with pytest.raises(TextError, match="espeak-ng code"):
        phonemes.phonemize(["x"], "klingon-x")
    real = builtins.__import__

    def without_phonemizer(name, *args, **kwargs):
        if name.startswith("phonemizer"):
            raise ImportError(name="phonemizer")
        return real(name, *args, **kwargs)

    monkeypatch.setattr(builtins, "__import__", without_phonemizer)
    with pytest.raises(TextError, match=r'pip install "mytts\[phonemes\]".*characters'):
        phonemes.phonemize(["x"], "de")


@pytest.mark.parametrize("symbol, spoken", [
    ("a", True), ("ə", True), ("ʔ", True), ("n̩", True), ("ᵻ", True), ("7", True), ("س", True), ("ː", False),
    ("ˈ", False), ("ˌ", False), (" ", False), (",", False), ("'", False), ("<start>", False), ("<unknown>", False),
    ("", False), ("\u200c", False), ("ʲ", False), ("-", False)])
def test_what_is_spoken(symbol: str, spoken: bool) -> None:
    assert is_spoken(symbol) is spoken


def test_marks_stay_with_their_base_only_where_asked() -> None:
    assert split_symbols("n̩ ɑ̃ː", attach_marks=True) == ["n̩", " ", "ɑ̃", "ː"]
    assert split_symbols("n̩") == ["n", "̩"]
    assert split_symbols("̩n", attach_marks=True) == ["̩", "n"]
