"""The Markdown that models write, as markdown-it tokens: CommonMark with tables, and what chat texts need. Pure."""

from __future__ import annotations

import re
from functools import cache

from markdown_it import MarkdownIt
from markdown_it.rules_inline import StateInline
from markdown_it.token import Token

MARKER_OF = {"strong_open": "*", "em_open": "_", "s_open": "~"}

_SCHEME = re.compile(r"(?:^|[^A-Za-z0-9])(https?)$", re.IGNORECASE)
_REST_OF_URL = re.compile(r"://[^\s<>\"]+")
_TAG_NAMES = (
    "a abbr article b blockquote body br center code dd del details div dl dt em font footer h1 h2 h3 h4 h5 h6 head "
    "header hr html i img ins kbd li main mark ol p pre s section small span strike strong sub summary sup table tbody "
    "td tfoot th thead title tr u ul"
).replace(" ", "|")
_TAG = re.compile(rf"</?(?:{_TAG_NAMES})(?:\s[^<>]*)?/?>", re.IGNORECASE)
_LINE_TAG = re.compile(r"<br\s*/?>", re.IGNORECASE)
_DROPPED = re.compile(  # bounded: a text of nothing but openings would take quadratic time
    r"<!--.{0,2000}?-->|<(script|style)\b[^<>]*>.{0,2000}?</\1\s*>", re.IGNORECASE | re.DOTALL
)
# Fenced code up to its fence or the end of the text, and inline code in one or more backticks.
_CODE = re.compile(
    r"(^ {0,3}(```+|~~~+)[^\n]*\n.*?(?:^ {0,3}\2[`~]*[ \t]*$|\Z)|(?<!`)(`+)(?!`).+?(?<!`)\3(?!`))",
    re.DOTALL | re.MULTILINE,
)


def parse(markdown: str) -> list[Token]:
    return _parser().parse(_without_html(markdown))


@cache
def _parser() -> MarkdownIt:
    parser = MarkdownIt("commonmark", {"html": False}).enable(["table", "strikethrough"])
    # A text above "---" is no heading, an indented text no code, and "[1]: ..." is what the model said.
    parser.disable(["lheading", "code", "reference"])
    parser.inline.ruler.before("escape", "bare_url", _bare_url)
    return parser


def _bare_url(state: StateInline, silent: bool) -> bool:
    """An address in the text, kept from the emphasis rules: `_` and `*` are letters of it."""
    if silent or state.src[state.pos] != ":" or (scheme := _SCHEME.search(state.pending[-6:])) is None:
        return False
    rest = _REST_OF_URL.match(state.src, state.pos, state.posMax)
    if rest is None:
        return False
    shown = _without_sentence_end(rest.group())
    name = scheme.group(1)
    state.pending = state.pending[: -len(name)]
    token = state.push("bare_url", "", 0)
    token.content = name + shown
    state.pos += len(shown)
    return True


def _without_sentence_end(url: str) -> str:
    while url[-1] in "?!.,:;*_~'`])}":
        pair = {")": "(", "]": "[", "}": "{"}.get(url[-1])
        if pair and url.count(pair) >= url.count(url[-1]):
            break
        url = url[:-1]
    return url


def _without_html(markdown: str) -> str:
    """Tags of HTML removed, line breaks kept; `<your name>` is no tag, and code stays as it is."""
    if "<" not in markdown:
        return markdown
    shown: list[str] = []
    at = 0
    for code in _CODE.finditer(markdown):
        shown += [_strip_tags(markdown[at : code.start()]), code.group()]
        at = code.end()
    return "".join([*shown, _strip_tags(markdown[at:])])


def _strip_tags(text: str) -> str:
    text = _DROPPED.sub("", text)
    lines = (
        _LINE_TAG.sub(" " if line.lstrip().startswith("|") else "\n", line)  # a table row is one line
        for line in text.split("\n")
    )
    return _TAG.sub("", "\n".join(lines))
