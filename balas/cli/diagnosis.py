"""What `balas doctor` looks at, one remark after the other. Nothing of the installation is changed."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from balas.api.checks import check_redis, look_at_sessions
from balas.api.checkup import Check, Finding, Health, examine
from balas.bootstrap import open_runtime
from balas.cli import diagnosis_database as database
from balas.cli import diagnosis_index as index
from balas.cli import diagnosis_machine as machine
from balas.cli import diagnosis_model as model
from balas.runtime import Runtime
from balas.settings import Settings

SIMULATED = "the built-in simulator stands in; set WAHA_BASE_URL for a real one"


class Verdict(StrEnum):
    WELL = "ok"
    WARNED = "warning"
    FAILED = "failed"


_MARKS = {Verdict.WELL: "✓", Verdict.WARNED: "!", Verdict.FAILED: "✗"}
_VERDICTS = {Health.HEALTHY: Verdict.WELL, Health.DEGRADED: Verdict.WARNED, Health.UNHEALTHY: Verdict.FAILED}


@dataclass(frozen=True, slots=True)
class Remark:
    """`advice` is what to do; empty when nothing is to be done."""

    name: str
    verdict: Verdict
    detail: str
    advice: str

    def line(self) -> str:
        advice = f"\n    → {self.advice}" if self.advice else ""
        return f"{_MARKS[self.verdict]} {self.name}: {self.detail}{advice}"

    def as_json(self) -> dict[str, str]:
        return {"name": self.name, "status": self.verdict.value, "detail": self.detail, "advice": self.advice}


def diagnose(settings: Settings) -> Iterator[Remark]:
    """Remarks in the order of what depends on what."""
    yield _remark("data folder", lambda: machine.check_data_folder(settings.balas_data_dir))
    yield _remark("disk", lambda: machine.check_disk(settings.balas_data_dir))
    yield _remark("port", lambda: machine.check_port(settings))
    yield _remark("database", lambda: database.check_schema(settings))
    yield _remark("documents", lambda: database.check_documents(settings))
    yield _remark("text recognition", machine.check_text_recognition)
    yield _remark("embeddings", lambda: model.check_embeddings(settings))
    yield _remark("index", lambda: index.check_index(settings))
    yield _remark("model", lambda: model.check_answers(settings))
    if settings.openai_transcription_model:
        yield _remark("voice notes", lambda: model.check_voice_notes(settings))
    yield _remark("cost cap", lambda: model.check_cost_cap(settings))
    yield from _probed(settings)


def _probed(settings: Settings) -> Iterator[Remark]:
    """Redis and WAHA, through a Runtime of its own whose rows and secrets vanish with its folder."""
    if settings.redis_url is None and settings.waha_base_url is None:
        yield Remark("redis", Verdict.WELL, "in process", "")
        yield Remark("waha", Verdict.WELL, SIMULATED, "")
        return
    with tempfile.TemporaryDirectory(prefix="balas-doctor-") as folder:
        changes = {"balas_data_dir": Path(folder), "database_url": None}
        with open_runtime(settings.model_copy(update=changes)) as runtime:
            yield _remark("redis", lambda: check_redis(runtime))
            yield _remark("waha", lambda: _check_waha(runtime))


def _check_waha(runtime: Runtime) -> Finding:
    if runtime.waha_is_simulated:
        return Finding(Health.HEALTHY, SIMULATED)
    sessions = look_at_sessions(runtime)
    if sessions.problems:
        return Finding(Health.UNHEALTHY, "; ".join(sessions.problems), advice="start or pair it in WAHA's dashboard")
    if limits := [*sessions.limits, *sessions.notes]:
        return Finding(Health.DEGRADED, f"every session is WORKING; {'; '.join(limits)}")
    return Finding(Health.HEALTHY, f"{', '.join(runtime.settings.waha_sessions)}: WORKING")


def _remark(name: str, check: Check) -> Remark:
    finding = examine(check)
    return Remark(name, _VERDICTS[finding.health], finding.detail, finding.advice)
