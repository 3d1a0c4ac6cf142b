from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from balas.console.whatsapp_text import plain, whatsapp_html


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("*tebal*", "<strong>tebal</strong>"),
        ("_miring_ dan ~salah~", "<em>miring</em> dan <s>salah</s>"),
        ("*_keduanya_*", "<strong><em>keduanya</em></strong>"),
        ("2 * 3 * 4", "2 * 3 * 4"),
        ("a*b*c", "a*b*c"),
        ("snake_case_name", "snake_case_name"),
        ("* tidak *", "* tidak *"),
        ("(*ya*)", "(<strong>ya</strong>)"),
        ("satu *dua\ntiga* empat", "satu *dua\ntiga* empat"),
        ("`kode *x*`", "<code>kode *x*</code>"),
        ("```\nbaris <b>\n```", "<code>baris &lt;b&gt;</code>"),
        ("<script>alert(1)</script>", "&lt;script&gt;alert(1)&lt;/script&gt;"),
        ("*<img src=x onerror=alert(1)>*", "<strong>&lt;img src=x onerror=alert(1)&gt;</strong>"),
        ("javascript:alert(1)", "javascript:alert(1)"),
    ],
)
def test_whatsapps_formatting_becomes_html(text: str, html: str) -> None:
    assert whatsapp_html(text) == html


def test_addresses_are_links_that_give_nothing_away() -> None:
    html = whatsapp_html('lihat https://toko.example/a_b_c?x=1&y="2. Terima kasih')
    assert 'href="https://toko.example/a_b_c?x=1&amp;y="' in html
    assert 'rel="noopener noreferrer"' in html
    assert "<em>" not in html


def test_plain_drops_marks_and_lines() -> None:
    assert plain("*Rp 12.000*\nper _kg_ <b>") == "Rp 12.000 per kg <b>"


@given(st.text(alphabet="*_~`<>\"'&/:htps abc\n", max_size=60))
def test_only_our_own_tags_ever_come_out(text: str) -> None:
    import re

    tags = set(re.findall(r"<[^>]*>", whatsapp_html(text)))
    own = {"<strong>", "</strong>", "<em>", "</em>", "<s>", "</s>", "<code>", "</code>", "</a>"}
    for tag in tags - own:
        assert re.fullmatch(r'<a href="https?://[^"<>\s]+" target="_blank" rel="noopener noreferrer">', tag), tag
