"""A figure, a day or a denial that belongs to something else is not held."""

from __future__ import annotations

import pytest

from balas.rag.checks.claims import Claims
from balas.rag.checks.polarity import denies
from balas.rag.words.weekdays import weekdays

HOURS = (
    "The shop is open Monday to Friday from 9:00 to 18:00, on Saturday from 10:00 to 16:00.\nOn Sundays it is closed."
)
PRICES = "- Blue pannier: £48\n- Red pannier: £62"
FEES = "الاشتراك الشهري للرجال 250 ريالا، وللنساء 220 ريالا."
CITIES = "Ongkos kirim ke Jakarta Rp18.000 per kilogram. Ke Medan Rp32.000 per kilogram."
STAFF = "Guitarra la enseña Tomás Rey. Piano lo enseña Lucía Ferrer."
CATS = "Cães pequenos são aceitos por R$ 40 por noite. Gatos não são aceitos."


@pytest.mark.parametrize(
    ("text", "sentence", "language"),
    [
        (HOURS, "On Saturday we are open from 10:00 to 16:00.", "en"),
        (HOURS, "We close at 18:00 on Wednesdays.", "en"),
        (HOURS, "Samstags ist von 10:00 bis 16:00 Uhr geöffnet.", "de"),
        (HOURS, "On Sundays the shop is closed.", "en"),
        (PRICES, "The blue pannier costs £48, the red one £62.", "en"),
        (FEES, "الاشتراك الشهري للنساء 220 ريالا.", "ar"),
        (CITIES, "Ongkos kirim ke Medan Rp32.000.", "id"), (STAFF, "Piano lo enseña Lucía Ferrer.", "es"),
        (CATS, "Gatos não são aceitos.", "pt"), (CATS, "Cães pequenos são aceitos por R$ 40.", "pt"),
    ],
)  # fmt: skip
def test_what_is_said_of_the_same_thing_is_held(text, sentence, language):
    assert Claims(text).problem(sentence, language, frozenset()) is None


@pytest.mark.parametrize(
    ("text", "sentence", "language", "problem"),
    [
        (HOURS, "On Saturday we are open from 9:00 to 18:00.", "en", "figure of something else: 9:00"),
        (HOURS, "We are closed on Mondays.", "en", "the passage says the opposite"),
        (HOURS, "Am Sonntag ist geöffnet.", "de", "the passage says the opposite"),
        (PRICES, "It opens on Monday.", "en", "day not in the passage"),
        (PRICES, "The blue pannier costs £62.", "en", "figure of something else: £62"),
        (FEES, "الاشتراك الشهري للنساء 250 ريالا.", "ar", "figure of something else: 250"),
        (CITIES, "Ongkos kirim ke Medan Rp18.000.", "id", "figure of something else: 18.000"),
        (STAFF, "Piano lo enseña Tomás Rey.", "es", "name of something else: tomás rey"),
        (CATS, "Gatos são aceitos.", "pt", "the passage says the opposite"),
    ],
)  # fmt: skip
def test_what_is_said_of_something_else_is_not(text, sentence, language, problem):
    found = Claims(text).problem(sentence, language, frozenset())
    assert found is not None
    assert found.split(":")[0] == problem.split(":")[0]


def test_a_day_of_the_question_may_be_denied_but_not_affirmed():
    asked = weekdays("open on sunday?")
    assert Claims(PRICES).problem("No, we are not open on Sunday.", "en", asked) is None
    assert Claims(PRICES).problem("Yes, we are open on Sunday.", "en", asked) == "day not in the passage"


@pytest.mark.parametrize(
    ("text", "denied"),
    [
        ("We are closed.", True), ("We are not closed.", False), ("We are not open.", True), ("We are open.", False),
        ("周日不营业。", True), ("周日休息。", True), ("रविवार को बंद रहता है।", True), ("لا يسمح بالحيوانات", True),
    ],
)  # fmt: skip
def test_two_denials_are_none(text, denied):
    assert denies(text) is denied
