"""The last look before words go out: foreign addresses, secrets, people's numbers, control characters, length.

An answer may repeat what its passages say, with exceptions, for documents may hold orders, too:

- never, whatever a document says: private keys and access keys by their shape, since no customer needs one and who
  put it there did so by mistake or with intent; addresses with a user name in front of the host, of bare numbers, of
  this machine or a cloud's metadata; scripts and data as addresses (`balas.rag.checks.addresses.is_unsafe`);
- from pages of websites, which others may write on: addresses of the page's own host, of hosts above and below it and
  of the services that businesses are reached by (`balas.rag.checks.addresses.SERVICES`), and no passwords. Mail
  addresses may be told;
- from what the operator handed in: every other address, and what is called a password, token or secret, for a guest's
  Wi-Fi has one.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from ipaddress import IPv4Address

from balas.rag.checks.addresses import host_of, is_of_service, is_of_site, is_unsafe
from balas.rag.words import cues
from balas.rag.words.figures import MIN_PHONE, URL, collected, holds_number, link, links, phones
from balas.rag.words.sentences import split_sentences

MAX_CHARACTERS = 4_000
LOOKED_AT = 3  # times as much is looked at: most of what is too long is gone before it is cut
MASK = "•••"
SAME_WORDS = 6  # in a row: a sentence that was copied

# Nothing but a key looks like these; words and numbers of a shop's own, like "sk-ii-essence", do not.
_KEY = re.compile(
    r"-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z ]*PRIVATE KEY-----|\Z)"
    r"|\b(?:sk|pk|rk)[-_](?:[A-Za-z0-9]{1,12}[-_]){0,3}(?=[A-Za-z]{0,99}\d)[A-Za-z0-9]{16,}[\w-]*"
    r"|\bAKIA[0-9A-Z]{16}\b|\bAIza[0-9A-Za-z_-]{35}\b"
    r"|\bgh[pousr]_[A-Za-z0-9]{20,}|\bgithub_pat_\w{20,}|\bxox[abposr]-[A-Za-z0-9-]{10,}|\bglpat-[\w-]{16,}"
    r"|\bey[JK][A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]*"
    r"|(?i:\bbearer\s+(?=[A-Za-z._~+/-]{0,99}\d)[A-Za-z0-9._~+/-]{16,}=*)"
    r"|(?i:\b[a-z]{1,20}://[^\s/:@]+:[^\s/@]+@\S+)"
    r"|(?i:\bapi[-_ ]?key\s*[:=]\s*(?=[^\s\d]{0,99}\d)(?=[\d._-]{0,99}[a-z])[\w.+/-]{16,}=*)"
)
# What may be one. It is told where a document that was handed in says so.
_SECRET = re.compile(
    r"-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z ]*PRIVATE KEY-----|\Z)"
    r"|\b(?:sk|pk|rk)[-_](?:live|test|proj|ant|or)?[-_]?[A-Za-z0-9_-]{16,}|\bAKIA[0-9A-Z]{16}\b"
    r"|\bAIza[0-9A-Za-z_-]{35}\b"
    r"|\bgh[pousr]_[A-Za-z0-9]{20,}|\bgithub_pat_\w{20,}|\bxox[abposr]-[A-Za-z0-9-]{10,}|\bglpat-[\w-]{16,}"
    r"|\bey[JK][A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]*|\b[0-9a-fA-F]{32,}\b"
    r"|(?i:\bbearer\s+[A-Za-z0-9._~+/-]{16,}=*)|(?i:\b[a-z]+://[^\s/:@]+:[^\s/@]+@\S+)"
    r"|(?P<named>(?i:\b(?:api[-_ ]?key|secret|password|passwd|token)\s*[:=]\s*[^\s,;]{6,}))"
)
# Anchored, possessive or bounded, these and the next: a text may be "[" a thousand times.
_DEFANGED_SCHEME = re.compile(
    r"\bh(?:xx|tt|\*\*)ps?\s{0,9}(?:\[:\]|:)\s{0,9}/\s{0,9}/\s{0,9}[^\s<>)\]]+(?:\[\.\]\S+)?", re.IGNORECASE
)
_DEFANGED = re.compile(r"(?<!\S)\S+(?:\s?[\[({]\s?(?:\.|dot)\s?[\])}]\s?\w[\w./-]*)+", re.IGNORECASE)
_MARKDOWN_LINK = re.compile(r"!?\[([^\[\]\n]*+)\]\(\s{0,9}<?([^)\s>]{0,2048}+)>?[^)\n]{0,256}+\)")
_REFERENCE = re.compile(r"^[^\S\n]*+\[[^\]\n]++\]:\s*\S+.*$", re.MULTILINE)
_ANY_SCHEME = re.compile(
    r"\b(?:https?|ftp|file|data|javascript|tg|whatsapp|intent|mailto|tel|sms)\s?:(?://)?[^\s<>\"'）)\]]+", re.IGNORECASE
)
_HTML = re.compile(
    r"<\s{0,9}/?\s{0,9}(?:a|img|script|iframe|form|link|meta|style|svg|object|embed)\b[^>]{0,2048}+>", re.IGNORECASE
)
# Phones make a link of any ending there is; with a path behind it, it is one whatever the ending.
_PATHED = re.compile(r"(?<![\w.@/-])(?:[\w-]++\.)+[^\W\d_]{2,24}(?::\d{1,5})?/[^\s<>\"')\]]*")
_MAIL = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
_LOCAL = re.compile(r"(?<!\d)(?:\d{1,3}\.){3}\d{1,3}(?::\d+)?(?:/\S*)?|\blocalhost\b(?::\d+)?(?:/\S*)?", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Page:
    """A passage of a web page."""

    url: str
    text: str


@dataclass(frozen=True, slots=True)
class OutputRules:
    """What is known in advance: hosts whose addresses may go out, and secret values that never may."""

    allowed_hosts: frozenset[str] = frozenset()
    secrets: frozenset[str] = frozenset()  # values to mask wherever they appear: canaries, our own keys
    private: tuple[str, ...] = ()  # texts whose sentences may not be told: our own prompts
    max_characters: int = MAX_CHARACTERS


@dataclass(frozen=True, slots=True)
class Filtered:
    text: str
    flags: tuple[str, ...]  # what was found, each once: prompt, url, secret, canary, phone, control, length


def released(text: str, told: Sequence[tuple[str | None, str]], rules: OutputRules, own: str = "") -> Filtered:
    """What may go out of an answer over these passages: of web pages their addresses, else None, and the texts."""
    evidence = "\n".join(said for url, said in told if url is None)
    return filtered(text, evidence, rules, own, [Page(url, said) for url, said in told if url is not None])


def filtered(text: str, evidence: str, rules: OutputRules, own: str = "", pages: Sequence[Page] = ()) -> Filtered:
    """The text as it may go out. Passages may be repeated, of documents handed in (`evidence`) and with less trust of
    `pages`; of a person's `own` words only numbers."""
    everything = "\n".join([evidence, *(page.text for page in pages)])
    steps: Sequence[tuple[str, Callable[[str], str]]] = (
        ("control", without_controls),
        ("prompt", lambda said: without_private(said, everything, rules.private)),
        ("canary", lambda said: without_values(said, rules.secrets)),
        ("secret", lambda said: without_secrets(said, evidence, everything)),
        ("url", lambda said: without_urls(said, evidence, rules.allowed_hosts, pages)),
        ("phone", lambda said: without_phones(said, f"{everything}\n{own}")),
        ("length", lambda said: shortened(said, rules.max_characters)),
    )
    flags = ["length"] if len(text) > LOOKED_AT * rules.max_characters else []
    text = text[: LOOKED_AT * rules.max_characters]
    for name, step in steps:
        changed = step(text)
        if changed != text and name not in flags:
            flags.append(name)
        text = changed
    return Filtered(tidied(text) if flags else text, tuple(flags))


def without_controls(text: str) -> str:
    """Without control characters, lone surrogates, and marks that turn or hide text; joiners of scripts stay."""
    if text.replace("\n", "").isprintable():
        return text
    kept = {"\n", "\t", "\u200c", "\u200d", "\u200e", "\u200f"}
    return "".join(char for char in text if char in kept or unicodedata.category(char) not in {"Cc", "Cf", "Cs", "Co"})


def without_values(text: str, values: frozenset[str]) -> str:
    for value in sorted((value for value in values if len(value) >= 6), key=len, reverse=True):
        text = re.sub(re.escape(value), MASK, text, flags=re.IGNORECASE)
    return text


def without_private(text: str, evidence: str, private: Sequence[str]) -> str:
    """Without the sentences that share six words in a row with a private text, unless a document says them too."""
    ours, told = _private_runs(tuple(private)), _runs(text)
    if ours.isdisjoint(told) or (secret := ours.difference(_runs(evidence))).isdisjoint(told):
        return text
    lines = (split_sentences(line) for line in text.splitlines())
    return "\n".join(" ".join(said for said in line if secret.isdisjoint(_runs(said))) for line in lines)


@lru_cache(maxsize=8)  # the same prompts are looked for in every answer
def _private_runs(private: tuple[str, ...]) -> frozenset[tuple[str, ...]]:
    return frozenset(run for said in private for run in _runs(said))


def _runs(text: str) -> list[tuple[str, ...]]:
    found = cues.words(text)
    return [tuple(found[here : here + SAME_WORDS]) for here in range(len(found) - SAME_WORDS + 1)]


def without_secrets(text: str, evidence: str, pages: str = "") -> str:
    """Without keys, and without what may be one unless the evidence holds it, under whatever name. What is called a
    secret is not told from `pages`; what only looks like one, as part of their addresses may, is."""

    def masked(found: re.Match[str]) -> str:
        value = re.split(r"[:=]\s*", found[0], maxsplit=1)[-1]
        told = evidence if found.lastgroup == "named" else f"{evidence}\n{pages}"
        return found[0] if found[0] in told or value in told else MASK

    return _SECRET.sub(masked, _KEY.sub(MASK, text))


def without_urls(text: str, evidence: str, allowed_hosts: frozenset[str], pages: Sequence[Page] = ()) -> str:
    """Addresses that neither the passages nor the list know are taken out; the words of a Markdown link stay."""

    @cache
    def known() -> frozenset[str]:  # of all that was found: looked for when an answer holds an address
        return links(evidence).union(bare for page in pages for bare in links(page.text) if _may_tell(page, bare))

    def is_allowed(url: str) -> bool:
        bare = link(url)
        in_list = (host_of(bare) in allowed_hosts and "@" not in bare) or bare in allowed_hosts
        return (in_list or bare in known()) and not is_unsafe(url)

    def is_told(url: str) -> bool:
        told = url in evidence or any(url in page.text and _may_tell(page, url) for page in pages)
        return told and not is_unsafe(url)

    def plain(found: re.Match[str]) -> str:
        return found[0] if is_allowed(found[0]) else ""

    def local(found: re.Match[str]) -> str:
        """A price or an account's number is written like one of the network: "1.500.000.000/unit"."""
        said = found[0] in evidence or any(found[0] in page.text for page in pages)
        return found[0] if said and not _is_machine(found[0]) else ""

    text = _HTML.sub("", _REFERENCE.sub("", text))
    text = _MARKDOWN_LINK.sub(lambda found: _link_words(found, is_allowed), text)
    text = _DEFANGED.sub(plain, _DEFANGED_SCHEME.sub(plain, text))
    text = _LOCAL.sub(local, _ANY_SCHEME.sub(plain, text))
    for url in sorted(_written(text), key=len, reverse=True):
        if not is_allowed(url):
            text = text.replace(url, "")
    return _PATHED.sub(lambda found: found[0] if is_told(found[0]) or is_allowed(found[0]) else "", text)


def _is_machine(written: str) -> bool:
    """A real number of the network that somebody would call, a cloud's own, or a machine's name for itself."""
    try:
        is_clouds_own = IPv4Address(re.split(r"[:/]", written, maxsplit=1)[0]).is_link_local
    except ValueError:
        return not written[:1].isdigit() and is_unsafe(written)
    return is_clouds_own or is_unsafe(written)


def _may_tell(page: Page, url: str) -> bool:
    return is_of_site(url, page.url) or is_of_service(url) or bool(_MAIL.fullmatch(url.removeprefix("mailto:")))


def without_phones(text: str, evidence: str) -> str:
    """Phone and account numbers that the evidence does not hold are masked: they may be somebody's."""
    found = sorted(phones(text), key=len, reverse=True)
    if not found:
        return text
    held = collected(evidence)
    for number in found:
        digits = sum(char.isdigit() for char in number)
        if digits >= MIN_PHONE + 1 and not holds_number(held, number):
            text = text.replace(number.strip(), MASK)
    return text


def shortened(text: str, limit: int) -> str:
    """Cut after the last sentence or line that fits."""
    if len(text) <= limit:
        return text
    head = text[: limit - 1]
    stop = max(head.rfind(mark) for mark in (". ", "! ", "? ", "。", "！", "？", "।", "\n"))
    return (head[: stop + 1] if stop > limit // 2 else head.rstrip() + "…").strip()


def tidied(text: str) -> str:
    """Without the holes that removed pieces leave."""
    text = re.sub(r"[(\[<]\s*[)\]>]", "", text)
    text = re.sub(r"[ \t]{2,}", " ", text)
    text = re.sub(r" +([.,;:!?])", r"\1", text)
    return re.sub(r"\n{3,}", "\n\n", "\n".join(line.rstrip() for line in text.splitlines())).strip()


def _link_words(found: re.Match[str], is_allowed: Callable[[str], bool]) -> str:
    """A link whose words are an address of their own may lie about where it leads: only the true address stays."""
    words, url = found[1], found[2]
    if not url or not is_allowed(url):
        return words
    return url if links(words) else found[0].lstrip("!")


def _written(text: str) -> set[str]:
    return {found[0].rstrip(".,;:!?") for found in URL.finditer(text)}
