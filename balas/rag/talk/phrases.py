"""The fixed lines Balas says, in the person's language. The words themselves stand in `phrases.toml`."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from functools import cache
from importlib.resources import files

from balas.values import Source

FALLBACK = "en"
MAX_ECHO = 80  # characters of the person's own question that a line may repeat
_MACROS = {"in": "id", "fil": "tl", "zsm": "ms", "cmn": "zh", "yue": "zh", "prs": "fa", "iw": "he"}


def phrase(name: str, language: str | None, **values: object) -> str:
    """The line `name` in `language` ("pt-BR" counts as "pt"), in English where that language is not spoken.

    Raises KeyError for a name that is no line.
    """
    lines = _lines()
    template = lines.get(primary(language), lines[FALLBACK])[name]
    for key, value in values.items():
        template = template.replace("{" + key + "}", str(value))
    return template


def primary(language: str | None) -> str:
    """The bare language of a tag: "pt_BR" and "PT" are "pt"; nothing at all is the fallback."""
    bare = (language or FALLBACK).replace("_", "-").split("-")[0].lower()
    return _MACROS.get(bare, bare)


def languages() -> frozenset[str]:
    return frozenset(_lines())


def echo(question: str) -> str:
    """A person's question, short enough to be repeated in a line, on one line."""
    flat = " ".join(question.split())
    return flat if len(flat) <= MAX_ECHO else flat[: MAX_ECHO - 1].rstrip() + "…"


def source_line(sources: Sequence[Source], language: str | None) -> str:
    """ "Source: Price list, Shoes, row 12; Opening hours, p. 2", or "" without sources. One document's places stand
    together, of a workbook one sheet's.

    A web page is named with its address.
    """
    places: dict[tuple[int, str, str], tuple[set[int], set[int]]] = {}
    addresses: dict[int, str] = {source.document_id: source.url for source in sources if source.url}
    for source in sources:
        place = (source.document_id, _title(source.title), source.sheet)
        pages, rows = places.setdefault(place, (set(), set()))
        pages |= set() if source.page is None else {source.page}
        rows |= set(source.rows)
    if not places:
        return ""
    named = [
        ", ".join([title, *([sheet] if sheet else []), *_places(pages, rows, language)])
        + (f" ({address})" if (address := addresses.get(document_id)) and address != title else "")
        for (document_id, title, sheet), (pages, rows) in places.items()
    ]
    return phrase("source", language, sources="; ".join(named))


def _places(pages: set[int], rows: set[int], language: str | None) -> list[str]:
    named = [phrase("page", language, page=", ".join(map(str, sorted(pages))))] if pages else []
    name = "row" if len(rows) == 1 else "rows"
    return [*named, phrase(name, language, row=_ranges(sorted(rows)))] if rows else named


def _ranges(numbers: Sequence[int]) -> str:
    """ "4–6, 9"."""
    runs: list[list[int]] = []
    for number in numbers:
        if runs and number == runs[-1][-1] + 1:
            runs[-1].append(number)
        else:
            runs.append([number])
    return ", ".join(str(run[0]) if len(run) == 1 else f"{run[0]}–{run[-1]}" for run in runs)


def _title(title: str) -> str:
    return " ".join(title.split()) or "–"


@cache
def _lines() -> Mapping[str, Mapping[str, str]]:
    return tomllib.loads(files("balas.rag.talk").joinpath("phrases.toml").read_text(encoding="utf-8"))
