"""XML entries of a checked container: no entities, no network, no document types."""

from __future__ import annotations

from typing import Any

from lxml import etree

from balas.errors import DocumentRejected
from balas.knowledge.readers import archive

Element = Any  # lxml's elements carry no types that are of use here


class Parts:
    """The entries of a container that passed `archive.check`, opened once. `kind` names the file in refusals."""

    def __init__(self, content: bytes, kind: str) -> None:
        self._container = archive.opened(content)
        self._names = frozenset(self._container.namelist())
        self._kind = kind

    def __contains__(self, name: str) -> bool:
        return name in self._names

    def read(self, name: str) -> bytes | None:
        return self._container.read(name) if name in self._names else None

    def tree(self, name: str) -> Element | None:
        """None when there is no such entry. Raises `DocumentRejected` for what is no XML."""
        xml = self.read(name)
        if not xml:
            return None
        try:
            return etree.fromstring(xml, parser())
        except etree.XMLSyntaxError as error:
            raise self.damaged() from error

    def required(self, name: str) -> Element:
        found = self.tree(name)
        if found is None:
            raise self.damaged()
        return found

    def damaged(self) -> DocumentRejected:
        return DocumentRejected(f"The {self._kind} is damaged: open it, save it again and upload that.")


def parser() -> etree.XMLParser:
    return etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, remove_comments=True, remove_pis=True
    )


def attribute_number(element: Element, name: str, most: int, default: int = 1) -> int:
    """A count that a hostile file cannot blow up."""
    value = str(element.get(name, default)).strip()
    return max(0, min(int(value), most)) if value.isascii() and value.isdigit() and len(value) < 10 else default
