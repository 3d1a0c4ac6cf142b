"""Which questions cannot be understood without the picture that came along."""

from __future__ import annotations

import pytest

from balas.rag.question import Asked
from balas.rag.talk.pictures import are_about_picture


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("id", "ini masih ada kak?"), ("id", "harga?"), ("id", "yang ini ada warna hitam?"), ("id", "berapa harganya"),
        ("en", "how much is this"), ("en", "is this still available?"), ("en", "do you have it in blue?"),
        ("es", "¿cuánto cuesta esto?"), ("es", "¿esta blusa la tienen en rojo?"), ("pt", "quanto custa esse aqui?"),
        ("fr", "combien ça coûte ?"), ("de", "was kostet das?"), ("hi", "यह कितने का है?"), ("ar", "بكم هذا؟"),
        ("tr", "bu ne kadar?"), ("zh", "这个多少钱"), ("ja", "これはいくらですか"),
    ],
)  # fmt: skip
def test_what_points_at_a_picture(language: str, said: str) -> None:
    assert are_about_picture([Asked(said, said)], {language})


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("id", "jam buka berapa?"), ("id", "berapa harga kopi gayo?"), ("id", "bisa kirim ke Bandung hari ini?"),
        ("id", "saya sudah bayar, ini buktinya"), ("id", "ini bukti transfernya ya"),
        ("id", "promo ini masih berlaku?"),
        ("en", "are you open this sunday?"), ("en", "do you deliver?"), ("en", "do you repair these leather shoes?"),
        ("es", "¿la dirección?"), ("pt", "aceitam cartão?"), ("fr", "il y a une livraison ?"), ("de", "wo seid ihr?"),
    ],
)  # fmt: skip
def test_what_says_itself_what_it_is_about(language: str, said: str) -> None:
    assert not are_about_picture([Asked(said, said)], {language})


def test_one_question_that_stands_alone_is_enough_to_be_looked_up() -> None:
    parts = [Asked(said, said) for said in ("ini berapa?", "jam buka berapa?")]
    assert not are_about_picture(parts, {"id"})
