"""Reads websites with the job itself, on real rows; documents are taken in and not indexed."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import select

from balas.database.clock import now
from balas.database.engine import Database
from balas.database.session import reading, transaction
from balas.jobs import crawl_website
from balas.knowledge import sources, websites
from balas.knowledge.websites import Wish
from balas.models import Document, DocumentStatus, PageKind, Website, WebsitePage
from balas.ports import Ring
from balas.settings import Settings
from tests.unit.knowledge.desk import Desk
from tests.unit.knowledge.small_site import Site


class Surveyor:
    def __init__(self, database: Database, folder: Path, site: Site, hosts: str | None = None) -> None:
        def no_model() -> Any:
            raise AssertionError("nothing is embedded here")

        self.site = site
        self.database = database
        self.desk = Desk(database, folder, no_model)
        settings = Settings(balas_data_dir=folder, balas_intranet_hosts=site.host if hosts is None else hosts)
        object.__setattr__(self.desk.runtime, "settings", settings)

    def close(self) -> None:
        self.desk.close()

    def add(self, address: str = "/", **wish: Any) -> int:
        with transaction(self.database) as session:
            return websites.add(session, Wish(f"{self.site.url}{address}", **wish), now(session)).id

    def again(self, website_id: int) -> None:
        """Another round, to its end."""
        with transaction(self.database) as session:
            websites.sync(session, website_id, now(session))
        self.site.asked.clear()
        self.go(website_id)

    def go(self, website_id: int, steps: int = 500) -> Ring | None:
        """Steps until the round is over, without their pauses: the row is told that its next step is due."""
        for _ in range(steps):
            ring = crawl_website.run(self.desk.runtime, website_id)
            if ring is None:
                return None
            self.hurry(website_id)
        return ring

    def hurry(self, website_id: int) -> None:
        with transaction(self.database) as session:
            website = session.get(Website, website_id)
            if website is not None and website.next_attempt_at is not None:
                website.next_attempt_at = now(session) - timedelta(seconds=1)

    def read(self, address: str = "/", **wish: Any) -> int:
        website_id = self.add(address, **wish)
        self.go(website_id)
        return website_id

    def website(self, website_id: int) -> Website:
        with reading(self.database) as session:
            return session.get_one(Website, website_id)

    def pages(self, website_id: int) -> dict[str, WebsitePage]:
        """By path."""
        with reading(self.database) as session:
            query = select(WebsitePage).where(WebsitePage.website_id == website_id, WebsitePage.kind == PageKind.PAGE)
            rows = session.scalars(query.order_by(WebsitePage.id))
            return {row.address.removeprefix(self.site.url): row for row in rows}

    def states(self, website_id: int) -> dict[str, str]:
        return {path: page.state for path, page in self.pages(website_id).items()}

    def documents(self) -> dict[str, Document]:
        """By path; those that were not deleted."""
        with reading(self.database) as session:
            rows = session.scalars(select(Document).where(Document.deleted_at.is_(None)).order_by(Document.id))
            return {row.name.removeprefix(self.site.url): row for row in rows}

    def content(self, path: str) -> str:
        document = self.documents()[path]
        with reading(self.database) as session:
            return sources.content_of(session, document.id, document.uploaded_version).decode("utf-8", "replace")

    def settle(self) -> None:
        """As if every document were indexed."""
        with transaction(self.database) as session:
            for row in session.scalars(select(Document).where(Document.deleted_at.is_(None))):
                row.status, row.live_version = DocumentStatus.INDEXED, row.uploaded_version
