"""Near things in place of an answer: their names, when they are offered, and what a person replies."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from balas.choices import WhenUnknown
from balas.rag.chain import AnswerChain
from balas.rag.question import Question
from balas.rag.quoting import near
from balas.rag.quoting.extractive import Extractor
from balas.rag.quoting.near import readable, things
from balas.rag.talk.choosing import Unchosen, choice_in, offer, offered_in
from balas.rag.talk.phrases import languages, phrase
from balas.values import ChunkKind, Passage, Retrieval, Role, Utterance
from balas.waha.formatting import to_whatsapp
from tests.unit.rag.corpus import passages
from tests.unit.rag.test_chain import ask, embedder, retriever

__all__ = ["embedder", "retriever"]  # fixtures

_QUOTED = re.compile(r"[“«„「] ?([^”»“」]+?) ?[”»“」]")
NAMES = ("Ganti ban kempes", "Jam buka", "Harga – Ban luar, Ban dalam")
QUESTION = "berapa lama pesanan saya sampai di Makassar?"


def told(*lines: str, names: tuple[str, ...] = NAMES, language: str = "id", quoted: str | None = None):
    """What these messages choose after the offer: places, a reason, or None."""
    said = Utterance(Role.ASSISTANT, to_whatsapp(f"…\n\n{offer(names, language)}"))
    choice = choice_in(Question(lines, (Utterance(Role.USER, "?"), said), quoted=quoted))
    return None if choice is None else choice.unchosen or choice.chosen


@pytest.mark.parametrize(
    ("text", "places"),
    [("1", (0,)), ("2.", (1,)), ("no. 2", (1,)), ("nomor 3 kak", (2,)), ("#2", (1,)), ("2️⃣", (1,)), ("(2)", (1,)),
     ("٢", (1,)), ("२", (1,)), ("yang kedua", (1,)), ("dua", (1,)), ("the second one please", (1,)),
     ("el segundo", (1,)), ("das zweite", (1,)), ("第二个", (1,)), ("2番です", (1,)),
     ("2번이요", (1,)), ("ข้อ 2", (1,)), ("số 2", (1,)), ("1 dan 3", (0, 2)), ("1,2", (0, 1)), ("Jam buka", (1,)),
     ("ban kempes", (0,)), ("yang ganti ban kempes", (0,))],
)  # fmt: skip
def test_a_number_an_ordinal_or_the_words_of_a_name_choose(text: str, places: tuple[int, ...]) -> None:
    assert told(text) == places


@pytest.mark.parametrize(
    "text", ["none of these", "neither", "no", "tidak", "bukan itu", "ninguno", "keins davon", "都不是"]
)
def test_none_of_them(text: str) -> None:
    assert told(text) is Unchosen.NEITHER
    assert told(text, names=NAMES[:1]) is Unchosen.NEITHER


@pytest.mark.parametrize("text", ["yes", "iya kak", "4", "0"])
def test_what_chooses_none_of_several_is_unclear(text: str) -> None:
    assert told(text) is Unchosen.UNCLEAR


@pytest.mark.parametrize(
    "text",
    ["2 kg", "12", "jam 2", "buka jam 2?", "jam buka berapa?", "ban", "ok", "makasih", "gak usah", "admin", "a person",
     "halo", "berapa harga ban dalam", ""],
)  # fmt: skip
def test_what_says_something_else_chooses_nothing(text: str) -> None:
    assert told(text) is None


def test_a_yes_chooses_the_only_one() -> None:
    for text in ("ya", "yes", "ok", "👍 ya", "1"):
        assert told(text, names=NAMES[:1]) == (0,), text
    assert told("ok makasih", names=NAMES[:1]) is None
    assert told("2", "makasih") == (1,)


def test_only_the_last_words_of_ours_or_those_replied_to_are_chosen_from() -> None:
    said = Utterance(Role.ASSISTANT, offer(NAMES, "id"))
    typed = replace(said, role=Role.OPERATOR)
    later = (said, Utterance(Role.USER, "ada parkir?"), Utterance(Role.ASSISTANT, "Ada."))
    for history in ((), (typed,), (said, Utterance(Role.OPERATOR, "1. Avanza\n2. Xenia")), later):
        assert choice_in(Question(("2",), history)) is None
    replied = choice_in(Question(("2",), later, quoted=said.text))
    assert replied is not None
    assert (replied.names, replied.chosen) == (NAMES, (1,))
    assert told("2", quoted="1. Avanza\n2. Xenia") is None


@pytest.mark.parametrize("language", sorted(languages()))
def test_an_offer_is_known_again_in_every_language(language: str) -> None:
    for names in (NAMES, NAMES[:1]):
        text = to_whatsapp(f"{phrase('abstain', language)}\n\n{offer(names, language)}")
        assert offered_in(text) == (names, language)
    _, after = phrase("near_one", language).split("{topic}")
    [yes] = _QUOTED.findall(after[2:])
    assert told(yes, names=NAMES[:1], language=language) == (0,), "the reply that it asks for"


@pytest.mark.parametrize(
    ("text", "name"),
    [("3. Parkir", "Parkir"), ("§ 4 Abholung", "Abholung"), ("daftar_harga_v2", ""), ("harga.xlsx", ""), ("12", ""),
     ("12/2026", ""), ("www.toko.id", ""), ("**Jam buka**:", "Jam buka"), ("x" * 81, ""), ("料金", "料金")],
)  # fmt: skip
def test_names_are_readable(text: str, name: str) -> None:
    assert readable(text) == name


def test_entries_sections_and_rows_have_names() -> None:
    found = {thing.name for passage in passages() for thing in things(passage)}
    assert {"Opening hours", "Apakah bisa bayar di tempat (COD)?", "Kopi Gayo 250 g – Harga, Stok"} <= found
    table = Passage(
        1, 1, "harga_2027", "", None, "Kode: LHB-250; Nama: House Blend; Harga: 90", 0, 0, 0, 0, 0, ChunkKind.TABLE
    )
    assert [thing.name for thing in things(table)] == ["House Blend – Harga"]
    assert [thing.name for thing in things(replace(table, text="Kunci hilang: Rp 15"))] == ["Kunci hilang"]
    assert things(replace(table, kind=ChunkKind.TEXT, text="Kami di Bandung.")) == []


@pytest.fixture
def offering(retriever, embedder):
    retriever.unanswerable |= {"Makassar", "presiden"}
    return AnswerChain(retriever, None, extractor=Extractor(embedder), when_unknown=WhenUnknown.NEAR_AND_PERSON)


def chosen(chain, answer, *lines, **fields):
    said = Utterance(Role.ASSISTANT, to_whatsapp(answer.text))
    return ask(chain, *lines, history=(Utterance(Role.USER, QUESTION), said), language="id", **fields)


def test_what_is_chosen_is_told_in_the_documents_words(offering):
    answer = ask(offering, QUESTION, language="id")
    names = answer.trace["near"]
    assert (answer.abstained, answer.handover, answer.sources) == (True, "unanswered", ())
    assert answer.text == f"{phrase('abstain', 'id')}\n\n{offer(names, 'id')}"
    place = names.index("Berapa lama pengiriman ke luar Jawa?")
    told = chosen(offering, answer, str(place + 1))
    assert told.text == f"**{names[place]}**\nPengiriman memakan waktu 4 sampai 7 hari kerja."
    assert [source.title for source in told.sources] == ["Tanya jawab"]
    assert (told.abstained, told.handover, told.trace["picked"]) == (False, None, [names[place]])


def test_none_of_them_is_answered_with_a_person(offering):
    answer = chosen(offering, ask(offering, QUESTION, language="id"), "bukan")
    assert (answer.text, answer.abstained, answer.mode) == (phrase("abstain", "id"), True, "smalltalk")
    assert (answer.handover, answer.trace["offered"]) == ("unanswered", True)
    assert "unanswered" not in answer.trace, "its question was written down already"


def test_a_yes_to_several_asks_which(offering):
    first = ask(offering, QUESTION, language="id")
    again = chosen(offering, first, "iya")
    assert (again.text, again.mode) == (offer(first.trace["near"], "id"), "smalltalk")
    assert chosen(offering, again, "1").trace["picked"] == first.trace["near"][:1]
    assert chosen(offering, again, "iya").handover == "asked", "who is not understood twice gets a person"


def test_a_person_is_still_asked_for_beside_near_things(offering):
    answer = ask(offering, QUESTION, language="id")
    for wish in ("admin", "mau bicara sama orang"):
        assert chosen(offering, answer, wish).handover == "asked"


def test_what_is_gone_meanwhile_is_not_told(offering, retriever):
    answer = ask(offering, QUESTION, language="id")
    retriever._passages = [replace(one, text="Tutup.", heading="") for one in retriever._passages]
    told = chosen(offering, answer, "1")
    assert (told.abstained, told.text, told.sources) == (True, phrase("abstain", "id"), ())


def test_what_is_not_near_is_not_offered(embedder):
    """Cosines as the index gives them: none of a small shop's passages is about a president."""
    found = tuple(replace(one, dense=0.1) for one in passages())
    assert near.nearest([Retrieval("siapa presiden Prancis?", "id", found, 0.05)], embedder) == []
    close = tuple(replace(one, dense=0.4) for one in reversed(passages()))
    [first, *_] = near.nearest([Retrieval(QUESTION, "id", close, 0.2)], embedder)
    assert first.name == "Berapa lama pengiriman ke luar Jawa?"


def test_one_thing_is_offered_once(embedder):
    entry = next(one for one in passages() if one.kind is ChunkKind.FAQ)
    twin = replace(entry, chunk_id=99, dense=0.5, text=entry.text.replace("Apakah bisa", "Bisa"), language="id")
    found = (replace(entry, dense=0.5), twin)
    assert [
        thing.passage.chunk_id for thing in near.nearest([Retrieval("bayar COD?", "id", found, 0.2)], embedder)
    ] == [99]
