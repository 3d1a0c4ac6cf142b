"""Web pages: the main part, without menus, scripts, forms and hidden parts."""

from __future__ import annotations

from copy import deepcopy
from dataclasses import replace
from typing import Any

import lxml.html
from lxml import etree

from balas.errors import DocumentRejected
from balas.knowledge.readers import Progress, charset, faq, tables, web
from balas.knowledge.readers.words import clean, one_line
from balas.values import Block, ParsedDocument

_DROPPED = (
    *("script", "style", "noscript", "template", "svg", "math", "iframe", "object", "embed", "canvas", "dialog"),
    *("nav", "aside", "footer", "menu", "button", "select", "input", "textarea"),
)
_HEADINGS = {f"h{level}": level for level in range(1, 7)}
_CONTAINERS = {
    *(
        "html",
        "body",
        "main",
        "article",
        "section",
        "div",
        "header",
        "center",
        "details",
        "summary",
        "figure",
        "figcaption",
    ),
    *("p", "pre", "blockquote", "address", "fieldset", "hr", "ul", "ol", "li", "dl", "dt", "dd"),
    *("table", "caption", "thead", "tbody", "tfoot", "tr", "td", "th", *_HEADINGS),
}
_STRONG = {"b", "strong"}
_LISTS = {"ul", "ol"}
_HIDDEN = "|".join(
    (
        ".//*[@hidden]",
        ".//*[@aria-hidden='true']",
        ".//*[contains(translate(@style,' ',''),'display:none')]",
        *(f".//*[@role='{role}']" for role in ("navigation", "search", "dialog", "alertdialog")),
    )
)
_NAMED = "translate(concat(@id,' ',@class),'CDEGIKNOPRST','cdegiknoprst')"
_CONSENT = "|".join(f".//*[contains({_NAMED},'{word}')]" for word in ("cookie", "consent", "gdpr"))
MAX_FOOTER = 40  # blocks
MAX_CONSENT = 1_500  # characters of a banner; the page about cookies itself is longer, or has a heading
_BREAK = "\ufdd0"  # a noncharacter stands for a line break while blanks are folded
_MAIN = ("//main", "//*[@role='main']", "//article")


def read(content: bytes, progress: Progress) -> ParsedDocument:
    text = charset.decode(content)
    # An encoding declaration in a decoded text is an error to lxml; the bytes it gets are UTF-8 for sure.
    parser = lxml.html.HTMLParser(
        encoding="utf-8", no_network=True, huge_tree=False, remove_comments=True, remove_pis=True
    )
    try:
        root: Any = lxml.html.document_fromstring(text.encode("utf-8", "replace"), parser=parser)
    except (etree.ParserError, etree.XMLSyntaxError) as error:
        raise DocumentRejected("The web page holds nothing to read.") from error
    title = one_line(root.findtext(".//title") or "")
    links = replace(web.links_of(root), footer=_footer(root))
    _keep_questions(root)
    etree.strip_elements(root, "head", *_DROPPED, with_tail=False)
    for hidden in root.xpath(_HIDDEN):
        if hidden.getparent() is not None and not _is_folded(hidden):
            hidden.drop_tree()
    for banner in root.xpath(_CONSENT):
        if banner.getparent() is not None and _is_banner(banner):
            banner.drop_tree()
    blocks: list[Block] = []
    _walk(_main(root), blocks)
    return ParsedDocument(title=title, blocks=tuple(blocks), web=links)


def _footer(root: Any) -> tuple[Block, ...]:
    """The page's own foot without its lists of links. It is no part of the text: each page of a site repeats it."""
    found = root.xpath("//footer[not(ancestor::main or ancestor::article or ancestor::section)]")
    if not found:
        return ()
    footer = deepcopy(found[-1])
    etree.strip_elements(footer, *(tag for tag in _DROPPED if tag != "footer"), with_tail=False)
    for menu in footer.xpath(".//ul|.//ol"):
        linked = "".join(link.text_content() for link in menu.iter("a") if not _is_contact(link))
        if menu.getparent() is not None and len(one_line(linked)) * 2 > len(one_line(menu.text_content())):
            menu.drop_tree()
    blocks: list[Block] = []
    _walk(footer, blocks)
    return tuple(replace(block, text=clean(block.text)) for block in blocks[:MAX_FOOTER] if clean(block.text))


def _is_contact(link: Any) -> bool:
    return str(link.get("href", "")).startswith(("tel:", "mailto:", "https://wa.me/"))


def _is_banner(element: Any) -> bool:
    whole = element.tag in {"html", "body", "main", "article"} or element.find(".//h1") is not None
    return not whole and len(one_line(element.text_content())) <= MAX_CONSENT


def _keep_questions(root: Any) -> None:
    """Pages fold their answers away under buttons; those that ask are no controls to us."""
    for button in root.iter("button"):
        parent = button.getparent()
        if parent is not None and (parent.tag in _HEADINGS or parent.tag in {"summary", "dt"}):
            button.tag = "span"
        elif faq.is_question(_text(button)):
            button.tag = "p"


def _is_folded(element: Any) -> bool:
    """An answer that shows once its question is pressed, hidden only until then."""
    return element.get("role") in {"region", "tabpanel"} and element.get("aria-labelledby") is not None


def _main(root: Any) -> Any:
    """The one element that holds the text, when the page names it and it holds a good part."""
    whole = len(one_line(root.text_content()))
    for path in _MAIN:
        found = root.xpath(path)
        if len(found) == 1 and len(one_line(found[0].text_content())) * 3 > whole:
            return found[0]
    return root


def _walk(element: Any, blocks: list[Block]) -> None:
    """Depth is bounded by the parser: libxml2 stops at 256 without `huge_tree`."""
    loose: list[str] = [element.text or ""]
    for child in element:
        tag = child.tag if isinstance(child.tag, str) else ""
        if tag in _CONTAINERS:
            _flush(loose, blocks)
            _container(child, tag, blocks)
        else:
            _inline(child, loose)
        loose.append(child.tail or "")
    _flush(loose, blocks)


def _container(child: Any, tag: str, blocks: list[Block]) -> None:
    if tag in _HEADINGS:
        blocks.append(Block(_text(child), heading_level=_HEADINGS[tag]))
    elif tag == "table":
        _table(child, blocks)
    elif tag in _LISTS:
        if not _questions(child, blocks):
            blocks.append(Block("\n".join(_items(child, tag == "ol", ""))))
    elif tag == "dl":
        _definitions(child, blocks)
    elif tag == "details" and (summary := child.find("summary")) is not None:
        question = _text(summary)
        summary.drop_tree()
        blocks.append(faq.question_block(question, _text(child)))
    elif tag == "pre":
        blocks.append(Block(child.text_content()))
    else:
        _walk(child, blocks)


def _text(element: Any) -> str:
    parts: list[str] = []
    _gather(element, parts)
    return _fold("".join(parts))


def _gather(element: Any, parts: list[str]) -> None:
    parts.append(element.text or "")
    for child in element:
        _inline(child, parts)
        parts.append(child.tail or "")


def _inline(child: Any, parts: list[str]) -> None:
    tag = child.tag if isinstance(child.tag, str) else ""
    if tag == "br":
        parts.append(_BREAK)
    elif tag == "img":
        parts.append(f" {child.get('alt', '')} ")
    elif tag in _CONTAINERS:
        parts.append(_BREAK)
        _gather(child, parts)
        parts.append(_BREAK)
    else:
        start = len(parts)
        _gather(child, parts)
        if (
            tag in _STRONG
            and not "".join(parts[:start]).strip(_BREAK + " \n\t")
            and faq.is_question(_fold("".join(parts[start:])))
        ):
            parts.append(_BREAK)
        if tag == "a":
            parts += _address(child, "".join(parts[start:]))


def _address(link: Any, shown: str) -> list[str]:
    target = str(link.get("href", ""))
    if target.startswith(("tel:", "mailto:")) and (bare := target.partition(":")[2].partition("?")[0]) not in shown:
        return [f" ({bare})"]
    if target.startswith(("https://", "http://")) and target.partition("://")[2].rstrip("/") not in shown:
        return [f" ({target})"]
    return []


def _fold(text: str) -> str:
    lines = (" ".join(line.split()) for line in text.split(_BREAK))
    return "\n".join(line for line in lines if line)


def _flush(loose: list[str], blocks: list[Block]) -> None:
    text = _fold("".join(loose))
    loose.clear()
    if text:
        blocks.append(Block(text))


def _items(element: Any, numbered: bool, indent: str) -> list[str]:
    lines: list[str] = []
    for number, item in enumerate(element.iterchildren("li"), 1):
        inner = list(item.iterchildren("ul", "ol"))
        below = [line for nested in inner for line in _items(nested, nested.tag == "ol", indent + "  ")]
        for nested in inner:
            nested.drop_tree()
        mark = f"{number}. " if numbered else "- "
        lines += [f"{indent}{mark}{' '.join(_text(item).split())}", *below]
    return lines


def _questions(element: Any, blocks: list[Block]) -> bool:
    """A list whose items ask and answer."""
    asked = [_text(item).partition("\n") for item in element.iterchildren("li")]
    if not asked or not all(faq.is_question(question) and answer for question, _, answer in asked):
        return False
    blocks += [faq.question_block(question, answer) for question, _, answer in asked]
    return True


def _definitions(element: Any, blocks: list[Block]) -> None:
    term = ""
    for child in element.iter("dt", "dd"):
        if child.tag == "dt":
            term = _text(child)
        elif faq.is_question(term):
            blocks.append(faq.question_block(term, _text(child)))
        else:
            blocks.append(Block(f"{term}: {_text(child)}" if term else _text(child)))


def _table(element: Any, blocks: list[Block]) -> None:
    if element.find(".//table") is not None:  # a table for layout
        for cell in element.xpath("./tr/td|./tbody/tr/td|./tr/th|./tbody/tr/th"):
            _walk(cell, blocks)
        return
    rows: list[list[str]] = []
    spans: dict[int, tuple[int, str]] = {}  # column -> rows left, text of a cell merged down
    headers = 0
    for row in element.iter("tr"):
        cells = list(row.iterchildren("td", "th"))
        if cells and headers == len(rows) and all(cell.tag == "th" for cell in cells):
            headers += 1
        rows.append(_cells(cells, spans))
    if (caption := element.findtext("caption")) and caption.strip():
        blocks.append(Block(caption, heading_level=tables.TITLE_LEVEL))
    blocks += tables.blocks(rows, header_rows=headers if 0 < headers < len(rows) else None)


def _cells(cells: list[Any], spans: dict[int, tuple[int, str]]) -> list[str]:
    row: list[str] = []

    def covered() -> None:
        while len(row) in spans:
            left, text = spans.pop(len(row))
            if left > 1:
                spans[len(row)] = (left - 1, text)
            row.append(text)

    for cell in cells:
        covered()
        text = _text(cell)
        down, across = _span(cell, "rowspan"), _span(cell, "colspan")
        if down > 1:
            spans[len(row)] = (down - 1, text)
        row += [text, *[""] * (across - 1)]
    covered()
    return row


def _span(cell: Any, name: str) -> int:
    value = str(cell.get(name, "1")).strip()
    return max(1, min(int(value), 100)) if value.isascii() and value.isdigit() and len(value) < 6 else 1
