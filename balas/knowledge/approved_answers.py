"""Approved answers: a person of the organisation wrote what is said to a question. Each is a document of its own."""

from __future__ import annotations

import json
import secrets
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from balas.errors import InvalidRequest, NotFound
from balas.knowledge.files import FileType
from balas.knowledge.sources import CURATED, contents_of
from balas.knowledge.uploads import Terms, Upload
from balas.knowledge.versions import described
from balas.models import Document
from balas.values import Chunk, ChunkKind, ParsedDocument

MAX_QUESTIONS = 30
MAX_QUESTION = 500
MAX_ANSWER = 4_000


@dataclass(frozen=True, slots=True)
class Pair:
    """The question in several phrasings, each on one line, and what is answered, as written."""

    questions: tuple[str, ...]
    answer: str

    @classmethod
    def of(cls, questions: Sequence[str], answer: str) -> Pair:
        """Raises `InvalidRequest` with what is missing or too long."""
        asked = tuple(dict.fromkeys(flat for question in questions if (flat := " ".join(question.split()))))
        answer = answer.replace("\r\n", "\n").strip()
        if not asked:
            raise InvalidRequest("Write at least one question.")
        if not answer:
            raise InvalidRequest("Write the answer.")
        if len(asked) > MAX_QUESTIONS or any(len(question) > MAX_QUESTION for question in asked):
            raise InvalidRequest(f"At most {MAX_QUESTIONS} questions of {MAX_QUESTION} characters each.")
        if len(answer) > MAX_ANSWER:
            raise InvalidRequest(f"The answer is longer than {MAX_ANSWER:,} characters: shorten it.")
        return cls(asked, answer)


@dataclass(frozen=True, slots=True)
class Kept:
    """An approved answer as it stands in the database."""

    document: Document
    pair: Pair


def upload(pair: Pair, *, key: str | None, language: str | None, audience: str | None, terms: Terms | None) -> Upload:
    """`key` is that of the answer this one replaces; None: it is a new one. What is None stays as it was."""
    content = json.dumps({"questions": pair.questions, "answer": pair.answer}, ensure_ascii=False).encode()
    first = pair.questions[0]
    return Upload(
        source=CURATED,
        key=key or secrets.token_hex(16),
        name=first[:255],
        content=content,
        file_type=FileType.TXT,
        title=first,
        language=language,
        audience=audience,
        terms=terms,
    )


def unpacked(content: bytes) -> Pair:
    stored = json.loads(content)
    return Pair(tuple(stored["questions"]), stored["answer"])


def read(content: bytes) -> tuple[ParsedDocument, list[Chunk]]:
    """A passage for each phrasing, with the whole answer."""
    pair = unpacked(content)
    chunks = [
        Chunk(position, f"{question}\n{pair.answer}", kind=ChunkKind.CURATED)
        for position, question in enumerate(pair.questions)
    ]
    return ParsedDocument(title=pair.questions[0], blocks=()), chunks


def page(
    session: Session, *, limit: int, before_id: int | None = None, q: str | None = None, category: str | None = None
) -> list[Kept]:
    """Approved answers, newest first. `q` is looked for in the first question, case aside."""
    query = select(Document).where(Document.source == CURATED, Document.deleted_at.is_(None))
    if before_id is not None:
        query = query.where(Document.id < before_id)
    if category is not None:
        query = query.where(Document.category == category)
    if q:
        query = query.where(func.lower(Document.title).contains(q.lower(), autoescape=True))
    rows = session.scalars(query.order_by(Document.id.desc()).limit(limit)).all()
    contents = contents_of(session, {row.id: described(row) for row in rows})
    return [Kept(row, unpacked(contents[row.id])) for row in rows]


def get(session: Session, answer_id: int) -> Kept:
    document = session.get(Document, answer_id)
    if document is None or document.deleted_at is not None or document.source != CURATED:
        raise NotFound("There is no approved answer with this id.")
    content = contents_of(session, {document.id: described(document)})[document.id]
    return Kept(document, unpacked(content))
