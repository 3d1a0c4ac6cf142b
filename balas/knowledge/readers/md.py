"""Markdown, by its tokens."""

from __future__ import annotations

import re

from markdown_it import MarkdownIt
from markdown_it.token import Token

from balas.knowledge.readers import Progress, charset, plain, tables
from balas.values import Block, ParsedDocument

BOLD_LEVEL = 6  # below all headings that are marked as such
MAX_BOLD = 80

_FRONT_MATTER = re.compile(r"\A---\s*\n(.*?)\n---\s*(?:\n|\Z)", re.DOTALL)
_FRONT_TITLE = re.compile(r"^title:\s*['\"]?(.+?)['\"]?\s*$", re.MULTILINE | re.IGNORECASE)
_TAG = re.compile(r"<[^>]{1,500}>")


def read(content: bytes, progress: Progress) -> ParsedDocument:
    text = charset.decode(content).replace("\r\n", "\n")
    title = ""
    if front := _FRONT_MATTER.match(text):
        named = _FRONT_TITLE.search(front[1])
        title = named[1] if named else ""
        text = text[front.end() :]
    tokens = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"]).parse(text)
    blocks = _Walk().blocks(tokens)
    return ParsedDocument(title=title, blocks=tuple(blocks))


class _Walk:
    """Goes through the flat token stream once, remembering only the open list and table."""

    def __init__(self) -> None:
        self.made: list[Block] = []
        self.counters: list[int | None] = []  # one an open list; None for bullets
        self.items: list[str] = []
        self.marker = ""
        self.rows: list[list[str]] | None = None

    def blocks(self, tokens: list[Token]) -> list[Block]:
        for position, token in enumerate(tokens):
            step = getattr(self, f"_{token.type}", None)
            if step is not None:
                step(token, tokens[position - 1])
        return self.made

    def _inline(self, token: Token, opened: Token) -> None:
        text = plain_text(token)
        if self.rows is not None:
            self.rows[-1].append(text)
        elif opened.type == "heading_open":
            self.made.append(Block(text, heading_level=int(opened.tag[1:])))
        elif self.counters:
            self.items.append(self.marker + text if self.marker else "  " * len(self.counters) + text)
            self.marker = ""
        else:
            bold = bold_line(token)
            if bold:
                self.made.append(Block(bold, heading_level=BOLD_LEVEL))
                text = text[len(bold) :].strip()
            if text:
                self.made.append(Block(plain.rejoin(text.split("\n")) if "\n" in text else text))

    def _bullet_list_open(self, token: Token, before: Token) -> None:
        self.counters.append(None)

    def _ordered_list_open(self, token: Token, before: Token) -> None:
        self.counters.append(int(token.attrs.get("start", 1)) - 1)

    def _list_item_open(self, token: Token, before: Token) -> None:
        count = self.counters[-1]
        if count is None:
            self.marker = "- "
        else:
            self.counters[-1] = count + 1
            self.marker = f"{count + 1}. "

    def _list_close(self, token: Token, before: Token) -> None:
        self.counters.pop()
        if not self.counters and self.items:
            self.made.append(Block("\n".join(self.items)))
            self.items = []

    _bullet_list_close = _list_close
    _ordered_list_close = _list_close

    def _table_open(self, token: Token, before: Token) -> None:
        self.rows = []

    def _tr_open(self, token: Token, before: Token) -> None:
        if self.rows is not None:
            self.rows.append([])

    def _table_close(self, token: Token, before: Token) -> None:
        rows, self.rows = self.rows or [], None
        header = 1 if rows and any(rows[0]) else None
        self.made += tables.blocks(rows, header_rows=header)

    def _fence(self, token: Token, before: Token) -> None:
        self.made.append(Block(token.content))

    _code_block = _fence

    def _html_block(self, token: Token, before: Token) -> None:
        if not token.content.lstrip().lower().startswith(("<script", "<style")):
            self.made.append(Block(_TAG.sub(" ", _without_comments(token.content))))


def _without_comments(html: str) -> str:
    """By cutting, since a pattern would look for the end from each of a million beginnings."""
    shown, *commented = html.split("<!--")
    return shown + "".join(rest.partition("-->")[2] for rest in commented)


def bold_line(inline: Token) -> str:
    """A first line that is bold as a whole and no sentence, as many write their headings; else ""."""
    children = [child for child in inline.children or [] if child.type != "text" or child.content]
    kinds = [child.type for child in children[:4]]
    if kinds[:3] != ["strong_open", "text", "strong_close"] or kinds[3:] not in ([], ["softbreak"], ["hardbreak"]):
        return ""
    said = children[1].content.strip()
    return "" if len(said) > MAX_BOLD or said.endswith((".", "!", "?", ":", ";", ",", "。", "।", "؟", "？")) else said


def plain_text(inline: Token) -> str:
    """A line of Markdown as it is read aloud; addresses of links kept in brackets."""
    parts: list[str] = []
    targets: list[tuple[str, int]] = []
    for child in inline.children or []:
        if child.type in {"text", "code_inline"}:
            parts.append(child.content)
        elif child.type in {"softbreak", "hardbreak"}:
            parts.append("\n")
        elif child.type == "image":
            parts.append(child.content)
        elif child.type == "html_inline":
            parts.append("\n" if child.content.lower().startswith("<br") else "")
        elif child.type == "link_open":
            targets.append((str(child.attrs.get("href", "")), len(parts)))
        elif child.type == "link_close" and targets:
            target, start = targets.pop()
            shown = "".join(parts[start:])
            if (
                target.startswith(("http://", "https://", "mailto:", "tel:"))
                and target.removeprefix("mailto:") != shown
            ):
                parts.append(f" ({target.removeprefix('mailto:').removeprefix('tel:')})")
    return "".join(parts)
