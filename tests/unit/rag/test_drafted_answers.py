"""Mistakes that models make in drafts, and true sentences in words and spellings of their own."""

from __future__ import annotations

import pytest

from balas.rag.grounding import ground
from balas.rag.words.figures import figures
from balas.values import ChunkKind, Passage

BOATS = (
    "Boat: Single kayak; Half day (4 hours): £32; Full day: £48\n"
    "Boat: Double kayak; Half day (4 hours): £50; Full day: £75"
)
EXTRAS = "Life jackets and paddles are included. Wetsuits cost £6 a day extra. The deposit is £60."
HOURS = "April and May: Thursday to Monday, 10 am to 5 pm. June, July and August: every day, 9 am to 7 pm."
RULES = "- Dogs are welcome in double kayaks but not on paddle boards.\n- We do not wash cats."
COURSES = (
    "The beginners' course is on Saturdays with Megan Pryce and costs £45. The rescue course is on Sundays with Owen "
    "Hale and costs £70. Evening courses are held only in Leith. Our office in Fife is closed on 24 December. Tents "
    "are for 4 persons and have 6 pegs."
)


def passage(number: int, text: str, language: str = "en", kind: ChunkKind = ChunkKind.TEXT) -> Passage:
    return Passage(number, number, "Kayak centre", "", 1, text, 0, 4.0, 0.9, 0.5, 0.5, kind, language=language)


ENGLISH = [
    passage(1, BOATS, kind=ChunkKind.TABLE),
    *(passage(number, text) for number, text in enumerate((EXTRAS, HOURS, RULES, COURSES), 2)),
]


@pytest.mark.parametrize(
    "draft",
    [
        "A double kayak is £75 for half a day.",  # another column
        "A single kayak is £50 for half a day.",  # another row
        "Wetsuits are included in the price.",
        "Wetsuits are free of charge.",
        "In May we are open every day.",
        "In May we open from 9 am to 7 pm.",  # another month's
        "The rescue course is on Saturdays.",
        "Owen Hale teaches the beginners' course.",
        "Ask for Megan Hale.",
        "Yes, you can bring your dog on a paddle board.",
        "Yes, we wash cats on Mondays.",
        "Evening courses are held in Fife.",
        "Tents are for 6 persons.",
        "There is a discount of 10 % on tents.",
    ],
)
def test_what_models_mistake_is_not_sent(draft):
    grounded = ground(draft, ENGLISH, "?", "en")
    assert grounded.is_withheld, grounded


@pytest.mark.parametrize(
    "draft",
    [
        "Life jackets and paddles come with it at no extra cost.",
        "Two double kayaks for half a day are 2 × £50 = £100.",
        "The deposit is £60, and two of them are £120 together: 2 × £60 = £120.",
        "In June, July and August we are open daily, from nine in the morning until seven in the evening.",
        "Yes, we are closed on 24.12.",
        "No, not on a paddle board.",
        "The rescue course is on Sundays with Owen Hale.",
        "Dogs are fine in double kayaks, but not on paddle boards.",
    ],
)
def test_what_is_true_in_other_words_is_sent(draft):
    grounded = ground(draft, ENGLISH, "?", "en")
    assert grounded.text == draft, grounded


OTHERS = """
sw
Kozi ya pikipiki ni KSh 8,000. Jumapili tumefunga.
Hapana, Jumapili tumefunga.
Kozi ni dola 8,000.

sw
Tunapokea M-Pesa na benki, hatupokei pesa taslimu.
Hatupokei pesa taslimu.
Hatupokei M-Pesa.

es
Las clases que anula el profesor se recuperan.
Si anula el profesor, la clase se recupera.
Las clases que anula el profesor no se recuperan.

es
La clase de prueba es gratis, excepto la de piano, que cuesta 10 €.
La clase de prueba de piano cuesta 10 €.
Sí, la clase de prueba de piano es gratis.

fr
Ouvert tous les jours sauf le lundi, de 10 h à 19 h.
Ouvert tous les jours de 10 h à 19 h, mais pas le lundi.
Ouvert le lundi de 10 h à 19 h.

tr
Öğrencilere hafta içi %20 indirim yapılır, hafta sonu indirim yoktur.
Hafta sonu indirim yok.
Hafta sonu öğrencilere indirim var.

ru
Можно в зал «Лофт», в «Белый» нельзя. Парковка только для двух машин.
Парковка не больше двух машин.
В зал «Лофт» нельзя.

hi
ऑनलाइन क्लास केवल एसएससी के लिए है। गणित की क्लास शाम 4 से 6 बजे है।
गणित की क्लास शाम 6 बजे तक है।
हाँ, गणित की क्लास ऑनलाइन है।

ja
水曜日は定休日です。集配は3,000円以上で無料です。
申し訳ございません、水曜日は定休日です。
集配はいつでも無料です。

de
Kursleiterin ist Jana Wolter. Am 24. und 31. Dezember geschlossen.
Am 31.12. ist geschlossen.
Kursleiterin ist Jana Walter.
"""  # a language, a document, what is true and what is false


@pytest.mark.parametrize("row", [row.splitlines() for row in OTHERS.strip().split("\n\n")])
def test_other_languages_are_weighed_alike(row):
    language, text, true, false = row
    told = [passage(1, text, language)]
    assert ground(true, told, "?", language).text == true
    assert ground(false, told, "?", language).is_withheld


@pytest.mark.parametrize(
    ("text", "language", "minutes"),
    [
        ("from nine in the morning until 7 pm", "en", [540, 1140]),
        ("शाम 4 से 6 बजे", "hi", [960, 1080]),
        ("午前9時から午後6時まで", "ja", [540, 1080]),
        ("saa 2 asubuhi hadi saa sita mchana", "sw", [480, 720]),
        ("من الواحدة ظهرا حتى الثانية ليلا", "ar", [780, 120]),
        ("de tres y media de la tarde a 21:00", "es", [930, 1260]),
        ("2 giờ chiều, sau 2 giờ", "vi", [840]),
    ],
)
def test_times_are_read_as_people_say_them(text, language, minutes):
    assert [one.minutes for one in figures(text, language) if one.minutes is not None] == minutes


def test_a_capital_that_only_begins_a_sentence_is_no_name():
    told = [passage(1, "Die Grundgebühr beträgt 350 €; das Lehrmaterial ist enthalten.", "de")]
    assert ground("Das Lehrmaterial ist inklusive.", told, "?", "de").text
