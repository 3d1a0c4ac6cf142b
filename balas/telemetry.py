"""Logs and metrics: one JSON line an event, ids instead of texts and numbers, and the product's own counters."""

from __future__ import annotations

import logging
import sys
from types import TracebackType
from typing import Any

import structlog
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

from balas.security.tracebacks import traceback_of

_ExcInfo = tuple[type[BaseException], BaseException, TracebackType | None] | tuple[None, None, None]


def _traceback(exc_info: _ExcInfo) -> str:
    return "" if exc_info[1] is None else traceback_of(exc_info[1])


def configure_logging(level: str, *, human: bool | None = None) -> None:
    """Send structlog to stderr: coloured lines on a terminal, JSON lines elsewhere."""
    on_terminal = sys.stderr.isatty() if human is None else human
    # Its own choice where Rich is installed would be boxes with every local variable.
    coloured = structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)
    renderer: Any = coloured if on_terminal else structlog.processors.JSONRenderer()
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.ExceptionRenderer(_traceback),
    ]
    structlog.configure(
        processors=[*shared, renderer],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[level]),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=False,  # a command that configures later must win over what was logged before
    )
    # What libraries log, like RQ about Redis and uvicorn about a request that failed: the same lines.
    handler = logging.StreamHandler()
    lines = structlog.stdlib.ProcessorFormatter
    handler.setFormatter(
        lines(foreign_pre_chain=[_component, *shared], processors=[lines.remove_processors_meta, renderer])
    )
    logging.basicConfig(level=logging.WARNING, handlers=[handler], force=True)


def _component(_logger: object, _name: str, event: structlog.typing.EventDict) -> structlog.typing.EventDict:
    event["component"] = event["_record"].name
    return event


def logger(name: str) -> structlog.typing.FilteringBoundLogger:
    log: structlog.typing.FilteringBoundLogger = structlog.get_logger(component=name)
    return log


class Metrics:
    """The product's own figures. One instance a process; nothing is registered at import."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.webhook_events = Counter(
            "balas_webhook_events_total", "Webhook calls by outcome", ["status", "reason"], registry=self.registry
        )
        self.jobs = Counter("balas_jobs_total", "Jobs by name and outcome", ["job", "outcome"], registry=self.registry)
        self.job_seconds = Histogram("balas_job_seconds", "Time a job took", ["job"], registry=self.registry)
        self.turns = Counter(
            "balas_turns_total",
            "Turns by outcome: answered, abstained, smalltalk, cancelled, dead",
            ["outcome"],
            registry=self.registry,
        )
        self.answer_seconds = Histogram(
            "balas_answer_seconds",
            "From the last message of a turn to its answer being saved",
            buckets=(0.1, 0.25, 0.5, 1, 2, 3, 5, 8, 13, 21, 34, 60, 300, 900),
            registry=self.registry,
        )
        self.tokens = Counter("balas_model_tokens_total", "Tokens used", ["kind"], registry=self.registry)
        self.cost = Counter("balas_model_cost_total", "Cost of model calls", registry=self.registry)
        self.inbox = Gauge("balas_inbox_messages", "Inbox messages by state", ["state"], registry=self.registry)
        self.oldest_open = Gauge(
            "balas_oldest_open_seconds", "Age of the oldest message without an outcome", registry=self.registry
        )
        self.waiting = Gauge(
            "balas_conversations_waiting", "Conversations that wait for a person of the team", registry=self.registry
        )
        self.queue_depth = Gauge("balas_queue_depth", "Doorbells waiting for a worker", registry=self.registry)
        self.throttle_open = Counter(
            "balas_throttle_unavailable_total",
            "Messages let through because the rate limit was away",
            registry=self.registry,
        )
        self.last_sweep = Gauge("balas_last_sweep_timestamp", "When the last sweep ended well", registry=self.registry)
        self.sweeps = Counter("balas_sweeps_total", "Sweeps by outcome", ["outcome"], registry=self.registry)
        self._add_those_of_sessions()

    def _add_those_of_sessions(self) -> None:
        self._missed_shown: dict[str, int] = {}
        self.missed_webhooks = Counter(
            "balas_missed_webhooks_total",
            "Messages that were read back because their webhook never came",
            ["waha_session"],
            registry=self.registry,
        )
        self.unread_chats = Gauge(
            "balas_unread_chats",
            "Chats that WAHA does not show although it shows others",
            ["waha_session"],
            registry=self.registry,
        )
        self.last_webhook = Gauge(
            "balas_last_webhook_timestamp",
            "When this process got the session's last webhook, or started",
            ["waha_session"],
            registry=self.registry,
        )

    def show_missed(self, waha_session: str, total: int) -> None:
        """Bring the counter to the database's count: every process shows the same, whichever one reads back."""
        shown = self._missed_shown.get(waha_session, 0)
        if total > shown:
            self._missed_shown[waha_session] = total
            self.missed_webhooks.labels(waha_session).inc(total - shown)
