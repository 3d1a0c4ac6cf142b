from __future__ import annotations

import time
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from balas.rag.words.sentences import sentence_spans, split_sentences


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Buka jam 8. Tutup jam 9.", ["Buka jam 8.", "Tutup jam 9."]),
        ("Harga Rp 85.000 per bungkus. Ongkir Rp. 9.000.", ["Harga Rp 85.000 per bungkus.", "Ongkir Rp. 9.000."]),
        (
            "Vom 23. Dezember bis zum 6. Januar zu. Ab 7. Uhrzeit wie immer.",
            [
                "Vom 23. Dezember bis zum 6. Januar zu.",
                "Ab 7.",
                "Uhrzeit wie immer.",
            ],
        ),
        ("Buka 08.00–21.00. Minggu tutup.", ["Buka 08.00–21.00.", "Minggu tutup."]),
        ("Jl. Braga No. 12, Bandung. Telp. 022-123.", ["Jl. Braga No. 12, Bandung.", "Telp. 022-123."]),
        ("Hubungi dr. Budi atau Ibu Ani. Terima kasih.", ["Hubungi dr. Budi atau Ibu Ani.", "Terima kasih."]),
        ("Ada kopi, teh, dll. Semua halal.", ["Ada kopi, teh, dll.", "Semua halal."]),
        (
            "Lihat https://toko.id/a.b?c=d. Atau www.toko.id. Oke?",
            ["Lihat https://toko.id/a.b?c=d.", "Atau www.toko.id.", "Oke?"],
        ),
        ("1. Buka aplikasi. 2. Tekan beli.", ["1. Buka aplikasi.", "2. Tekan beli."]),
        ("Caranya: 1. Buka. 2. Beli.", ["Caranya: 1. Buka.", "2. Beli."]),
        ("- satu\n- dua\n\ntiga", ["- satu", "- dua", "tiga"]),
        ("bisa cod? ongkir berapa! ok", ["bisa cod?", "ongkir berapa!", "ok"]),
        ("Benar?! Ya... mungkin. Baik.", ["Benar?!", "Ya... mungkin.", "Baik."]),
        ('Katanya "Bisa." Lalu pergi.', ['Katanya "Bisa."', "Lalu pergi."]),
        ("Dr. J. K. Smith paid $3.50. He left.", ["Dr. J. K. Smith paid $3.50.", "He left."]),
        ("Version 2.0 is out, e.g. today. See p. 4.", ["Version 2.0 is out, e.g. today.", "See p. 4."]),
        ("El Sr. Núñez llegó. ¿Vale? ¡Sí!", ["El Sr. Núñez llegó.", "¿Vale?", "¡Sí!"]),
        ("本店八点开门。九点关门！可以吗？好", ["本店八点开门。", "九点关门！", "可以吗？", "好"]),
        ("彼は「はい。」と言った。終わり", ["彼は「はい。」", "と言った。", "終わり"]),
        ("दुकान आठ बजे खुलती है। नौ बजे बंद होती है।", ["दुकान आठ बजे खुलती है।", "नौ बजे बंद होती है।"]),
        ("هل التوصيل مجاني؟ نعم. شكرا", ["هل التوصيل مجاني؟", "نعم.", "شكرا"]),
        ("آپ کیسے ہیں؟ میں ٹھیک ہوں۔ شکریہ", ["آپ کیسے ہیں؟", "میں ٹھیک ہوں۔", "شکریہ"]),
        ("Dt. Elif Kaya salı gelir. Uzm. Dt. Can cuma.", ["Dt. Elif Kaya salı gelir.", "Uzm. Dt. Can cuma."]),
        ("Lê Văn Việt, TP. Thủ Đức. Có chỗ để xe.", ["Lê Văn Việt, TP. Thủ Đức.", "Có chỗ để xe."]),
        ("Мы на ул. Героев. Звоните им. Ждём.", ["Мы на ул. Героев.", "Звоните им.", "Ждём."]),
        ("Мира, мкр. Северный. Вход со двора.", ["Мира, мкр. Северный.", "Вход со двора."]),
        ("Take it. Go home. At 5 p.m. We close.", ["Take it.", "Go home.", "At 5 p.m.", "We close."]),
        ("Até aí. Sí. No. Es así.", ["Até aí.", "Sí.", "No. Es así."]),
        ("It is 50 Hz. All have TV. Open till 5 pm. Bye.", ["It is 50 Hz.", "All have TV.", "Open till 5 pm.", "Bye."]),
        ("  \n ", []),
        ("", []),
    ],
)
def test_sentences(text: str, expected: list[str]) -> None:
    assert split_sentences(text) == expected


def test_thai_is_cut_at_blanks_between_thai_letters_only() -> None:
    text = "ร้านเปิดทุกวันตั้งแต่แปดโมงเช้าถึงสามทุ่มครับ ราคากาแฟถุงละ 250 บาท ส่งฟรีทั่วประเทศเมื่อซื้อครบ 500 บาท"
    assert split_sentences(text) == [
        "ร้านเปิดทุกวันตั้งแต่แปดโมงเช้าถึงสามทุ่มครับ",
        "ราคากาแฟถุงละ 250 บาท ส่งฟรีทั่วประเทศเมื่อซื้อครบ 500 บาท",
    ]


@settings(max_examples=200, deadline=None)
@given(st.text(st.sampled_from("aB .?!。।\n\"'1ไ字"), max_size=200))
def test_spans_are_in_order_and_hold_every_letter(text: str) -> None:
    spans = list(sentence_spans(text))
    assert all(start < end for start, end in spans)
    assert all(before[1] <= after[0] for before, after in pairwise(spans))
    assert "".join("".join(text[start:end].split()) for start, end in spans) == "".join(text.split())


@pytest.mark.parametrize(
    "text", ["a" * 300_000, ". " * 150_000, "." * 300_000, "a. " * 100_000, "ไ " * 150_000, "\n" * 300_000]
)
def test_no_text_takes_long(text: str) -> None:
    started = time.process_time()
    split_sentences(text)
    assert time.process_time() - started < 5
