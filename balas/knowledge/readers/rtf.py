"""Rich text (.rtf): paragraphs, headings, tables and hidden text told apart; pictures and objects passed over."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from balas.errors import DocumentRejected
from balas.knowledge.readers import Progress, tables
from balas.values import Block, ParsedDocument

MAX_DEPTH = 1_000
MAX_COLUMNS = 500
BOLD_LEVEL = 6
MAX_BOLD = 80

# \'e9, \par or \fs24, \~; a brace; text; line breaks, which mean nothing
_TOKEN = re.compile(
    rb"\\(?:'(?P<byte>[0-9a-fA-F]{2})|(?P<word>[a-zA-Z]{1,32})(?P<number>-?\d{1,10})? ?|(?P<sign>[^a-zA-Z]))"
    rb"|(?P<brace>[{}])|(?P<text>[^\\{}\r\n]+)|[\r\n]+",
    re.DOTALL,
)
_BULLET = re.compile(r"^[·•▪]\t")  # a list item, as written for old readers
_SIGNS = {
    "tab": "\t", "line": "\n", "emdash": "—", "endash": "–", "lquote": "‘", "rquote": "’", "ldblquote": "“",
    "rdblquote": "”", "bullet": "•", "emspace": " ", "enspace": " ", "zwj": "\u200d", "zwnj": "\u200c",
}  # fmt: skip
# Groups that hold no text of the document. `\*` marks those that an old reader may pass over.
_PASSED_OVER = frozenset(
    {
        *("fonttbl", "colortbl", "stylesheet", "info", "pict", "object", "listtable", "listoverridetable", "revtbl"),
        *("header", "headerl", "headerr", "headerf", "footer", "footerl", "footerr", "footerf", "ftnsep", "ftnsepc"),
        *("fldinst", "annotation", "nonshppict", "filetbl", "xmlnstbl", "themedata", "datastore", "latentstyles"),
    }
)
_CODE_PAGES = {"mac": "mac-roman", "pc": "cp437", "pca": "cp850"}


@dataclass(slots=True)
class _State:
    """What a group inherits and its closing brace undoes."""

    silent: bool = False
    hidden: bool = False
    bold: bool = False
    blanks: int = 1  # characters that stand in for a \\u, for readers without Unicode


@dataclass(slots=True)
class _Paragraph:
    text: list[str] = field(default_factory=list)
    bold: bool = True  # as long as no plain letter was seen
    level: int | None = None
    in_table: bool = False


def read(content: bytes, progress: Progress) -> ParsedDocument:
    walk = _Walk(_code_page(content))
    blocks = tuple(walk.blocks(content))
    return ParsedDocument("", blocks, warnings=("Hidden text was left out.",) if walk.hidden else ())


def _code_page(content: bytes) -> str:
    if declared := re.search(rb"\\ansicpg(\d{1,5})", content[:4096]):
        return _known(f"cp{declared[1].decode('ascii')}")
    kind = re.match(rb"\{\\rtf\d?\s*\\(mac|pca|pc)\b", content)
    return _CODE_PAGES[kind[1].decode("ascii")] if kind else "cp1252"


def _known(name: str) -> str:
    try:
        return codecs.lookup(name).name
    except LookupError:
        return "cp1252"


class _Walk:
    def __init__(self, code_page: str) -> None:
        self._code_page = code_page
        self.hidden = False
        self._open: list[_State] = []
        self._state = _State()
        self._paragraph = _Paragraph()
        self._bytes = bytearray()  # of the code page, until something else follows: some letters take two
        self._skip = 0  # characters still to be passed over after a \u
        self._begun = False  # a group, whose first word may say that it holds no text
        self._cells: list[str] = []
        self._rows: list[list[str]] = []

    def blocks(self, content: bytes) -> Iterator[Block]:
        position = 0
        while found := _TOKEN.match(content, position):
            position = found.end()
            word = (found["word"] or b"").decode("ascii")
            number = int(found["number"]) if found["number"] else None
            if word == "bin":
                position += max(0, number or 0)
            elif found["brace"]:
                self._brace(found["brace"])
            elif word:
                yield from self._word(word, number)
            elif found["byte"]:
                self._raw(bytes([int(found["byte"], 16)]))
            elif found["sign"]:
                self._sign(found["sign"])
            elif found["text"]:
                self._raw(found["text"])
        yield from self._end_paragraph()
        yield from self._end_table()

    def _brace(self, brace: bytes) -> None:
        self._decode()
        self._skip = 0
        if brace == b"{":
            if len(self._open) >= MAX_DEPTH:
                raise DocumentRejected("The file is damaged: its groups never end. Save it again.")
            self._open.append(self._state)
            self._state = replace(self._state)
            self._begun = True
        elif self._open:
            self._state = self._open.pop()
            self._begun = False

    def _word(self, word: str, number: int | None) -> Iterator[Block]:
        self._decode()
        begun, self._begun = self._begun, False
        state = self._state
        on = number != 0
        if word in _PASSED_OVER and (begun or word in {"pict", "object"}):
            state.silent = True
        elif word == "u" and number is not None:
            self._say(chr(number % 65_536))
            self._skip = state.blanks
        elif word == "uc":
            state.blanks = min(number if number is not None else 1, 16)
        elif word in {"v", "deleted"}:
            state.hidden = on
        elif word == "b":
            state.bold = on
        elif word == "plain":
            state.bold = state.hidden = False
        elif word == "pard":
            self._paragraph.level, self._paragraph.in_table = None, False
        elif word == "outlinelevel" and number is not None:
            self._paragraph.level = number + 1 if 0 <= number < 6 else None
        elif word == "intbl":
            self._paragraph.in_table = True
        elif word in _SIGNS:
            self._say(_SIGNS[word])
        elif not state.silent:
            yield from self._boundary(word)

    def _boundary(self, word: str) -> Iterator[Block]:
        if word == "cell":
            if len(self._cells) >= MAX_COLUMNS:
                raise DocumentRejected(f"A table has more than {MAX_COLUMNS} columns: split it.", status=413)
            self._cells.append("".join(self._paragraph.text))
            self._paragraph = _Paragraph(in_table=True)
        elif word == "row":
            self._rows.append(self._cells)
            self._cells = []
        elif word in {"par", "sect", "page"}:
            if self._paragraph.in_table:
                self._say("\n")
            else:
                yield from self._end_paragraph()

    def _sign(self, sign: bytes) -> None:
        self._decode()
        if sign == b"*":
            self._state.silent = self._state.silent or self._begun
        elif sign in {b"\\", b"{", b"}"}:
            self._say(sign.decode("ascii"))
        elif sign == b"~":
            self._say(" ")
        elif sign == b"_":
            self._say("-")
        self._begun = False

    def _raw(self, piece: bytes) -> None:
        self._begun = False
        passed = min(self._skip, len(piece))
        self._skip -= passed
        self._bytes += piece[passed:]

    def _decode(self) -> None:
        if self._bytes:
            text = self._bytes.decode(self._code_page, "replace")
            self._bytes.clear()
            self._say(text)

    def _say(self, text: str) -> None:
        state = self._state
        if state.silent:
            return
        if state.hidden:
            self.hidden = self.hidden or bool(text.strip())
            return
        self._paragraph.text.append(text)
        if text.strip() and not state.bold:
            self._paragraph.bold = False

    def _end_paragraph(self) -> Iterator[Block]:
        self._decode()
        paragraph, self._paragraph = self._paragraph, _Paragraph(level=self._paragraph.level)
        # \u gives the halves of a character beyond the first plane one after the other.
        text = "".join(paragraph.text).encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace").strip()
        text = _BULLET.sub("- ", text)
        if not text:
            return
        yield from self._end_table()
        level = paragraph.level
        alone = len(text) <= MAX_BOLD and "\n" not in text and not text.endswith((".", ":", ",", ";"))
        if level is None and paragraph.bold and alone:
            level = BOLD_LEVEL
        yield Block(text, heading_level=level)

    def _end_table(self) -> Iterator[Block]:
        rows, self._rows = self._rows, []
        yield from tables.blocks(rows)
