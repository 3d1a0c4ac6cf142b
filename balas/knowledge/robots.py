"""robots.txt after RFC 9309, and what pages say to robots themselves. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import quote

import httpx2

from balas.knowledge.web_address import escaped

AGENT = "balas"
MAX_CHARACTERS = 500 * 1024
MAX_RULES = 5_000
MAX_SITEMAPS = 20


@dataclass(frozen=True, slots=True)
class Rule:
    pattern: str
    allows: bool


@dataclass(frozen=True, slots=True)
class Robots:
    rules: tuple[Rule, ...] = ()
    delay_seconds: float | None = None
    sitemaps: tuple[str, ...] = ()

    def allows(self, address: str) -> bool:
        """The longest rule that fits decides; of two as long, the one that allows."""
        target = httpx2.URL(address).raw_path.decode("ascii")
        fitting = [(len(rule.pattern), rule.allows) for rule in self.rules if _fits(rule.pattern, target)]
        return max(fitting, default=(0, True))[1]


def read_robots(text: str) -> Robots:
    """The rules for Balas by its name, or else those for everybody."""
    groups: dict[str, list[tuple[str, str]]] = {}
    sitemaps: list[str] = []
    agents: list[str] = []
    open_group = False  # between "User-agent" lines and their rules
    for name, value in _lines(text[:MAX_CHARACTERS]):
        if name == "user-agent":
            if not open_group:
                agents = []
            open_group = True
            agents.append("*" if value == "*" else re.split(r"[^A-Za-z_-]", value)[0].lower())
        elif name == "sitemap":
            sitemaps.append(value)
        elif name in {"allow", "disallow", "crawl-delay"}:
            open_group = False
            for agent in agents:
                groups.setdefault(agent, []).append((name, value))
        for agent in agents:
            groups.setdefault(agent, [])
    ours = groups.get(AGENT, groups.get("*", []))
    rules = [Rule(_written(value), name == "allow") for name, value in ours if name != "crawl-delay" and value]
    delays = [float(value) for name, value in ours if name == "crawl-delay" and re.fullmatch(r"\d{1,6}(\.\d*)?", value)]
    return Robots(tuple(rules[:MAX_RULES]), max(delays, default=None), tuple(sitemaps[:MAX_SITEMAPS]))


def directives(header: str) -> frozenset[str]:
    """What an `X-Robots-Tag` header asks of us: "noindex", "nofollow", …; what is meant for others is left out."""
    found: set[str] = set()
    agent = ""
    for part in header.lower().split(","):
        before, colon, after = part.partition(":")
        if colon and before.strip() not in {"unavailable_after", "max-snippet", "max-image-preview"}:
            agent, part = before.strip(), after
        if agent in {"", AGENT, "*"}:
            found.add(part.strip())
    return frozenset(found | ({"noindex", "nofollow"} if "none" in found else set()))


def _lines(text: str) -> Iterator[tuple[str, str]]:
    for line in text.lstrip("\ufeff").splitlines():
        name, colon, value = line.partition("#")[0].partition(":")
        if colon:
            yield name.strip().lower(), value.strip()


def _written(pattern: str) -> str:
    """As it would stand in an address: rules are often written with plain letters of other alphabets."""
    return escaped(quote(pattern, safe="%/:?#[]@!$&'()*+,;=~-._"))


def _fits(pattern: str, target: str) -> bool:
    """`*` stands for anything, `$` at the end for the end. In linear time, whatever the pattern."""
    ends = pattern.endswith("$")
    first, *rest = pattern.removesuffix("$").split("*")
    if not target.startswith(first):
        return False
    at = len(first)
    if not rest:
        return not ends or at == len(target)
    last = rest.pop()
    for part in rest:
        found = target.find(part, at)
        if found < 0:
            return False
        at = found + len(part)
    if ends:
        return target.endswith(last) and len(target) - len(last) >= at
    return target.find(last, at) >= 0
