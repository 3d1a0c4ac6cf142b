"""GET /api/books: whether every message that came in is accounted for."""

from __future__ import annotations

from dataclasses import asdict

from balas.api.admission import Area
from balas.api.deps import RuntimeDep, protected_router
from balas.api.figures import BooksItem
from balas.conversations import books
from balas.database.session import reading

router = protected_router(Area.FIGURES)


@router.get("/books", summary="received = answered + ignored + dead + open")
def get_books(runtime: RuntimeDep) -> BooksItem:
    with reading(runtime.database) as session:
        return BooksItem(**asdict(books.balance(session)))
