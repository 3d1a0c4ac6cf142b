"""What is quoted, and what is refused, of small documents: one case for each cause of a wrong answer."""

from __future__ import annotations

from dataclasses import replace

import pytest

from balas.rag.question import Asked
from balas.rag.quoting.extractive import Extractor
from balas.rag.quoting.word_shares import terms_of
from balas.rag.vectors.embedded_model import EmbeddedModel
from balas.rag.words import topics
from balas.rag.words.accents import restored
from balas.rag.words.answer_kinds import MONEY
from balas.rag.words.ranges import counted, within
from balas.rag.words.weekdays import weekdays
from balas.values import ChunkKind, Passage, Retrieval


@pytest.fixture(scope="module")
def embedder():
    return EmbeddedModel()


@pytest.fixture(scope="module")
def extracted(embedder):
    def found(question: str, *passages: Passage) -> str | None:
        extract = Extractor(embedder).extract(Asked(question, question), Retrieval(question, "en", passages, 0.9))
        return extract and extract.text

    return found


def passage(text: str, heading: str = "", kind: ChunkKind = ChunkKind.TEXT, number: int = 1) -> Passage:
    return Passage(number, 1, "Shop", heading, 1, text, number, 4.0, 0.9, 0.5, 0.5, kind)


def test_a_sentence_speaks_of_the_topics_of_its_heading_too(extracted):
    breakfast = passage("الأطفال دون السادسة مجاناً. للشخص 65 ريالاً.", "الإفطار")
    internet = passage("الواي فاي مجاني في جميع أنحاء الفندق.", "الإنترنت", number=2)
    assert extracted("الفطور مجاني؟", breakfast, internet).startswith("الأطفال دون السادسة مجاناً.")


@pytest.mark.parametrize(
    "text",
    [
        "habersiz 400 TL", "Sh 2,000", "KES 300", "Sh2,000", "65 ريالاً", "RM 12", "RM12.50", "50 AED", "20 zł",
        "300 kr", "CHF 40", "₦5,000", "5,000 naira", "R1,200", "R 450.00", "150 rand", "500 руб.", "Rp15.000", "15rb",
        "¥500", "500円", "500元", "5만원", "$5", "Fiyat (TL): 18000", "Bei (Sh): 4500", "Легковой, руб.: 1800",
        "السعر (ريال): 420", "Home fee per year (£): 7200",
    ],
)  # fmt: skip
def test_money_is_known_by_any_currency_and_by_its_column(text):
    assert MONEY.search(text)


@pytest.mark.parametrize(
    "text", ["R17, 50 min", "this brand is new", "Seans: 2", "5 shirts", "3 kroons", "A4 250 g", "9am", "2 metres"]
)
def test_other_numbers_are_no_money(text):
    assert not MONEY.search(text)


def test_a_word_typed_without_its_accents_is_the_same_word():
    assert {"hours"} in topics.heard("pazar acik misiniz").topics
    assert weekdays("carsamba gunu") == {2}
    assert weekdays("chu nhat co lam viec ko") == {6}


@pytest.mark.parametrize(
    ("typed", "searched"),
    [
        ("hoc phi bao nhieu", "học phí bao nhiêu"),
        ("hoc phi dong o dau", "học phí đóng ở đâu"),  # "đồ" and "đầu" are other words
        ("bao luu may thang", "bao lưu may tháng"),
        ("do you have a class today", "do you have a class today"),
        ("học phí", "học phí"),
    ],
)
def test_vietnamese_without_tones_gets_those_of_the_documents(typed, searched):
    fees = passage("Học phí đóng một lần, đồ uống miễn phí. Được bảo lưu tối đa 6 tháng.")
    assert restored(typed, [replace(fees, language="vi")]) == searched
    assert restored(typed, [replace(fees, language="en")]) == typed


@pytest.mark.parametrize(
    ("text", "asked", "met"),
    [
        ("Within weeks 3 to 5: 60%", "refund in week 4", 1),
        ("After week 10: no refund", "refund in week 4", -1),
        ("Within weeks 1 and 2: 90%", "refund in week 4", -1),
        ("Thiếu nhi (6–10 tuổi)", "bé 8 tuổi học lớp nào", 1),
        ("Thiếu niên (11–15 tuổi)", "bé 8 tuổi học lớp nào", -1),
        ("6 weeks or 10 weeks", "refund in week 4", 0),
        ("14 h – 18 h", "ouvert le 14 juillet ?", 0),
        ("open 8:00–20:00", "how much for 12 people", 0),
        ("Parcel 5-15 kg", "to send 10 kg", 1),
        ("Parcel 0-5 kg", "to send 10 kg", -1),
        ("Kinder 6–15 Jahre", "طفل عمره 10 سنوات", 1),  # in another language
        ("Kinder unter 6 Jahren", "طفل عمره 10 سنوات", -1),
        ("Quotient familial: de 1 201 à 2 000; Prix: 240 €", "avec un QF de 1500", 1),  # by the initials of the column
        ("Quotient familial: moins de 600; Prix: 110 €", "quotient 900", -1),
        ("Personas: 100 o más; Precio: $130", "para 15 personas", -1),
        ("50 杯以上打 8.5 折", "订60杯有优惠吗", 1),
        ("3 公里内免费", "6公里", -1),
        ("Senioren ab 60 Jahre", "mit 64 Jahren", 1),
    ],
)
def test_a_number_asked_for_is_within_a_range_or_outside_of_it(text, asked, met):
    assert within(text, counted(asked)) == met


def test_a_row_whose_range_leaves_the_number_out_is_not_shown(extracted):
    rows = passage(
        "Form received: Within weeks 3 to 5; Refund: 60%\nForm received: After week 10; Refund: no refund",
        kind=ChunkKind.TABLE,
    )
    assert extracted("refund if I withdraw in week 4", rows) == "Form received: Within weeks 3 to 5\nRefund: 60%"
    late = passage("Form received: After week 10; Refund: no refund", kind=ChunkKind.TABLE)
    assert extracted("refund if I withdraw in week 4", late) is None
    bands = passage("Guests: 30 to 49; Price: 165\nGuests: 50 to 99; Price: 145", kind=ChunkKind.TABLE)
    assert (extracted("price for 15 guests", bands) or "").count("\n") == 1  # together they tell what there is


def test_of_a_timetable_in_another_language_the_day_asked_for_is_shown(extracted):
    hours = {
        "Dienstag": "9:00–18:00",
        "Mittwoch": "9:00–18:00",
        "Samstag": "9:00–18:00",
        "Sonn- und Feiertag": "9:00–18:00",
    }
    days = passage("\n".join(f"Tag: {day}; Halle: {time} Uhr" for day, time in hours.items()), kind=ChunkKind.TABLE)
    assert extracted("هل المسبح مفتوح يوم الأحد؟", days) == "Tag: Sonn- und Feiertag\nHalle: 9:00–18:00 Uhr"


def test_a_list_whose_heading_alone_answers_is_told_whole(extracted):
    things = "- chaussons\n- une gourde\n- une boîte de mouchoirs\n- une photo d’identité\n- un sac marqué"
    bring = passage(things, "À apporter le premier jour")
    told = extracted("what do we have to bring on the first day", bring)
    assert told is not None
    assert set(told.splitlines()) == set(things.splitlines())


@pytest.mark.parametrize(
    ("asked", "text", "fits"),
    [
        ("шиномонтаж r22 цена", "Шиномонтаж R17: 3000", False),
        ("шиномонтаж р17 цена", "Шиномонтаж R17: 3000", True),
        ("lớp B2 học phí", "Giao tiếp B1: 5.200.000", False),
        ("500g gayo", "Gayo 500 g: Rp85.000", True),
        ("open at 4pm?", "Open till 18:00", True),
        ("t7 có mở cửa không", "Mở cửa thứ 7", True),
        ("nina mimba naweza kunywa ibuprofen?", "Ibuprofen 400 mg: Sh 1500", False),
        ("is yoga ok when pregnant", "Pregnant women may join yoga.", True),
        ("tanggal merah buka gak?", "Senin sampai Jumat pukul 06.00–22.00", False),
        ("tanggal merah buka gak?", "Hari libur nasional tutup.", True),
        ("open on public holidays?", "Closed on bank holidays.", True),
        ("ouvert le 14 juillet ?", "Jeudi: fermé; Vacances (juillet-août): 14 h – 18 h", False),
        ("ouvert le 14 juillet ?", "Fermé le 14 juillet.", True),
        ("ouvert le 14 juillet ?", "Ouvert tous les jours de 9 h à 18 h.", True),
        ("buka tanggal 3 Maret?", "Jam buka: Senin–Minggu 08.00–20.00.", True),
    ],
)
def test_an_answer_about_something_else_is_refused(extracted, asked, text, fits):
    assert (extracted(asked, passage(text)) is not None) is fits


def test_the_one_of_a_price_for_one_carries_nothing():
    assert set(terms_of(Asked("berapa 1 porsi", "berapa 1 porsi"))) == {"porsi"}
    assert set(terms_of(Asked("kelas 1 berapa", "kelas 1 berapa"))) == {"kelas", "1"}


DOCTORS = """Bác sĩ: BS.CKII Lê Thị Hồng Nhung; Chuyên khoa: Sản phụ khoa; Lịch khám: Thứ 2, 4, 6 (sau 17h)
Bác sĩ: BS.CKI Phan Thanh Tùng; Chuyên khoa: Nhi; Lịch khám: Cả tuần trừ Chủ nhật
Bác sĩ: BS Võ Đức Huy; Chuyên khoa: Nội tổng quát; Lịch khám: Hằng ngày"""
TIMES = "- Thứ 2 – Thứ 6: 7h00 – 20h00\n- Chủ nhật: chỉ khám buổi sáng, 7h30 – 11h00\n- Lấy máu: từ 6h30, trừ Chủ nhật"


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("chủ nhật co khám ko", "- Chủ nhật: chỉ khám buổi sáng, 7h30 – 11h00"),  # not another line that names the day
        ("phòng khám ở đâu", "Số 218 Trần Phú, phường Phước Ninh, Đà Nẵng"),  # the line that says all that is asked
    ],
)
def test_the_line_of_what_is_asked_stands_first(embedder, question, answer):
    said = [
        ("2. Bác sĩ", DOCTORS, ChunkKind.TABLE),
        ("1. Giờ làm việc", TIMES, ChunkKind.TEXT),
        ("", "Số 218 Trần Phú, phường Phước Ninh, Đà Nẵng", ChunkKind.TEXT),
    ]
    found = tuple(
        replace(passage(text, heading, kind, number), title="PHÒNG KHÁM ĐA KHOA AN BÌNH", language="vi")
        for number, (heading, text, kind) in enumerate(said, 1)
    )
    extract = Extractor(embedder).extract(Asked(question, question), Retrieval(question, "vi", found, 0.9))
    assert extract is not None
    assert extract.text.splitlines()[0] == answer
