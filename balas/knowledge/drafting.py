"""Golden questions drafted from what documents say, and from answers that were given. A person approves them."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import groupby

from sqlalchemy import select
from sqlalchemy.orm import Session

from balas.knowledge.golden import Draft
from balas.knowledge.sources import CURATED
from balas.models import Analytics, Document, DocumentChunk, Origin, Turn
from balas.rag.words.figures import figures
from balas.rag.words.lexical import plain_words
from balas.rag.words.sentences import split_sentences
from balas.values import PUBLIC, ChunkKind, audience_list

DRAFTS_A_DOCUMENT = 40
CHATS_READ = 500
LINES = 2  # of an answer that are expected
LONGEST = 240
FEWEST_WORDS = 4
_NUMBERED = re.compile(r"^\s*(?:\d+(?:\.\d+)*[.)]?|[IVXivx]+\.|[A-Za-z][.)])\s+")  # "2.1 ", "IV. ", "b) "
_CELL = re.compile(r"^(?P<label>[^:]{1,60}):\s+(?P<value>.+)$")  # "Price: Rp 85.000"
_LETTER = re.compile(r"[^\W\d_]")

Cells = dict[str, str]


def from_document(session: Session, document: Document, limit: int = DRAFTS_A_DOCUMENT) -> list[Draft]:
    """From its questions with answers, its headings and its table rows, spread over the whole of it."""
    chunks = session.scalars(
        select(DocumentChunk)
        .where(DocumentChunk.document_id == document.id, DocumentChunk.version == document.live_version)
        .order_by(DocumentChunk.position)
    ).all()
    drafts = [
        Draft(question, chunk.language or None, document.audience, document.id, expected, origin=Origin.DOCUMENT)
        for chunk, question, expected in _drafted(chunks)
    ]
    unique = list({draft.key: draft for draft in reversed(drafts)}.values())[::-1]
    step = max(1.0, len(unique) / limit)
    return [unique[int(place * step)] for place in range(min(limit, len(unique)))]


def from_chats(session: Session, limit: int) -> list[Draft]:
    """From the newest answers that cite a document that is still there."""
    query = (
        select(Turn.id, Turn.answer, Analytics.language)
        .join(Analytics, Analytics.turn_id == Turn.id)
        .where(Analytics.outcome == "answered", Turn.answer.is_not(None))
        .order_by(Turn.id.desc())
        .limit(CHATS_READ)
    )
    drafts: dict[str, Draft] = {}
    for turn_id, answer, language in session.execute(query):
        trace = answer.get("trace", {})
        lines = trace.get("lines") or []
        sources = answer.get("sources") or []
        if len(lines) != 1 or lines[0].get("rewritten") or not sources:
            continue  # it depends on what was said before, or asks several things at once
        source = sources[0]
        document = session.get(Document, source["document_id"])
        if document is None or document.deleted_at is not None or document.source == CURATED:
            continue
        audience = audience_list({*trace.get("asked", {}).get("audiences", ())} - {PUBLIC})
        expected = _telling(source["quote"])
        draft = Draft(
            lines[0]["question"], language, audience, source["document_id"], expected, False, Origin.CHAT, turn_id
        )
        drafts.setdefault(draft.key, draft)
        if len(drafts) == limit:
            break
    return list(drafts.values())


def _drafted(chunks: Sequence[DocumentChunk]) -> Iterator[tuple[DocumentChunk, str, str]]:
    """Passages under one heading belong together: a long table is cut into several."""
    for heading, group in groupby(chunks, key=lambda chunk: (chunk.kind, chunk.heading)):
        together = list(group)
        if heading[0] == ChunkKind.TABLE:
            rows = [(chunk, line) for chunk in together for line in chunk.text.splitlines()]
            yield from _of_rows(rows, heading[1])
        elif heading[0] == ChunkKind.FAQ:
            for chunk in together:
                yield from _of_faq(chunk)
        else:
            for chunk in together:
                yield from _of_section(chunk)


def _of_faq(chunk: DocumentChunk) -> Iterator[tuple[DocumentChunk, str, str]]:
    question, _, answer = chunk.text.partition("\n")
    rows = [(chunk, line) for line in answer.splitlines() if len(_cells(line)) > 1]
    if rows:
        yield from _of_rows(rows, question.rstrip("?"))
    elif expected := _telling(answer):
        yield chunk, question.strip(), expected


def _of_section(chunk: DocumentChunk) -> Iterator[tuple[DocumentChunk, str, str]]:
    heading = _NUMBERED.sub("", chunk.heading.split(" › ")[-1]).strip(" :.")
    expected = _telling(chunk.text)
    if heading and expected:
        parents = [part for part in chunk.heading.split(" › ")[:-1] if len(heading.split()) < 2]
        yield chunk, f"{' '.join([*parents[-1:], heading])}?", expected


def _of_rows(rows: Sequence[tuple[DocumentChunk, str]], heading: str) -> Iterator[tuple[DocumentChunk, str, str]]:
    """Asks for the last figure of each row, by what distinguishes the row from the others."""
    read = [(chunk, cells) for chunk, line in rows if len(cells := _cells(line)) > 1]
    names = Counter(
        (name, label, value) for _, cells in read for name in _names(cells) for label, value in cells.items()
    )
    for chunk, cells in read:
        asked = _asked(cells)
        named = _subject(cells, asked, names)
        if not named:
            continue
        subject = " ".join(named)
        about = f"{heading.split(' › ')[-1]}: " if len(subject.split()) < 2 and heading else ""
        yield chunk, f"{about}{asked} {subject}?", f"{subject}: {asked} {cells[asked]}"[:LONGEST]


def _cells(line: str) -> Cells:
    found = [_CELL.match(part.strip()) for part in line.split("; ")]
    return {match["label"].strip(): match["value"].strip() for match in found if match}


def _asked(cells: Cells) -> str:
    labels = list(cells)[1:]
    counted = [label for label in labels if figures(cells[label])]
    prices = [label for label in counted if re.search(r"\d[.,]\d{3}|[$€£¥₹]|\bRp|\d[.:]\d\d", cells[label])]
    return (prices or counted or labels)[-1]


def _names(cells: Cells) -> list[str]:
    """What a row may be called by: the values of its first cells."""
    return list(cells.values())[:3]


def _subject(cells: Cells, asked: str, names: Counter[tuple[str, str, str]]) -> list[str]:
    """The fullest name among the first cells, and one more where another row has the same name."""
    others = [label for label in cells if label != asked]
    named = max(others[:2], key=lambda label: len(cells[label].split()), default=None)
    if named is None or not _LETTER.search(cells[named]):
        return []
    name = cells[named]
    if names[(name, named, name)] == 1:
        return [name]
    place = others.index(named)
    telling = (label for label in others[place + 1 :] + others[:place] if names[(name, label, cells[label])] == 1)
    found = next(telling, None)
    return [name, cells[found]] if found else [name]


def _telling(text: str) -> str | None:
    """The most telling sentences: those with figures, or else the first complete one."""
    said = [sentence.strip() for line in text.splitlines() for sentence in split_sentences(line)]
    whole = [sentence for sentence in said if len(plain_words(sentence)) >= FEWEST_WORDS and len(sentence) <= LONGEST]
    chosen = [sentence for sentence in whole if figures(sentence)][:LINES] or whole[:1]
    return "\n".join(chosen) or None
