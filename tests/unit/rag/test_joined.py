"""One sentence that asks two things is two questions; one that only joins words is not."""

from __future__ import annotations

import pytest

from balas.rag.joined import parted
from balas.rag.question import Question, asked, questions
from balas.rag.words import cues

TWO = [
    ("What are your opening hours and do you deliver?", ["What are your opening hours?", "do you deliver?"]),
    ("Where are you and what time do you open?", ["Where are you?", "what time do you open?"]),
    ("jam buka berapa dan dimana alamatnya", ["jam buka berapa?", "dimana alamatnya"]),
    ("berapa harga kopi gayo terus bisa cod ga", ["berapa harga kopi gayo?", "bisa cod ga"]),
    (
        "kl udah dibuka bs diretur ga sama ongkir ke jakarta brp",
        ["kl udah dibuka bs diretur ga?", "ongkir ke jakarta brp"],
    ),
    ("¿A qué hora abren y cuánto cuesta el envío?", ["¿A qué hora abren?", "cuánto cuesta el envío?"]),
    ("Quanto custa o café e vocês entregam?", ["Quanto custa o café?", "vocês entregam?"]),
    ("Wann öffnen Sie und was kostet der Versand?", ["Wann öffnen Sie?", "was kostet der Versand?"]),
    ("Fiyatı ne kadar ve kargo ücretsiz mi?", ["Fiyatı ne kadar?", "kargo ücretsiz mi?"]),
    ("दाम कितना है और कब खुलते हैं?", ["दाम कितना है?", "कब खुलते हैं?"]),
    ("متى تفتحون وهل يوجد توصيل؟", ["متى تفتحون?", "هل يوجد توصيل؟"]),
    ("Сколько стоит доставка и до скольки вы работаете?", ["Сколько стоит доставка?", "до скольки вы работаете?"]),
    ("Giá bao nhiêu và có giao hàng không?", ["Giá bao nhiêu?", "có giao hàng không?"]),
    ("Magkano ang kape at saan kayo?", ["Magkano ang kape?", "saan kayo?"]),
    ("¿Cuánto cuesta el café y aceptan devoluciones?", ["¿Cuánto cuesta el café?", "aceptan devoluciones?"]),
    ("que horas abre e entregam em casa?", ["que horas abre?", "entregam em casa?"]),
    ("Combien coûte le café et acceptez-vous les cartes ?", ["Combien coûte le café?", "acceptez-vous les cartes ?"]),
    ("wann öffnet ihr und gibts parkplätze?", ["wann öffnet ihr?", "gibts parkplätze?"]),
    ("quanto costa il caffè e accettate la carta?", ["quanto costa il caffè?", "accettate la carta?"]),
    ("hoeveel kost het en accepteren jullie pin?", ["hoeveel kost het?", "accepteren jullie pin?"]),
    ("jam berapa buka dan menerima kartu?", ["jam berapa buka?", "menerima kartu?"]),
    ("сколько стоит кофе и принимаете карты?", ["сколько стоит кофе?", "принимаете карты?"]),
    ("بكم القهوة وتقبلون البطاقة؟", ["بكم القهوة?", "تقبلون البطاقة؟"]),
    ("कॉफी कितने की है और कार्ड लेते हैं?", ["कॉफी कितने की है?", "कार्ड लेते हैं?"]),
    ("how much is a haircut and you take cards?", ["how much is a haircut?", "you take cards?"]),
    (
        "cuanto cuesta el auditorio y para cuantas personas es",
        ["cuanto cuesta el auditorio?", "para cuantas personas es"],
    ),
    ("how much is the hall and for how many people is it?", ["how much is the hall?", "for how many people is it?"]),
    ("the cheapest cake and the cheapest tea", ["the cheapest cake?", "the cheapest tea?"]),
    ("kue termurah dan teh termurah?", ["kue termurah?", "teh termurah?"]),
    ("¿cuál es la tarta más barata y el té más caro?", ["¿cuál es la tarta más barata?", "el té más caro?"]),
    ("qual a camiseta mais barata e a bolsa mais cara?", ["qual a camiseta mais barata?", "a bolsa mais cara?"]),
    ("ما هي ارخص كعكة وارخص شاي", ["ما هي ارخص كعكة?", "ارخص شاي?"]),
    ("the cheapest and the dearest cake", ["the cheapest cake?", "the dearest cake?"]),
]
ONE = [
    "do you sell tea and coffee?",
    "berapa harga kopi dan teh?",
    "kopi dan teh ada?",
    "ada kopi arabika dan robusta ga?",
    "apakah suami dan istri boleh satu kamar?",
    "apakah anak dan orang tua bisa ikut?",
    "ada ukuran S dan M berapa harganya?",
    "bisa dikirim ke Bali dan Lombok berapa lama?",
    "jam buka hari senin dan selasa berapa?",
    "is it open on saturday and sunday?",
    "what and when do you sell?",
    "Which city is the capital and is located on the river?",
    "Can you tell me how and when I pay?",
    "the link between trade, capitalism, and what?",
    "की पहली शाखा ने यूरोप में कैसे और कब प्रवेश किया?",
    "what time are you at home?",
    "vocês vendem e alugam carros?",
    "venden y reparan bicicletas?",
    "vous vendez et réparez des vélos ?",
    "cuánto cuestan el café y el té?",
    "शनिवार और रविवार को खुला है क्या",
    "वहाँ चाय और कॉफी मिलती है?",
    "and",
]


@pytest.mark.parametrize(("sentence", "found"), TWO)
def test_two_questions_in_one_sentence(sentence, found):
    assert questions([sentence]) == found


@pytest.mark.parametrize("sentence", ONE)
def test_one_question_stays_whole(sentence):
    assert parted(sentence) == [sentence]


def test_three_questions_in_one_sentence():
    sentence = "how much is a haircut and do you take cards and where can I park?"
    assert parted(sentence) == ["how much is a haircut?", "do you take cards?", "where can I park?"]


def test_the_second_question_is_searched_with_what_it_leaves_unsaid():
    first, second = asked(Question(("Do you deliver to Medan and how much is it?",)))
    assert first.search == "Do you deliver to Medan?"
    assert "medan" in second.search
    assert "deliver" in second.search


def test_no_joining_word_of_one_language_cuts_another():
    """ "ve" is "and" in Turkish."""
    assert cues.languages_of("also", "ve") == {"tr"}
    assert parted("what is ve and what is it for?") == ["what is ve?", "what is it for?"]
    assert parted("how much is the ve room at what is now the hotel?") == [
        "how much is the ve room at what is now the hotel?"
    ]
