"""One step of reading a website: its robots.txt, a sitemap, a page; at the end of a round what all pages repeat."""

from __future__ import annotations

from sqlalchemy.orm import Session

from balas.database.clock import now
from balas.database.session import persist, transaction
from balas.knowledge import crawler, crawling, intake
from balas.knowledge.crawling import Recorded, Step, StepKind
from balas.knowledge.fetcher import Fetcher
from balas.knowledge.robots import read_robots
from balas.knowledge.tidying import tidy
from balas.models import Website
from balas.ports import JobName, Ring
from balas.runtime import Runtime

SLACK_SECONDS = 0.2  # a ring that comes a moment before its step is due would be lost until the next sweep
MAX_ATTEMPTS = 3


def run(runtime: Runtime, row_id: int) -> Ring | None:
    """Safe to run twice: a website is claimed for one step, and the pace stands in its row."""
    with transaction(runtime.database) as session:
        step = crawling.take(session, row_id, now(session))
    if step is None:
        return None
    with runtime.leases.holding(Website, step.website_id, step.token):
        recorded = _step(runtime, step)
    runtime.queue.ring(*intake.rings(recorded.received))
    if recorded.wait_seconds is None:
        return None
    return Ring(JobName.CRAWL_WEBSITE, row_id, delay_seconds=recorded.wait_seconds + SLACK_SECONDS)


def _step(runtime: Runtime, step: Step) -> Recorded:
    fetcher = Fetcher(trusted=runtime.settings.intranet_hosts)
    if step.kind is StepKind.ROBOTS:
        robots = crawler.visit_robots(fetcher, step.address)
        return persist(runtime.database, lambda session: crawling.record_robots(session, step, robots, now(session)))
    if step.kind is StepKind.VISIT and step.target is not None:
        outcome = crawler.visit(fetcher, step.target, read_robots(step.robots), step.common)
        return persist(runtime.database, lambda session: crawling.record(session, step, outcome, now(session)))
    with transaction(runtime.database) as session:
        if step.kind is StepKind.REMOVE:
            return crawling.remove(session, step, now(session))
        return _end(session, step)


def _end(session: Session, step: Step) -> Recorded:
    """What all pages repeat is taken out in several steps; a round ends even where that fails again and again."""
    trimmed = tidy(session, step, now(session)) if step.attempts <= MAX_ATTEMPTS else None
    if trimmed is None:
        return crawling.close(session, step, now(session))
    return crawling.pause(session, step, trimmed, now(session))
