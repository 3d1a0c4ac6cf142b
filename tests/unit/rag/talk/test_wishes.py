"""Wishes for a person, for no more messages, and answers to our offer of a person; and what only sounds like them."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from balas.rag.talk.phrases import languages
from balas.rag.talk.smalltalk import Pleasantry, Smalltalk, smalltalk
from balas.rag.talk.wishes import Reply, reply_to_offer
from balas.rag.words import cues

RAG = Path(cues.__file__).parent
PERSON = [
    ("tolong hubungkan ke admin", "id"), ("mau ngomong sama orang", "id"), ("bisa ngobrol sama manusia?", "id"),
    ("mau komplain, minta nomor manajer", "id"), ("can a human help me", "en"), ("operator please", "en"),
    ("agent", "en"), ("cs", "en"), ("admin", "en"), ("Mitarbeiter", "de"), ("agente", "es"), ("humano", "es"),
    ("atendente", "pt"), ("人工", "zh"), ("comunícame con el encargado por favor", "es"),
    ("connect me to the sales manager", "en"), ("我想和客服说话", "zh"), ("ขอคุยกับผู้จัดการ", "th"),
    ("müdürle konuşmak istiyorum", "tr"), ("मैनेजर से बात करवाओ", "hi"), ("店長と話したいです", "ja"),
    ("Ich will mit dem Chef sprechen", "de"), ("me passa para um atendente por favor", "pt"),
    ("соедините меня с менеджером", "ru"), ("hubungkan saya ke bagian cs dong", "id"),
]  # fmt: skip
STOP = [
    ("STOP", None), ("Please stop", "en"), ("unsubscribe", "en"), ("leave me alone", "en"), ("stop messaging me", "en"),
    ("jangan kirim pesan lagi", "id"), ("berhenti", "id"), ("no me escriban más", "es"),
    ("pare de mandar mensagem", "pt"), ("Bitte keine Nachrichten mehr", "de"), ("arrêtez de m'écrire", "fr"),
    ("不要再发消息了", "zh"), ("やめてください", "ja"), ("그만 보내세요", "ko"), ("хватит мне писать", "ru"),
    ("لا ترسل لي رسائل", "ar"), ("मैसेज मत भेजो", "hi"), ("đừng nhắn tin nữa", "vi"),
]  # fmt: skip
QUESTIONS = [
    "do you have an agent in Medan?", "is the manager's office open on Sunday", "operator jam kerja",
    "how do I stop my subscription?", "jam berapa bisa chat admin?", "Does your staff speak English?",
    "who is the manager", "biaya admin berapa?", "can I transfer to BCA?", "客服电话是多少",
    "human hair extensions price", "可以去机场接人吗", "可以转人民币吗",
    "transfer ke admin atau ke rekening toko?", "kirim ke orang lain bisa?", "harga per orang", "staff discount",
    "for two people", "do you sell to people", "Kann der Mitarbeiter Englisch sprechen?", "stop kontak ada?",
    "can staff help carry the luggage", "where does bus 5 stop", "apa boleh berhenti langganan?",
    "¿Tienen agente en Medan?", "bisa bicara bahasa inggris?", "bisa chat dulu sebelum datang?",
]  # fmt: skip
YES = [
    "yes please", "yes", "ok", "ya boleh", "iya", "boleh kak", "sí por favor", "ja bitte", "sim", "a person", "mau",
    "minta tolong", "oui", "да", "好的",
    "はい、お願いします", "네 부탁드려요", "evet lütfen", "हाँ जी", "نعم", "ndiyo", "opo", "👍",
]  # fmt: skip
NO = ["no thanks", "no", "tidak usah", "gak usah kak", "nein danke", "no gracias", "不用了", "не надо", "no, it's ok"]


@pytest.mark.parametrize(("text", "language"), PERSON)
def test_who_names_somebody_of_the_team_wants_them(text: str, language: str) -> None:
    assert smalltalk(text) == Pleasantry(Smalltalk.HUMAN, language)


@pytest.mark.parametrize(("text", "language"), STOP)
def test_who_wants_no_more_messages_is_heard(text: str, language: str) -> None:
    assert smalltalk(text) == Pleasantry(Smalltalk.STOP, language)


@pytest.mark.parametrize("text", QUESTIONS)
def test_a_question_that_names_somebody_or_stops_something_is_searched(text: str) -> None:
    assert smalltalk(text) is None


@pytest.mark.parametrize(
    ("text", "kind"),
    [("halo admin", "greeting"), ("makasih admin", "thanks"), ("permisi admin", "greeting"), ("ok admin", "ok"),
     ("acha", "ok")],
)  # fmt: skip
def test_a_form_of_address_is_no_wish(text: str, kind: str) -> None:
    assert smalltalk(text).kind.value == kind


def test_a_name_that_several_languages_share_is_heard_in_the_conversations() -> None:
    assert smalltalk("admin", "id") == Pleasantry(Smalltalk.HUMAN, "id")
    assert smalltalk("agente", "pt") == Pleasantry(Smalltalk.HUMAN, "pt")
    assert smalltalk("STOP", "ja") == Pleasantry(Smalltalk.STOP, "ja")
    assert smalltalk("atendente", "id") == Pleasantry(Smalltalk.HUMAN, "pt")


@pytest.mark.parametrize("text", YES)
def test_assent_to_the_offer_of_a_person(text: str) -> None:
    told = reply_to_offer([text], "en")
    assert told is not None
    assert told[0] is Reply.ACCEPTED


@pytest.mark.parametrize("text", NO)
def test_no_to_the_offer_of_a_person(text: str) -> None:
    told = reply_to_offer([text], "en")
    assert told is not None
    assert told[0] is Reply.REFUSED


@pytest.mark.parametrize(
    "text", ["ok thanks", "terima kasih", "boleh COD?", "yes, how much is gayo coffee?", "mau tanya", "halo", "", "5"]
)
def test_what_says_nothing_to_the_offer(text: str) -> None:
    assert reply_to_offer([text], "en") is None


def test_an_assent_of_several_messages_speaks_the_language_of_its_words() -> None:
    assert reply_to_offer(["iya", "boleh kak"], "en") == (Reply.ACCEPTED, "id")
    assert reply_to_offer(["ok"], "es") == (Reply.ACCEPTED, "es")


@pytest.mark.parametrize("name", ["agent", "team", "accept", "fine", "decline", "stop"])
def test_every_language_of_the_lines_has_its_words(name: str) -> None:
    assert all(cues.entries(name, language) for language in languages())


def test_a_list_stands_in_one_file_alone() -> None:
    """Of two lists of one name the second would take the other's place."""
    cue, wish = (tomllib.loads((RAG / name).read_text("utf-8")) for name in ("cues.toml", "wishes.toml"))
    assert wish.keys() <= cue.keys()
    for language, lists in wish.items():
        assert not lists.keys() & cue[language].keys(), language
