"""Whoever reads a website: woken by the sweep, one at a time, killed, and too late."""

from __future__ import annotations

import signal
import subprocess
import sys
from datetime import timedelta

import pytest

from balas import worker
from balas.database.clock import now
from balas.database.session import transaction
from balas.errors import LeaseLost
from balas.jobs import sweep
from balas.knowledge import crawling, websites
from balas.knowledge.crawler import Outcome
from balas.models import PageState, Website
from balas.ports import JobName, Ring
from tests.unit.knowledge.small_site import Site
from tests.unit.knowledge.surveyor import Surveyor


def test_whoever_reads_a_website_that_is_removed_writes_nothing(site: Site, surveyor: Surveyor) -> None:
    site.put("/", "Selamat datang.")
    website_id = surveyor.add()
    with transaction(surveyor.database) as session:
        step = crawling.take(session, website_id, now(session))
    assert step is not None
    with transaction(surveyor.database) as session:
        websites.withdraw(session, website_id, now(session))
    with pytest.raises(LeaseLost), transaction(surveyor.database) as session:
        crawling.record_robots(session, step, Outcome(state=PageState.READ, robots=""), now(session))


def test_the_sweep_takes_it_up_when_it_is_due(site: Site, surveyor: Surveyor) -> None:
    """After a restart, a lost doorbell, or a day."""
    site.put("/", "Selamat datang.")
    website_id = surveyor.add()
    ring = Ring(JobName.CRAWL_WEBSITE, website_id)
    assert ring not in sweep.run(surveyor.desk.runtime)  # its own doorbell is still ringing
    with transaction(surveyor.database) as session:
        session.get_one(Website, website_id).next_attempt_at = now(session) - timedelta(seconds=4)
    assert ring in sweep.run(surveyor.desk.runtime)
    surveyor.go(website_id)
    website = surveyor.website(website_id)
    assert website.crawled_at is not None
    assert website.next_attempt_at == website.crawled_at + timedelta(hours=24)
    assert ring not in sweep.run(surveyor.desk.runtime)
    assert callable(getattr(worker, ring.job))


def test_one_worker_at_a_time(site: Site, surveyor: Surveyor) -> None:
    website_id = surveyor.add()
    with transaction(surveyor.database) as session:
        assert crawling.take(session, website_id, now(session)) is not None
        assert crawling.take(session, website_id, now(session)) is None


def test_a_page_that_kills_its_reader_is_given_up(site: Site, surveyor: Surveyor) -> None:
    site.put("/", "Selamat datang.", links="/mati /a")
    site.text("/mati", "Halaman mati.")
    site.text("/a", "Halaman A.")
    website_id = surveyor.add()
    surveyor.go(website_id, steps=3)
    for _ in range(3):  # claimed, and never heard of again
        with transaction(surveyor.database) as session:
            step = crawling.take(session, website_id, now(session))
            assert step is not None
            assert step.target is not None
            assert step.target.address.endswith("/mati")
            session.get_one(Website, website_id).lease_until = None
    surveyor.go(website_id)
    assert surveyor.states(website_id) == {"/": "read", "/mati": "failed", "/a": "read"}


def test_killed_at_any_commit_it_goes_on_where_it_was(site: Site, surveyor: Surveyor) -> None:
    site.put("/", "Selamat datang.", links="/a /b /c")
    for name in ("a", "b", "c"):
        site.text(f"/{name}", f"Halaman {name}.")
    website_id = surveyor.add()
    url = surveyor.database.url.render_as_string(hide_password=False)
    for kill_at in (1, 5, 5, 4, 6):  # a claim, what came of the sitemap, what came of a page, a claim, in between
        command = [sys.executable, "-m", "tests.unit.knowledge.killed_crawling", url, str(site.port), str(website_id)]
        done = subprocess.run([*command, str(kill_at)], check=False, timeout=60)
        assert done.returncode == -signal.SIGKILL
        with transaction(surveyor.database) as session:  # its lease runs out
            session.get_one(Website, website_id).lease_until = None
        surveyor.hurry(website_id)
    surveyor.go(website_id)
    assert surveyor.website(website_id).status == "crawled"
    assert set(surveyor.documents()) == {"/", "/a", "/b", "/c"}
    assert {document.uploaded_version for document in surveyor.documents().values()} == {1}
    assert max(site.paths.count(path) for path in ("/", "/a", "/b", "/c")) <= 3
    assert site.paths.count("/c") == 1
