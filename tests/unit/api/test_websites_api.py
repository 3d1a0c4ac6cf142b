from __future__ import annotations

from typing import Any

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from balas.database.clock import now
from balas.database.session import transaction
from balas.knowledge import frontier
from balas.models import PageState, Website, WebsitePage
from balas.ports import JobName, Ring
from balas.runtime import Runtime
from tests.unit.api.conftest import Doorbells

Json = dict[str, Any]


def add(client: TestClient, **wanted: Any) -> Json:
    answer = client.post("/api/websites", json={"url": "https://example.org/", **wanted})
    assert answer.status_code == 202, answer.text
    body: Json = answer.json()
    return body


def found(runtime: Runtime, website_id: int, count: int = 3) -> None:
    with transaction(runtime.database) as session:
        website = session.get_one(Website, website_id)
        frontier.begin(session, website, now(session))
        frontier.add_pages(session, website, [f"https://example.org/p{n}" for n in range(count)], 1)
        page = session.query(WebsitePage).order_by(WebsitePage.id.desc()).limit(1).one()
        page.state, page.reason = PageState.SKIPPED, "robots.txt asks not to read it."


def test_a_website_is_kept_and_its_job_rung(client: TestClient, doorbells: Doorbells) -> None:
    website = add(client, url="Example.org/#top", max_pages=50)
    assert (website["url"], website["status"], website["max_pages"]) == ("https://example.org/", "received", 50)
    assert (website["every_hours"], website["pages"]["read"]) == (24, 0)
    assert doorbells.rung == [Ring(JobName.CRAWL_WEBSITE, website["id"])]
    again = add(client, url="http://www.example.org", max_pages=60)
    assert (again["id"], again["max_pages"]) == (website["id"], 60)
    assert client.get(f"/api/websites/{website['id']}").json()["max_pages"] == 60


@pytest.mark.parametrize(
    "wanted",
    [
        {"url": "ftp://example.org"},
        {"url": "https://user:pw@example.org"},
        {"url": ""},
        {"max_pages": 0},
        {"max_pages": 100_000},
        {"max_depth": -1},
        {"every_hours": -1},
        {"audience": "a b"},
        {"nonsense": 1},
    ],
)
def test_what_is_refused(client: TestClient, doorbells: Doorbells, wanted: Json) -> None:
    assert client.post("/api/websites", json={"url": "https://example.org", **wanted}).status_code == 422
    assert doorbells.rung == []
    assert client.get("/api/websites").json()["items"] == []


def test_pages_say_what_became_of_them(client: TestClient, runtime: Runtime) -> None:
    website = add(client)
    found(runtime, website["id"])
    counts = client.get(f"/api/websites/{website['id']}").json()["pages"]
    assert (counts["waiting"], counts["skipped"]) == (3, 1)
    first = client.get(f"/api/websites/{website['id']}/pages?limit=3").json()
    rest = client.get(f"/api/websites/{website['id']}/pages?limit=3&cursor={first['next_cursor']}").json()
    urls = [page["url"] for page in [*first["items"], *rest["items"]]]
    assert urls == ["https://example.org/", *(f"https://example.org/p{n}" for n in range(3))]
    assert rest["next_cursor"] is None
    (skipped,) = client.get(f"/api/websites/{website['id']}/pages?state=skipped").json()["items"]
    assert "robots.txt" in skipped["reason"]


def test_listed_newest_first(client: TestClient) -> None:
    ids = [add(client, url=f"https://site{n}.example")["id"] for n in range(3)]
    first = client.get("/api/websites?limit=2").json()
    rest = client.get(f"/api/websites?limit=2&cursor={first['next_cursor']}").json()
    assert [item["id"] for item in [*first["items"], *rest["items"]]] == ids[::-1]


def test_again_and_away(client: TestClient, doorbells: Doorbells) -> None:
    website = add(client)
    address = f"/api/websites/{website['id']}"
    assert client.post(f"{address}/sync").status_code == 202
    removed = client.delete(address)
    assert (removed.status_code, removed.json()["status"]) == (202, "removing")
    assert client.post(f"{address}/sync").status_code == 409
    assert client.post("/api/websites", json={"url": "https://example.org"}).status_code == 409
    assert doorbells.rung == [Ring(JobName.CRAWL_WEBSITE, website["id"])] * 3
    for unknown in (
        client.get("/api/websites/9"),
        client.post("/api/websites/9/sync"),
        client.delete("/api/websites/9"),
    ):
        assert unknown.status_code == 404


def test_strangers_see_nothing(stranger: TestClient, app: FastAPI) -> None:
    assert stranger.get("/api/websites").status_code == 401
    assert stranger.post("/api/websites", json={"url": "https://example.org"}).status_code == 401


def test_a_website_that_is_asked_for_again_keeps_its_audience(client: TestClient) -> None:
    assert add(client)["audience"] == "public"
    assert add(client, audience="staff")["audience"] == "staff"
    assert add(client, max_pages=9)["audience"] == "staff"
    assert add(client, audience="public")["audience"] == "public"
