"""WhatsApp's own formatting as HTML. Pure. The text is escaped first; only fixed tags are put into it."""

from __future__ import annotations

import re

from markupsafe import Markup, escape

_UNTOUCHED = re.compile(r"```(?P<block>.+?)```|`(?P<code>[^`\n]+)`|(?P<url>https?://[^\s<>\"'`]+)", re.DOTALL)
_MARKS = [
    (re.compile(r"(?<![\w*])\*(?=\S)([^*\n]+?)(?<=\S)\*(?![\w*])"), r"<strong>\1</strong>"),
    (re.compile(r"(?<![\w_])_(?=\S)([^_\n]+?)(?<=\S)_(?![\w_])"), r"<em>\1</em>"),
    (re.compile(r"(?<![\w~])~(?=\S)([^~\n]+?)(?<=\S)~(?![\w~])"), r"<s>\1</s>"),
]


def whatsapp_html(text: str) -> Markup:
    """Line breaks stay as they are: the bubble shows them through `white-space: pre-wrap`."""
    parts: list[str] = []
    end = 0
    for match in _UNTOUCHED.finditer(text):
        parts.append(_marked(text[end : match.start()]))
        parts.append(_untouched(match))
        end = match.end()
    parts.append(_marked(text[end:]))
    return Markup("".join(parts))  # noqa: S704 every part was escaped


def plain(text: str) -> str:
    """The text on one line, without the marks."""
    return " ".join(whatsapp_html(text).striptags().split())


def _marked(text: str) -> str:
    html = str(escape(text))
    for pattern, replacement in _MARKS:
        html = pattern.sub(replacement, html)
    return html


def _untouched(match: re.Match[str]) -> str:
    if block := match["block"]:
        return f"<code>{escape(block.strip())}</code>"
    if code := match["code"]:
        return f"<code>{escape(code)}</code>"
    url = match["url"].rstrip(".,;:!?)*_~")
    rest = match["url"][len(url) :]
    return f'<a href="{escape(url)}" target="_blank" rel="noopener noreferrer">{escape(url)}</a>{escape(rest)}'
