"""Files of the same name that are given at once: none may replace the document of another.

A file is known by its bare name, whoever hands it in. Only when several of one name are given at once is one known by
its path, from then on.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from balas.database.engine import Database
from balas.database.session import reading
from balas.errors import DocumentRejected
from balas.knowledge.folder import Found
from balas.knowledge.uploads import Upload
from balas.models import Document

KEYS_A_QUERY = 500


def known_by(database: Database, paths: Iterable[Path]) -> dict[Path, Found]:
    """The files among them, by resolved path, with the name that each is known by."""
    of_name: dict[str, dict[Path, Path]] = defaultdict(dict)
    for path in paths:
        if path.is_file():
            of_name[path.name].setdefault(path.resolve(), path)
    with reading(database) as session:
        found = [_told_apart(session, name, list(files)) for name, files in of_name.items()]
    return {file.path: file for files in found for file in files}


def _told_apart(session: Session, name: str, files: Sequence[Path]) -> list[Found]:
    by_path = {file: Found(file, str(file), was_named=True) for file in files}
    by_name = {file: Found(file, name, was_named=True) for file in files}
    unknown = [file for file in files if not _documents(session, by_path[file])]
    if len(unknown) > 1:
        # Which file the document of the bare name came from was not recorded: the one with the same content, or none.
        unknown = [file for file in unknown if _is_unchanged(session, by_name[file])][:1]
    held = next(iter(_documents(session, by_name[files[0]])), None)
    return [
        by_name[file]
        if file in unknown
        else Found(file, str(file), was_named=True, first_audience=held.given_audience if held else None)
        for file in files
    ]


def _is_unchanged(session: Session, found: Found) -> bool:
    hashes = {upload.source_key: upload.content_hash for upload in _uploads(found)}
    return any(hashes[row.source_key] == row.content_hash for row in _documents(session, found))


def _documents(session: Session, found: Found) -> Sequence[Document]:
    keys = [upload.source_key for upload in _uploads(found)[:KEYS_A_QUERY]]
    return session.scalars(select(Document).where(Document.source_key.in_(keys)).order_by(Document.id)).all()


def _uploads(found: Found) -> list[Upload]:
    """None for a file that cannot be read: whoever takes it in reports that."""
    try:
        return found.uploads(None)
    except (DocumentRejected, OSError):
        return []
