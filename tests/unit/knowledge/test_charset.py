from __future__ import annotations

import pytest

from balas.errors import DocumentRejected
from balas.knowledge.readers.charset import decode

INDONESIAN = "Toko kami buka setiap hari mulai pukul 08.00 – 21.00. Harga kopi “Gayo” Rp 85.000 per bungkus."
SPANISH = "¿Cuánto cuesta el envío? El envío está incluido. Mañana abrimos más temprano, señor Núñez."
FRENCH = "Le café est ouvert à partir de huit heures. Où êtes-vous situés ? Près de l’église."
GERMAN = "Größe und Gewicht: Die Öffnungszeiten ändern sich über Weihnachten. Grüße aus München!"
RUSSIAN = "Мы работаем каждый день с девяти утра до восьми вечера. Доставка бесплатная, цена кофе указана ниже."
POLISH = "Sklep jest otwarty codziennie od ósmej do dwudziestej. Zażółć gęślą jaźń, proszę bardzo, dziękujemy."
TURKISH = "Mağazamız her gün sabah sekizden akşam dokuza kadar açıktır. Şehir içi teslimat ücretsizdir, teşekkürler."
THAI = "ร้านเปิดทุกวันตั้งแต่แปดโมงเช้าถึงสามทุ่ม ราคากาแฟหนึ่งถุง 250 บาท ส่งฟรีทั่วประเทศเมื่อซื้อครบ 500 บาท"
ARABIC = "المتجر مفتوح كل يوم من الساعة الثامنة صباحا حتى التاسعة مساء. التوصيل مجاني داخل المدينة."
CHINESE = "本店每天早上八点开门，晚上九点关门。咖啡豆每包二百五十克，价格八十五元，市内免费送货。"
JAPANESE = "当店は毎日朝八時から夜九時まで営業しています。コーヒー豆は一袋二百五十グラムです。"


@pytest.mark.parametrize("text", [INDONESIAN, SPANISH, RUSSIAN, THAI, ARABIC, CHINESE, JAPANESE])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32"])
def test_unicode_with_and_without_mark(text: str, encoding: str) -> None:
    assert decode(text.encode(encoding)) == text


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        (INDONESIAN, "cp1252"),
        (SPANISH, "cp1252"),
        (SPANISH, "latin-1"),
        (FRENCH, "cp1252"),
        (GERMAN, "cp1252"),
        ("Café\n", "cp1252"),
        ("Jam buka: 08.00 – 21.00\n", "cp1252"),
        (POLISH, "cp1250"),
        (TURKISH, "cp1254"),
        (RUSSIAN, "cp1251"),
        (THAI, "cp874"),
        (ARABIC, "cp1256"),
        (CHINESE, "gb18030"),
        (CHINESE, "gbk"),
        (JAPANESE, "shift_jis"),
        (JAPANESE, "euc_jp"),
    ],
)
def test_encodings_of_before(text: str, encoding: str) -> None:
    assert decode(text.encode(encoding)) == text


def test_one_foreign_letter_late_in_a_large_file() -> None:
    text = "plain line of a long file\n" * 20_000 + "Señor Núñez paga mañana\n"
    assert decode(text.encode("cp1252")) == text


def test_a_page_says_its_encoding() -> None:
    page = '<html><head><meta charset="windows-1251"></head><body>Цена</body></html>'
    assert decode(page.encode("cp1251")) == page


@pytest.mark.parametrize(
    "content",
    [
        b"\x00\x01\x02\x03" * 50,
        bytes(range(128, 256)) * 3,
        "Halo dunia".encode("utf-16-le")[:-1] + b"\x00\x00\xd8",
        b"\xef\xbb\xbfcaf\xe9",
    ],
)
def test_what_can_not_be_decoded_is_refused_not_guessed(content: bytes) -> None:
    with pytest.raises(DocumentRejected, match="UTF-8"):
        decode(content)
