"""The line above a quote that names others than what was asked for."""

from __future__ import annotations

import pytest

from balas.rag.quoting.extractive import Extract
from balas.rag.quoting.quotes import quotes, sources_of
from balas.rag.quoting.unnamed import unnamed, with_unnamed
from balas.values import ChunkKind, Passage

PANELS = "Item: Panel; Spec: 200W; Price: 98\nItem: Panel; Spec: 350W; Price: 155"
FEES = "City: Ibadan; Fee: 7,000\nCity: Abuja; Fee: 12,000"
PHONE = "Model: Spark 20; Colour: Black, Gold; Price: 165"
WEIGHTS = "Usługa: Sterylizacja suki do 15 kg; Cena: 750 zł\nUsługa: Sterylizacja suki powyżej 15 kg; Cena: 950 zł"
HALF = "- Students: half, with a card.\n- Over 65: free."
HOURS = "Montag bis Freitag 10–18 Uhr, Samstag 10–14 Uhr."
WAYS = "We accept cash, debit cards, transfer."
CAKE = "Item: Carrot cake with chocolate (whole); Price: 48"
FLATS = "Cada apartamento de 2 quartos tem uma vaga; os de 3 quartos têm duas."
DATES = "Assembleia em 9 de dezembro, aprovada em 28 de outubro."
INSURERS = "Bảo lãnh viện phí: Bảo Việt, PVI."
PARCELS = "Service: Parcel 0-5 kg; Price: 150\nService: Parcel 5-15 kg; Price: 240"
TEA = "商品: 龙井; 规格: 50克/罐; 售价: ¥128\n商品: 龙井; 规格: 250克/袋; 售价: ¥560"
POOL = "Tarif: Erwachsene; Eintritt 2 Stunden: 4,80 €\nTarif: Kinder; Eintritt 2 Stunden: 2,70 €"
LENT = "Artikel: Schwimmbrille; Leihgebühr: 2 €\nArtikel: Bademantel; Leihgebühr: 5 €; Sauna: geschlossen"
CLASS = "L’atelier d’anglais du vendredi coûte 12 € par mois."
TYRES = "Сезонное хранение шин: 3500 рублей за комплект, с дисками — 4200 рублей."
ON_BOARD = "Otobüste Wi-Fi, su ve çay ücretsizdir."


def passage(text: str, language: str, kind: ChunkKind, number: int = 1) -> Passage:
    return Passage(number, number, "Info", "", None, text, 0, 1.0, 0.9, 0.5, 0.5, language=language, kind=kind)


def quoted(text: str, language: str) -> tuple[Extract, Passage]:
    kind = ChunkKind.TABLE if text.count(": ") > text.count("- ") and ";" in text else ChunkKind.TEXT
    found = passage(text, language, kind)
    return Extract(text, sources_of(quotes(found)), 1, 1, 1, 1, 1), found


@pytest.mark.parametrize(
    ("question", "language", "text", "word"),
    [
        ("250w panel price", "en", PANELS, "250w"),
        ("350 w panel price", "en", PANELS, ""),
        ("cat 25 kilo brp", "id", "Barang: Cat tembok 25 kg; Harga: 615000", ""),
        ("do you deliver to Kano", "en", FEES, "Kano"),
        ("deliver to abuja how much", "en", FEES, ""),
        ("delivry to ibadn", "en", FEES, ""),  # mistyped
        ("spark 20 dey for red?", "en", PHONE, "red"),
        ("spark 20 black", "en", PHONE, ""),
        ("suka 22 kg cena", "pl", WEIGHTS, ""),  # limits hold it
        ("do professors pay half?", "en", HALF, "professors"),
        ("do students pay half?", "en", HALF, ""),
        ("habt ihr sonntag offen", "de", HOURS, "sonntag"),
        ("habt ihr samstag offen", "de", HOURS, ""),
        ("bảo hiểm Manulife được không", "vi", INSURERS, "Manulife"),
        ("bảo hiểm PVI được không", "vi", INSURERS, ""),
        ("quantas vagas tem o ap de 1 quarto", "pt", FLATS, "1 quarto"),
        ("quantas vagas tem o ap de 3 quartos", "pt", FLATS, ""),
        ("tem assembleia dia 20 de novembro", "pt", DATES, ""),
        ("meu filho de 14 anos entra?", "pt", "Crianças de 5 anos pagam meia, maiores de 16 anos entram.", ""),
        ("do you take bitcoins", "en", WAYS, "bitcoins"),
        ("do you take cash", "en", WAYS, ""),
        ("when do you take bitcoins", "en", WAYS, ""),  # whether they are taken is not asked
        ("how much is a chocolate eclair", "en", CAKE, "eclair"),
        ("how much is the chocolate and carrot cake", "en", CAKE, ""),
        ("what is in the chocolate eclair", "en", CAKE, ""),
        ("cheapest panel of 250w", "en", PANELS, ""),  # compared, not looked up
        ("quanto custa o painel de 250w", "pt", PANELS, "250w"),  # a figure is the same in every language
        ("preço para professores", "pt", FEES, ""),  # a word is not
        ("10 kg parcel how much", "en", PARCELS, ""),  # within one of them
        ("50 kg parcel how much", "en", PARCELS, "50 kg"),
        ("龙井100克多少钱", "zh", TEA, "100克"),
        ("龙井250克多少钱", "zh", TEA, ""),
        ("2 Std Eintritt Preis", "de", POOL, ""),
        ("Leihgebühr Schwimmflossen", "de", LENT, "Schwimmflossen"),
        ("l'atelier d'espagnol coûte combien", "fr", CLASS, "espagnol"),
        ("l'atelier d'anglais coûte combien", "fr", CLASS, ""),
        ("сколько стоит хранение резины с дисками", "ru", TYRES, ""),  # in another word than the document's
        ("otobüste priz var mı", "tr", ON_BOARD, "priz"),
        ("otobüste su var mı", "tr", ON_BOARD, ""),
    ],
)
def test_what_the_quote_does_not_name_is_told(question, language, text, word):
    extract, found = quoted(text, {PANELS: "en", FEES: "en"}.get(text, language))
    assert unnamed(extract, question, language, [found], lambda: [found]) == word


@pytest.mark.parametrize("text", ["Open on weekdays and weekends, but Friday we close early.", "Daily. Friday 9-12."])
def test_a_day_is_named_by_what_holds_it(text):
    extract, found = quoted(text, "en")
    assert unnamed(extract, "open on sunday?", "en", [found], lambda: [found]) == ""


def test_a_word_that_stands_elsewhere_is_no_word_that_stands_nowhere():
    extract, found = quoted(FEES, "en")
    elsewhere = passage("Our branch in Kano opens in May.", "en", ChunkKind.TEXT, 2)
    assert unnamed(extract, "deliver to kano", "en", [found], lambda: [found, elsewhere]) == ""


def test_a_sentence_that_has_nothing_of_the_question_but_its_day_is_headed_by_the_rest():
    extract, found = quoted("Portes ouvertes le samedi 30 janvier de 9 h 30 à 12 h.", "fr")
    fees = passage("Garderie du soir: 2,20 €", "fr", ChunkKind.TEXT, 2)
    assert unnamed(extract, "garderie le samedi ?", "fr", [found, fees], lambda: [found, fees]) == "garderie"
    assert unnamed(extract, "portes ouvertes samedi ?", "fr", [found, fees], lambda: [found, fees]) == ""
    assert unnamed(extract, "crèche le samedi ?", "fr", [found], lambda: [found]) == ""  # in other words, perhaps


def test_the_line_stands_above_the_quote_in_the_language_of_the_question():
    extract, found = quoted(HOURS, "de")
    told = with_unnamed(extract, "habt ihr Sonntag offen", "de", [found], lambda: [found])
    assert told.text.splitlines() == ["„sonntag“ wird hier nicht genannt. In den Dokumenten steht:", HOURS]
    assert told.sources == extract.sources
