from __future__ import annotations

import pytest

from balas.knowledge.web_address import key_of, may_be_page, normal, shape_of, site_of

BASE = "https://example.org/shop/list?page=2"


@pytest.mark.parametrize(
    ("written", "found"),
    [
        ("item#price", "https://example.org/shop/item"),
        ("../about/./us", "https://example.org/about/us"),
        ("//cdn.example.org/a", "https://cdn.example.org/a"),
        ("?page=3&utm_source=x&fbclid=1", "https://example.org/shop/list?page=3"),
        ("HTTPS://Example.ORG:443/A", "https://example.org/A"),
        ("/a;jsessionid=12AB?x=1&PHPSESSID=9", "https://example.org/a?x=1"),
        ("/%7euser/%c3%a9t%C3%A9", "https://example.org/~user/%C3%A9t%C3%A9"),
        ("/harga kopi", "https://example.org/harga%20kopi"),
        ("http://münchen.example/", "http://xn--mnchen-3ya.example/"),
        ("  /a  ", "https://example.org/a"),
    ],
)
def test_every_spelling_of_an_address_has_one_form(written: str, found: str) -> None:
    assert normal(written, BASE) == found


@pytest.mark.parametrize(
    "written",
    [
        "mailto:a@example.org",
        "javascript:void(0)",
        "tel:+62811",
        "ftp://example.org/",
        "",
        "data:text/html,x",
        "http://user:secret@example.org/",
        "http://[::1",
        "/" + "a" * 2000,
        "http://",
    ],
)
def test_no_web_address(written: str) -> None:
    assert normal(written, BASE) is None


def test_what_is_one_page_as_a_rule() -> None:
    same = ["https://example.org/a/", "http://www.example.org/a", "https://example.org:443/a"]
    assert len({key_of(address) for address in same}) == 1
    assert key_of("https://example.org/a?x=1&y=2") == key_of("https://example.org/a?y=2&x=1")
    assert len({key_of(f"https://example.org{path}") for path in ("/a", "/A", "/a?x=1", "/a/b", "/")}) == 5
    assert key_of("https://example.org/") == key_of("https://example.org")


def test_www_and_the_scheme_make_no_other_site() -> None:
    assert site_of("https://www.example.org/a") == site_of("http://example.org") == "example.org"
    assert site_of("http://example.org:8080/") == "example.org:8080"


def test_pages_of_a_calendar_have_one_shape() -> None:
    assert shape_of("https://example.org/2026/05/?day=3") == shape_of("https://example.org/2031/12?day=17")
    assert shape_of("https://example.org/2026/05") != shape_of("https://example.org/about")


@pytest.mark.parametrize(
    ("path", "is_page"),
    [
        ("/a", True),
        ("/a.html", True),
        ("/a.pdf", True),
        ("/v1.2", True),
        ("/a.JPG", False),
        ("/a/b.tar.gz", False),
        ("/a/b/a/b/a/b", False),
        ("/x" * 13, False),
        ("/a?" + "&".join(f"f{n}=1" for n in range(12)), False),
    ],
)
def test_what_may_be_a_page(path: str, is_page: bool) -> None:
    assert may_be_page(f"https://example.org{path}") is is_page
