"""Drafts that say the opposite of the documents, more than they say, or nothing; and true ones that only sound so."""

from __future__ import annotations

import pytest

from balas.rag.grounding import ground
from balas.values import ChunkKind, Passage


def passage(number: int, text: str, language: str, kind: ChunkKind = ChunkKind.FAQ) -> Passage:
    return Passage(number, number, "Questions", "", 2, text, 0, 4.0, 0.9, 0.5, 0.5, kind, language=language)


ABROAD, HALAL, SHIPPING = "Do you ship outside Lembah?", "Is your tea organic?", "Is there free shipping?"
COD, PLENTY, OPENED = "Can I pay on delivery (COD)?", "Do you offer wholesale prices?", "Can I return opened tea?"
ENGLISH = [
    passage(1, f"{ABROAD}\nNot yet. We only ship to addresses in Lembah.", "en"),
    passage(2, f"{HALAL}\nYes. All our teas and cups are certified organic by EcoSure.", "en"),
    passage(3, f"{SHIPPING}\nYes, anywhere on Sora for orders of $30 or more.", "en"),
    passage(4, f"{COD}\nYes, in Old Town only, for orders up to $50. The COD fee is $5 per order.", "en"),
    passage(5, f"{PLENTY}\nYes: 10% off from 5 kg, 15% off from 20 kg and 20% off from 50 kg.", "en"),
    passage(
        6, "Unopened tea may be returned within 7 days. Opened tea cannot be returned.", "en", ChunkKind.TEXT
    ),
]  # fmt: skip
OTHERS = {
    "de": [passage(1, "Liefert ihr ins Ausland?\nLeider noch nicht. Wir liefern nur in Lembah.", "de")],
    "es": [passage(1, "¿Aceptan perros?\nSí, en las parcelas, por 4 € al día.", "es")],
    "pt": [passage(1, "Aceitam vale-refeição?\nAinda não. Aceitamos Pix e débito.", "pt")],
    "fr": [passage(1, "Y a-t-il un parking ?\nPas encore. On peut se garer rue des Lilas.", "fr")],
    "id": [passage(1, "Bisa kirim ke luar negeri?\nBelum bisa. Kami hanya mengirim ke Lembah.", "id")],
    "hi": [passage(1, "क्या सदस्यता मुफ़्त है?\nनहीं। सदस्यता शुल्क 200 रुपये है।", "hi")],
    "ar": [passage(1, "هل الدخول مجاني؟\nلا. سعر التذكرة 20 ريالا.", "ar")],
}


@pytest.mark.parametrize(
    ("question", "draft"),
    [
        (ABROAD, "Yes! We ship worldwide."), (ABROAD, "Yes, we ship outside Lembah."), (ABROAD, "Yes [1]."),
        (ABROAD, "We ship outside Lembah."), (ABROAD, "We ship to all countries."), (ABROAD, "| ship | Lembah |"),
        (ABROAD, "I don't know."),
        (HALAL, "None of our teas are certified organic by EcoSure."), (HALAL, "No, it isn't."),
        (HALAL, "Our tea isn't organic."),
        (SHIPPING, "No, there is no free shipping anywhere on Sora."), (SHIPPING, "Shipping is always free."),
        (SHIPPING, "Yes, anywhere in the world for orders of $30 or more."),
        (COD, "No, COD is not possible."), (COD, "Yes, everywhere in Lembah, for orders up to $50."),
        (PLENTY, "Yes, 20% off from 5 kg and 10% off from 50 kg."),
        (OPENED, "Yes, opened tea may be returned within 7 days."), (OPENED, "Unopened tea cannot be returned."),
    ],
)  # fmt: skip
def test_what_the_documents_deny_or_limit_is_not_sent(question, draft):
    grounded = ground(draft, ENGLISH, question, "en")
    assert grounded.is_withheld, grounded


@pytest.mark.parametrize(
    ("question", "draft"),
    [
        (ABROAD, "Unfortunately not."), (ABROAD, "No, we don't ship outside Lembah yet."), (ABROAD, "Not yet [1]."),
        (HALAL, "Yes, it is."), (HALAL, "Passage 2 says yes: all our teas are certified organic."),
        (HALAL, "Absolutely, everything we sell carries EcoSure organic certification."),
        (COD, "Yes, COD is available in Old Town for orders up to $50, with a fee of $5."),
        (COD, "Yes, in Old Town, for orders up to $50. There is a fee of $5 [4]."),
        (PLENTY, "Yes, 10% off from 5 kg and 20% off from 50 kg."),
        (OPENED, "Only unopened tea can be returned, within 7 days."), (OPENED, "No, opened tea cannot be returned."),
        (SHIPPING, "Yes, everywhere on Sora if you order for $30 or more."),
    ],
)  # fmt: skip
def test_what_they_say_in_other_words_is_sent(question, draft):
    grounded = ground(draft, ENGLISH, question, "en")
    assert grounded.text, grounded.checks
    assert grounded.removed == ()


@pytest.mark.parametrize(
    ("language", "question", "false", "true"),
    [
        ("de", "Liefert ihr ins Ausland?", "Ja, gerne.", "Nein, leider nur in Lembah."),
        ("es", "¿Aceptan perros?", "No, lo siento.", "Sí, claro, por 4 € al día."),
        ("pt", "Aceitam vale-refeição?", "Sim, aceitamos vale-refeição.", "Infelizmente ainda não."),
        ("fr", "Y a-t-il un parking ?", "Oui, bien sûr.", "Malheureusement pas encore."),
        ("id", "Bisa kirim ke luar negeri?", "Bisa, ke seluruh dunia.", "Maaf, belum bisa."),
        ("hi", "क्या सदस्यता मुफ़्त है?", "हाँ, सदस्यता मुफ़्त है।", "नहीं, सदस्यता शुल्क 200 रुपये है।"),
        ("ar", "هل الدخول مجاني؟", "نعم، الدخول مجاني.", "لا، سعر التذكرة 20 ريالا."),
    ],
)
def test_yes_and_no_are_held_against_the_entry_in_every_language(language, question, false, true):
    assert ground(false, OTHERS[language], question, language).is_withheld
    assert ground(true, OTHERS[language], question, language).text == true


def test_one_word_more_is_another_question():
    """That COD is possible does not mean that it is in Java."""
    assert ground("No, COD is in Old Town only.", ENGLISH, "Can I pay COD in Java?", "en").text


def test_a_yes_goes_with_the_sentence_after_it():
    told = [passage(1, "We are open from 9:00 to 17:00 on Monday.", "en", ChunkKind.TEXT)]
    assert ground("Yes. We are open on Monday from 9:00.", told, "Open on Monday?", "en").text.startswith("Yes. We")
    assert ground("Yes. We close at 22:00. Monday is from 9:00 to 17:00.", told, "Open on Monday?", "en").text == (
        "Monday is from 9:00 to 17:00."
    )


def test_the_name_of_a_passage_is_a_mark():
    grounded = ground("According to passage 2, all our teas are certified organic.", ENGLISH, HALAL, "en")
    assert (grounded.text, grounded.cited) == ("All our teas are certified organic.", (1,))


def test_half_past_in_the_morning_is_no_evening():
    told = [passage(1, "Toko buka pukul 09.00–20.00.", "id", ChunkKind.TEXT)]
    assert ground("Toko buka pukul 9 pagi sampai 8 malam.", told, "jam buka?", "id").text
    assert ground("Toko buka pukul 9 malam.", told, "jam buka?", "id").is_withheld
