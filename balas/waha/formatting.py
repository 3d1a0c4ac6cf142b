"""Markdown as WhatsApp shows it: `*bold*`, `_italic_`, `~strike~`, backticks, lists and quotes; no more exists. Pure.

A WhatsApp marker works only at a word's border and within one line, so pairs are closed and opened again at every line
end, left out inside words, and literal marker characters that would work are broken by a zero-width space.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from markdown_it.token import Token

from balas.waha.markdown import MARKER_OF, parse
from balas.waha.splitting import split_message

__all__ = ["split_message", "to_whatsapp"]

# Noncharacters, never in a text, stand for marker characters until a line is complete: those that were literal in the
# Markdown, and those of addresses and code, which nothing may touch.
_LITERALS = {"*": "\ufdd0", "_": "\ufdd1", "~": "\ufdd2", "`": "\ufdd3"}
_UNTOUCHED = {"*": "\ufdd4", "_": "\ufdd5", "~": "\ufdd6", "`": "\ufdd7"}
_TO_LITERAL, _TO_UNTOUCHED = str.maketrans(_LITERALS), str.maketrans(_UNTOUCHED)
_FROM_LITERAL = {stand_in: marker for marker, stand_in in _LITERALS.items()}
_AS_SHOWN = str.maketrans(_FROM_LITERAL | {stand_in: marker for marker, stand_in in _UNTOUCHED.items()})
_NONCHARACTERS = re.compile("[\ufdd0-\ufdd7]")
_BREAK = "\u200b"
_BLANK_LINES = re.compile(r"\n{3,}")


def to_whatsapp(markdown: str) -> str:
    """The text to send; headings become bold lines, links `text: url`, tables `name: value` lines."""
    tokens = parse(_NONCHARACTERS.sub("", markdown))
    text = "\n\n".join(_blocks(tokens))
    shown = "\n".join(_literal_markers(line).rstrip() for line in text.split("\n"))
    return _BLANK_LINES.sub("\n\n", shown).strip("\n")


# ---- blocks ---------------------------------------------------------------------------------------------------------


def _children(tokens: list[Token]) -> Iterator[tuple[Token, list[Token]]]:
    """Each token of the outermost level with what stands between it and its closing."""
    at = 0
    while at < len(tokens):
        end = at
        depth: int = tokens[at].nesting
        while depth > 0 and end + 1 < len(tokens):
            end += 1
            depth += tokens[end].nesting
        yield tokens[at], tokens[at + 1 : end]
        at = end + 1


def _blocks(tokens: list[Token]) -> list[str]:
    shown = (_block(token, inside) for token, inside in _children(tokens))
    return [text for text in shown if text.strip()]


def _block(token: Token, inside: list[Token]) -> str:
    match token.type:
        case "paragraph_open":
            return _inline(inside[0].children or [])
        case "heading_open":
            return _inline(inside[0].children or [], bold=True)
        case "fence" | "code_block":
            return "```\n" + token.content.rstrip("\n").replace("```", f"``{_BREAK}`") + "\n```"
        case "bullet_list_open" | "ordered_list_open":
            return _list(inside)
        case "blockquote_open":
            lines = "\n".join(_blocks(inside)).split("\n")
            return "\n".join("> " + line.removeprefix("> ") for line in lines if line.strip())
        case "table_open":
            return _table(inside)
        case _:
            return ""


def _list(tokens: list[Token]) -> str:
    items: list[str] = []
    for token, inside in _children(tokens):
        mark = f"{token.info}. " if token.info else "- "
        first, *rest = "\n".join(_blocks(inside)).split("\n")
        indent = " " * len(mark)
        items.append("\n".join([mark + first, *(indent + line if line else "" for line in rest)]))
    return "\n".join(items)


def _table(tokens: list[Token]) -> str:
    """Two columns: their names in bold, then `first: second`; more: a group of `name: value` lines for each row."""
    rows: list[list[Token]] = []
    for token in tokens:
        if token.type == "tr_open":
            rows.append([])
        elif token.type == "inline":
            rows[-1].append(token)
    header, body = rows[0], rows[1:]
    if len(header) == 2:
        names = ": ".join(filter(None, (_cell(cell, bold=True) for cell in header)))
        lines = [_around(names, "*")] if names else []
        return "\n".join(lines + [": ".join(filter(None, map(_cell, row))) for row in body])
    names_of = [_cell(cell) for cell in header]
    groups = ["\n".join(filter(None, map(_named, names_of, map(_cell, row)))) for row in body]
    return "\n\n".join(groups) if body else "\n".join(names_of)


def _cell(token: Token, *, bold: bool = False) -> str:
    """On one line; `bold`: it will stand inside bold text."""
    return " ".join(_join(_parts(token.children or [], frozenset("*" if bold else ""))).split())


def _named(name: str, value: str) -> str:
    return f"{name}: {value}" if name and value else value


# ---- inside a line --------------------------------------------------------------------------------------------------


def _inline(tokens: list[Token], *, bold: bool = False) -> str:
    if not bold:
        return _join(_parts(tokens, frozenset()))
    return _around(_join(_parts(tokens, frozenset("*"))), "*")


def _parts(tokens: list[Token], active: frozenset[str]) -> list[tuple[str, str, str]]:
    """(text, marker to put around it or "", what stood around it in the Markdown)."""
    parts: list[tuple[str, str, str]] = []
    for token, inside in _children(tokens):
        marker = MARKER_OF.get(token.type, "")
        if token.type == "link_open":
            parts.append((_link(str(token.attrs.get("href", "")), _join(_parts(inside, active)), token), "", ""))
        elif marker:
            shown = _join(_parts(inside, active | {marker}))
            parts.append((shown, "" if marker in active else marker, token.markup))
        else:
            parts.append((_leaf(token), "", ""))
    return parts


def _leaf(token: Token) -> str:
    match token.type:
        case "softbreak" | "hardbreak":
            return "\n"
        case "code_inline":
            if "`" in token.content:
                return token.content.translate(_TO_LITERAL)
            return f"`{token.content.translate(_TO_UNTOUCHED)}`"
        case "bare_url":
            return token.content.translate(_TO_UNTOUCHED)
        case "image":
            source = str(token.attrs.get("src", "")).translate(_TO_UNTOUCHED)
            alt = token.content.translate(_TO_LITERAL)
            return alt if source.startswith("data:") else _named(alt, source)
        case _:
            return token.content.translate(_TO_LITERAL)


def _link(href: str, text: str, token: Token) -> str:
    address = href.removeprefix("mailto:")
    shown = address.translate(_TO_UNTOUCHED)
    plain = text.translate(_AS_SHOWN).strip()
    if token.info == "auto" or not plain or plain in (address, address.partition("://")[2]):
        return shown
    return f"{text.rstrip(': ')}: {shown}" if address else text


def _join(parts: list[tuple[str, str, str]]) -> str:
    """A marker beside a letter or digit would not work: it is left out, or was no markup at all, as in 2*3*4."""
    shown = ""
    for at, (text, marker, markup) in enumerate(parts):
        before = shown[-1:]
        after = next((following for following, _, _ in parts[at + 1 :] if following), "")[:1]
        if not marker:
            shown += text
        elif not (before.isalnum() or after.isalnum()):
            shown += _around(text, marker)
        elif markup == "*" or before.isdigit() or after.isdigit():
            literal = markup.translate(_TO_LITERAL)
            shown += literal + text + literal
        else:
            shown += text
    return shown


def _around(text: str, marker: str) -> str:
    lines = []
    for line in text.split("\n"):
        core = line.strip()
        lines.append(line.replace(core, f"{marker}{core}{marker}", 1) if core else line)
    return "\n".join(lines)


def _literal_markers(line: str) -> str:
    """Stand-ins as the characters they stand for; literal ones broken where WhatsApp would take them for a pair."""
    if not _NONCHARACTERS.search(line):
        return line
    real = "".join(_FROM_LITERAL.get(character, character) for character in line)
    last_closing = {character: at for at, character in enumerate(real) if character in _LITERALS and _closes(real, at)}
    shown: list[str] = []
    open_pairs: set[str] = set()  # markers of ours earlier in the line
    for at, character in enumerate(line):
        marker = _FROM_LITERAL.get(character)
        if marker is None:
            open_pairs |= {character} & _LITERALS.keys()
            shown.append(character)
        elif _opens(real, at) and last_closing.get(marker, -1) > at:
            shown.append(marker + _BREAK)
        elif marker in open_pairs and _closes(real, at):
            shown.append(_BREAK + marker)
        else:
            shown.append(marker)
    return "".join(shown).translate(_AS_SHOWN)


def _opens(text: str, at: int) -> bool:
    return not text[at - 1 : at].isalnum() and bool(text[at + 1 : at + 2].strip())


def _closes(text: str, at: int) -> bool:
    return bool(text[at - 1 : at].strip()) and not text[at + 1 : at + 2].isalnum()
