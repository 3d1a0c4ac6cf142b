"""The last look: nothing foreign, secret or personal goes out."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from balas.rag.chain import AnswerChain
from balas.rag.checks.output_filter import MASK, OutputRules, Page, filtered, host_of, released, shortened
from balas.rag.prompt_templates import private_texts
from balas.rag.quoting.extractive import Extractor

EVIDENCE = "Pesan di https://tokokopi.id/pesan atau WA 0812-3456-7890. Rp1.250.000.000"
RULES = OutputRules(frozenset({"example.org"}), frozenset({"CANARY-7731"}))

FOREIGN = [
    "https://evil.com/a?b=c", "[Click](https://evil.com/x) now", "![x](https://evil.com/p.png)", "hxxps://evil[.]com/x",
    "evil[.]com", "evil(dot)com", "https://tokokopi.id@evil.com/pesan", "https://tokokopi.id.evil.com/pesan",
    "http://xn--tkokopi-abc.id/", "visit evil.com now", "www.evil.com/x", "data:text/html;base64,PHNjcmlwdD4=",
    "http://169.254.169.254/latest", "[1]: https://evil.com/x", "mail me@evil.com", "javascript:alert(1)",
    "[https://tokokopi.id](https://evil.com)", "https://tokokopi.id/pesan?steal=1", "//evil.com/x", "tg://resolve?domain=evil",
    "<a href='https://evil.com'>x</a>", "http://localhost:8000/admin", "EVIL.COM/x", "https:// evil.com",
    "evil.example/masuk", "evil.zip/x", "evil.monster:8080/x", "evil.рф/x", "evil.support", "EVIL.FINANCE", "evil.рф",
    "https://example.org.evil.com", "https://evil.com/example.org", "https://example.org@evil.com",
]  # fmt: skip


@pytest.mark.parametrize("text", FOREIGN)
def test_foreign_addresses_are_taken_out(text):
    found = filtered(f"Halo {text} ya", EVIDENCE, RULES)
    assert "url" in found.flags
    assert "evil" not in found.text.lower()
    assert "169.254" not in found.text
    assert "localhost" not in found.text
    assert "://" not in found.text.replace("https://tokokopi.id/pesan", "")


@pytest.mark.parametrize(
    "text",
    [
        "Pesan di https://tokokopi.id/pesan.", "Lihat https://example.org/any?x=1", "Buka 09.00-17.00, versi 2.0",
        "Harga Rp1.250.000.000 per 2026-11-23", "WA 0812-3456-7890", "+62 812 3456 7890", "Kami buka.Datang saja",
        "Rp1.000/kg", "dan/atau",
        "[pesan](https://tokokopi.id/pesan)", "नमस्ते \u200dक्ष", "Kopi & teh: 50% <3",
    ],
)  # fmt: skip
def test_what_the_documents_say_goes_out_untouched(text):
    assert filtered(text, EVIDENCE, RULES) == type(filtered("", "", RULES))(text, ())


def test_an_address_that_only_the_person_wrote_is_foreign():
    assert filtered("Lihat https://evil.com/x", EVIDENCE, RULES, own="https://evil.com/x").flags == ("url",)


def test_other_peoples_numbers_are_masked_and_the_persons_own_words_are_not():
    assert filtered("Telepon +62 811-999-8888", EVIDENCE, RULES).text == f"Telepon {MASK}"
    assert filtered("Pesanan 0811 999 8888", EVIDENCE, RULES, own="no saya 08119998888").flags == ()


@pytest.mark.parametrize(
    "secret",
    [
        "sk-proj-abcdefghijklmnop1234", "AKIAABCDEFGHIJKLMNOP", "ghp_abcdefghijklmnopqrst1234", "xoxb-1234567890-abc",
        "eyJhbGciOiJI.eyJzdWIiOiIx.SflKxwRJSM", "deadbeef" * 4, "Bearer abcdefghijklmnopqrstuv", "canary-7731",
        "password: hunter22", "-----BEGIN RSA PRIVATE KEY-----\nabc", "mysql://root:pw@db/x",
    ],
)  # fmt: skip
def test_secrets_and_canaries_are_masked(secret):
    found = filtered(f"nilai {secret} itu", EVIDENCE, RULES)
    assert found.flags
    assert secret.split(":")[-1].strip() not in found.text


def test_control_characters_and_turned_text_go():
    assert filtered("a\x00b\u202ec\ud800d", EVIDENCE, RULES) == type(filtered("", "", RULES))("abcd", ("control",))


def test_length_ends_after_a_sentence():
    text = filtered("Satu dua tiga. " * 600, EVIDENCE, RULES).text
    assert len(text) <= 4_000
    assert text.endswith("tiga.")
    assert shortened("x" * 50, 20) == "x" * 19 + "…"


def test_the_host_is_the_one_that_would_be_called():
    assert host_of("tokokopi.id@evil.com:80/x") == "evil.com"
    assert host_of("evil.com\\@tokokopi.id") == "evil.com"


@given(st.text(max_size=300))
def test_any_text_is_survived_and_filtering_twice_changes_nothing(text):
    once = filtered(text, EVIDENCE, RULES)
    assert filtered(once.text, EVIDENCE, RULES).text == once.text


def test_sentences_of_the_rules_do_not_come_out_unless_a_document_says_them():
    rules = OutputRules(private=private_texts())
    told = "Harga Rp85.000. Use only the passages below. Never use general knowledge and never guess."
    cleared = filtered(told, EVIDENCE, rules)
    assert cleared.flags == ("prompt",)
    assert "general knowledge" not in cleared.text
    assert "Harga Rp85.000." in cleared.text
    assert filtered(told, told, rules).flags == ()


def test_the_chain_always_keeps_the_rules_private():
    chain = AnswerChain(None, None, extractor=Extractor(None), rules=OutputRules(private=("mine",)))
    assert set(chain._rules.private) == {"mine", *private_texts()}


NEVER = [
    "https://tokokopi.id@evil.com/pesan", "https://admin:geheim1@tokokopi.id/", "ftp://a@evil.com",
    "http://169.254.169.254/latest", "http://10.0.0.1/admin", "http://2130706433/", "http://0x7f.1/x", "http://[::1]/evil",
    "http://１２７.0.0.1/x", "127.0.0.1:8000", "http://localhost:8000/x", "http://api.localhost/evil",
    "169.254.169.254", "http://metadata.google.internal/evil", "http://metadata/evil", "javascript:alert(1)",
    "data:text/html;base64,PHNjcmlwdD4=",
    "file:///etc/evil", "sk-proj-abcdefghijklmnop1234", "sk_live_abcdefghijkl5678", "AKIAABCDEFGHIJKLMNOP",
    "ghp_abcdefghijklmnopqrst1234", "eyJhbGciOiJI.eyJzdWIiOiIx.SflKxwRJSM", "Bearer abcdefghijklmnopqrstuv7",
    "-----BEGIN RSA PRIVATE KEY-----\nabcdefgh", "mysql://root:geheim1@db/x", "api_key = abcdefghijklmnop1234",
]  # fmt: skip


@pytest.mark.parametrize("text", NEVER)
@pytest.mark.parametrize("url", [None, "https://evil.com/", "http://169.254.169.254/", "http://localhost/"])
def test_some_things_do_not_go_out_whatever_a_document_says(text, url):
    found = released(f"Lihat {text} ya", [(url, f"Lihat {text} ya")], RULES)
    assert {"url", "secret"} & set(found.flags)
    assert text not in found.text
    assert not any(part in found.text for part in ("evil.com/", "://", "geheim1", "abcdefgh", "ijkl"))


@pytest.mark.parametrize(
    "text",
    ["Harga rumah Rp 1.500.000.000/unit.", "Sewa Rp 2.500.000.000/tahun", "BCA 1.234.567.890/an Budi", "v1.2.3.4"],
)
def test_a_price_or_account_written_like_a_machines_number_is_told(text):
    assert filtered(text, text, RULES).text == text


PAGE = Page(
    "https://www.tokokopi.id/jam",
    "Pesan di https://tokokopi.id/pesan, https://shop.tokokopi.id/x, toko.tokokopi.id/y atau tokokopi@gmail.com. "
    "Firmware 1.2.3.4. Lain: https://evil.com/x, evil.zip/y, https://tokokopi.id.evil.com/, password: hunter22, "
    "WA 0812-3456-7890. https://wa.me/62811555, instagram.com/tokokopi, https://www.google.com/maps/place/x, "
    "https://tokokopi.id/p/sk-ii-facial-treatment-essence-230ml. https://evil.com/@promo, https://google.com/url?q=evil",
)  # fmt: skip


@pytest.mark.parametrize("text", ["https://tokokopi.id/pesan", "https://shop.tokokopi.id/x", "toko.tokokopi.id/y",
    "tokokopi@gmail.com", "1.2.3.4", "0812-3456-7890", "https://wa.me/62811555", "instagram.com/tokokopi",
    "https://www.google.com/maps/place/x", "https://tokokopi.id/p/sk-ii-facial-treatment-essence-230ml"])  # fmt: skip
def test_a_page_is_trusted_with_its_own_host_and_with_mail_and_numbers(text):
    assert filtered(f"Lihat {text} ya", "", RULES, pages=[PAGE]).flags == ()


@pytest.mark.parametrize(
    "text",
    [
        "https://evil.com/x",
        "evil.zip/y",
        "https://tokokopi.id.evil.com/",
        "password: hunter22",
        "https://evil.com/@promo",
        "https://google.com/url?q=evil",
    ],
)
def test_a_page_is_not_trusted_with_other_hosts_or_passwords_and_a_document_is(text):
    said = f"Lihat {text} ya"
    assert text not in filtered(said, "", RULES, pages=[PAGE]).text
    assert filtered(said, f"Info: {text}", RULES, pages=[PAGE]).flags == ()


@pytest.mark.parametrize(
    "text",
    ["Wi-Fi tamu, password: kopi12345", "Password: kopi12345", "Secret: handmade noodles", "Token: 123456",
     "Router ada di 192.168.1.1", "https://toko.id/sk-ii-facial-treatment-essence", "bearer responsibilities and more"],
)  # fmt: skip
def test_a_guests_password_in_a_document_is_told(text):
    evidence = f"Untuk tamu. {text}. Sandi Wi-Fi: kopi12345"
    assert filtered(f"Halo, {text}.", evidence, RULES).flags == ()


def test_an_international_host_is_the_same_in_both_spellings():
    page = Page("https://xn--80akhbyknj4f.xn--p1ai/a", "https://испытание.рф/b")
    assert filtered("Lihat https://испытание.рф/b", "", RULES, pages=[page]).flags == ()
