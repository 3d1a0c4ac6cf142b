"""What parts a document that has no markup: captions above paragraphs, numbered clauses, counted rows, own marks."""

from __future__ import annotations

import pytest

from tests.unit.knowledge.document_files import (
    headings,
    lines,
    pdf,
    questions,
    read,
    rows,
    saved,
    texts,
    word,
    workbook,
)

NOTICES = (
    "NOTICES\n\n1. Bulky waste\n   Containers stand at the market on Saturdays.\n\n"
    "2. Fair\n   The fair is on 22 August. Ask in room 205.\n"
)
CARE = "After pulling\n- Bite on the pad.\n- Eat.\n\nAfter whitening\n- Drink no coffee.\n\nGuarantee\nThree years."
WRAPPED = "Please bring to the first\nAppointment your card.\n\nPlease park\nBehind the house, not in\nthe street.\n"
ITEMS = ("Tea", "Milk", "Rice", "Eggs")
MOSTLY_PLAIN = "Hours\nMonday to Friday.\n\nPets\nDogs may come.\n\nWe cook.\n\nWe bake.\n\nWe rest.\n\nWe sing.\n"


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (NOTICES, ["NOTICES", "1. Bulky waste", "2. Fair"]),
        (CARE, ["After pulling", "After whitening", "Guarantee"]),
        ("Day 1\nWe leave at noon.\n\nDay 2\nWe come back.", ["Day 1", "Day 2"]),
        ("Hours\nMonday to Friday.", []),
        ("1. Coffee\n2. Tea\n\n1. Bread\n2. Cake", []),
        ("Coffee 25000\nTea 10000 each.\n\nBread 12000\nCake 15000 each.", []),
        (WRAPPED, []),
        (MOSTLY_PLAIN, []),
    ],
)
def test_short_lines_above_most_paragraphs_are_headings(text: str, found: list[str]) -> None:
    assert [heading for _, heading in headings(read("a.txt", text.encode()))] == found


def test_a_numbered_clause_is_a_line_of_its_own() -> None:
    written = (
        "6.1 The first warning is spoken and the second one is written down.",
        "6.2 Nobody is beaten here at all.",
    )
    assert texts(read("a.pdf", pdf(lines(*written)))) == ["\n".join(written)]
    broken = ("The mattress that each pupil brings along is at the very most as wide as", "2.5 Feet.")
    assert texts(read("a.txt", "\n".join(broken).encode())) == [" ".join(broken)]


@pytest.mark.parametrize("name", ["No", "STT", "№ п/п", "ลำดับ"])
def test_a_column_that_counts_the_rows_is_left_out_and_a_letter_in_it_heads_a_part(name: str) -> None:
    table = [[name, "Item", "Price"], ["A", "DRINKS", None], [1, "Tea", 5], [2, "Milk", 6], ["B", "FOOD", None]]
    document = read("a.xlsx", saved(workbook(("Sheet1", [*table, [3, "Rice", 7], [4, "Eggs", 8]]))))
    assert rows(document) == [f"Item: {item}; Price: {price}" for item, price in zip(ITEMS, (5, 6, 7, 8), strict=True)]
    assert [text for _, text in headings(document)] == ["DRINKS", "FOOD"]


@pytest.mark.parametrize(("name", "numbers"), [("Room", (1, 2, 3)), ("No", (101, 102, 103)), ("No", (1, 2, 7))])
def test_numbers_that_name_something_stay(name: str, numbers: tuple[int, ...]) -> None:
    table = [[name, "Kind", "Price"], *([number, "single", 300 + number] for number in numbers)]
    shown = rows(read("a.xlsx", saved(workbook(("Sheet1", table)))))
    assert shown == [f"{name}: {number}; Kind: single; Price: {300 + number}" for number in numbers]


def test_a_part_named_across_the_counting_column_keeps_its_name() -> None:
    table = [["No", "Item", "Price"], ["Hot drinks"], [1, "Tea", 5], [2, "Milk", 6], [3, "Rice", 7]]
    assert [text for _, text in headings(read("a.xlsx", saved(workbook(("Sheet1", table)))))] == ["Hot drinks"]


@pytest.mark.parametrize(("asked", "told"), [("F", "A"), ("D", "R"), ("В", "О"), ("Besucher", "Museum")])
def test_a_documents_own_marks_part_questions_from_answers(asked: str, told: str) -> None:
    pairs = [("Is it free?", "Yes."), ("Are dogs allowed?", "No."), ("Is there food?", "On Sundays.")]
    content = "\n\n".join(f"{asked}: {question}\n{told}: {answer}" for question, answer in pairs)
    assert [block.text for block in questions(read("a.txt", content.encode()))] == ["\n".join(pair) for pair in pairs]


def test_marks_of_languages_that_write_no_question_marks() -> None:
    found = questions(read("a.txt", "ถาม: เปิดกี่โมง\nตอบ: 8 โมง\n\nถาม: อยู่ที่ไหน\nตอบ: ท่าแพ".encode()))
    assert [block.text for block in found] == ["เปิดกี่โมง\n8 โมง", "อยู่ที่ไหน\nท่าแพ"]


def test_two_labels_that_take_turns_without_asking_are_no_questions() -> None:
    cards = "\n\n".join(f"Name: Person {number}\nPhone: 0{number}" for number in range(5))
    assert questions(read("a.txt", cards.encode())) == []


@pytest.mark.parametrize(("one", "two"), [("50 TL", "60 TL"), ("1 500 руб.", "900 руб."), ("TSh 500", "TSh 900")])
def test_prices_in_any_currency_are_no_names_of_columns(one: str, two: str) -> None:
    found = rows(read("a.csv", f"Hizmet;Fiyat;\nDolgu;{one};hemen\nTaş;{two};hemen\n".encode()))
    assert found == [f"Hizmet: Dolgu; Fiyat: {one}; hemen", f"Hizmet: Taş; Fiyat: {two}; hemen"]


def test_bold_lines_of_markdown_are_headings() -> None:
    text = (
        "# House\n\n**Parking**\nBehind the house.\n\n**Pets**\n\nDogs may come.\n\n**Mind:** the step. **We close.**\n"
    )
    document = read("a.md", text.encode())
    assert headings(document) == [(1, "House"), (6, "Parking"), (6, "Pets")]
    assert texts(document)[2::2] == ["Behind the house.", "Dogs may come."]
    assert texts(document)[-1] == "Mind: the step. We close."


def test_what_a_messenger_shows_bold_is_a_heading() -> None:
    text = "*SALON LUNA* ✂️\n\n📍 *Address*\nBolívar Avenue 234\n\n🕐 *Hours*\nMonday 9am - 7pm\nSaturday 9am - 5pm\n"
    document = read("a.txt", text.encode())
    assert headings(document) == [(2, "SALON LUNA ✂️"), (3, "📍 Address"), (3, "🕐 Hours")]
    assert texts(document)[2::2] == ["Bolívar Avenue 234", "Monday 9am - 7pm\nSaturday 9am - 5pm"]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Haircut ....... 40\nBeard ......... 30\nBoth .......... 65\n", ["Haircut: 40", "Beard: 30", "Both: 65"]),
        (
            "Day      Course   Hour\nMonday   Yoga     18:00\nTuesday  Dance    19:00\nFriday   Box      20:00",
            ["Day: Monday; Course: Yoga; Hour: 18:00", "Day: Tuesday; Course: Dance; Hour: 19:00"],
        ),
        ("PRICES\nTea\t5\nMilk\t6\nRice\t7\n", ["Tea: 5", "Milk: 6", "Rice: 7"]),
        ("Tea\t5\nMilk\t6\n", ["Tea: 5", "Milk: 6"]),
        ("Tea      5\nMilk     6\n", []),
        ("§ 1\tOrder\n§ 2\tPrice\n§ 3\tEnd", []),
        ("1.\tOrder\n2.\tPrice\n3.\tEnd", []),
        ("We open.  Come in.\nWe close at six.\nWe rest.  Go home.", []),
    ],
)
def test_columns_apart_by_tabs_blanks_or_dots_are_a_table(text: str, found: list[str]) -> None:
    assert rows(read("a.txt", text.encode()))[: len(found) or 1] == found


def test_paragraphs_of_word_that_tabs_part_are_a_table() -> None:
    written = word("Salon", "Cut, wash\t49,00 €", "Beard\t15,00 €", "Please book.", "\tSee you", "Tea\tfree")
    document = read("a.docx", saved(written))
    assert rows(document) == ["Cut, wash: 49,00 €", "Beard: 15,00 €"]
    assert texts(document)[-3:] == ["Please book.", "See you", "Tea free"]


def test_questions_and_answers_after_tabs_stay_such() -> None:
    written = [text for one in ("Free", "Loud", "Far") for text in (f"F:\tIs it {one}?", "A:\tNo.")]
    found = questions(read("a.docx", saved(word(*written))))
    assert [block.text for block in found] == [f"Is it {one}?\nNo." for one in ("Free", "Loud", "Far")]
