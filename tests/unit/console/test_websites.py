"""Websites in the console, through HTTP, with rows behind them."""

from __future__ import annotations

import pytest
from starlette.testclient import TestClient

from balas.database.clock import now
from balas.database.session import reading, transaction
from balas.knowledge import frontier
from balas.models import PageState, Website, WebsitePage, WebsiteStatus
from balas.ports import JobName
from tests.console_shop import Shop


def add(admin: TestClient, shop: Shop, url: str = "toko.example") -> int:
    answer = admin.post("/documents/websites", data={"url": url, "pages": "30", "every_hours": "168"})
    assert answer.status_code == 204, answer.text
    with reading(shop.database) as session:
        return session.query(Website).order_by(Website.id.desc()).limit(1).one().id


def test_a_website_is_kept_and_shown(admin: TestClient, shop: Shop) -> None:
    assert "your-website.example" in admin.get("/documents").text
    website_id = add(admin, shop)
    with reading(shop.database) as session:
        website = session.get_one(Website, website_id)
        assert (website.address, website.max_pages, website.every_hours) == ("https://toko.example/", 30, 168)
    assert [(ring.job, ring.row_id) for ring in shop.rings] == [(JobName.CRAWL_WEBSITE, website_id)]
    page = admin.get("/documents").text
    assert f'href="/documents/websites/{website_id}"' in page
    assert "every week" in page
    assert "for staff only" not in page
    sent = {"url": "toko.example", "audience": "staff", "pages": "30", "every_hours": "168"}
    assert admin.post("/documents/websites", data=sent).status_code == 204
    assert "for staff only" in admin.get("/documents").text


@pytest.mark.parametrize("data", [{"url": " "}, {"url": "ftp://x"}, {"url": "x.example", "pages": "0"}, {"pages": "x"}])
def test_what_is_refused_is_one_sentence(admin: TestClient, shop: Shop, data: dict[str, str]) -> None:
    answer = admin.post("/documents/websites", data=data, headers={"HX-Request": "true"})
    assert answer.status_code == 422
    assert answer.text.endswith(".")
    assert shop.rings == []


def test_pages_with_their_reasons(admin: TestClient, shop: Shop) -> None:
    website_id = add(admin, shop)
    with transaction(shop.database) as session:
        website = session.get_one(Website, website_id)
        website.status, website.error = WebsiteStatus.FAILED, "The server took longer than 20 seconds."
        frontier.begin(session, website, now(session))
        frontier.add_pages(session, website, ["https://toko.example/a?<b>&c", "https://toko.example/b"], 1)
        last = session.query(WebsitePage).order_by(WebsitePage.id.desc()).limit(1).one()
        last.state, last.reason = PageState.SKIPPED, "The page asks not to be listed (noindex)."
    page = admin.get(f"/documents/websites/{website_id}").text
    for words in ("toko.example/a?&lt;b&gt;&amp;c", "asks not to be listed", "took longer", "Skipped 1", "Waiting 2"):
        assert words in page
    assert "asks not to be listed" not in admin.get(f"/documents/websites/{website_id}?state=waiting").text
    assert admin.get("/documents/websites/999").status_code == 404


def test_again_and_away(admin: TestClient, shop: Shop) -> None:
    website_id = add(admin, shop)
    assert admin.post(f"/documents/websites/{website_id}/sync").status_code == 204
    answer = admin.post(f"/documents/websites/{website_id}/delete?then=list")
    assert answer.headers["HX-Redirect"] == "/documents"
    assert "Removing" in admin.get("/documents").text
    assert len(shop.rings) == 3


def test_strangers_are_shown_the_door(stranger: TestClient) -> None:
    assert stranger.get("/documents/websites/1").status_code == 303
    assert stranger.post("/documents/websites", data={"url": "x.example"}).status_code in {401, 403}
