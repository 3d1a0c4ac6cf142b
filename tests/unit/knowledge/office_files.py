"""OpenDocument files, presentations, e-books and old workbooks for the tests of reading, written by hand."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from xml.sax.saxutils import escape

from tests.unit.knowledge.document_files import zipped

# ---- PowerPoint -----------------------------------------------------------------------------------------------------

A = 'xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main"'
P = 'xmlns:p="http://schemas.openxmlformats.org/presentationml/2006/main"'
R = 'xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"'
MC = 'xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006"'
KINDS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
RELATIONS = 'xmlns="http://schemas.openxmlformats.org/package/2006/relationships"'


def shape(*paragraphs: str, kind: str | None = None, properties: str = "") -> str:
    """A text box, or what fills a placeholder of this kind."""
    place = "" if kind is None else f'<p:ph type="{kind}"/>' if kind else "<p:ph/>"
    written = "".join(f"<a:p>{properties}<a:r><a:t>{escape(text)}</a:t></a:r></a:p>" for text in paragraphs)
    return f"<p:sp><p:nvSpPr><p:nvPr>{place}</p:nvPr></p:nvSpPr><p:txBody>{written}</p:txBody></p:sp>"


def slide_table(*rows: Sequence[str]) -> str:
    """Cells of "^" go on with the cell above, cells of "<" with the cell before."""
    merged = {"^": ' vMerge="1"', "<": ' hMerge="1"'}
    written = "".join(
        "<a:tr>"
        + "".join(
            f"<a:tc{merged.get(cell, '')}><a:txBody><a:p><a:r><a:t>{'' if cell in merged else escape(cell)}"
            "</a:t></a:r></a:p></a:txBody></a:tc>"
            for cell in row
        )
        + "</a:tr>"
        for row in rows
    )
    return f'<p:graphicFrame><a:graphic><a:tbl><a:tblPr firstRow="1"/>{written}</a:tbl></a:graphic></p:graphicFrame>'


def pptx(*slides: str, notes: Sequence[str] = (), hidden: Sequence[int] = (), title: str = "") -> bytes:
    """Slides of shapes; `notes` in the same order."""
    entries = {"[Content_Types].xml": b"<Types/>", "docProps/core.xml": _core(title)}
    ids, relations = "", ""
    for number, shapes in enumerate(slides, 1):
        shown = ' show="0"' if number in hidden else ""
        slide = f"<p:sld {A} {P} {R} {MC}{shown}><p:cSld><p:spTree>{shapes}</p:spTree></p:cSld></p:sld>"
        entries[f"ppt/slides/slide{number}.xml"] = slide.encode()
        ids += f'<p:sldId id="{255 + number}" r:id="rId{number}"/>'
        relations += f'<Relationship Id="rId{number}" Type="{KINDS}/slide" Target="slides/slide{number}.xml"/>'
        if number <= len(notes):
            body = shape(notes[number - 1], kind="body") + shape(str(number), kind="sldNum")
            page = f"<p:notes {A} {P}><p:cSld><p:spTree>{body}</p:spTree></p:cSld></p:notes>"
            entries[f"ppt/notesSlides/notesSlide{number}.xml"] = page.encode()
            entries[f"ppt/slides/_rels/slide{number}.xml.rels"] = (
                f'<Relationships {RELATIONS}><Relationship Id="rId1" Type="{KINDS}/notesSlide" '
                f'Target="../notesSlides/notesSlide{number}.xml"/></Relationships>'
            ).encode()
    entries["ppt/presentation.xml"] = (
        f"<p:presentation {P} {R}><p:sldIdLst>{ids}</p:sldIdLst></p:presentation>".encode()
    )
    entries["ppt/_rels/presentation.xml.rels"] = f"<Relationships {RELATIONS}>{relations}</Relationships>".encode()
    return zipped(entries)


def _core(title: str) -> bytes:
    return (
        '<cp:coreProperties xmlns:cp="http://schemas.openxmlformats.org/package/2006/metadata/core-properties" '
        f'xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:title>{escape(title)}</dc:title></cp:coreProperties>'
    ).encode()


# ---- OpenDocument ---------------------------------------------------------------------------------------------------

NAMESPACES = " ".join(
    f'xmlns:{prefix}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"'
    for prefix, name in (
        *((name, name) for name in ("office", "text", "table", "style", "presentation")),
        *(("draw", "drawing"), ("fo", "xsl-fo-compatible"), ("meta", "meta")),
    )
)


def open_document(kind: str, body: str, styles: str = "", title: str = "", **more: bytes) -> bytes:
    """`kind` is text, spreadsheet or presentation; `body` stands in its element."""
    content = (
        f"<office:document-content {NAMESPACES}><office:automatic-styles>{styles}</office:automatic-styles>"
        f"<office:body><office:{kind}>{body}</office:{kind}></office:body></office:document-content>"
    )
    meta = (
        f'<office:document-meta {NAMESPACES} xmlns:dc="http://purl.org/dc/elements/1.1/"><office:meta>'
        f"<dc:title>{escape(title)}</dc:title></office:meta></office:document-meta>"
    )
    entries = {
        "mimetype": f"application/vnd.oasis.opendocument.{kind}".encode(),
        "content.xml": content.encode(),
        "meta.xml": meta.encode(),
        "META-INF/manifest.xml": b"<manifest/>",
    }
    return zipped(entries | {name.replace("__", "/"): entry for name, entry in more.items()})


def open_cells(*cells: str, more: str = "") -> str:
    """A table row of texts; one that begins with "<" stands as it is."""
    return (
        f"<table:table-row{more}>"
        + "".join(
            cell
            if cell.startswith("<")
            else f"<table:table-cell><text:p>{escape(cell)}</text:p></table:table-cell>"
            if cell
            else "<table:table-cell/>"
            for cell in cells
        )
        + "</table:table-row>"
    )


LOCKED_MANIFEST = (
    b'<manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"><manifest:file-entry '
    b'manifest:full-path="content.xml"><manifest:encryption-data/></manifest:file-entry></manifest:manifest>'
)

# ---- e-books --------------------------------------------------------------------------------------------------------


def epub(*chapters: str, title: str = "", toc: Sequence[str] = (), **more: bytes) -> bytes:
    """Chapters as the body of their XHTML; `toc` names them in the old table of contents."""
    items = "".join(f'<item id="c{n}" href="Text/{n}.xhtml"/>' for n in range(len(chapters)))
    spine = "".join(f'<itemref idref="c{n}"/>' for n in range(len(chapters)))
    points = "".join(
        f'<navPoint><navLabel><text>{label}</text></navLabel><content src="Text/{n}.xhtml#a"/></navPoint>'
        for n, label in enumerate(toc)
    )
    entries = {
        "mimetype": b"application/epub+zip",
        "META-INF/container.xml": b'<container xmlns="urn:oasis:names:tc:opendocument:xmlns:container"><rootfiles>'
        b'<rootfile full-path="OEBPS/content.opf"/></rootfiles></container>',
        "OEBPS/content.opf": (
            f'<package xmlns="http://www.idpf.org/2007/opf" xmlns:dc="http://purl.org/dc/elements/1.1/"><metadata>'
            f"<dc:title>{escape(title)}</dc:title></metadata><manifest>{items}"
            '<item id="ncx" href="toc.ncx" media-type="application/x-dtbncx+xml"/></manifest>'
            f"<spine>{spine}</spine></package>"
        ).encode(),
        "OEBPS/toc.ncx": (
            f'<ncx xmlns="http://www.daisy.org/z3986/2005/ncx/"><navMap>{points}</navMap></ncx>'
        ).encode(),
    }
    for number, body in enumerate(chapters):
        page = f'<html xmlns="http://www.w3.org/1999/xhtml"><head><title/></head><body>{body}</body></html>'
        entries[f"OEBPS/Text/{number}.xhtml"] = page.encode()
    return zipped(entries | {name.replace("__", "/"): entry for name, entry in more.items()})


# ---- old Office -----------------------------------------------------------------------------------------------------


def ole(streams: dict[str, bytes]) -> bytes:
    """A compound file; streams are padded to the 4,096 bytes below which they would be kept elsewhere."""
    sectors: list[bytes] = []
    table: list[int] = []

    def put(content: bytes) -> int:
        first = len(sectors)
        pieces = [content[at : at + 512].ljust(512, b"\0") for at in range(0, len(content), 512)]
        sectors.extend(pieces)
        table.extend([*range(first + 1, first + len(pieces)), 0xFFFFFFFE])
        return first

    entries = [_ole_entry("Root Entry", 5, 1 if streams else 0xFFFFFFFF, 0xFFFFFFFE, 0)]
    for number, (name, content) in enumerate(streams.items(), 1):
        padded = content.ljust(4_096, b"\0")
        following = number + 1 if number < len(streams) else 0xFFFFFFFF
        entries.append(_ole_entry(name, 2, 0xFFFFFFFF, put(padded), len(padded), following))
    while len(entries) % 4:
        entries.append(bytes(128))
    directory = put(b"".join(entries))
    fat_at = len(sectors)
    table.append(0xFFFFFFFD)
    fat = struct.pack("<128L", *table, *[0xFFFFFFFF] * (128 - len(table)))
    header = struct.pack("<8s16s5H6x", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", bytes(16), 0x3E, 3, 0xFFFE, 9, 6)
    header += struct.pack("<9L", 0, 1, directory, 0, 4_096, 0xFFFFFFFE, 0, 0xFFFFFFFE, 0)
    header += struct.pack("<109L", fat_at, *[0xFFFFFFFF] * 108)
    return header + b"".join(sectors) + fat


def _ole_entry(name: str, kind: int, child: int, start: int, size: int, right: int = 0xFFFFFFFF) -> bytes:
    coded = name.encode("utf-16-le") + b"\0\0"
    return struct.pack(
        "<64sHBBLLL16sLQQLQ", coded, len(coded), kind, 1, 0xFFFFFFFF, right, child, bytes(16), 0, 0, 0, start, size
    )


def xls(*sheets: tuple[str, Sequence[Sequence[str | float]]], hidden: Sequence[str] = ()) -> bytes:
    """An Excel 97 workbook of texts and numbers."""

    def record(kind: int, body: bytes) -> bytes:
        return struct.pack("<HH", kind, len(body)) + body

    pages: list[bytes] = []
    for _, rows in sheets:
        page = record(0x0809, struct.pack("<HHHHLL", 0x0600, 0x0010, 0, 0, 0, 0))
        for row, cells in enumerate(rows):
            for column, cell in enumerate(cells):
                place = struct.pack("<HHH", row, column, 0)
                if isinstance(cell, str):
                    text = cell.encode("utf-16-le")
                    page += record(0x0204, place + struct.pack("<HB", len(text) // 2, 1) + text)
                else:
                    page += record(0x0203, place + struct.pack("<d", cell))
        pages.append(page + record(0x000A, b""))
    begin = record(0x0809, struct.pack("<HHHHLL", 0x0600, 0x0005, 0, 0, 0, 0))
    names = [name.encode("utf-16-le") for name, _ in sheets]
    start = len(begin) + sum(4 + 8 + len(name) for name in names) + 4
    bounds = b""
    for (title, _), name, page in zip(sheets, names, pages, strict=True):
        bounds += record(0x0085, struct.pack("<LBBBB", start, title in hidden, 0, len(name) // 2, 1) + name)
        start += len(page)
    return ole({"Workbook": begin + bounds + record(0x000A, b"") + b"".join(pages)})
