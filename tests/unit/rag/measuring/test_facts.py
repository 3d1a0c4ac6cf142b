"""Sentences of two versions of a small document, compared: what is a loss and what is other words for the same."""

from __future__ import annotations

import pytest

from balas.rag.measuring.facts import CHANGED, GONE, losses
from balas.values import Passage

LOST = [
    ("en", "We deliver within 20 km for $25.", "We deliver within 20 km for $52."),
    ("en", "Refunds are paid to the card you used.", "Refunds are never paid to the card you used."),
    ("en", "Ask for Margaret at the desk.", "Ask for Theodore at the desk."),
    ("en", "We close on public holidays and on Tuesday.", "We close on public holidays and on Thursday."),
    ("es", "El envío es gratis a partir de 30 €.", "El envío es gratis a partir de 300 €."),
    ("es", "No aceptamos animales en la terraza.", "Aceptamos animales en la terraza."),
    ("pt", "Entregamos no mesmo dia até as 15h.", "Entregamos no mesmo dia até as 18h."),
    ("id", "Garansi servis berlaku 30 hari.", "Garansi servis berlaku 3 hari."),
    ("id", "Kami tidak menerima titipan barang.", "Kami menerima titipan barang."),
    ("hi", "एक महीने का टिफिन 2,400 रुपये का है।", "एक महीने का टिफिन 4,200 रुपये का है।"),
    ("ar", "رسوم التوصيل 3 دنانير داخل المدينة.", "رسوم التوصيل 5 دنانير داخل المدينة."),
    ("fr", "Le code du portail est le 4471.", "Sonnez au portail."),
]
KEPT = [
    ("en", "We deliver within 20 km for $25.", "For $25 we deliver to any address within 20 km."),
    ("en", "Goods may be returned within 7 days.", "You can return goods within seven days."),
    ("en", "Please bring a friend along, it is fun.", "Come with a friend, it is more fun."),
    ("en", "Our doors open at 9 am.", "Our doors open at 9:00."),
    ("es", "El envío es gratis a partir de 30 €.", "A partir de 30 € el envío sale gratis."),
    ("es", "Las tartas se encargan con 48 horas.", "Encargue las tartas con 48 horas de antelación."),
    ("pt", "Trocas em até 7 dias com nota fiscal.", "Você pode fazer trocas em até 7 dias, com nota fiscal."),
    ("id", "Garansi servis berlaku 30 hari.", "Garansi untuk servis berlaku selama 30 hari."),
    ("id", "Ongkir ke Jakarta Rp 15.000 per kg.", "Ongkir ke Jakarta: Rp15rb per kg."),
    ("hi", "एक महीने का टिफिन 2,400 रुपये का है।", "एक महीने का टिफिन 2400 रुपये में है।"),
    ("fr", "Annulation gratuite jusqu'à 12 heures avant.", "Vous annulez gratuitement jusqu'à 12 heures avant."),
    ("ar", "رسوم التوصيل 3 دنانير داخل المدينة.", "داخل المدينة رسوم التوصيل 3 دنانير."),
]


def passages(text: str, language: str) -> list[Passage]:
    return [Passage(1, 1, "Shop", "Rules", None, text, 0, 0, 0, 0, 0, language=language)]


@pytest.mark.parametrize(("language", "before", "after"), LOST, ids=[row[1][:20] for row in LOST])
def test_what_can_be_wrong_is_told(language: str, before: str, after: str) -> None:
    found = losses(passages(before, language), passages(after, language))
    assert [loss.before for loss in found] == [before]
    assert found[0].reason in {CHANGED, GONE}


@pytest.mark.parametrize(("language", "before", "after"), KEPT, ids=[row[2][:20] for row in KEPT])
def test_other_words_are_no_loss(language: str, before: str, after: str) -> None:
    assert losses(passages(before, language), passages(after, language)) == []


def test_additions_are_no_loss() -> None:
    before, after = "Open from 9:00 to 17:00.", "Open from 9:00 to 17:00. Cards are taken from 10 euros."
    assert losses(passages(before, "en"), passages(after, "en")) == []


def test_the_same_with_another_figure_beside_it_is_told() -> None:
    before, after = "A bike costs 18 euros a day.", "A bike costs 18 euros a day. A bike costs 28 euros a day."
    (loss,) = losses(passages(before, "en"), passages(after, "en"))
    assert (loss.before, loss.after) == (before, "A bike costs 28 euros a day.")
