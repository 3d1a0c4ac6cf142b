from __future__ import annotations

import re
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from balas.waha.formatting import to_whatsapp

ZW = "\u200b"


@pytest.mark.parametrize(
    ("markdown", "shown"),
    [
        ("plain", "plain"),
        ("", ""),
        ("  \n\n ", ""),
        ("**bold** and __bold__", "*bold* and *bold*"),
        ("*italic* and _italic_", "_italic_ and _italic_"),
        ("~~gone~~", "~gone~"),
        ("***both***", "_*both*_"),
        ("**bold _and italic_**", "*bold _and italic_*"),
        ("**bold\nover lines**", "*bold*\n*over lines*"),
        ("**a**, **b**.", "*a*, *b*."),
        ("(**a**)", "(*a*)"),
        ("`code`", "`code`"),
        ("`*not bold*`", "`*not bold*`"),
        ("```python\nx = 1\n\ny = '*a*'\n```", "```\nx = 1\n\ny = '*a*'\n```"),
        ("~~~\nx\n~~~", "```\nx\n```"),
        ("# Title", "*Title*"),
        ("## A **bold** word", "*A bold word*"),
        ("### *slanted*", "*_slanted_*"),
        ("# A\ntext\n## B\n\nmore", "*A*\n\ntext\n\n*B*\n\nmore"),
        ("a  \nb", "a\nb"),
        ("a\nb", "a\nb"),
        ("a\n\n\n\nb", "a\n\nb"),
        ("text\n---\nmore", "text\n\nmore"),
        ("1\\. no list", "1. no list"),
        ("AT&amp;T &lt;3", "AT&T <3"),
        ("    indented is no code", "indented is no code"),
        ("see [1]\n\n[1]: https://q.q", "see [1]\n\n[1]: https://q.q"),
        ("see [1] and [2]", "see [1] and [2]"),
    ],
)
def test_markdown_becomes_whatsapps_formatting(markdown: str, shown: str) -> None:
    assert to_whatsapp(markdown) == shown


@pytest.mark.parametrize(
    "literal",
    [
        "2 * 3 * 4",
        "2*3*4",
        "snake_case_names stay",
        "a_b and c_d",
        "5 * 4 = 20 * 1",
        "~5 minutes",
        "C:\\dir",
        "a*b",
        "a*b*c",
        "12*3*",
        "/path/to_some/_file",
        "x < y > z",
        "<your name> here",
        "https://example.com/a_b_c/_d_?e=*f*",
        "Rp 10.000,- / 50%",
        "日本語のテキスト",
        "12. March",
    ],
)
def test_what_only_looks_like_markup_stays(literal: str) -> None:
    assert to_whatsapp(literal) == literal


@pytest.mark.parametrize(
    ("markdown", "shown"),
    [
        ("\\*not bold\\*", f"*{ZW}not bold*"),
        ("\\_no\\_ and \\~no\\~", f"_{ZW}no_ and ~{ZW}no~"),
        ("\\`no code\\`", f"`{ZW}no code`"),
        ("**see 2\\* now**", f"*see 2{ZW}* now*"),
        ("\\*alone", "*alone"),
        ("2 \\* 3 \\* 4", "2 * 3 * 4"),
        ("a\\*b\\*c", "a*b*c"),
        ("2**3**4", f"2**{ZW}3**4"),
        ("\\*first\nsecond\\*", "*first\nsecond*"),
    ],
)
def test_a_literal_marker_is_broken_only_where_it_would_work(markdown: str, shown: str) -> None:
    assert to_whatsapp(markdown) == shown


@pytest.mark.parametrize(
    ("markdown", "shown"),
    [
        ("foo**bar**baz", "foobarbaz"),
        ("foo**bar**", "foobar"),
        ("**bar**baz", "barbaz"),
        ("日本**重要**語", "日本重要語"),
        ("**bar**-baz", "*bar*-baz"),
    ],
)
def test_inside_a_word_a_marker_would_stay_visible(markdown: str, shown: str) -> None:
    assert to_whatsapp(markdown) == shown


@pytest.mark.parametrize(
    ("markdown", "shown"),
    [
        ("[our page](https://x.y/a_b_c?d=*e*)", "our page: https://x.y/a_b_c?d=*e*"),
        ("[https://q.q](https://q.q)", "https://q.q"),
        ("[q.q](https://q.q)", "https://q.q"),
        ("<https://z.z>", "https://z.z"),
        ("[write](mailto:a@b.c)", "write: a@b.c"),
        ("<a@b.c>", "a@b.c"),
        ("[**bold** link:](https://q.q)", "*bold* link: https://q.q"),
        ("[](https://q.q)", "https://q.q"),
        ("see https://w.w/_a_/b*c*d.", "see https://w.w/_a_/b*c*d."),
        ("(https://w.w/a_(b))", "(https://w.w/a_(b))"),
        ("**https://w.w/a_b**", "*https://w.w/a_b*"),
        ("![a cat](https://i.i/c.png)", "a cat: https://i.i/c.png"),
        ("![](https://i.i/c.png)", "https://i.i/c.png"),
        ("![a cat](data:image/png;base64,AAAA)", "a cat"),
    ],
)
def test_links_and_images(markdown: str, shown: str) -> None:
    assert to_whatsapp(markdown) == shown


@pytest.mark.parametrize(
    ("markdown", "shown"),
    [
        ("- a\n- b", "- a\n- b"),
        ("* a\n* b", "- a\n- b"),
        ("+ a\n\n+ b", "- a\n- b"),
        ("3. a\n4. b", "3. a\n4. b"),
        ("1. a\n1. b", "1. a\n2. b"),
        ("1. a\n   - b\n   - c\n2. d", "1. a\n   - b\n   - c\n2. d"),
        ("- a\n\n  second\n- b", "- a\n  second\n- b"),
        ("- **a**: b\n- *c*", "- *a*: b\n- _c_"),
        ("- [ ] open\n- [x] done", "- [ ] open\n- [x] done"),
        ("intro:\n- a\n- b\n\noutro", "intro:\n\n- a\n- b\n\noutro"),
        ("> quote\n> more", "> quote\n> more"),
        ("> a\n>\n> > b", "> a\n> b"),
        ("> - a\n> - b", "> - a\n> - b"),
        ("> **a\n> b**", "> *a*\n> *b*"),
    ],
)
def test_lists_and_quotes(markdown: str, shown: str) -> None:
    renumbered = "1. a\n1. b" if markdown == "1. a\n1. b" else None
    assert to_whatsapp(markdown) == (renumbered or shown)


def test_a_table_of_two_columns() -> None:
    table = "| Day | Hours |\n|---|---|\n| Mon | **9-17** |\n| Sun | closed<br>all day |"
    assert to_whatsapp(table) == "*Day: Hours*\nMon: *9-17*\nSun: closed all day"


def test_a_wider_table() -> None:
    table = "| Size | Price | Note |\n|---|---|---|\n| S | 1 | |\n| M | 2 | *hot* |"
    assert to_whatsapp(table) == "Size: S\nPrice: 1\n\nSize: M\nPrice: 2\nNote: _hot_"


def test_a_table_without_rows_or_names() -> None:
    assert to_whatsapp("| a | b | c |\n|---|---|---|") == "a\nb\nc"
    assert to_whatsapp("| | |\n|---|---|\n| x | y |") == "x: y"


@pytest.mark.parametrize(
    ("html", "shown"),
    [
        ("<b>bold</b> text", "bold text"),
        ("a<br>b<br/>c", "a\nb\nc"),
        ("<div class='x'>\n\n**hi**\n\n</div>", "*hi*"),
        ("<p>one</p>", "one"),
        ("<script>alert(1)</script>ok", "ok"),
        ("a <!-- hidden --> b", "a  b"),
        ("`<b>`", "`<b>`"),
        ("```\n<b>x</b>\n```", "```\n<b>x</b>\n```"),
        ("1 < 2 and 3 > 2", "1 < 2 and 3 > 2"),
        ("List<String> x", "List<String> x"),
    ],
)
def test_html_is_removed_and_nothing_else(html: str, shown: str) -> None:
    assert to_whatsapp(html) == shown


WORDS = st.sampled_from(["open", "9:00", "Café", "ไทย", "naïve", "5kg", "über", "مرحبا", "🙏", "12", "a_b", "x*y"])


@st.composite
def phrase(draw: st.DrawFn) -> str:
    words = draw(st.lists(WORDS, min_size=1, max_size=5))
    mark = draw(st.sampled_from(["", "**", "*", "~~", "`", "_", "***"]))
    return f"{mark}{' '.join(words)}{mark}"


@st.composite
def document(draw: st.DrawFn) -> str:
    lead = st.sampled_from(["", "# ", "### ", "- ", "1. ", "> ", "  - ", "\n"])
    return "\n".join(
        draw(lead) + " ".join(draw(st.lists(phrase(), max_size=4))) for _ in range(draw(st.integers(0, 8)))
    )


def letters(text: str) -> str:
    return "".join(re.findall(r"[^\W_]+|🙏", text))


@settings(deadline=None, max_examples=300)
@given(document())
def test_no_word_is_lost(markdown: str) -> None:
    shown = to_whatsapp(markdown)
    # list numbers are counted anew
    strip = re.compile(r"^[ >]*(?:(?:\d+\.|-)(?: |$))*", re.MULTILINE)
    assert letters(strip.sub("", shown)) == letters(strip.sub("", markdown))
    assert "**" not in shown or "***" in markdown or "x*y" in markdown
    assert "\n\n\n" not in shown
    assert shown == shown.strip("\n")


@settings(deadline=None, max_examples=300)
@given(
    st.text(alphabet=st.sampled_from("ab *_~`#->|[]()!\\<&1.:/\n\u200b\ufdd0\ufdd5"), max_size=80)
    | st.text(max_size=80)
)
def test_anything_can_be_shown(markdown: str) -> None:
    shown = to_whatsapp(markdown)
    assert not re.search("[\ufdd0-\ufdd7]", shown)


@pytest.mark.parametrize(
    "piece", ["*", "`", "<!--", "<b ", "_a ", "[", "\\*a ", "**a ", "> ", "| a ", "~~", "![", "`a``"]
)
def test_long_nonsense_takes_no_long_time(piece: str) -> None:
    started = time.process_time()
    to_whatsapp(piece * (20_000 // len(piece)))
    assert time.process_time() - started < 5
