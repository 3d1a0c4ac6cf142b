from __future__ import annotations

import time

import pytest

from balas.knowledge.robots import directives, read_robots

SITE = "https://example.org"


def allows(text: str, path: str) -> bool:
    return read_robots(text).allows(SITE + path)


@pytest.mark.parametrize(
    ("rules", "path", "allowed"),
    [
        ("Disallow: /private", "/private/x", False),
        ("Disallow: /private", "/public", True),
        ("Disallow:", "/anything", True),
        ("Disallow: /", "/", False),
        ("Disallow: /a\nAllow: /a/b", "/a/b/c", True),
        ("Allow: /a\nDisallow: /a", "/a", True),
        ("Disallow: /*.pdf$", "/x/y.pdf", False),
        ("Disallow: /*.pdf$", "/x/y.pdf?z", True),
        ("Disallow: /*?sort=", "/list?sort=price", False),
        ("Disallow: /a*b*c", "/a1b2", True),
        ("Disallow: /a*b*c", "/a1b2c3", False),
        ("Disallow: /fish$", "/fish", False),
        ("Disallow: /fish$", "/fishing", True),
        ("Disallow: /été", "/%C3%A9t%C3%A9/1", False),
        ("Disallow: /%7euser", "/~user", False),
        ("disallow : /x # why", "/x", False),
    ],
)
def test_the_longest_rule_that_fits_decides(rules: str, path: str, allowed: bool) -> None:
    assert allows(f"User-agent: *\n{rules}\n", path) is allowed


def test_the_group_for_our_name_wins_and_groups_add_up() -> None:
    text = """
        User-agent: *
        Disallow: /
        User-agent: OtherBot
        User-agent: Balas/1.0
        Disallow: /a
        Crawl-delay: 4
        Sitemap: https://example.org/map.xml

        User-agent: balas
        Disallow: /b
    """
    robots = read_robots(text)
    assert [robots.allows(SITE + path) for path in ("/", "/a", "/b", "/c")] == [True, False, False, True]
    assert robots.delay_seconds == 4
    assert robots.sitemaps == ("https://example.org/map.xml",)


def test_rules_before_any_agent_and_rubbish_are_nobodys() -> None:
    robots = read_robots("\ufeffDisallow: /\n<html>hello</html>\nCrawl-delay: soon\nUser-agent: x\nDisallow: /")
    assert robots.allows(SITE + "/a")
    assert robots.delay_seconds is None


def test_a_hostile_pattern_takes_no_time() -> None:
    pattern = "*a" * 5_000
    robots = read_robots(f"User-agent: *\nDisallow: /{pattern}$\n")
    began = time.monotonic()
    robots.allows(SITE + "/" + "a" * 1_000 + "b")
    assert time.monotonic() - began < 1


@pytest.mark.parametrize(
    ("header", "found"),
    [
        ("noindex", {"noindex"}),
        ("NoIndex, nofollow", {"noindex", "nofollow"}),
        ("none", {"none", "noindex", "nofollow"}),
        ("otherbot: noindex", set()),
        ("otherbot: noindex, balas: nofollow", {"nofollow"}),
        ("unavailable_after: 25 Jun 2030 15:00:00 PST", {"unavailable_after: 25 jun 2030 15:00:00 pst"}),
    ],
)
def test_headers_for_other_robots_are_left_out(header: str, found: set[str]) -> None:
    assert directives(header) == found
