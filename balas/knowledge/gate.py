"""The change gate: golden questions are asked before and after a change, and those that fall are reported.

Facts that a document stated and no longer states are reported as well: no set of questions asks about everything.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Any

from sqlalchemy.orm import Session

from balas.choices import ChangeGate
from balas.database.engine import Database
from balas.database.session import reading, transaction
from balas.knowledge import follower, golden
from balas.knowledge.rehearsal import Changes, Pay, Present, Rehearsal, Stage
from balas.models import GateOutcome, GateReport, GoldenQuestion
from balas.rag.index import IndexEntry
from balas.rag.measuring.facts import losses
from balas.rag.measuring.golden import Fall, Golden, Result, fallen, figures_of, says
from balas.rag.stores.payload import DENSE, passage_of, payload_of
from balas.values import Passage

FALLS_KEPT = 50
SUBJECT_LENGTH = 512

NOTHING: Mapping[int, Sequence[Fall]] = MappingProxyType({})

Results = dict[int, Result]  # by golden question


@dataclass(frozen=True, slots=True)
class Weighed:
    """What a change would do to the golden questions."""

    present: Present  # what it was weighed against
    before: Results
    after: Results
    falls: Mapping[int, Sequence[Fall]]  # by the document that is to blame

    @property
    def is_worse(self) -> bool:
        return any(self.falls.values())

    def falls_by(self, document_id: int) -> Sequence[Fall]:
        return self.falls.get(document_id, ())

    def report(
        self, cause: str, document_id: int | None, version: int | None, subject: str, outcome: str
    ) -> GateReport:
        falls = (
            self.falls_by(document_id) if document_id is not None else [f for each in self.falls.values() for f in each]
        )
        return GateReport(
            cause=cause,
            document_id=document_id,
            version=version,
            subject=subject[:SUBJECT_LENGTH],
            outcome=outcome,
            before=figures_of(list(self.before.values())),
            after=figures_of(list(self.after.values())),
            falls=[told(fall) for fall in falls[:FALLS_KEPT]],
        )


def told(fall: Fall) -> dict[str, Any]:
    """JSON-ready. Without an id: a fact of the document about which no question asks."""
    asked = fall.golden
    return {
        "golden_id": asked.id or None,
        "question": asked.question,
        "reason": fall.reason,
        "before": fall.before,
        "after": fall.after,
    }


class Gate:
    """`conditions`: the prompts and settings that decide answers; kept results count only under the same ones."""

    def __init__(
        self, database: Database, rehearsal: Rehearsal, mode: ChangeGate, conditions: Mapping[str, Any]
    ) -> None:
        self._database = database
        self._rehearsal = rehearsal
        self.mode = mode
        self.conditions = dict(conditions)

    @property
    def holds(self) -> bool:
        return self.mode is ChangeGate.HOLD

    @property
    def writes(self) -> bool:
        return self._rehearsal.writes

    def is_armed(self) -> bool:
        """Without an approved golden question nothing is weighed, at no cost."""
        if self.mode is ChangeGate.OFF:
            return False
        with reading(self._database) as session:
            return golden.any_approved(session)

    def weigh_staged(self, titles: Mapping[int, str]) -> Weighed | None:
        """Documents whose new versions are staged, by id with their titles; None: the gate is not armed."""
        if not self.is_armed():
            return None
        embedder = self._rehearsal.embedder
        changes = follower.staged(self._database, embedder, titles)
        lost = lost_facts(follower.live(self._database, embedder, list(titles)), changes)
        return self._weigh(changes, lost)

    def weigh_deletion(self, document_id: int) -> Weighed | None:
        return self._weigh({document_id: ()}) if self.is_armed() else None

    def ask_all(self, pay: Pay | None = None) -> tuple[Present, list[tuple[GoldenQuestion, Result]]]:
        """The results of all approved questions over the present documents, and which documents these are."""
        with self._rehearsal.stage() as stage:
            rows = self._rows()
            return stage.present, [(row, stage.ask(golden.golden_of(row), pay)) for row in rows]

    def passing(self, drafts: Sequence[golden.Draft]) -> list[golden.Draft]:
        """The drafts that the present documents answer: one that fails from the start would never fall."""
        if not drafts:
            return []
        with self._rehearsal.stage() as stage:
            return [draft for draft in drafts if stage.ask(draft.golden).passes]

    def keep(self, session: Session, present: Present, results: Mapping[int, Result], *, written: bool = False) -> None:
        """Remember the results for these documents."""
        name = "written" if written else "quoted"
        for golden_id, result in results.items():
            row = session.get(GoldenQuestion, golden_id)
            if row is not None:
                setattr(row, name, result.as_dict() | present.as_dict() | {"conditions": self.conditions})

    def tidy(self) -> None:
        self._rehearsal.tidy()

    def close(self) -> None:
        self._rehearsal.close()

    def _rows(self) -> list[GoldenQuestion]:
        with reading(self._database) as session:
            return golden.approved(session)

    def _weigh(self, changes: Changes, lost: Mapping[int, Sequence[Fall]] = NOTHING) -> Weighed:
        with self._rehearsal.stage() as stage:
            rows = self._rows()
            asked = {row.id: golden.golden_of(row) for row in rows}
            before = self._before(stage, rows)
            with stage.changed(changes):
                after = {key: stage.ask(one) for key, one in asked.items()}
            falls = [fall for key, one in asked.items() if (fall := fallen(one, before[key], after[key]))]
            blamed = self._blamed(stage, changes, falls, before)
        with transaction(self._database) as session:
            self.keep(session, stage.present, before)
        worse = {key: [*found, *_unasked(lost.get(key, ()), found)] for key, found in blamed.items()}
        return Weighed(stage.present, before, after, worse)

    def _before(self, stage: Stage, rows: Collection[GoldenQuestion]) -> Results:
        """The kept results if documents, prompts and settings are still the same; otherwise asked now."""
        known = {row.id: row.quoted for row in rows if row.quoted}
        return {
            row.id: Result.of(kept)
            if (kept := known.get(row.id)) and stage.present.is_of(kept) and kept.get("conditions") == self.conditions
            else stage.ask(golden.golden_of(row))
            for row in rows
        }

    def _blamed(
        self, stage: Stage, changes: Changes, falls: Sequence[Fall], before: Results
    ) -> dict[int, Sequence[Fall]]:
        """Which of several documents makes a question fall; all of them when none does by itself."""
        if len(changes) < 2 or not falls:
            return dict.fromkeys(changes, falls)
        blamed: dict[int, Sequence[Fall]] = {}
        for document_id, entries in changes.items():
            with stage.changed({document_id: entries}):
                alone = [fallen(f.golden, before[f.golden.id], stage.ask(f.golden)) for f in falls]
            blamed[document_id] = [fall for fall in alone if fall]
        explained = {fall.golden.id for found in blamed.values() for fall in found}
        together = [fall for fall in falls if fall.golden.id not in explained]
        return {key: [*found, *together] for key, found in blamed.items()}


def lost_facts(live: Changes, changes: Changes) -> dict[int, list[Fall]]:
    """What each document says as it is, and would not say any more."""
    return {
        document_id: [
            Fall(Golden(0, loss.where), loss.reason, loss.before, loss.after)
            for loss in losses(_passages(live.get(document_id, ())), _passages(new))
        ]
        for document_id, new in changes.items()
    }


def _unasked(lost: Sequence[Fall], falls: Sequence[Fall]) -> list[Fall]:
    """The lost facts that no falling question reports already."""
    told = [line for fall in falls for line in (fall.golden.expected or "").splitlines() if line.strip()]
    return [loss for loss in lost if not any(says(loss.before, line) for line in told)]


def _passages(entries: Sequence[IndexEntry]) -> list[Passage]:
    return [passage_of(one.chunk_id, payload_of(one), 0.0, {DENSE: 0.0}) for one in entries]


def results_of(asked: Sequence[tuple[GoldenQuestion, Result]]) -> Results:
    return {row.id: result for row, result in asked}


def fell_since(asked: Sequence[tuple[GoldenQuestion, Result]], *, written: bool) -> tuple[list[Result], list[Fall]]:
    """The kept results of the same questions, and what fell since."""
    before: list[Result] = []
    falls: list[Fall] = []
    for row, result in asked:
        kept = row.written if written else row.quoted
        if kept:
            before.append(Result.of(kept))
            if fall := fallen(golden.golden_of(row), before[-1], result, written=written):
                falls.append(fall)
    return before, falls


def report_of(
    cause: str, subject: str, before: Sequence[Result], after: Sequence[Result], falls: Sequence[Fall], now: datetime
) -> GateReport:
    """A report on something for which no single document is to blame, and which has happened already."""
    outcome = GateOutcome.WARNED if falls else GateOutcome.PASSED
    figures = (figures_of(before), figures_of(after))
    kept = [told(fall) for fall in falls[:FALLS_KEPT]]
    return GateReport(
        cause=cause, subject=subject[:SUBJECT_LENGTH], outcome=outcome, before=figures[0], after=figures[1], falls=kept,
        created_at=now,
    )  # fmt: skip
